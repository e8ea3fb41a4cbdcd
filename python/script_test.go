package python

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/vivarium-go/vivarium/hostabi"
)

func TestScriptShapes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, source, result string }{
		{"module factory", "class M:\n  def run(self, p): return p['v']*2\ndef module(): return M()", `42`},
		{"async method", "class M:\n  async def run(self, p): return p['v']\ndef module(): return M()", `21`},
		{"factory before function", "def run(p): return 'function'\nclass M:\n  def run(self, p): return 'method'\ndef module(): return M()", `"method"`},
		{"class as factory", "class module:\n  def run(self, p): return 1", `1`},
		{"function", "def run(params): return params", `{"v":21}`},
		{"async function", "import asyncio\nasync def run(p):\n  await asyncio.sleep(0)\n  return [p['v']]", `[21]`},
		{"function in a branch", "if True:\n  def run(p): return 3", `3`},
		{"assigned function", "run = lambda p: 4", `4`},
		{"entry point is not __main__", "ran = False\nif __name__ == '__main__': ran = True\ndef run(p): return ran", `false`},
		{"plain script", "x = 1", ``},
		{"plain script is __main__", "import sys\nassert __name__ == '__main__' and sys.modules['__main__'].__name__ == '__main__'", ``},
		{"nothing returned", "def run(p): pass", `null`},
		{"key order, big integers, no escapes", "def run(p): return {'b': 2**100, 'a': '<é&\"\\n>', 'c': 1e300}", `{"b":1267650600228229401496703205376,"a":"<é&\"\n>","c":1e+300}`},
		{"pickle finds the script's classes", "import pickle\nclass A:\n  x = 1\ndef run(p): return pickle.loads(pickle.dumps(A())).x", `1`},
		{"inspect finds the source", "import inspect\ndef run(p): return inspect.getsource(run)[:10]", `"def run(p)"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			want := strings.ReplaceAll(test.result, "\n", `\n`)
			runScript(t, test.source, params(`{"v":21}`)).wantResult(t, want)
		})
	}
}

func TestResultsThatAreNotJSON(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, expression, text string }{
		{"not serialisable", "{'a': [1, {1, 2}]}", "result['a'][1]: a set is not JSON"},
		{"NaN", "[0, float('nan')]", "result[1]: nan is not JSON"},
		{"infinity", "{'x': float('-inf')}", "result['x']: -inf is not JSON"},
		{"lone surrogate", "['ok', '\\ud800']", "result[1]: a string holds a lone surrogate"},
		{"lone surrogate in a key", "{'\\udfff': 1}", "lone surrogate"},
		{"tuple key", "{(1, 2): 3}", "the key (1, 2) is a tuple"},
		{"bytes", "b'x'", "result: a bytes is not JSON"},
		{"too deep", "nested(1001)", "nested deeper than 1000"},
		{"far too deep", "nested(100000)", "nested deeper than 1000"},
		{"cycle", "cycle()", "contains itself"},
		{"integer with too many digits", "10**5000", "result: Exceeds the limit"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			runScript(t, `
def nested(n):
    v = 0
    for _ in range(n): v = [v]
    return v
def cycle():
    v = []
    v.append({"a": v})
    return v
def run(params): return `+test.expression).wantRaised(t, test.text)
		})
	}
	t.Run("deepest allowed", func(t *testing.T) {
		t.Parallel()
		json := strings.Repeat("[", hostabi.MaxJSONDepth) + strings.Repeat("]", hostabi.MaxJSONDepth)
		runScript(t, "def run(p): return p", params(json)).wantResult(t, json)
	})
}

func TestScriptErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, source, text string }{
		{"syntax", "def run(:\n", `"type":"SyntaxError"`},
		{"not UTF-8", "x = '\xff'\n", `"type":"SyntaxError"`},
		{"NUL", "x = '\x00'\n", `"type":"SyntaxError"`},
		{"raised", "def run(p):\n  return 1 / 0", `"message":"division by zero"`},
		{"source line", "def run(p):\n  return 1 / 0 # here", `"source":"return 1 / 0 # here"`},
		{"own class", "class E(Exception): pass\ndef run(p): raise E('x')", `"type":"E"`},
		{"chained", "def run(p):\n  try: 1/0\n  except ZeroDivisionError as e: raise KeyError('k') from e", "direct cause"},
		{"at import", "raise ValueError('top')", `"message":"top"`},
		{"bad factory", "def module(): return 3", "module() returned a int without a run(params) method"},
		{"exit in an entry point", "import sys\ndef run(p): sys.exit(3)", `"type":"SystemExit"`},
		{"evil __str__", "class E(Exception):\n  def __str__(self): raise RuntimeError\ndef run(p): raise E", "its __str__ raised RuntimeError"},
		{"long message", "def run(p): raise ValueError('x' * 10**6)", "characters cut"},
		{"recursion", "def f(): return f()\ndef run(p): f()", `"type":"RecursionError"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := runScript(t, test.source)
			r.wantRaised(t, test.text)
			if strings.Contains(string(r.call.Error), "_vivarium_boot") {
				t.Errorf("the traceback shows the bootstrap: %s", r.call.Error)
			}
		})
	}
}

