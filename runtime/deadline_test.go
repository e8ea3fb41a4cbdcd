package runtime_test

import (
	"context"
	"errors"
	"runtime/pprof"
	"strings"
	"testing"
	"time"

	"github.com/vivarium-go/vivarium/runtime"
)

// TotalTimeout counts from submission, whether the task waits or runs.
func TestTotalTimeout(t *testing.T) {
	t.Parallel()
	const total = 50 * time.Millisecond
	g := newGated(t, runtime.Config{CPUWorkers: 1})
	loop := runtime.Task{Script: source("while True: pass"), TotalTimeout: total}

	running := g.submit(t, loop)
	checkTotalTimeout(t, g.result(t, running).Err)
	res, err := g.Run(context.Background(), loop)
	if err != nil {
		t.Fatal(err)
	}
	checkTotalTimeout(t, res.Err)

	g.occupy(t, runtime.CPUBound)
	waiting := g.submit(t, loop)
	res = g.result(t, waiting)
	checkTotalTimeout(t, res.Err)
	if !strings.Contains(res.Err.Error(), "not started") {
		t.Errorf("a task that was not run: %v", res.Err)
	}
	_, err = g.Run(context.Background(), loop)
	checkTotalTimeout(t, err)
}

func checkTotalTimeout(t *testing.T, err error) {
	t.Helper()
	var limit *runtime.LimitError
	if !errors.As(err, &limit) || limit.Kind != runtime.LimitTime || !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "50ms since the task was submitted") {
		t.Errorf("%v", err)
	}
}

// Config.TotalTimeout is the default, which a task may lift.
func TestTotalTimeoutOfAllTasks(t *testing.T) {
	t.Parallel()
	g := newGated(t, runtime.Config{TotalTimeout: 50 * time.Millisecond})
	nap := runtime.Task{Script: source("import time\ndef run(params):\n    time.sleep(0.2)\n    return 1")}
	res, err := g.Run(context.Background(), nap)
	if err != nil {
		t.Fatal(err)
	}
	checkTotalTimeout(t, res.Err)
	nap.TotalTimeout = -1
	if res, err := g.Run(context.Background(), nap); err != nil || string(res.Value) != "1" {
		t.Errorf("%+v, %v", res, err)
	}
}

// With a negative QueueFullWait nobody is refused: callers wait until there is room, or
// their context ends.
func TestQueueIsFullAndCallersWait(t *testing.T) {
	t.Parallel()
	g := newGated(t, runtime.Config{CPUWorkers: 1, QueueSize: 1, QueueFullWait: -1})
	g.occupy(t, runtime.CPUBound)
	g.submit(t, quick)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if _, err := g.Submit(ctx, quick); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("while it is full: %v", err)
	}
	time.AfterFunc(20*time.Millisecond, g.open)
	id, err := g.Submit(context.Background(), quick)
	if err != nil {
		t.Fatal(err)
	}
	if res := g.result(t, id); string(res.Value) != "7" {
		t.Errorf("%s, %v", res.Value, res.Err)
	}
}

// A profile says which task a goroutine works for.
func TestProfileLabels(t *testing.T) {
	t.Parallel()
	var profile strings.Builder
	res := runTask(t, runtime.Task{
		Script: source("import vivarium\nvivarium.log('now')"),
		Type:   runtime.IOBound,
		OnLog: func(runtime.LogRecord) {
			if err := pprof.Lookup("goroutine").WriteTo(&profile, 1); err != nil {
				t.Error(err)
			}
		},
	})
	if res.Err != nil || !strings.Contains(profile.String(), `"vivarium_type":"io"`) || !strings.Contains(profile.String(), `"vivarium_task":"`) {
		t.Errorf("%v, no labels in\n%s", res.Err, profile.String())
	}
}
