package python

import (
	"strings"
	"testing"
)

// Deep recursion, in Python and in C, ends in a Python exception: it never traps,
// also when the script lifts Python's own limit.
func TestDeepRecursion(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, code, errors string }{
		{"function", "def f(): return f()\nf()", "RecursionError"},
		{"json", "import json\njson.loads('[' * 100000)", "RecursionError"},
		{"json encoder", "import json\njson.dumps(nested())", "RecursionError"},
		{"repr", "repr(nested())", "RecursionError"},
		{"compare", "nested() == nested()", "RecursionError"},
		{"pickle", "import pickle\npickle.dumps(nested())", "RecursionError"},
		{"deepcopy", "import copy\ncopy.deepcopy(nested())", "RecursionError"},
		{"parser", "compile('(' * 100000, 'f', 'eval')", "MemoryError SyntaxError RecursionError"},
		{"compiler", "compile('-' * 100000 + '1', 'f', 'eval')", "MemoryError RecursionError"},
		{"ast", "import ast\nast.literal_eval('[' * 5000 + ']' * 5000)", "MemoryError SyntaxError RecursionError"},
		{"re compiler", "import re\nre.compile('(' * 50000 + ')' * 50000)", "RecursionError OverflowError"},
		{"sorted with key", "def key(x): return sorted([1], key=key)\nsorted([1], key=key)", "RecursionError"},
		{"__getattr__", "class A:\n  def __getattr__(self, n): return getattr(self, n + 'x')\nA().y", "RecursionError MemoryError"},
		{"isinstance", "x = int\nfor _ in range(100000): x = (x,)\nisinstance('', x)", "RecursionError"},
	} {
		for _, lifted := range []string{"", "import sys\nsys.setrecursionlimit(10**6)\n"} {
			t.Run(test.name, func(t *testing.T) {
				t.Parallel()
				r := runScript(t, lifted+"def nested():\n  v = []\n  for _ in range(100000): v = [v]\n  return v\n"+test.code)
				if r.Kind == OutcomeOK && lifted != "" {
					return // there was room
				}
				if r.Kind != OutcomeRaised {
					t.Fatalf("outcome %d (%v)", r.Kind, r.Err)
				}
				for name := range strings.SplitSeq(test.errors, " ") {
					if strings.Contains(string(r.call.Error), `"type":"`+name+`"`) {
						return
					}
				}
				t.Errorf("error %.500s, want one of %s", r.call.Error, test.errors)
			})
		}
	}
	t.Run("nested parentheses that are fine", func(t *testing.T) {
		t.Parallel()
		runScript(t, "def run(p): return eval('('*190 + '1' + ')'*190)").wantResult(t, "1")
	})
}
