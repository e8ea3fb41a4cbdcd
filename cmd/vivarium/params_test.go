package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestParseParam(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"a=1":                   "1",
		"a= 1 ":                 "1",
		"a=1e400":               "1e400",
		"a=-0.10":               "-0.10",
		"a=9007199254740993000": "9007199254740993000",
		"a=007":                 `"007"`,
		"a=1 2":                 `"1 2"`,
		"a=NaN":                 `"NaN"`,
		"a=True":                `"True"`,
		"a=true":                "true",
		"a=":                    `""`,
		"a==":                   `"="`,
		"a=<b>&":                `"<b>&"`,
		`a="\u0041"`:            `"\u0041"`,
		`a={"x": [1, 2]}`:       `{"x": [1, 2]}`,
		"a={x}":                 `"{x}"`,
		"a":                     "",
		"=1":                    "",
		"a=\xff":                "",
	} {
		got, err := parseParam(text)
		if string(got.value) != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %s, %v; want %s", text, got.value, err, want)
		}
	}
}

func TestMergeParams(t *testing.T) {
	t.Parallel()
	one := []param{{"a", json.RawMessage("1")}}
	for _, test := range []struct {
		base string
		set  []param
		want string // "" is an error
	}{
		{`{"b" : 2 }`, nil, `{"b" : 2 }`},
		{`[1]`, nil, `[1]`},
		{``, one, `{"a":1}`},
		{`{}`, one, `{"a":1}`},
		{` {"b" : 2 , "a":[ ]}`, one, `{"b":2,"a":1}`},
		{`{"\u0062":1.0}`, one, `{"\u0062":1.0,"a":1}`},
		{`{"\u0061":2,"b":3}`, one, `{"\u0061":1,"b":3}`},
		{`{"a":2,"b":3,"a":4}`, one, `{"b":3,"a":1}`},
		{`{"b":{"a":2}}`, one, `{"b":{"a":2},"a":1}`},
		{``, []param{{"a", json.RawMessage("1")}, {"b", json.RawMessage("2")}, {"a", json.RawMessage("3")}}, `{"a":3,"b":2}`},
		{``, []param{{"<é\"", json.RawMessage("1")}}, `{"<é\"":1}`},
		{`[1]`, one, ""},
		{`null`, one, ""},
		{`"x"`, one, ""},
	} {
		var base json.RawMessage
		if test.base != "" {
			base = json.RawMessage(test.base)
		}
		got, err := mergeParams(base, test.set)
		if string(got) != test.want || (err == nil) != (test.want != "") {
			t.Errorf("%s + %s: got %s, %v; want %s", test.base, test.set, got, err, test.want)
		}
	}
	if got, err := mergeParams(nil, nil); got != nil || err != nil {
		t.Errorf("nothing: got %s, %v", got, err)
	}
}

// Whatever is merged is JSON again, with the member set.
func FuzzMergeParams(f *testing.F) {
	f.Add(`{"a":1}`, "a", "2")
	f.Add(`{"\ud800":[{}]}`, "", "x")
	f.Fuzz(func(t *testing.T, base, name, value string) {
		if !json.Valid([]byte(base)) {
			return
		}
		p, err := parseParam(name + "=" + value)
		if err != nil {
			return
		}
		merged, err := mergeParams(json.RawMessage(base), []param{p})
		if err != nil {
			return
		}
		var members map[string]json.RawMessage
		if err := json.Unmarshal(merged, &members); err != nil {
			t.Fatalf("%s: %v", merged, err)
		}
		if _, ok := members[p.name]; !ok {
			t.Fatalf("%s: no %q", merged, p.name)
		}
	})
}

// FuzzParamsFile reads any bytes as a file of params, with a --param on top: they are JSON,
// as encoding/json sees it, or the file is named.
func FuzzParamsFile(f *testing.F) {
	for _, text := range []string{
		`{"a":1}`, ` [1, 2] `, `"text"`, `null`, `{"b":{"b":1},"b":2}`, "{\"a\":1}\n{\"b\":2}", "", " ", "{", `{"a":1,}`, `{'a':1}`, "\ufeff{}", "\xff\xfe{\x00}\x00", "\"\xff\"", `"\ud800"`, `{"\u0061":1}`,
		"a: 1\n", "[\x00]", "1e999", "-", "// {}", strings.Repeat("[", 20000), strings.Repeat("[", 5000) + strings.Repeat("]", 5000),
	} {
		f.Add([]byte(text))
	}
	path := filepath.Join(f.TempDir(), "params.json")
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		p := &process{}
		o := &runOptions{paramsFile: path}
		plain, err := p.params(o)
		if (err == nil) != json.Valid(text) {
			t.Fatalf("%q: %s, %v", text, plain, err)
		}
		if err != nil {
			if !strings.HasPrefix(err.Error(), "--params-file "+path+" is not valid JSON: ") {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		var want, got any
		if wantErr, gotErr := json.Unmarshal(text, &want), json.Unmarshal(plain, &got); (wantErr == nil) != (gotErr == nil) || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %s", text, plain)
		}
		o.params = []param{{"b", json.RawMessage("7")}}
		merged, err := p.params(o)
		members, isObject := want.(map[string]any)
		switch {
		case want == nil: // numbers that no float64 holds, or null
		case !isObject:
			if err == nil || !strings.Contains(err.Error(), "--param sets members of an object, but --params-file "+path+" is not a JSON object") {
				t.Errorf("%q: %s, %v", text, merged, err)
			}
		default:
			members["b"] = 7.0
			var got any
			if err := errors.Join(err, json.Unmarshal(merged, &got)); err != nil || !reflect.DeepEqual(got, any(members)) {
				t.Errorf("%q: %s, %v", text, merged, err)
			}
		}
	})
}
