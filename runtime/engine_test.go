package runtime_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vivarium-go/vivarium/runtime"
)

// engine is shared by the tests: compiling the interpreter takes seconds. It lives
// as long as the test binary.
var engine = sync.OnceValues(func() (*runtime.Engine, error) {
	return runtime.New(context.Background(), runtime.Config{
		Grace:       10 * time.Second, // the machine may be busy; tests of hard stops set their own
		VerifyReset: 1,
		HostFuncs: map[string]runtime.HostFunc{
			"greet": func(_ context.Context, arg []byte) ([]byte, error) {
				var who struct{ Name string }
				if err := json.Unmarshal(arg, &who); err != nil {
					return nil, err
				}
				return json.Marshal("hello " + who.Name)
			},
		},
	})
})

func sharedEngine(t testing.TB) *runtime.Engine {
	t.Helper()
	eng, err := engine()
	if err != nil {
		t.Fatal(err)
	}
	return eng
}

// fullRunOnly skips a test in short mode that is about the guest and not about
// goroutines: under the race detector it takes minutes.
func fullRunOnly(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("the full run has it")
	}
}

func runTask(t testing.TB, task runtime.Task) *runtime.Result {
	t.Helper()
	res, err := sharedEngine(t).Run(context.Background(), task)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func source(text string) runtime.Script { return runtime.Source("script.py", text) }

func TestRunOriginalInterface(t *testing.T) {
	t.Parallel()
	res := runTask(t, runtime.Task{
		Script: runtime.File("../testdata/scripts/double.py"),
		Params: map[string]any{"value": 21},
		Labels: map[string]string{"k": "v"},
	})
	if string(res.Value) != `{"result":42,"status":"ok"}` || !res.OK() || res.Labels["k"] != "v" {
		t.Fatalf("value %s, error %v, labels %v", res.Value, res.Err, res.Labels)
	}
	var out struct{ Result int }
	if err := res.Decode(&out); err != nil || out.Result != 42 {
		t.Errorf("decoded %+v, %v", out, err)
	}
	if u := res.Usage; u.Fuel == 0 || u.MemoryPeakBytes < 1<<20 || u.Exec <= 0 || u.BytesIn == 0 || u.BytesOut == 0 {
		t.Errorf("usage %+v", u)
	}
}

func TestRawParamsTravelVerbatim(t *testing.T) {
	t.Parallel()
	raw := `{"b":123456789012345678901234567890,"a":"<\u0041é>"}`
	res := runTask(t, runtime.Task{
		Script: source("import _vivarium\ndef run(p): return [_vivarium.input(3).decode(), p['b'], p['a']]"),
		Params: json.RawMessage(raw),
	})
	var got []json.RawMessage
	if err := res.Decode(&got); err != nil {
		t.Fatal(err, res.Err)
	}
	var text string
	if err := json.Unmarshal(got[0], &text); err != nil || text != raw {
		t.Errorf("the script read %q, %v", text, err)
	}
	if string(got[1]) != "123456789012345678901234567890" || string(got[2]) != `"<Aé>"` {
		t.Errorf("decoded %s, %s", got[1], got[2])
	}
}

func TestRunErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		task runtime.Task
		want string
	}{
		{"no script", runtime.Task{}, "Task.Script is empty"},
		{"missing file", runtime.Task{Script: runtime.File("no/such.py")}, "no such file"},
		{"directory", runtime.Task{Script: runtime.File("..")}, "is a directory"},
		{"params no JSON", runtime.Task{Script: source(""), Params: json.RawMessage("{")}, "Task.Params: not valid JSON"},
		{"params not encodable", runtime.Task{Script: source(""), Params: make(chan int)}, "Task.Params"},
		{"params too deep", runtime.Task{Script: source(""), Params: []byte(strings.Repeat("[", 1001) + strings.Repeat("]", 1001))}, "nested 1001 deep"},
		{"params too large", runtime.Task{Script: source(""), Params: strings.Repeat("x", 100), Limits: runtime.Limits{ResultBytes: 50}}, "Limits.ResultBytes allows 50"},
		{"type", runtime.Task{Script: source(""), Type: 7}, "Task.Type is 7"},
		{"environment", runtime.Task{Script: source(""), Env: map[string]string{"a=b": ""}}, `Task.Env["a=b"]`},
		{"limit", runtime.Task{Script: source(""), Limits: runtime.Limits{MemoryBytes: -1}}, "Limits.MemoryBytes is -1"},
		{"memory below the interpreter", runtime.Task{Script: source(""), Limits: runtime.Limits{MemoryBytes: 1 << 20}}, "memory"},
		{"mount without host directory", runtime.Task{Script: source(""), Mounts: []runtime.Mount{{Host: "/no/such", Guest: "/data"}}}, "/no/such"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := sharedEngine(t).Run(context.Background(), test.task)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}

func TestScriptError(t *testing.T) {
	t.Parallel()
	res := runTask(t, runtime.Task{Script: source("def run(p):\n    return {}['missing']\n")})
	var err *runtime.ScriptError
	if !errors.As(res.Err, &err) {
		t.Fatalf("error %v", res.Err)
	}
	if err.Error() != "KeyError: 'missing'" {
		t.Errorf("Error() %q", err.Error())
	}
	if !strings.HasPrefix(err.Traceback(), "Traceback (most recent call last):\n  File \"script.py\", line 2, in run\n    return {}['missing']\n") {
		t.Errorf("traceback %q", err.Traceback())
	}
	if len(err.Frames) != 1 || err.Frames[0].Line != 2 || err.Frames[0].Function != "run" {
		t.Errorf("frames %+v", err.Frames)
	}
	if e := res.Decode(new(int)); !errors.Is(e, runtime.ErrNoValue) || !errors.As(e, &err) {
		t.Errorf("Decode: %v", e)
	}
}

func TestExitStatus(t *testing.T) {
	t.Parallel()
	var exit *runtime.ExitError
	if res := runTask(t, runtime.Task{Script: source("import sys; sys.exit(3)")}); !errors.As(res.Err, &exit) || exit.Code != 3 {
		t.Errorf("sys.exit(3): %v", res.Err)
	}
	if res := runTask(t, runtime.Task{Script: source("import sys; sys.exit(0)")}); res.Err != nil {
		t.Errorf("sys.exit(0): %v", res.Err)
	}
	if res := runTask(t, runtime.Task{Script: source("import os; os._exit(300)")}); !errors.As(res.Err, &exit) || exit.Code != 300&0xff {
		t.Errorf("os._exit(300): %v", res.Err)
	}
	// CPython's status is 1 also when the last words cannot be said.
	for _, text := range []string{
		"import sys\nsys.stderr.close()\nsys.exit('it failed')",
		"import sys\nclass A:\n    def __str__(self): raise ValueError\nsys.exit(A())",
	} {
		if res := runTask(t, runtime.Task{Script: source(text)}); !errors.As(res.Err, &exit) || exit.Code != 1 {
			t.Errorf("%q: %v", text, res.Err)
		}
	}
}

// The largest report that the bootstrap makes of an exception is not too large for the host.
func TestLongExceptionsAreDescribed(t *testing.T) {
	t.Parallel()
	for _, char := range []string{"a", "\\x01", "\\N{COLLISION SYMBOL}"} {
		text := "import sys\ndef f(n):\n    if n: f(n - 1)\n    raise ValueError('" + char + "' * 1_000_000)\n" +
			"f.__code__ = f.__code__.replace(co_name='" + char + "' * 1000, co_filename='" + char + "' * 1000)\nf(200)"
		res := runTask(t, runtime.Task{Script: source(text)})
		var err *runtime.ScriptError
		if !errors.As(res.Err, &err) || err.Type != "ValueError" || !strings.Contains(err.Message, "characters cut") || len(err.Frames) != 100 || err.Traceback() == "" {
			t.Errorf("%s: %.200v", char, res.Err)
		}
	}
}

// Not everything that reminds of a limit is one.
func TestErrorsThatAreNoLimits(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"eval('-' * 100_000 + '1')":                "MemoryError",
		"import vivarium\nraise vivarium.TimedOut": "vivarium.TimedOut",
		"import _vivarium\ntry:\n    _vivarium.result(b'\"' + b'x' * (17 << 20) + b'\"')\nexcept OverflowError:\n    pass\nraise ValueError": "ValueError",
	} {
		res := runTask(t, runtime.Task{Script: source(text)})
		var err *runtime.ScriptError
		if limit := new(runtime.LimitError); errors.As(res.Err, &limit) || !errors.As(res.Err, &err) || err.Type != want {
			t.Errorf("%q: %v", text, res.Err)
		}
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		task   runtime.Task
		kind   runtime.LimitKind
		hard   bool
		within time.Duration // far above what it takes
	}{
		{"time", runtime.Task{Script: source("while True: pass"), Timeout: time.Second}, runtime.LimitTime, false, 10 * time.Second},
		{"time, swallowed", runtime.Task{Script: source("while True:\n  try:\n    while True: pass\n  except BaseException: pass"), Timeout: time.Second, Grace: 50 * time.Millisecond}, runtime.LimitTime, true, 10 * time.Second},
		{"time, asleep", runtime.Task{Script: source("import time; time.sleep(3600)"), Timeout: time.Second}, runtime.LimitTime, false, 10 * time.Second},
		{"time, value after all", runtime.Task{Script: source("import vivarium\ndef run(p):\n  try:\n    while True: pass\n  except vivarium.TimedOut: return 'partial'"), Timeout: time.Second}, runtime.LimitTime, false, 10 * time.Second},
		{"fuel", runtime.Task{Script: source("while True: pass"), Limits: runtime.Limits{Fuel: 1_000_000}}, runtime.LimitFuel, false, 10 * time.Second},
		{"result", runtime.Task{Script: source("def run(p): return 'x' * 1000"), Limits: runtime.Limits{ResultBytes: 100}}, runtime.LimitResult, false, 5 * time.Second},
		{"memory", runtime.Task{Script: source("x = bytearray(1 << 30)")}, runtime.LimitMemory, false, 20 * time.Second},
		{"memory, bit by bit", runtime.Task{Script: source("x = []\nwhile True: x.append(bytearray(1 << 20))"), Limits: runtime.Limits{MemoryBytes: 64 << 20}}, runtime.LimitMemory, false, 20 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			start := time.Now()
			res := runTask(t, test.task)
			var limit *runtime.LimitError
			if !errors.As(res.Err, &limit) || limit.Kind != test.kind || limit.Hard != test.hard {
				t.Fatalf("error %v (%+v)", res.Err, limit)
			}
			if errors.Is(res.Err, context.DeadlineExceeded) != (test.kind == runtime.LimitTime) {
				t.Errorf("errors.Is(DeadlineExceeded) is wrong for %s", test.kind)
			}
			if took := time.Since(start); took > test.within {
				t.Errorf("took %v", took)
			}
			if strings.HasSuffix(test.name, "after all") && string(res.Value) != `"partial"` {
				t.Errorf("value %s", res.Value)
			}
		})
	}
}

