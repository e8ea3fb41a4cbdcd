package hostabi

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/tetratelabs/wazero/api"
)

// FuzzHostFunctions calls host functions in any order with any arguments, over a
// memory of any content: each call answers a code, and what is kept is valid and
// within the limits.
func FuzzHostFunctions(f *testing.F) {
	seed := func(fn byte, args ...uint64) []byte {
		b := []byte{fn}
		for _, a := range args {
			b = binary.LittleEndian.AppendUint64(b, a)
		}
		return b
	}
	f.Add([]byte(`{"a":1}`), seed(2, 0, 7))
	f.Add([]byte(`name{"k":"v"}`), seed(5, 0, 0, 4, api.EncodeF64(1), 4, 9))
	f.Add([]byte("echo{}"), seed(7, 0, 4, 4, 2))
	f.Add([]byte(""), seed(1, 3, 0xffffffff, 0xffffffff))
	f.Add([]byte(""), seed(10, 65535, 2))
	mod := newGuest(f)
	f.Fuzz(func(t *testing.T, memory, calls []byte) {
		if len(memory) > 1<<16 || len(calls) > 1<<10 {
			return
		}
		mod.Memory().Write(0, make([]byte, 1<<16))
		mod.Memory().Write(0, memory)
		c := NewCall(CallConfig{Limits: testLimits, HostFuncs: map[string]HostFunc{
			"echo": func(_ context.Context, arg []byte) ([]byte, error) { return arg, nil },
		}})
		defer c.End()
		c.SetInput(InputParams, []byte(`[1,2]`))
		for len(calls) > 0 {
			fn := functions[int(calls[0])%len(functions)]
			calls = calls[1:]
			args := make([]uint64, len(fn.params))
			for i := range args {
				var word [8]byte
				calls = calls[copy(word[:], calls):]
				args[i] = binary.LittleEndian.Uint64(word[:])
				if fn.params[i] == i32 {
					args[i] &= 0xffffffff
				}
			}
			call(t, mod, c, fn.name, args...)
		}
		if c.Result != nil && (CheckJSON(c.Result) != nil || len(c.Result) > testLimits.ResultBytes) {
			t.Errorf("kept the result %q", c.Result)
		}
		if c.Error != nil && (CheckJSON(c.Error) != nil || len(c.Error) > testLimits.ErrorBytes) {
			t.Errorf("kept the error %q", c.Error)
		}
		if len(c.Logs) > testLimits.LogRecords || len(c.Metrics) > testLimits.MetricSeries {
			t.Errorf("kept %d log records, %d metrics", len(c.Logs), len(c.Metrics))
		}
		for _, r := range c.Logs {
			if !utf8.ValidString(r.Text) {
				t.Errorf("kept the log text %q", r.Text)
			}
		}
	})
}

// FuzzCheckJSON compares with encoding/json: what is accepted decodes, and nesting
// within the bound is no reason to refuse.
func FuzzCheckJSON(f *testing.F) {
	for _, s := range []string{`{}`, `[1,"a\"]",null]`, `"\ud800"`, `[[[[`, "\"\xff\"", `1e999`, ` {"a" : [ ] } `} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		want := utf8.Valid(data) && json.Valid(data) && jsonDepth(data) <= MaxJSONDepth
		if got := CheckJSON(data) == nil; got != want {
			t.Fatalf("CheckJSON %t, want %t", got, want)
		}
		if !want {
			return
		}
		var v any
		if err := json.Unmarshal(data, &v); err != nil && v != nil {
			t.Errorf("accepted, but does not decode: %v", err)
		}
		// Of a repeated key only the last value is decoded, hence not equal.
		if got := jsonDepth(data); got < decodedDepth(v) {
			t.Errorf("depth %d, decoded %d", got, decodedDepth(v))
		}
	})
}

func decodedDepth(v any) int {
	deepest := 0
	switch v := v.(type) {
	case []any:
		for _, child := range v {
			deepest = max(deepest, decodedDepth(child))
		}
	case map[string]any:
		for _, child := range v {
			deepest = max(deepest, decodedDepth(child))
		}
	default:
		return 0
	}
	return deepest + 1
}
