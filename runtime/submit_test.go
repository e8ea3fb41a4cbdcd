package runtime_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vivarium-go/vivarium/runtime"
)

// gated is an engine whose scripts can wait, by vivarium.call("wait"), until the gate
// opens; started gets a value for each that does.
type gated struct {
	*runtime.Engine
	started chan string
	gate    chan struct{}
}

const waits = "import vivarium\ndef run(params): return vivarium.call('wait', name=str(params))"

func newGated(t *testing.T, cfg runtime.Config) *gated {
	t.Helper()
	ctx := context.Background()
	g := &gated{started: make(chan string, 1000), gate: make(chan struct{})}
	cfg.HostFuncs = map[string]runtime.HostFunc{"wait": func(ctx context.Context, arg []byte) ([]byte, error) {
		g.started <- string(arg)
		select {
		case <-g.gate:
		case <-ctx.Done():
		}
		return arg, nil
	}}
	var err error
	if g.Engine, err = runtime.New(ctx, cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		g.open()
		if err := g.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return g
}

func (g *gated) open() {
	select {
	case <-g.gate:
	default:
		close(g.gate)
	}
}

// occupy submits a task that waits at the gate, and returns when it does.
func (g *gated) occupy(t *testing.T, kind runtime.TaskType) runtime.TaskID {
	t.Helper()
	id := g.submit(t, runtime.Task{Script: source(waits), Type: kind})
	<-g.started
	return id
}

func (g *gated) submit(t *testing.T, task runtime.Task) runtime.TaskID {
	t.Helper()
	id, err := g.Submit(context.Background(), task)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func (g *gated) result(t *testing.T, id runtime.TaskID) *runtime.Result {
	t.Helper()
	res, err := g.Result(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	if res.ID != id {
		t.Errorf("task %d has the result of task %d", id, res.ID)
	}
	return res
}

var quick = runtime.Task{Script: runtime.Source("quick.py", "def run(params): return params"), Params: 7}

func TestSubmitAndResult(t *testing.T) {
	t.Parallel()
	g := newGated(t, runtime.Config{CPUWorkers: 1})
	waiting := g.occupy(t, runtime.CPUBound)
	if _, err := g.TryResult(waiting); !errors.Is(err, runtime.ErrNotFinished) {
		t.Errorf("a task that runs: %v", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	if _, err := g.Result(ctx, waiting); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("waiting for it: %v", err)
	}
	queued := g.submit(t, quick)
	g.open()
	if res := g.result(t, queued); string(res.Value) != "7" || res.Usage.Queue <= 0 {
		t.Errorf("%s, %v, waited for %v", res.Value, res.Err, res.Usage.Queue)
	}
	for range 2 { // it may be fetched again
		if res, err := g.TryResult(queued); err != nil || string(res.Value) != "7" {
			t.Errorf("%+v, %v", res, err)
		}
	}
	for _, id := range []runtime.TaskID{0, 1 << 40} {
		if _, err := g.Result(context.Background(), id); !errors.Is(err, runtime.ErrUnknownTask) {
			t.Errorf("task %d: %v", id, err)
		}
	}
	if _, err := g.Submit(context.Background(), runtime.Task{}); !errors.Is(err, runtime.ErrInvalidTask) {
		t.Errorf("an empty task: %v", err)
	}
}

func TestQueueIsFull(t *testing.T) {
	t.Parallel()
	g := newGated(t, runtime.Config{CPUWorkers: 1, QueueSize: 1, QueueFullRetries: 2, QueueFullWait: 10 * time.Millisecond})
	g.occupy(t, runtime.CPUBound)
	second := g.submit(t, quick)
	start := time.Now()
	if _, err := g.Submit(context.Background(), quick); !errors.Is(err, runtime.ErrQueueFull) {
		t.Errorf("a third task: %v", err)
	}
	if took := time.Since(start); took < 20*time.Millisecond {
		t.Errorf("it was refused after %v", took)
	}
	// The other type has a queue of its own.
	io := quick
	io.Type = runtime.IOBound
	if res, err := g.Run(context.Background(), io); err != nil || string(res.Value) != "7" {
		t.Errorf("%+v, %v", res, err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	if _, err := g.Submit(ctx, quick); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("with a context that ends: %v", err)
	}
	g.open()
	if res := g.result(t, second); string(res.Value) != "7" {
		t.Errorf("%s, %v", res.Value, res.Err)
	}
}

func TestPriorities(t *testing.T) {
	t.Parallel()
	g := newGated(t, runtime.Config{CPUWorkers: 1})
	g.occupy(t, runtime.CPUBound)
	for _, priority := range []int{0, -3, 5, 0} {
		g.submit(t, runtime.Task{Script: source(waits), Params: priority, Priority: priority})
	}
	g.open()
	var order []string
	for range 4 {
		order = append(order, <-g.started)
	}
	if want := []string{`{"name":"5"}`, `{"name":"0"}`, `{"name":"0"}`, `{"name":"-3"}`}; !slices.Equal(order, want) {
		t.Errorf("%s", order)
	}
}

func TestCancelSubmitted(t *testing.T) {
	t.Parallel()
	g := newGated(t, runtime.Config{CPUWorkers: 1})
	running, queued := g.occupy(t, runtime.CPUBound), g.submit(t, quick)
	for _, id := range []runtime.TaskID{queued, running} {
		if err := g.Cancel(id); err != nil {
			t.Error(err)
		}
		if res := g.result(t, id); !errors.Is(res.Err, runtime.ErrCancelled) {
			t.Errorf("task %d: %v", id, res.Err)
		}
	}
	if err := g.Cancel(1 << 40); !errors.Is(err, runtime.ErrUnknownTask) {
		t.Errorf("%v", err)
	}
	ended := g.submit(t, quick)
	g.result(t, ended)
	if err := g.Cancel(ended); err != nil || g.result(t, ended).Err != nil {
		t.Errorf("a task that has ended: %v, %v", err, g.result(t, ended).Err)
	}
}

// The end of its caller's context takes a task out of the queue.
func TestRunGivesUpInTheQueue(t *testing.T) {
	t.Parallel()
	g := newGated(t, runtime.Config{CPUWorkers: 1})
	g.occupy(t, runtime.CPUBound)
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	if res, err := g.Run(ctx, quick); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%+v, %v", res, err)
	}
}

// A store full of results that nobody fetched lets no more tasks run, and loses none.
func TestResultStoreIsFull(t *testing.T) {
	t.Parallel()
	g := newGated(t, runtime.Config{ResultStoreSize: 2, CPUWorkers: 1})
	first, second, third := g.submit(t, quick), g.submit(t, quick), g.submit(t, quick)
	time.Sleep(50 * time.Millisecond)
	if _, err := g.TryResult(third); !errors.Is(err, runtime.ErrNotFinished) {
		t.Fatalf("the third task ran: %v", err)
	}
	g.result(t, second)
	if res := g.result(t, third); string(res.Value) != "7" {
		t.Errorf("%s, %v", res.Value, res.Err)
	}
	// What was fetched made room.
	if _, err := g.TryResult(second); !errors.Is(err, runtime.ErrResultEvicted) {
		t.Errorf("%v", err)
	}
	if res := g.result(t, first); string(res.Value) != "7" {
		t.Errorf("%s, %v", res.Value, res.Err)
	}
}

func TestResultsExpire(t *testing.T) {
	t.Parallel()
	g := newGated(t, runtime.Config{ResultTTL: 10 * time.Millisecond})
	id := g.submit(t, quick)
	for {
		_, err := g.TryResult(id)
		if errors.Is(err, runtime.ErrResultExpired) {
			break
		}
		time.Sleep(time.Millisecond)
	}
}

func TestRunBatch(t *testing.T) {
	t.Parallel()
	g := newGated(t, runtime.Config{})
	var tasks []runtime.Task
	for i := range 200 {
		task := quick
		task.Params = i
		tasks = append(tasks, task)
	}
	tasks[17] = runtime.Task{}
	seen := map[int]bool{}
	for i, res := range g.RunBatch(context.Background(), tasks) {
		switch {
		case seen[i]:
			t.Errorf("task %d twice", i)
		case i == 17 && !errors.Is(res.Err, runtime.ErrInvalidTask), i != 17 && string(res.Value) != fmt.Sprint(i):
			t.Errorf("task %d: %s, %v", i, res.Value, res.Err)
		}
		seen[i] = true
	}
	if len(seen) != len(tasks) {
		t.Errorf("%d results", len(seen))
	}
	for range g.RunBatch(context.Background(), tasks) {
		break // and nothing is left behind: the engine can be closed
	}
	for i := range tasks {
		if i < 50 {
			tasks[i].Priority = 1
		} else {
			tasks[i].Script = source(waits) // for ever: the gate is shut
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	count, cancelled := 0, 0
	for _, res := range g.RunBatch(ctx, tasks) {
		if count++; count == 10 {
			cancel()
		}
		if errors.Is(res.Err, context.Canceled) {
			cancelled++
		}
	}
	cancel()
	if count != len(tasks) || cancelled == 0 {
		t.Errorf("%d results, %d of them cancelled", count, cancelled)
	}
}

// Whoever submits while the engine closes is refused, or has a result.
func TestSubmitWhileClosing(t *testing.T) {
	t.Parallel()
	g := newGated(t, runtime.Config{QueueSize: 100})
	var accepted, ended, refused atomic.Int64
	var group sync.WaitGroup
	for range 64 {
		group.Go(func() {
			for {
				id, err := g.Submit(context.Background(), quick)
				if errors.Is(err, runtime.ErrClosed) {
					refused.Add(1)
					return
				}
				if err != nil {
					t.Error(err)
					return
				}
				accepted.Add(1)
				res, err := g.Result(context.Background(), id)
				if err != nil || res.Err != nil && !errors.Is(res.Err, runtime.ErrClosed) {
					t.Errorf("%+v, %v", res, err)
				}
				ended.Add(1)
			}
		})
	}
	time.Sleep(50 * time.Millisecond)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Millisecond)
	defer cancel()
	if err := g.Close(ctx); err != nil {
		t.Error(err)
	}
	group.Wait()
	if accepted.Load() == 0 || accepted.Load() != ended.Load() || refused.Load() != 64 {
		t.Errorf("%d accepted, %d ended, %d refused", accepted.Load(), ended.Load(), refused.Load())
	}
}

// Close lets what was accepted end, while there is time, and nobody need fetch anything
// for it.
func TestCloseDrains(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]runtime.Config{
		"one worker":   {CPUWorkers: 1},
		"a full store": {ResultStoreSize: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGated(t, cfg)
			var ids []runtime.TaskID
			for range 20 {
				ids = append(ids, g.submit(t, quick))
			}
			if err := g.Close(context.Background()); err != nil {
				t.Error(err)
			}
			for _, id := range ids {
				if res := g.result(t, id); string(res.Value) != "7" {
					t.Errorf("%s, %v", res.Value, res.Err)
				}
			}
		})
	}
}
