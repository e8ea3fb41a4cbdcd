package runtime_test

import (
	"bytes"
	"context"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/vivarium-go/vivarium/runtime"
)

// oddSources are scripts that only the compiler, or nobody, understands, and what is said
// of them; empty if they run.
var oddSources = []struct{ source, want string }{
	{"", ""},
	{"\ufeffx = 1", ""},
	{"x = 1\r\ny = 2\rz = 3", ""},
	{"# coding: latin-1\nassert '\xe9' == chr(233)", ""},
	{"#!/usr/bin/env python\n# -*- coding: cp1252 -*-\nassert '\x80' == chr(8364)", ""},
	{"# coding: utf-8\nassert 'é' == chr(233)", ""},
	{strings.Repeat("[", 150) + strings.Repeat("]", 150), ""},
	{"x = '" + strings.Repeat("a", 1<<20) + "'", ""},
	{strings.Repeat("\n", 1<<20) + "assert True", ""},
	{"\x00", "SyntaxError: source code string cannot contain null bytes"},
	{"x = 1\ny = '\x00'", "SyntaxError: source code string cannot contain null bytes"},
	{"\xff\xfex\x00=\x00", "SyntaxError: source code string cannot contain null bytes"},
	{"\n\nx = '\xff'", "SyntaxError: (unicode error) 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte (script.py, line 3)"},
	{"\ufeff\ufeffx", "SyntaxError: invalid non-printable character U+FEFF (script.py, line 1)"},
	{"\ufeff# coding: latin-1\nx", "SyntaxError: encoding problem: iso-8859-1 with BOM (script.py, line 0)"},
	{"# coding: nope\nx", "SyntaxError: unknown encoding: nope (script.py, line 0)"},
	{"# coding: rot13\nk", "SyntaxError: 'rot13' is not a text encoding; use codecs.decode() to handle arbitrary codecs (script.py, line 0)"},
	{"# coding: utf-16\nx", "SyntaxError: 'utf-16-le' codec can't decode byte 0x0a in position 18: truncated data (script.py, line 0)"},
	{"if True:\n\tx = 1\n        y = 2", "TabError: inconsistent use of tabs and spaces in indentation (script.py, line 3)"},
	{"x = 1\n  y = 2", "IndentationError: unexpected indent (script.py, line 2)"},
	{"x = 1\ny = '''", "SyntaxError: unterminated triple-quoted string literal (detected at line 2) (script.py, line 2)"},
	{"x = \\", "SyntaxError: unexpected EOF while parsing (script.py, line 1)"},
	{"x\u200b = 1", "SyntaxError: invalid non-printable character U+200B (script.py, line 1)"},
	{"x = 1\n\x1a", "SyntaxError: invalid non-printable character U+001A (script.py, line 2)"},
	{"\nx = (" + strings.Repeat("(", 300), "SyntaxError: too many nested parentheses (script.py, line 2)"},
	{"\n'" + strings.Repeat("a", 1<<20), "SyntaxError: unterminated string literal (detected at line 2) (script.py, line 2)"},
	{"x = " + strings.Repeat("1", 1<<20), "SyntaxError: Exceeds the limit (4300 digits) for integer string conversion: value has 1048576 digits; use sys.set_int_max_str_digits() to increase the limit - Consider hexadecimal for huge integer literals to avoid decimal conversion limits. (script.py, line 1)"},
	{strings.Repeat("x + ", 1<<18) + "1", "RecursionError: maximum recursion depth exceeded during ast construction"},
	{strings.Repeat("-", 1<<16) + "1", "MemoryError: Parser stack overflowed - Python source too complex to parse"},
	{"return 1", "SyntaxError: 'return' outside function (script.py, line 1)"},
}

// A script that cannot be compiled is told why, and where if the compiler knows.
func TestOddSources(t *testing.T) {
	t.Parallel()
	fullRunOnly(t)
	for _, test := range oddSources {
		res := runTask(t, runtime.Task{Script: source(test.source)})
		var script *runtime.ScriptError
		switch {
		case test.want == "" && !res.OK():
			t.Errorf("%.60q: %v", test.source, res.Err)
		case test.want != "" && (!errors.As(res.Err, &script) || errors.As(res.Err, new(*runtime.LimitError)) || script.Error() != test.want):
			t.Errorf("%.60q: %v, want %s", test.source, res.Err, test.want)
		}
	}
}

// FuzzScript runs any bytes as a script. Whatever they are, the interpreter does not break
// down, what is said is text, a fault of the syntax has its place, and a task afterwards
// notices nothing.
func FuzzScript(f *testing.F) {
	for _, test := range oddSources {
		if len(test.source) < 1<<12 {
			f.Add([]byte(test.source))
		}
	}
	for _, text := range []string{
		"def run(params): return params", "def module():\n    class M:\n        async def run(self, params): return 1\n    return M()", "import vivarium\nvivarium.log('x')\nvivarium.metric('m', 1)\nvivarium.progress(0.5)",
		"raise SystemExit(3)", "import os; os._exit(3)", "def run(p): raise Exception('\\ud800')", "def run(p): return float('nan')", "def run(p): return p.nope", "while True: pass", "x = []\nwhile True: x.append(bytearray(1 << 20))",
		"def f(): f()\nf()", "raise ExceptionGroup('a', [ValueError('b')])", "class E(Exception):\n    def __str__(self): raise self\nraise E", "import sys; sys.stdout.buffer.write(b'\\xff')", "run = 7", "module = None", "async def run(p): await p",
		"exec(compile('1/0', 'x\\n', 'exec'))", "import sys; sys.excepthook = None; 1/0", "del __builtins__; x", "__name__ = 3; 1/0",
	} {
		f.Add([]byte(text))
	}
	canary := runtime.Task{Script: source("import sys\ndef run(params): return [params, len(dir()), sorted(set(globals())), sys.getrecursionlimit()]"), Params: "well"}
	var want []byte
	place := regexp.MustCompile(`\(script\.py, line (\d+)\)$`)
	f.Fuzz(func(t *testing.T, text []byte) {
		if want == nil {
			want = runTask(t, canary).Value
		}
		res, err := sharedEngine(t).Run(context.Background(), runtime.Task{
			Script: runtime.Source("script.py", string(text)), Params: map[string]any{"value": 21},
			Timeout: 10 * time.Second, Limits: runtime.Limits{Fuel: 3_000_000, MemoryBytes: 64 << 20},
		})
		if err != nil {
			t.Fatal(err)
		}
		if errors.Is(res.Err, runtime.ErrInstanceLost) {
			t.Fatalf("the interpreter broke down: %v", res.Err)
		}
		var script *runtime.ScriptError
		if errors.As(res.Err, &script) {
			if said := script.Error() + script.Traceback(); !utf8.ValidString(said) || strings.Contains(script.Error(), "\n") {
				t.Errorf("%q", said)
			}
			if found := place.FindStringSubmatch(script.Message); found != nil && len(script.Frames) == 0 {
				lines := bytes.Count(bytes.ReplaceAll(text, []byte("\r"), []byte("\n")), []byte("\n")) + 2
				if n, err := strconv.Atoi(found[1]); err != nil || n > lines {
					t.Errorf("%s, of %d lines", script.Message, lines)
				}
			}
		}
		if after := runTask(t, canary); !bytes.Equal(after.Value, want) {
			t.Errorf("the next task: %s, %v; want %s", after.Value, after.Err, want)
		}
	})
}