type writerFunc func(p []byte)

func (f writerFunc) Write(p []byte) (int, error) {
	f(p)
	return len(p), nil
}

func TestCancel(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(context.Background())
	mine := errors.New("changed my mind")
	res, err := sharedEngine(t).Run(ctx, runtime.Task{
		Script: source("print('before', flush=True)\nwhile True: pass"),
		Stdout: writerFunc(func([]byte) { cancel(mine) }),
	})
	if err != nil {
		t.Fatal(err)
	}
	if !errors.Is(res.Err, mine) || string(res.Stdout) != "before\n" {
		t.Errorf("error %v, stdout %q", res.Err, res.Stdout)
	}
	if _, err := sharedEngine(t).Run(ctx, runtime.Task{Script: source("")}); !errors.Is(err, mine) {
		t.Errorf("started in spite of an ended context: %v", err)
	}
}

func TestOutputIsBoundedAndLive(t *testing.T) {
	t.Parallel()
	var live bytes.Buffer
	res := runTask(t, runtime.Task{
		Script: source("import sys\nfor _ in range(100): print('0123456789')\nprint('err', file=sys.stderr)"),
		Stdout: &live,
		Limits: runtime.Limits{OutputBytes: 25},
	})
	if string(res.Stdout) != "0123456789\n0123456789\n012" || res.StdoutCut != 1100-25 || live.String() != string(res.Stdout) {
		t.Errorf("stdout %q, cut %d, live %q", res.Stdout, res.StdoutCut, live.String())
	}
	if string(res.Stderr) != "err\n" || res.StderrCut != 0 {
		t.Errorf("stderr %q, cut %d", res.Stderr, res.StderrCut)
	}
}

