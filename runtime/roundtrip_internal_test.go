package runtime

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/vivarium-go/vivarium/hostabi"
)

// roundTripEngine lives as long as the test binary.
var roundTripEngine = sync.OnceValues(func() (*Engine, error) { return New(context.Background(), Config{}) })

// roundTrip gives params to a script that returns them.
func roundTrip(t interface {
	Helper()
	Fatal(...any)
}, params any) (*Result, error) {
	t.Helper()
	eng, err := roundTripEngine()
	if err != nil {
		t.Fatal(err)
	}
	return eng.Run(context.Background(), Task{Script: Source("same.py", "def run(params): return params"), Params: params})
}

// FuzzParamsAndResult passes raw JSON through Python and back, and compares with what
// encoding/json makes of it. The differences are all in here.
func FuzzParamsAndResult(f *testing.F) {
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for _, text := range []string{
		`null`, `true`, ` [ 1 , 2 ] `, `-0`, `-0.0`, `0.1`, `1e5`, `1E400`, `-1e-400`, `123456789012345678901234567890`, `1.7976931348623157e308`, `5e-324`, `100000000000000000000.0`,
		`""`, `"\u0000\u001f"`, `"\ud83d\ude00é\u2028"`, `"\ud800"`, `"\udc00\ud800"`, `"\/\b\f\n\r\t\\\""`, "\"\x7f\"",
		`{}`, `{"a":1,"a":2}`, `{"":{"":[]}}`, `{"b":1,"a":2}`, `{"\ud800":1}`, `{"__class__":"x","$ref":"#"}`,
		"", " ", `nul`, `NaN`, `Infinity`, `-Infinity`, `01`, `1.`, `.5`, `+1`, `0x1`, `1_000`, `'a'`, `[1,]`, `{"a":1,}`, `{a:1}`, `// c`, `[1] 2`, `"a`, "\"\n\"", "\"\xff\"", "\xef\xbb\xbf1", "\"\xed\xa0\x80\"", "[\x001]", "\u00a01", `"\x41"`, `"\u12"`,
		deep(1000), deep(1001), strings.Repeat(`{"a":`, 999) + "1" + strings.Repeat("}", 999), strings.Repeat("9", 4300), strings.Repeat("9", 4301), "1" + strings.Repeat("0", 400) + ".0", "0." + strings.Repeat("1", 5000),
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<15 {
			return
		}
		res, err := roundTrip(t, json.RawMessage(data))
		// Stricter than encoding/json: UTF-8 has to be valid, and nesting is bounded.
		if data != nil && !(json.Valid(data) && utf8.Valid(data) && nesting(data) <= hostabi.MaxJSONDepth) {
			if !errors.Is(err, ErrInvalidTask) || !strings.Contains(err.Error(), "Task.Params: ") {
				t.Fatalf("%.200q is accepted: %+v, %v", data, res, err)
			}
			return
		}
		if err != nil {
			t.Fatalf("%.200q is refused: %v", data, err)
		}
		// Python has no floats beyond these, refuses integers of more than 4300 digits, and keeps half
		// of a surrogate pair, which a result must not have.
		var script *ScriptError
		if errors.As(res.Err, &script) && script.Type == "ValueError" && slices.ContainsFunc(beyondPython(data), func(trouble string) bool {
			return strings.Contains(script.Message, trouble)
		}) {
			return
		}
		if !res.OK() {
			t.Fatalf("%.200q: %v", data, res.Err)
		}
		if err := hostabi.CheckJSON(res.Value); err != nil {
			t.Fatalf("%.200q: %s: %v", data, res.Value, err)
		}
		wantSame(t, res, data)
	})
}

// Any Go value comes back as encoding/json would give it back.
func TestValuesComeBack(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("the full run has it")
	}
	rapid.Check(t, func(t *rapid.T) {
		v := jsonValue(2).Draw(t, "value")
		text, wantErr := json.Marshal(v)
		if raw, ok := v.([]byte); ok { // it is JSON already
			text, wantErr = raw, json.Unmarshal(raw, new(any))
			if raw == nil {
				text, wantErr = []byte("null"), nil
			}
		}
		res, err := roundTrip(t, v)
		switch {
		case wantErr != nil:
			if !errors.Is(err, ErrInvalidTask) || !strings.Contains(err.Error(), "Task.Params: ") {
				t.Fatalf("%#v is accepted: %+v, %v", v, res, err)
			}
		case err != nil || !res.OK():
			t.Fatalf("%#v: %+v, %v", v, res, err)
		default:
			wantSame(t, res, text)
		}
	})
}

// wantSame checks that a result's value is what a text means, byte by byte and decoded.
func wantSame(t interface {
	Helper()
	Errorf(string, ...any)
}, res *Result, text []byte) {
	t.Helper()
	if text == nil {
		text = []byte("null")
	}
	got, want := exactly(res.Value), exactly(text)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%.200q came back as %.200q", text, res.Value)
	}
	var decoded, wanted any
	err, wantErr := res.Decode(&decoded), json.Unmarshal(res.Value, &wanted)
	if (err == nil) != (wantErr == nil) || err == nil && !reflect.DeepEqual(decoded, wanted) {
		t.Errorf("%.200q is decoded as %v, %v; by encoding/json as %v, %v", res.Value, decoded, err, wanted, wantErr)
	}
}

// exactly decodes JSON, integers digit by digit and other numbers to the last bit.
func exactly(text []byte) any {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return err
	}
	return exactNumbers(v)
}

func exactNumbers(v any) any {
	switch v := v.(type) {
	case json.Number:
		if !isInteger(v) {
			f, err := v.Float64()
			return fmt.Sprint(strconv.FormatFloat(f, 'g', -1, 64), err)
		}
		if v == "-0" { // Python's integers have no sign without a value
			return json.Number("0")
		}
	case []any:
		for i := range v {
			v[i] = exactNumbers(v[i])
		}
	case map[string]any:
		for key := range v {
			v[key] = exactNumbers(v[key])
		}
	}
	return v
}

func isInteger(n json.Number) bool { return !strings.ContainsAny(string(n), ".eE") }

// beyondPython returns what Python may have to say of JSON that it cannot give back.
func beyondPython(text []byte) (troubles []string) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	for {
		token, err := d.Token()
		if err != nil {
			break
		}
		n, ok := token.(json.Number)
		if !ok {
			continue
		}
		if _, err := n.Float64(); err != nil && !isInteger(n) {
			troubles = append(troubles, "inf is not JSON")
		}
		if isInteger(n) && len(strings.TrimPrefix(string(n), "-")) > 4300 {
			troubles = append(troubles, "Exceeds the limit (4300 digits)")
		}
	}
	if strings.Contains(strings.ToLower(string(text)), `\ud`) {
		troubles = append(troubles, "lone surrogate")
	}
	return troubles
}

// nesting is the depth of JSON, as encoding/json counts it.
func nesting(text []byte) (deepest int) {
	depth := 0
	for d := json.NewDecoder(bytes.NewReader(text)); ; {
		token, err := d.Token()
		if err != nil {
			return deepest
		}
		switch token {
		case json.Delim('['), json.Delim('{'):
			depth++
		case json.Delim(']'), json.Delim('}'):
			depth--
		}
		deepest = max(deepest, depth)
	}
}
