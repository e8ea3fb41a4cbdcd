package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// param is one --param.
type param struct {
	name  string
	value json.RawMessage
}

// parseParam reads NAME=VALUE. A value that is JSON is passed on as it is written,
// anything else becomes a string.
func parseParam(text string) (param, error) {
	name, value, ok := strings.Cut(text, "=")
	switch {
	case !ok || name == "":
		return param{}, errors.New("write NAME=VALUE; VALUE is JSON, or else a string")
	case !utf8.ValidString(text):
		return param{}, errors.New("it is not valid UTF-8")
	}
	if json.Valid([]byte(value)) {
		return param{name, json.RawMessage(strings.TrimSpace(value))}, nil
	}
	return param{name, quote(value)}, nil
}

// quote returns text as JSON.
func quote(text string) json.RawMessage {
	quoted, _ := encode(text) // a string always encodes
	return quoted
}

// member is one member of a JSON object, its name as it was written.
type member struct {
	name       string
	key, value json.RawMessage
}

// mergeParams sets the members of the JSON object base, in order; nil base is an
// empty one. What is not overridden stays as it is written.
func mergeParams(base json.RawMessage, set []param) (json.RawMessage, error) {
	if len(set) == 0 {
		return base, nil
	}
	var members []member
	if base != nil {
		var err error
		if members, err = objectMembers(base); err != nil {
			return nil, err
		}
	}
	for _, p := range set {
		at := slices.IndexFunc(members, func(m member) bool { return m.name == p.name })
		if at < 0 {
			at = len(members)
			members = append(members, member{name: p.name, key: quote(p.name)})
		}
		members[at].value = p.value
	}
	merged := []byte("{")
	for i, m := range members {
		if i > 0 {
			merged = append(merged, ',')
		}
		merged = append(append(append(merged, m.key...), ':'), m.value...)
	}
	return append(merged, '}'), nil
}

// objectMembers takes a JSON object apart.
func objectMembers(object json.RawMessage) ([]member, error) {
	dec := json.NewDecoder(bytes.NewReader(object))
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return nil, errors.New("not a JSON object")
	}
	var members []member
	for dec.More() {
		from := dec.InputOffset()
		name, err := dec.Token()
		if err != nil {
			return nil, fmt.Errorf("not a JSON object: %w", err)
		}
		m := member{name: name.(string), key: bytes.TrimLeft(object[from:dec.InputOffset()], ", \t\r\n")}
		if err := dec.Decode(&m.value); err != nil {
			return nil, fmt.Errorf("not a JSON object: %w", err)
		}
		// Of members with one name the last counts, as in Python.
		members = slices.DeleteFunc(members, func(o member) bool { return o.name == m.name })
		members = append(members, m)
	}
	return members, nil
}