func TestHostFunction(t *testing.T) {
	t.Parallel()
	res := runTask(t, runtime.Task{Script: source("import vivarium\ndef run(p): return vivarium.call('greet', name='Ada')")})
	if string(res.Value) != `"hello Ada"` || res.Usage.HostCalls != 1 {
		t.Errorf("value %s, error %v, calls %d", res.Value, res.Err, res.Usage.HostCalls)
	}
}

func TestNothingOfTheHostIsVisible(t *testing.T) {
	t.Setenv("VIVARIUM_TEST_SECRET", "s3cret") // and so not parallel
	res := runTask(t, runtime.Task{Script: source(`
import os
def run(p):
    seen = sorted(os.listdir("/"))
    missing = []
    for path in ("/etc/passwd", "/proc/self", "/work", "../../etc/passwd"):
        try: open(path)
        except OSError as e: missing.append(type(e).__name__)
    return [dict(os.environ), seen, missing, os.getcwd(), os.listdir("/tmp")]
`)})
	want := `[{},["tmp"],["FileNotFoundError","FileNotFoundError","FileNotFoundError","FileNotFoundError"],"/tmp",[]]`
	if string(res.Value) != want {
		t.Errorf("value %s, error %v", res.Value, res.Err)
	}
}

func TestMounts(t *testing.T) {
	t.Parallel()
	ro, rw := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(ro, "in.txt"), []byte("data"), 0o600); err != nil {
		t.Fatal(err)
	}
	res := runTask(t, runtime.Task{
		Script: source(`
def run(p):
    text = open("/in/in.txt").read()
    open("/out/out.txt", "w").write(text.upper())
    try: open("/in/new.txt", "w")
    except OSError as e: refused = e.strerror
    return [text, refused]
`),
		Mounts: []runtime.Mount{{Host: ro, Guest: "/in"}, {Host: rw, Guest: "/out", Writable: true}},
	})
	if string(res.Value) != `["data","Read-only file system"]` {
		t.Errorf("value %s, error %v", res.Value, res.Err)
	}
	if got, err := os.ReadFile(filepath.Join(rw, "out.txt")); err != nil || string(got) != "DATA" {
		t.Errorf("written %q, %v", got, err)
	}
}

