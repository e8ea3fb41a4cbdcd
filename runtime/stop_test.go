package runtime_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/vivarium-go/vivarium/runtime"
)

// gates hold up host functions, by name, until a test opens them.
var gates sync.Map // of *gate

type gate struct {
	open   chan struct{}
	inside sync.RWMutex // read by each host function until it returns
}

// release opens the gate and waits until nobody is inside.
func (g *gate) release() {
	close(g.open)
	g.inside.Lock()
	defer g.inside.Unlock()
}

func newGate(t *testing.T) *gate {
	t.Helper()
	g := &gate{open: make(chan struct{})}
	gates.Store(t.Name(), g)
	t.Cleanup(func() { gates.Delete(t.Name()) })
	return g
}

// pass waits at the gate that a script named.
func pass(ctx context.Context, arg []byte) error {
	var which struct{ Gate string }
	if err := json.Unmarshal(arg, &which); err != nil {
		return err
	}
	found, ok := gates.Load(which.Gate)
	if !ok {
		return errors.New("no such gate")
	}
	g := found.(*gate)
	g.inside.RLock()
	defer g.inside.RUnlock()
	select {
	case <-g.open:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// loneEngine is for tests that must find the instance the task before has left: no test
// that uses it is parallel.
var loneEngine = sync.OnceValues(func() (*runtime.Engine, error) {
	return runtime.New(context.Background(), runtime.Config{HostFuncs: map[string]runtime.HostFunc{
		"ignores": func(_ context.Context, arg []byte) ([]byte, error) {
			return []byte(`"too late"`), pass(context.Background(), arg)
		},
		"honours": func(ctx context.Context, arg []byte) ([]byte, error) {
			return []byte(`"too late"`), pass(ctx, arg)
		},
		// opens lets all go that wait at the gate, and returns after them.
		"opens": func(_ context.Context, arg []byte) ([]byte, error) {
			if g, ok := gates.Load(strings.Trim(string(arg), `{"gate:}`)); ok {
				g.(*gate).release()
			}
			return []byte(`"in time"`), nil
		},
	}})
})

func runAlone(t *testing.T, task runtime.Task) *runtime.Result {
	t.Helper()
	eng, err := loneEngine()
	if err != nil {
		t.Fatal(err)
	}
	res, err := eng.Run(context.Background(), task)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// Whatever a script waits for or computes, it ends soon after its time is up. The times
// are logged, not asserted: the machine may be busy. What fails to stop takes an hour.
func TestStopInTime(t *testing.T) {
	const far = 5 * time.Second
	for _, test := range []struct {
		name, script string
		hard         bool
		line         int // where a soft stop finds the script; 0 where that is not on the stack
	}{
		{"sleep", "import time\nprint('before')\ntry:\n  time.sleep(3600)\nfinally:\n  print('tidied')", false, 4},
		{"asyncio", "import asyncio\nprint('before')\ntry:\n  asyncio.run(asyncio.sleep(3600))\nfinally:\n  print('tidied')", false, 4},
		{"asyncio, entry point", "import asyncio\nasync def run(p):\n  print('before')\n  try:\n    await asyncio.sleep(3600)\n  finally:\n    print('tidied')", false, 0}, // it finds the event loop
		{"asyncio, nothing to come", "import asyncio\nasync def run(p):\n  print('before')\n  try:\n    await asyncio.Event().wait()\n  finally:\n    print('tidied')", false, 0},
		{"select", "import select\nprint('before')\ntry:\n  select.select([], [], [], 3600)\nfinally:\n  print('tidied')", false, 4},
		{"host function that goes on", "import vivarium\nprint('before')\ntry:\n  vivarium.call('ignores', gate=GATE)\nfinally:\n  print('tidied')", false, 4},
		{"host function that ends with its context", "import vivarium\nprint('before')\ntry:\n  vivarium.call('honours', gate=GATE)\nfinally:\n  print('tidied')", false, 4},
		{"loop", "print('before')\ntry:\n  while True: pass\nfinally:\n  print('tidied')", false, 3},
		{"stdin", "import sys\nprint('before')\ntry:\n  sys.stdin.read()\nfinally:\n  print('tidied')", false, 4},
		{"stdin, a line", "print('before')\ntry:\n  input()\nfinally:\n  print('tidied')", false, 3},
		{"select on stdin", "import select, sys\nprint('before')\ntry:\n  select.select([sys.stdin], [], [])\nfinally:\n  print('tidied')", false, 4},
		{"sleep, swallowed", "import time\nprint('before')\nwhile True:\n  try: time.sleep(3600)\n  except BaseException: pass", true, 0},
		{"host function, swallowed", "import vivarium\nprint('before')\nwhile True:\n  try: vivarium.call('ignores', gate=GATE)\n  except BaseException: pass", true, 0},
		{"stdin, swallowed", "import sys\nprint('before')\nwhile True:\n  try: sys.stdin.read()\n  except BaseException: pass", true, 0},
		{"finally that sleeps", "import time\nprint('before')\ntry: time.sleep(3600)\nfinally: time.sleep(3600)", true, 0},
		{"__del__, which lets nothing out", "import time\nclass A:\n  def __del__(self):\n    while True: pass\na = A()\nprint('before')\ndel a\ntime.sleep(3600)", true, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := loneEngine(); err != nil { // what it starts is no leak of ours
				t.Fatal(err)
			}
			defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
			g := newGate(t)
			never, writer := io.Pipe()
			defer func() {
				g.release()
				_ = writer.Close() // never fails
			}()
			timeout, grace := 400*time.Millisecond, 100*time.Millisecond // it must have begun, on a busy machine too
			if strings.HasPrefix(test.name, "asyncio") {
				timeout = time.Second // importing it takes a good part of 100 ms
			}
			if !test.hard {
				grace = time.Minute // it is the script that ends it, on a busy machine too
			}
			start := time.Now()
			res := runAlone(t, runtime.Task{
				Script:  source("GATE = " + quoted(t.Name()) + "; " + test.script),
				Timeout: timeout,
				Grace:   grace,
				Stdin:   never,
			})
			took := time.Since(start)
			t.Logf("ended after %v, %v after its time was up", took.Round(100*time.Microsecond), (took - timeout).Round(100*time.Microsecond))
			if took > far {
				t.Errorf("took %v", took)
			}
			var limit *runtime.LimitError
			if !errors.As(res.Err, &limit) || limit.Kind != runtime.LimitTime || !errors.Is(res.Err, context.DeadlineExceeded) {
				t.Fatalf("error %v", res.Err)
			}
			if limit.Hard != test.hard {
				t.Errorf("hard stop: %v", limit.Hard)
			}
			want := "before\n"
			if !test.hard {
				want += "tidied\n"
			}
			if string(res.Stdout) != want {
				t.Errorf("stdout %q, want %q", res.Stdout, want)
			}
			if abandons := strings.HasPrefix(test.name, "host function that goes on"); abandons != (res.Usage.AbandonedCalls > 0) && !test.hard {
				t.Errorf("%d host functions were abandoned", res.Usage.AbandonedCalls)
			}
			if test.hard || test.line == 0 {
				return
			}
			if limit.Stopped == nil || !slices.ContainsFunc(limit.Stopped.Frames, func(f runtime.Frame) bool { return f.File == "script.py" && f.Line == test.line }) {
				t.Errorf("the traceback lacks line %d of the script: %s", test.line, traceback(limit.Stopped))
			}
		})
	}
}

func traceback(err *runtime.ScriptError) string {
	if err == nil {
		return "none"
	}
	return err.Traceback()
}

// quoted is a string as a Python literal.
func quoted(s string) string {
	b, _ := json.Marshal(s) // a string always is
	return string(b)
}

// The reply of a host function that outlives its task goes nowhere: not to the next
// task on the instance, also when that waits for a host function at just that time.
func TestLateReplyIsDropped(t *testing.T) {
	opens := runtime.Task{Script: source("import vivarium\ndef run(gate): return [vivarium.call('opens', gate=gate), vivarium.call('opens', gate='none')]"), Params: strings.Repeat("x", len(t.Name()))}
	runAlone(t, opens) // compiles it, which reads the source
	undisturbed := runAlone(t, opens)

	newGate(t)
	res := runAlone(t, runtime.Task{
		Script:  source("import vivarium\ndef run(gate): return vivarium.call('ignores', gate=gate)"),
		Params:  t.Name(),
		Timeout: 400 * time.Millisecond,
		Grace:   time.Minute,
	})
	if !errors.Is(res.Err, context.DeadlineExceeded) || res.Value != nil {
		t.Fatalf("value %s, error %v", res.Value, res.Err)
	}
	opens.Params = t.Name()
	disturbed := runAlone(t, opens)
	if want := `["in time","in time"]`; string(undisturbed.Value) != want || string(disturbed.Value) != want {
		t.Errorf("value %s, at first %s; error %v", disturbed.Value, undisturbed.Value, disturbed.Err)
	}
	if u, d := undisturbed.Usage, disturbed.Usage; u.BytesIn != d.BytesIn || u.HostCalls != d.HostCalls || u.Fuel != d.Fuel {
		t.Errorf("after an abandoned host function usage %+v; without %+v", d, u)
	}
}

// A deadline that comes just when its task ends never hits the next one, neither softly
// nor hard.
func TestInterruptNeverHitsTheNextTask(t *testing.T) {
	const turns = 30_000
	limited := runtime.Task{Script: source("def run(n):\n  x = 0\n  for i in range(n): x += i\n  return x"), Params: turns, Timeout: -1}
	unlimited := runtime.Task{Script: source("import time\ndef run(n):\n  time.sleep(0.0005)\n  return sum([i for i in range(n)])"), Params: 3000, Timeout: -1}
	timeout := time.Duration(0)
	for range 5 { // the first is not compiled yet
		timeout = runAlone(t, limited).Usage.Exec
	}
	ended, stopped := 0, 0
	for i := range 100 {
		limited.Timeout, limited.Grace = timeout, time.Minute
		if i%2 == 1 {
			limited.Grace = -1
		}
		res := runAlone(t, limited)
		var limit *runtime.LimitError
		switch {
		case res.Err == nil && string(res.Value) == "449985000":
			ended++
			timeout -= timeout / 16
		case errors.As(res.Err, &limit) && limit.Kind == runtime.LimitTime:
			stopped++
			timeout += timeout / 16
		default:
			t.Fatalf("task %d: value %s, error %v", i, res.Value, res.Err)
		}
		if res := runAlone(t, unlimited); res.Err != nil || string(res.Value) != "4498500" {
			t.Fatalf("after task %d: value %s, error %v", i, res.Value, res.Err)
		}
	}
	t.Logf("%d tasks ended, %d were stopped; in the end the time was %v", ended, stopped, timeout)
	if ended < 10 || stopped < 10 {
		t.Errorf("%d tasks ended and %d were stopped: the deadlines were not near the ends", ended, stopped)
	}
}
