package runtime

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/vivarium-go/vivarium/hostabi"
)

// jsonRecord is a type with most of what encoding/json can do.
type jsonRecord struct {
	Name    string `json:"name"`
	Renamed int    `json:"other-name,omitempty"`
	Quoted  int64  `json:",string"`
	Skipped string `json:"-"`
	Zero    []int  `json:"zero,omitempty"`
	hidden  int
	jsonEmbedded
	*Pointed
	Any    any
	Raw    json.RawMessage
	Number json.Number
	Bytes  []byte
	Floats []float64
	Small  int8
	Big    uint64
	Single float32
	Fixed  [2]bool
	Map    map[string]*jsonRecord
	Keyed  map[int]string
	Time   time.Time
	Text   texter
}

type jsonEmbedded struct {
	Inside bool
	Name   string // hidden by the outer one
}

// Pointed is exported, or decoding into it would be refused.
type Pointed struct{ Below string }

type texter struct{ string }

func (t texter) MarshalText() ([]byte, error) { return []byte("<" + t.string + ">"), nil }
func (t *texter) UnmarshalText(text []byte) error {
	t.string = strings.Trim(string(text), "<>")
	return nil
}

// FuzzDecodeJSON compares decodeJSON, for JSON that the host ABI lets through, with
// encoding/json.
func FuzzDecodeJSON(f *testing.F) {
	for _, text := range []string{
		`null`, `true`, ` 7 `, `-0`, `1e5`, `1.0`, `-1.5E-7`, `1e400`, `123456789012345678901234567890`, `"\ud800"`, `"\ud83d\ude00\u0000\n\/"`, `""`, "\"\x7f\u2028\"",
		`[]`, `{}`, `[1,[2,[3,{}]]]`, `{"a":1,"a":2}`, `{"":0}`, `[null,{"a":null}]`,
		`{"name":"x","other-name":3,"Quoted":"7","Inside":true,"Below":"b","Any":{"a":[1,"b",null]},"Raw":{"x" : 1},"Number":1.50,"Bytes":"AQI=","Floats":[1,2.5],"Small":-5,"Big":18446744073709551615,"Single":0.1,"Fixed":[true,false],"Map":{"k":{"name":"y"}},"Keyed":{"-3":"x"},"Time":"2026-11-05T00:00:00Z","Text":"<t>"}`,
		`{"NAME":"case","name":"x"}`, `{"Small":300}`, `{"Small":1.0}`, `{"Big":-1}`, `{"Quoted":7}`, `{"Quoted":"x"}`, `{"Fixed":[true]}`, `{"Fixed":[true,true,true]}`, `{"Keyed":{"x":""}}`,
		`{"Bytes":"?"}`, `{"Bytes":[1,2]}`, `{"Map":null,"Floats":null,"Raw":null,"Time":null}`, `{"Number":"12"}`, `{"Number":"x"}`, `{"Skipped":"x","hidden":1}`, `{"Single":1e39}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<12 || hostabi.CheckJSON(data) != nil {
			return
		}
		for _, target := range []func() any{
			func() any { return new(any) },
			func() any { return new(string) },
			func() any { return new(int) },
			func() any { return new(float64) },
			func() any { return new(json.RawMessage) },
			func() any { return new([]any) },
			func() any { return new(map[string]any) },
			func() any { return new(map[string]float64) },
			func() any { return new(jsonRecord) },
		} {
			got, want := target(), target()
			gotErr, wantErr := decodeJSON(data, got), json.Unmarshal(data, want)
			if (gotErr == nil) != (wantErr == nil) {
				t.Errorf("%T of %s: error %v, of encoding/json %v", got, data, gotErr, wantErr)
			} else if gotErr == nil && !reflect.DeepEqual(got, want) {
				t.Errorf("%T of %s: %+v, of encoding/json %+v", got, data, got, want)
			}
		}
	})
}

// jsonValue is anything that encoding/json encodes, or nearly.
func jsonValue(depth int) *rapid.Generator[any] {
	text := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }),
		rapid.SampledFrom([]string{"", "<&>", "\u2028\u2029", "\x00\x1f\x7f\"\\/", "\xff\xfe", "\ufffd", "😀", "é"}))
	simple := []*rapid.Generator[any]{
		rapid.Just[any](nil), rapid.Bool().AsAny(), rapid.Int64().AsAny(), rapid.Uint64().AsAny(), rapid.Int8().AsAny(),
		rapid.Float64().AsAny(), rapid.Float32().Filter(hasOneText).AsAny(), text.AsAny(),
		rapid.SampledFrom([]any{
			math.Inf(1), math.NaN(), math.Copysign(0, -1), 1e21, 1e-7, 1e20, math.MaxFloat64, math.SmallestNonzeroFloat64, float32(math.MaxFloat32), float32(1e-7), float32(0.1),
			json.Number("1.50"), json.Number("x"), json.Number(""), json.RawMessage(`{"x" : [1]}`), json.RawMessage(`{`), json.RawMessage(nil),
			[]byte("bytes"), []byte(nil), []int(nil), map[string]int(nil), (*int)(nil), [2]bool{true}, map[int]string{-3: "c", 2: "b"}, texter{"<t>"}, &texter{"t"},
			time.Date(2026, 11, 5, 1, 2, 3, 4, time.UTC), time.Second, struct{}{}, make(chan int), complex(1, 2),
			jsonRecord{hidden: 1}, &jsonRecord{Name: "<x>", Pointed: &Pointed{"b"}, Map: map[string]*jsonRecord{"b": nil, "a": {}}, Raw: json.RawMessage(`1`), Number: "7"},
			map[string]any{"b": 1, "a": "<"}, []any{}, map[string]any{}, context.Canceled,
		}),
	}
	if depth == 0 {
		return rapid.OneOf(simple...)
	}
	inner := jsonValue(depth - 1)
	return rapid.OneOf(append(simple,
		rapid.SliceOfN(inner, 0, 4).AsAny(),
		rapid.MapOfN(text, inner, 0, 4).AsAny(),
		rapid.Custom(func(t *rapid.T) any {
			return jsonRecord{Name: text.Draw(t, "name"), Any: inner.Draw(t, "any"), Bytes: rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"), Floats: []float64{rapid.Float64().Draw(t, "float")}}
		}),
	)...)
}

// Params are encoded as encoding/json does it.
func TestParamsAreEncodedAsJSON(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		v := jsonValue(3).Draw(t, "value")
		var want bytes.Buffer
		encoder := json.NewEncoder(&want)
		encoder.SetEscapeHTML(false)
		wantErr := encoder.Encode(v)
		got, err := encodeParams(v, 1<<20, false)
		if _, verbatim := v.([]byte); verbatim {
			return // it is JSON already, or is refused
		}
		if _, verbatim := v.(json.RawMessage); verbatim {
			return
		}
		switch {
		case (err == nil) != (wantErr == nil):
			t.Fatalf("%#v: %s, error %v; encoding/json %s, %v", v, got, err, want.Bytes(), wantErr)
		case err == nil && !sameJSON(got, want.Bytes()):
			t.Fatalf("%#v: %s, encoding/json %s", v, got, want.Bytes())
		}
	})
}

// sameJSON says whether two texts mean the same to encoding/json, numbers digit by digit.
func sameJSON(a, b []byte) bool {
	decode := func(text []byte) (v any, err error) {
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		err = d.Decode(&v)
		return v, err
	}
	x, errX := decode(a)
	y, errY := decode(b)
	return errX == nil && errY == nil && reflect.DeepEqual(x, y)
}

// hasOneText says whether a float32 has one shortest decimal. Few have two that are equally
// near, as 1/4096 has 0.00024414062 and 0.00024414063; then go-json takes the even one, and
// encoding/json the other.
func hasOneText(f float32) bool {
	ours, err1 := encodeJSON(f)
	theirs, err2 := json.Marshal(f)
	if err1 != nil || err2 != nil || bytes.Equal(ours, theirs) {
		return true
	}
	back, err := strconv.ParseFloat(string(ours), 32)
	return err != nil || float32(back) != f || len(ours) != len(theirs)
}

func TestFloat32WithTwoTexts(t *testing.T) {
	t.Parallel()
	if hasOneText(1.0/4096) || !hasOneText(0.1) {
		t.Error("1/4096 has two, 0.1 has one")
	}
}
