package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/vivarium-go/vivarium/runtime"
)

// batchTask is one task of a batch, or what is wrong with it.
type batchTask struct {
	line   int    // where it begins in the input, from 1
	digest uint64 // XXH64 of its text
	bytes  int    // of its text
	taken  int    // of these, from the batch's budget
	id     string // the user's own, "" if there is none
	task   runtime.Task
	err    error // why there is no task
}

// taskLine is a line of `vivarium batch`. A script is a path or, as source, the text itself.
type taskLine struct {
	ID           json.RawMessage   `json:"id"`
	Script       string            `json:"script"`
	Source       *string           `json:"source"`
	Params       json.RawMessage   `json:"params"`
	Type         string            `json:"type"`
	Timeout      string            `json:"timeout"`
	TotalTimeout string            `json:"total_timeout"`
	Grace        string            `json:"grace"`
	Priority     int               `json:"priority"`
	Retries      *int              `json:"retries"`
	Fuel         int64             `json:"fuel"`
	Memory       json.RawMessage   `json:"memory"`
	Env          map[string]string `json:"env"`
	Mounts       []string          `json:"mounts"`
	Labels       map[string]string `json:"labels"`
}

// taskKeys are the keys of a line, for those who misspell one.
var taskKeys = []string{
	"id", "script", "source", "params", "type", "timeout", "total_timeout", "grace", "priority", "retries", "fuel",
	"memory", "env", "mounts", "labels",
}

// parseTaskLine reads a task. What the line leaves open is base's.
func parseTaskLine(text []byte, base runtime.Task) (id string, task runtime.Task, err error) {
	var l taskLine
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&l); err != nil {
		return "", task, lineError(text, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return "", task, errors.New("there is more than one JSON object; write one a line")
	}
	var errs []error
	id, err = parseTaskID(l.ID)
	errs = append(errs, err)
	task = base
	switch {
	case l.Source != nil && l.Script != "":
		errs = append(errs, errors.New(`"script" (a path) and "source" (the text) exclude each other`))
	case l.Source != nil:
		task.Script = runtime.Source("source.py", *l.Source)
	case l.Script != "":
		task.Script = runtime.File(l.Script)
	default:
		errs = append(errs, errors.New(`it names no "script"`))
	}
	if l.Params != nil {
		task.Params = l.Params
	}
	task.Priority = l.Priority
	if l.Retries != nil {
		task.Retries = *l.Retries
	}
	if l.Fuel != 0 {
		task.Limits.Fuel = l.Fuel
	}
	errs = append(errs,
		given("type", l.Type, parseType, &task.Type),
		given("timeout", l.Timeout, parseDuration, &task.Timeout),
		given("total_timeout", l.TotalTimeout, parseDuration, &task.TotalTimeout),
		given("grace", l.Grace, parseDuration, &task.Grace),
		given("memory", strings.Trim(string(l.Memory), `"`), parseSize, &task.Limits.MemoryBytes),
	)
	if l.Env != nil {
		task.Env = maps.Clone(base.Env)
		if task.Env == nil {
			task.Env = map[string]string{}
		}
		maps.Copy(task.Env, l.Env)
	}
	for _, text := range l.Mounts {
		var m runtime.Mount
		errs = append(errs, given("mounts", text, parseMount, &m))
		task.Mounts = append(slices.Clip(task.Mounts), m)
	}
	task.Labels = l.Labels
	return id, task, inOneLine(errs)
}

// inOneLine joins errors, some of which may be nil.
func inOneLine(errs []error) error {
	var texts []string
	for _, err := range errs {
		if err != nil {
			texts = append(texts, err.Error())
		}
	}
	if texts == nil {
		return nil
	}
	return errors.New(strings.Join(texts, "; "))
}

// given parses a member that is there.
func given[T any](name, text string, parse func(string) (T, error), to *T) error {
	if text == "" {
		return nil
	}
	value, err := parse(text)
	if err != nil {
		return fmt.Errorf("%q is %q; %w", name, text, err)
	}
	*to = value
	return nil
}

// parseTaskID reads an id, which people write as a string or as a number.
func parseTaskID(raw json.RawMessage) (id string, err error) {
	switch {
	case raw == nil || string(raw) == "null":
		return "", nil
	case raw[0] == '"':
		err = json.Unmarshal(raw, &id)
		return id, err
	case raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9':
		return string(raw), nil
	default:
		return "", fmt.Errorf(`"id" is %.40s; write a string or a number`, raw)
	}
}

// lineError says what is wrong with a line that does not decode, in the words of the command.
func lineError(text []byte, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	unknown, isUnknown := strings.CutPrefix(err.Error(), "json: unknown field ")
	switch {
	case isUnknown:
		hint := "the keys are " + strings.Join(taskKeys, ", ")
		if meant := nearest(strings.Trim(unknown, `"`), taskKeys); meant != "" {
			hint = didYouMean(meant)
		}
		return fmt.Errorf("there is no key %s; %s", unknown, hint)
	case errors.As(err, &kind) && kind.Field == "":
		return fmt.Errorf("it is a JSON %s; write an object", kind.Value)
	case errors.As(err, &kind):
		return fmt.Errorf("%q is a JSON %s; write a %s", kind.Field, kind.Value, kindName(kind.Type.String()))
	case errors.As(err, &syntax):
		return fmt.Errorf("it is not valid JSON: %w (byte %d)", err, syntax.Offset)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("it is not valid JSON: it ends too early")
	default:
		return fmt.Errorf("it is not valid JSON: %w (%.60q)", err, text)
	}
}

// kindName is a Go type as people who write JSON call it.
func kindName(goType string) string {
	switch {
	case strings.HasPrefix(goType, "map["):
		return "object of strings"
	case strings.HasPrefix(goType, "[]"):
		return "list of strings"
	case strings.HasPrefix(goType, "int"):
		return "whole number"
	default:
		return goType
	}
}

// digestOf tells a task's text from another one in its place.
func digestOf(parts ...[]byte) uint64 {
	d := xxhash.New()
	for _, part := range parts {
		_, _ = d.Write(part) // it never fails
	}
	return d.Sum64()
}

// short is a duration for people.
func short(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return d.Round(time.Microsecond).String()
	case d < time.Second:
		return d.Round(10 * time.Microsecond).String()
	default:
		return d.Round(10 * time.Millisecond).String()
	}
}
