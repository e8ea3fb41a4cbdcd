package runtime_test

import (
	"context"
	"errors"
	"math"
	goruntime "runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vivarium-go/vivarium/runtime"
)

type panics struct{}

func (panics) MarshalJSON() ([]byte, error) { panic("on purpose") }

// Params that cannot be encoded are the task's fault, however they fail.
func TestParamsThatPanic(t *testing.T) {
	t.Parallel()
	g := newGated(t, runtime.Config{})
	task := runtime.Task{Script: source("pass"), Params: panics{}}
	if _, err := g.Run(context.Background(), task); !errors.Is(err, runtime.ErrInvalidTask) || !strings.Contains(err.Error(), "on purpose") {
		t.Errorf("Run: %v", err)
	}
	if _, err := g.Submit(context.Background(), task); !errors.Is(err, runtime.ErrInvalidTask) {
		t.Errorf("Submit: %v", err)
	}
	for _, res := range g.RunBatch(context.Background(), []runtime.Task{task}) {
		if !errors.Is(res.Err, runtime.ErrInvalidTask) {
			t.Errorf("RunBatch: %v", res.Err)
		}
	}
}

// A buffer that was submitted is the caller's again.
func TestParamsAreCopied(t *testing.T) {
	t.Parallel()
	g := newGated(t, runtime.Config{CPUWorkers: 1})
	g.occupy(t, runtime.CPUBound)
	params := []byte(`"first"`)
	id := g.submit(t, runtime.Task{Script: source("def run(params): return params"), Params: params})
	copy(params, `"other"`)
	g.open()
	if res := g.result(t, id); string(res.Value) != `"first"` {
		t.Errorf("%s", res.Value)
	}
}

// A callback that ends its goroutine, as t.FailNow does, costs the task and its instance,
// but neither the slot nor the engine.
func TestCallbackEndsItsGoroutine(t *testing.T) {
	t.Parallel()
	g := newGated(t, runtime.Config{CPUWorkers: 1})
	task := runtime.Task{Script: source("import vivarium\nvivarium.log('now')"), OnLog: func(runtime.LogRecord) { goruntime.Goexit() }}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = g.Run(context.Background(), task)
		t.Error("Run returned")
	}()
	<-ended
	id := g.submit(t, task)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if res, err := g.Result(ctx, id); err != nil || !errors.Is(res.Err, runtime.ErrInstanceLost) {
		t.Errorf("%+v, %v", res, err)
	}
	if res, err := g.Run(ctx, quick); err != nil || string(res.Value) != "7" {
		t.Errorf("the next task: %+v, %v", res, err)
	}
	if pool, _ := g.ComponentStatus("process_pool"); pool.Metrics["instances"] != pool.Metrics["idle_instances"] {
		t.Errorf("%v instances, %v idle", pool.Metrics["instances"], pool.Metrics["idle_instances"])
	}
}

type nilError struct{ text string }

func (e *nilError) Error() string { return e.text } // panics for nil

// However a host function fails, the script gets an error.
func TestHostFunctionsThatFail(t *testing.T) {
	t.Parallel()
	g, err := runtime.New(context.Background(), runtime.Config{HostFuncs: map[string]runtime.HostFunc{
		"nil":    func(context.Context, []byte) ([]byte, error) { var e *nilError; return nil, e },
		"panics": func(context.Context, []byte) ([]byte, error) { panic("on purpose") },
		"ends":   func(context.Context, []byte) ([]byte, error) { goruntime.Goexit(); return nil, nil },
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = g.Close(context.Background()) }()
	for name, want := range map[string]string{"nil": "nil pointer", "panics": "on purpose", "ends": "without a reply"} {
		res, err := g.Run(context.Background(), runtime.Task{
			Script: source("import vivarium\ndef run(params):\n    try: vivarium.call(params)\n    except vivarium.HostError as e: return str(e)"),
			Params: name,
		})
		if err != nil || !strings.Contains(string(res.Value), want) {
			t.Errorf("%s: %s, %v, %v", name, res.Value, res.Err, err)
		}
	}
}

// A slow callback of a task that waits keeps no other such task from computing.
func TestSlowCallbacks(t *testing.T) {
	t.Parallel()
	tasks := 10 * goruntime.GOMAXPROCS(0)
	g := newGated(t, runtime.Config{})
	var inside, most atomic.Int64
	slow := func() {
		n := inside.Add(1)
		defer inside.Add(-1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		time.Sleep(200 * time.Millisecond)
	}
	task := runtime.Task{
		Script: source("import vivarium\nvivarium.log('now')\nprint('out', flush=True)"), Type: runtime.IOBound,
		OnLog:  func(runtime.LogRecord) { slow() },
		Stdout: writerFunc(func([]byte) { slow() }),
	}
	list := make([]runtime.Task, tasks)
	for i := range list {
		list[i] = task
	}
	for _, res := range g.RunBatch(context.Background(), list) {
		if res.Err != nil {
			t.Error(res.Err)
		}
	}
	if n := most.Load(); n <= int64(goruntime.GOMAXPROCS(0)) {
		t.Errorf("%d callbacks at once: whoever is in one holds a core", n)
	}
}

// In a batch of both types, neither holds the other up.
func TestBatchOfBothTypes(t *testing.T) {
	t.Parallel()
	g := newGated(t, runtime.Config{CPUWorkers: 1, IOWorkers: 1})
	tasks := slices.Repeat([]runtime.Task{{Script: source(waits)}}, 20)
	tasks = append(tasks, runtime.Task{Script: quick.Script, Params: 7, Type: runtime.IOBound})
	for i, res := range g.RunBatch(context.Background(), tasks) {
		if i != len(tasks)-1 || string(res.Value) != "7" {
			t.Errorf("the first to end is task %d, %+v", i, res)
		}
		break
	}
}

// Numbers that a script reports stay numbers.
func TestMetricsDoNotOverflow(t *testing.T) {
	t.Parallel()
	res := runTask(t, runtime.Task{Script: source("import vivarium\nfor _ in range(2): vivarium.metric('big', 1e308, kind='counter')")})
	if res.Err != nil || len(res.Metrics) != 1 || res.Metrics[0].Value != math.MaxFloat64 {
		t.Errorf("%v, %+v", res.Err, res.Metrics)
	}
}

// What belongs to the service around the engine may break, or block, and harms nothing.
type brokenComponent struct {
	name string
	do   func()
}

func (c brokenComponent) Name() string { return c.name }
func (c brokenComponent) Status() runtime.ComponentStatus {
	c.do()
	return runtime.ComponentStatus{Health: runtime.Healthy}
}

func TestBrokenComponents(t *testing.T) {
	t.Parallel()
	over := make(chan struct{})
	defer close(over)
	g := newGated(t, runtime.Config{HealthCheckInterval: 5 * time.Millisecond, ResultTTL: 20 * time.Millisecond, Components: []runtime.Component{
		brokenComponent{"blocks", func() { <-over }},
		brokenComponent{"panics", func() { panic("on purpose") }},
	}})
	id := g.submit(t, quick)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		health := g.Health()
		blocks, panics := health.Components["blocks"], health.Components["panics"]
		if blocks.State == runtime.Unhealthy && strings.Contains(blocks.Reason, "has not returned for") && strings.Contains(panics.Reason, "on purpose") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%+v, %+v", blocks, panics)
		}
	}
	for {
		if _, err := g.TryResult(id); errors.Is(err, runtime.ErrResultExpired) {
			break
		}
		time.Sleep(time.Millisecond)
	}
}