func TestExit(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		source string
		kind   OutcomeKind
		text   string
		code   uint32
	}{
		{"import sys; sys.exit(7)", OutcomeExit, `"exit_code":7`, 0},
		{"import sys; sys.exit('bye')", OutcomeExit, `"exit_code":1`, 0},
		{"raise SystemExit", OutcomeExit, `"exit_code":0`, 0},
		{"import os; os._exit(9)", OutcomeExited, "", 9},
		{"def run(p):\n  import os; os._exit(0)", OutcomeExited, "", 0},
	} {
		r := runScript(t, test.source)
		if r.Kind != test.kind || !strings.Contains(string(r.call.Error), test.text) || r.ExitCode != test.code {
			t.Errorf("%q: outcome %d, code %d, error %s", test.source, r.Kind, r.ExitCode, r.call.Error)
		}
	}
}

func TestVivariumModule(t *testing.T) {
	t.Parallel()
	r := runScript(t, `
import logging, sys, os, vivarium
def run(params):
    vivarium.log("one", level="warning")
    logging.getLogger("x").info("two %d", 2)
    logging.basicConfig(level=logging.DEBUG)
    logging.debug("three")
    vivarium.metric("rows_total", 3, kind="counter", table="users")
    vivarium.progress(0.5, "half")
    print("out"); print("err", file=sys.stderr)
    try: vivarium.call("fail")
    except vivarium.HostError as e: failed = str(e)
    try: vivarium.call("missing")
    except LookupError as e: missing = str(e)
    try: vivarium.log("x", level="loud")
    except ValueError as e: level = str(e)
    return [vivarium.params(), vivarium.call("echo", a=1, b="é"), failed, missing, level, os.getcwd(), os.environ["K"]]
`, params(`{"v":[1]}`), func(s *setup) {
		s.HostFuncs = map[string]hostabi.HostFunc{
			"echo": func(_ context.Context, arg []byte) ([]byte, error) { return arg, nil },
			"fail": func(context.Context, []byte) ([]byte, error) { return nil, errors.New("no such row") },
		}
		s.Inputs[hostabi.InputEnv] = []byte(`{"K":"value"}`)
	})
	r.wantResult(t, `[{"v":[1]},{"a":1,"b":"é"},"no such row","missing: not found","level 'loud': use one of debug, info, warning, error, critical","/tmp","value"]`)
	var logs []string
	for _, l := range r.call.Logs {
		logs = append(logs, l.Level.String()+" "+l.Text)
	}
	if got := strings.Join(logs, ", "); got != "warning one, info two 2, debug three" {
		t.Errorf("logs %q", got)
	}
	if len(r.call.Metrics) != 1 || r.call.Metrics[0].Value != 3 || r.call.Metrics[0].Labels["table"] != "users" {
		t.Errorf("metrics %+v", r.call.Metrics)
	}
	if r.call.Progress != (hostabi.Progress{Fraction: 0.5, Message: "half"}) {
		t.Errorf("progress %+v", r.call.Progress)
	}
	if r.stdout.String() != "out\n" || r.stderr.String() != "err\n" {
		t.Errorf("stdout %q, stderr %q", r.stdout.String(), r.stderr.String())
	}
}

func TestStopping(t *testing.T) {
	t.Parallel()
	const within = 15 * time.Second // far above what it takes, far below the watchdog
	for _, test := range []struct {
		name, source string
		kind         OutcomeKind
		text         string
	}{
		{"loop", "while True: pass", OutcomeRaised, "TimedOut"},
		{"sleep", "import time\ntime.sleep(3600)", OutcomeRaised, "TimedOut"},
		{"asyncio", "import asyncio\nasyncio.run(asyncio.sleep(3600))", OutcomeRaised, "TimedOut"},
		{"select", "import select\nselect.select([], [], [], 3600)", OutcomeRaised, "TimedOut"},
		{"host function", "import vivarium\nvivarium.call('stuck')", OutcomeRaised, "TimedOut"},
		{"finally runs", "import time\ntry: time.sleep(3600)\nfinally: print('tidy')", OutcomeRaised, "TimedOut"},
		{"swallows once and for all", "while True:\n  try:\n    while True: pass\n  except BaseException: pass", OutcomeStopped, ""},
		{"inside one C call", "sum(iter(int, 1))", OutcomeStopped, ""},
		{"big integers", "x = 3 ** 50000000", OutcomeRaised, "TimedOut"},
		{"inside another C call", "import itertools\nany(itertools.repeat(0))", OutcomeStopped, ""},
		{"bulk memory", "while True:\n  try:\n    while True: bytes(bytearray(100 << 20))\n  except BaseException: pass", OutcomeStopped, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var asked time.Time
			r := runScript(t, test.source, func(s *setup) {
				if test.kind == OutcomeRaised {
					s.Grace = within // the machine may be busy; the script stops by itself
				}
				s.HostFuncs = map[string]hostabi.HostFunc{"stuck": func(ctx context.Context, _ []byte) ([]byte, error) {
					<-ctx.Done()
					return nil, ctx.Err()
				}}
			}, interruptAfter(500*time.Millisecond, &asked))
			if took := time.Since(asked); took > within {
				t.Errorf("stopped after %v", took)
			}
			if r.Kind != test.kind || !strings.Contains(string(r.call.Error), test.text) {
				t.Errorf("outcome %d (%v), error %s, stderr %s", r.Kind, r.Err, r.call.Error, &r.stderr)
			}
			if test.name == "finally runs" && r.stdout.String() != "tidy\n" {
				t.Errorf("stdout %q", r.stdout.String())
			}
		})
	}
}
