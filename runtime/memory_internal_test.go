package runtime

import (
	"context"
	"errors"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/vivarium-go/vivarium/python"
)

// smallEngine has so little memory, in bytes, for all its tasks.
func smallEngine(t *testing.T, most int64) *Engine {
	t.Helper()
	if os.Getenv(python.ResetEnv) == "copy" {
		t.Skip("every instance has a whole copy of the image")
	}
	ctx := context.Background()
	started := make(chan struct{}, 10)
	eng, err := New(ctx, Config{MaxHostMemory: most, Grace: 10 * time.Second, HostFuncs: map[string]HostFunc{
		"started": func(context.Context, []byte) ([]byte, error) {
			started <- struct{}{}
			return []byte("null"), nil
		},
		"await": func(ctx context.Context, _ []byte) ([]byte, error) {
			select {
			case <-started:
			case <-ctx.Done():
			}
			return []byte("null"), nil
		},
		"echo": func(_ context.Context, arg []byte) ([]byte, error) { return arg, nil },
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// Whatever happened, everything was given back.
		if used := eng.memory.used; used != 0 {
			t.Errorf("tasks have ended, and still hold %d bytes", used)
		}
		if err := eng.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return eng
}

func runSource(t *testing.T, eng *Engine, text string, limits Limits) *Result {
	t.Helper()
	res, err := eng.Run(context.Background(), Task{Script: Source("script.py", text), Limits: limits})
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// Whatever a task holds on the host, in whatever way, counts.
func TestMaxHostMemory(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		source string
		most   int64 // default 16 MiB
		want   string
	}{
		"linear memory":                {source: "x = bytearray(100 << 20)"},
		"memory inside the image":      {source: "x = [bytearray(1 << 20) for _ in range(12)]\nwhile True: pass", most: 8 * mib},
		"the same and then it sleeps":  {source: "import time\nx = [bytearray(1 << 20) for _ in range(12)]\ntime.sleep(3600)", most: 8 * mib},
		"a file":                       {source: "with open('f', 'wb') as f:\n    for _ in range(30): f.write(bytes(1 << 20))", want: "No space left"},
		"the result":                   {source: "def run(p): return 'x' * (3 << 20)", most: 3 * mib},
		"an argument and its reply":    {source: "import vivarium\nfor _ in range(100): vivarium.call('echo', x='x' * (1 << 20))", most: 3 * mib},
		"linear memory, but caught":    {source: "try: x = bytearray(100 << 20)\nexcept MemoryError: print('caught')", want: "-"},
		"a file that is removed again": {source: "import os\nfor _ in range(50):\n    open('f', 'wb').write(bytes(2 << 20))\n    os.remove('f')", want: "-"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if test.most == 0 {
				test.most = 16 * mib
			}
			if test.want == "" {
				test.want = "memory limit of all tasks together, Config.MaxHostMemory"
			}
			eng := smallEngine(t, test.most)
			for range 2 { // the second on an instance that has, perhaps, grown
				switch res := runSource(t, eng, test.source, Limits{}); {
				case test.want == "-" && res.Err != nil, test.want != "-" && (res.Err == nil || !strings.Contains(res.Err.Error(), test.want)):
					t.Errorf("error %v, want %q", res.Err, test.want)
				}
			}
			if res := runSource(t, eng, "print('fine')", Limits{}); res.Err != nil || string(res.Stdout) != "fine\n" {
				t.Errorf("the next task: %v, %q", res.Err, res.Stdout)
			}
		})
	}
}

func TestOutputBeyondMaxHostMemoryIsCut(t *testing.T) {
	t.Parallel()
	res := runSource(t, smallEngine(t, 4*mib), "for _ in range(100): print('x' * 99_999)", Limits{OutputBytes: 32 * mib})
	var limit *LimitError // of what else it takes then
	if res.Err != nil && !errors.As(res.Err, &limit) || res.StdoutCut == 0 || len(res.Stdout) > 4*mib {
		t.Errorf("%v, %d bytes kept, %d cut", res.Err, len(res.Stdout), res.StdoutCut)
	}
}

// A task that finds no memory waits for one that ends, or until its caller gives up.
func TestTasksWaitForMemory(t *testing.T) {
	t.Parallel()
	probe := smallEngine(t, 64*mib)
	least := probe.interpreter.PrivateBytes() + taskOverhead
	eng := smallEngine(t, least+least/2)
	var group sync.WaitGroup
	group.Go(func() {
		// Runs until the caller below has given up.
		res := runSource(t, eng, "import vivarium\nvivarium.call('await')", Limits{})
		if res.Err != nil {
			t.Error(res.Err)
		}
	})
	for eng.memory.take(least) { // the first task has not started
		eng.memory.give(least)
		time.Sleep(time.Millisecond)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if res, err := eng.Run(ctx, Task{Script: Source("second.py", "")}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%+v, %v", res, err)
	}
	group.Go(func() {
		res := runSource(t, eng, "print('third')", Limits{})
		if res.Err != nil || res.Usage.Queue < time.Millisecond {
			t.Errorf("%v, waited for %v", res.Err, res.Usage.Queue)
		}
	})
	time.Sleep(5 * time.Millisecond)
	if _, err := eng.cfg.HostFuncs["started"](ctx, nil); err != nil {
		t.Error(err)
	}
	group.Wait()
}

func TestMaxHostMemoryBelowOneTask(t *testing.T) {
	t.Parallel()
	_, err := New(context.Background(), Config{MaxHostMemory: 1000})
	if !errors.Is(err, ErrInvalidConfig) || !strings.Contains(err.Error(), "MaxHostMemory is 1000, but a task takes at least") {
		t.Errorf("%v", err)
	}
}

// Whatever comes, goes and gives up: never more than there is, and nobody is forgotten.
func TestHostMemoryAddsUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		const most = 100
		m := newHostMemory(most, nil)
		var group sync.WaitGroup
		for range rapid.IntRange(1, 20).Draw(t, "tasks") {
			first := rapid.Int64Range(1, most).Draw(t, "first")
			steps := rapid.SliceOfN(rapid.Int64Range(1, 30), 0, 4).Draw(t, "steps")
			patience := time.Duration(rapid.SampledFrom([]int{0, 1, 1000}).Draw(t, "patience")) * time.Millisecond
			group.Go(func() {
				ctx, cancel := context.WithTimeout(context.Background(), patience)
				defer cancel()
				if m.enter(ctx.Done(), first) != nil {
					return
				}
				held := first
				for _, n := range steps {
					if m.take(n) {
						held += n
					}
				}
				m.mu.Lock()
				if m.used > most {
					t.Errorf("%d of %d", m.used, most)
				}
				m.mu.Unlock()
				m.give(held)
			})
		}
		group.Wait()
		if m.used != 0 || m.waiting.Len() != 0 {
			t.Errorf("%d bytes used, %d tasks waiting at the end", m.used, m.waiting.Len())
		}
	})
}