func TestStdin(t *testing.T) {
	t.Parallel()
	res := runTask(t, runtime.Task{Script: source("import sys\ndef run(p): return sys.stdin.read()"), Stdin: strings.NewReader("given")})
	if string(res.Value) != `"given"` {
		t.Errorf("value %s, error %v", res.Value, res.Err)
	}
	res = runTask(t, runtime.Task{Script: source("import sys\ndef run(p): return sys.stdin.read()")})
	if string(res.Value) != `""` {
		t.Errorf("without stdin: value %s, error %v", res.Value, res.Err)
	}
}

func TestTasksDoNotSeeEachOther(t *testing.T) {
	t.Parallel()
	script := source(`
import random, uuid, os, builtins
def run(p):
    traces = [hasattr(builtins, "mark"), os.listdir("/tmp")]
    builtins.mark = 1
    open("/tmp/mark", "w").close()
    return [traces, random.random(), str(uuid.uuid4())]
`)
	first, second := runTask(t, runtime.Task{Script: script}), runTask(t, runtime.Task{Script: script})
	for _, res := range []*runtime.Result{first, second} {
		if !strings.HasPrefix(string(res.Value), `[[false,[]],`) {
			t.Errorf("value %s, error %v", res.Value, res.Err)
		}
	}
	if bytes.Equal(first.Value, second.Value) {
		t.Errorf("the same randomness twice: %s", first.Value)
	}
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			res := runTask(t, runtime.Task{Script: runtime.File("../testdata/scripts/double.py"), Params: map[string]int{"value": i}})
			var out struct{ Result int }
			if err := res.Decode(&out); err != nil || out.Result != 2*i {
				t.Errorf("%d doubled is %+v, %v", i, out, err)
			}
		})
	}
	wg.Wait()
}

func TestConfigErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		config runtime.Config
		want   string
	}{
		{runtime.Config{Limits: runtime.Limits{MemoryBytes: 1 << 40}}, "Limits.MemoryBytes is 1099511627776"},
		{runtime.Config{HostFuncs: map[string]runtime.HostFunc{"f": nil}}, `HostFuncs["f"]`},
		{runtime.Config{Preimport: []string{""}}, "Preimport[0]"},
		{runtime.Config{Interpreter: []byte("no module")}, "interpreter"},
	} {
		if eng, err := runtime.New(context.Background(), test.config); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: engine %v, error %v; want %q", test.config, eng, err, test.want)
		}
	}
}

