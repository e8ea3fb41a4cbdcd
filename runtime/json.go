package runtime

import (
	"bytes"
	stdjson "encoding/json"
	"fmt"

	"github.com/goccy/go-json"

	"github.com/vivarium-go/vivarium/hostabi"
)

// encodeParams returns params as JSON for the guest: raw JSON verbatim, in a copy if it is
// to be kept, anything else without HTML escaping.
func encodeParams(params any, limit int64, keep bool) (data []byte, err error) {
	defer func() {
		if p := recover(); p != nil { // the caller's own MarshalJSON
			data, err = nil, fmt.Errorf("Task.Params: encoding it panicked: %v", p)
		}
	}()
	raw, isRaw := params.([]byte)
	if message, ok := params.(stdjson.RawMessage); ok {
		raw, isRaw = message, true
	}
	switch {
	case isRaw && keep:
		data = bytes.Clone(raw)
	case isRaw:
		data = raw
	default:
		if data, err = json.MarshalWithOption(params, json.DisableHTMLEscape()); err != nil {
			return nil, fmt.Errorf("Task.Params: %w", err)
		}
	}
	if data == nil {
		data = []byte("null")
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("Task.Params has %d bytes of JSON; Limits.ResultBytes allows %d", len(data), limit)
	}
	if err := hostabi.CheckJSON(data); err != nil {
		return nil, fmt.Errorf("Task.Params: %w", err)
	}
	return data, nil
}

func encodeJSON(v any) ([]byte, error) { return json.Marshal(v) }

func decodeJSON(data []byte, v any) error { return json.Unmarshal(data, v) }

// decodeStrictly is decodeJSON for what must not have unknown fields.
func decodeStrictly(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	return d.Decode(v)
}