// A result that is replaced again and again takes what the largest one did.
func TestReplacedResultsDoNotAddUp(t *testing.T) {
	t.Parallel()
	eng := smallEngine(t, 64*mib)
	res := runSource(t, eng, "import _vivarium\nbig = b'\"' + b'x' * (8 << 20) + b'\"'\nfor _ in range(12):\n    _vivarium.result(big)\n    _vivarium.result(b'1')", Limits{})
	if res.Err != nil {
		t.Error(res.Err)
	}
}

// What a task had is not taken for what the next one has.
func TestPeakIsTheTasksOwn(t *testing.T) {
	t.Parallel()
	eng := smallEngine(t, 600*mib)
	if res := runSource(t, eng, "x = bytearray(150 << 20)\nfor i in range(0, len(x), 2 << 20): x[i] = 1", Limits{}); res.Err != nil || res.Usage.MemoryPeakBytes < 150*mib {
		t.Fatalf("%v, peak %d", res.Err, res.Usage.MemoryPeakBytes)
	}
	res := runSource(t, eng, "raise SystemError('mine')", Limits{})
	var raised *ScriptError
	if !errors.As(res.Err, &raised) || res.Usage.MemoryPeakBytes > 100*mib {
		t.Errorf("%v, peak %d", res.Err, res.Usage.MemoryPeakBytes)
	}
}

// Closing does not wait for the grace period of one task after the other.
func TestCloseWakesTasksThatWaitForMemory(t *testing.T) {
	t.Parallel()
	probe := smallEngine(t, 64*mib)
	least := probe.interpreter.PrivateBytes() + taskOverhead
	ctx := context.Background()
	eng, err := New(ctx, Config{MaxHostMemory: least + least/2, Grace: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			_, err := eng.Run(ctx, Task{Script: Source("stubborn.py", "while True:\n  try:\n    while True: pass\n  except BaseException: pass")})
			if err != nil && !errors.Is(err, ErrClosed) {
				t.Error(err)
			}
		})
	}
	time.Sleep(50 * time.Millisecond)
	ended, cancel := context.WithCancel(ctx)
	cancel()
	start := time.Now()
	if err := eng.Close(ended); err != nil {
		t.Error(err)
	}
	if took := time.Since(start); took > 5*time.Second { // one grace period each would be 8 s
		t.Errorf("took %v", took)
	}
	group.Wait()
}

// An interrupt that comes before the script's first line is not lost.
func TestInterruptBeforeTheFirstLine(t *testing.T) {
	t.Parallel()
	eng := smallEngine(t, 64*mib)
	var text strings.Builder
	text.WriteString("print('begun', flush=True)\ntry:\n    while True: pass\nfinally: print('tidied', flush=True)\n")
	for i := range 1500 {
		text.WriteString("def f" + strconv.Itoa(i) + "(a, b): return [a + b, {'x': a}, (b, 'text " + strconv.Itoa(i) + "')]\n")
	}
	for _, timeout := range []time.Duration{1, 20 * time.Millisecond, 50 * time.Millisecond, 80 * time.Millisecond, 120 * time.Millisecond} {
		// Other names, so that each is compiled.
		res, err := eng.Run(context.Background(), Task{Script: Source(timeout.String()+".py", text.String()), Timeout: timeout, Grace: time.Minute})
		var limit *LimitError
		if err != nil || !errors.As(res.Err, &limit) || limit.Kind != LimitTime || limit.Hard {
			t.Fatalf("timeout %v: %+v, %v", timeout, res, err)
		}
		if out := string(res.Stdout); out != "" && out != "begun\ntidied\n" {
			t.Errorf("timeout %v: stdout %q", timeout, out)
		}
	}
}