func TestClose(t *testing.T) {
	t.Parallel()
	eng, err := runtime.New(context.Background(), runtime.Config{Grace: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	started, results := make(chan struct{}), make(chan *runtime.Result, 1)
	go func() {
		res, err := eng.Run(context.Background(), runtime.Task{
			Script:     source("import vivarium\nvivarium.progress(0)\nwhile True:\n  try:\n    while True: pass\n  except BaseException: pass"),
			OnProgress: func(runtime.Progress) { close(started) },
		})
		if err != nil {
			t.Error(err)
		}
		results <- res
	}()
	<-started
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if err := eng.Close(ctx); err != nil {
		t.Errorf("Close: %v", err)
	}
	if res := <-results; !errors.Is(res.Err, runtime.ErrClosed) {
		t.Errorf("the running task: %v", res.Err)
	}
	if err := eng.Close(context.Background()); err != nil {
		t.Errorf("a second Close: %v", err)
	}
	if _, err := eng.Run(context.Background(), runtime.Task{Script: source("")}); !errors.Is(err, runtime.ErrClosed) {
		t.Errorf("Run after Close: %v", err)
	}
}

// A script that lifts Python's recursion limit comes to the end of C's, or of the native
// stack.
func TestEndlessRecursionIsALimit(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"class A:\n    def __getattr__(self, name): return getattr(self, name + 'x')\nA().y",
		"class A:\n    def __eq__(self, other): return self == other\nA() == A()",
		"def f(x): return sorted([x], key=f)\nf(1)",
	} {
		res := runTask(t, runtime.Task{Script: source("import sys\nsys.setrecursionlimit(10**8)\n" + text)})
		var (
			limit  *runtime.LimitError
			raised *runtime.ScriptError
		)
		switch {
		case errors.As(res.Err, &limit) && limit.Kind == runtime.LimitStack:
		case errors.As(res.Err, &raised) && raised.Type == "RecursionError":
		default:
			t.Errorf("%q: %v", text, res.Err)
		}
		if res := runTask(t, runtime.Task{Script: source("print('fine')")}); !res.OK() {
			t.Errorf("after %q: %v", text, res.Err)
		}
	}
}

// What was imported before the image was taken has drawn nothing that tasks would share.
func TestNothingRandomRepeats(t *testing.T) {
	t.Parallel()
	script := source(`
import os, random, secrets, statistics, tempfile, uuid
def run(p):
    return {
        "random": random.random(), "Random": random.Random().random(), "SystemRandom": random.SystemRandom().random(),
        "sample": random.sample(range(10**9), 3), "choice": random.choice(range(10**9)), "samples": statistics.NormalDist().samples(1),
        "uuid1": str(uuid.uuid1()), "uuid4": str(uuid.uuid4()), "node": uuid.getnode(), "token": secrets.token_hex(),
        "name": tempfile.mktemp(), "directory": tempfile.mkdtemp(), "urandom": os.urandom(8).hex(),
    }
`)
	seen := map[string]string{}
	for range 3 {
		var drawn map[string]json.RawMessage
		if err := runTask(t, runtime.Task{Script: script}).Decode(&drawn); err != nil {
			t.Fatal(err)
		}
		if len(drawn) != 13 {
			t.Fatalf("%d values", len(drawn))
		}
		for name, value := range drawn {
			if seen[name] == string(value) {
				t.Errorf("%s drew %s twice", name, value)
			}
			seen[name] = string(value)
		}
	}
}

// The type is as much of the script's making as the message.
func TestScriptErrorIsOneLine(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err  runtime.ScriptError
		want string
	}{
		{runtime.ScriptError{Type: "E"}, "E"},
		{runtime.ScriptError{Type: "E", Message: "a\nb"}, "E: a …"},
		{runtime.ScriptError{Type: "E\nok", Message: "a"}, "E …: a"},
		{runtime.ScriptError{Type: "E\nok"}, "E …"},
	} {
		if got := test.err.Error(); got != test.want {
			t.Errorf("%+v: %q, want %q", test.err, got, test.want)
		}
	}
}
