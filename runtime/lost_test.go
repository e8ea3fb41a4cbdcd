package runtime_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/vivarium-go/vivarium/runtime"
)

// breaksDown is a script whose hand-made bytecode makes the interpreter read memory that
// is not there.
const breaksDown = `
def f(): pass
f.__code__ = f.__code__.replace(co_code=b"\x97\x00" + bytes([116, 200]) * 20, co_stacksize=0)
f()
`

// A task whose instance breaks down ends with that error, once; the slot has another
// instance for the next one.
func TestInstanceLost(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	eng := newGated(t, runtime.Config{CPUWorkers: 1})
	var runs atomic.Int64
	panics := runtime.Task{
		Script: source("import vivarium\nvivarium.log('running')"),
		OnLog: func(runtime.LogRecord) {
			runs.Add(1)
			panic("injected")
		},
	}
	for i, task := range []runtime.Task{{Script: source(breaksDown)}, panics} {
		res, err := eng.Run(ctx, task)
		if err != nil || !errors.Is(res.Err, runtime.ErrInstanceLost) {
			t.Fatalf("%+v, %v", res, err)
		}
		if res, err := eng.Run(ctx, quick); err != nil || string(res.Value) != "7" {
			t.Errorf("the next task: %+v, %v", res, err)
		}
		worker, _ := eng.ComponentStatus("cpu_worker_0")
		if got := worker.Metrics["lost_instances_total"]; got != float64(i+1) {
			t.Errorf("%v instances lost, want %d", got, i+1)
		}
	}
	if runs.Load() != 1 {
		t.Errorf("it ran %d times", runs.Load())
	}
	if res, err := eng.Run(ctx, panics); err != nil || !strings.Contains(res.Err.Error(), "injected") {
		t.Errorf("the error does not say what happened: %+v, %v", res, err)
	}
}

// A task is run again only as often as it says.
func TestRetries(t *testing.T) {
	t.Parallel()
	eng := newGated(t, runtime.Config{CPUWorkers: 1})
	for _, test := range []struct {
		fails, retries int64
		ok             bool
	}{{1, 1, true}, {2, 3, true}, {2, 1, false}, {1, 0, false}} {
		var runs atomic.Int64
		res, err := eng.Run(context.Background(), runtime.Task{
			Script:  source("import vivarium\ndef run(params):\n    vivarium.log('running')\n    return params"),
			Params:  7,
			Retries: int(test.retries),
			OnLog: func(runtime.LogRecord) {
				if runs.Add(1) <= test.fails {
					panic("injected")
				}
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		wantRuns := min(test.fails, test.retries) + 1
		if res.OK() != test.ok || runs.Load() != wantRuns || res.Usage.Retries != uint64(wantRuns-1) || len(res.Logs) != 1 {
			t.Errorf("%+v: ended with %v after %d runs, %d retries, %d log records", test, res.Err, runs.Load(), res.Usage.Retries, len(res.Logs))
		}
	}
}

// Memory that is used up and the loss of the instance are both told.
func TestInstanceLostForLackOfMemory(t *testing.T) {
	t.Parallel()
	res := runTask(t, runtime.Task{Script: source("hold = []\ntry:\n    while True: hold.append(bytearray(1 << 16))\nexcept MemoryError: pass\n" + breaksDown)})
	var limit *runtime.LimitError
	if !errors.As(res.Err, &limit) || limit.Kind != runtime.LimitMemory || !errors.Is(res.Err, runtime.ErrInstanceLost) {
		t.Errorf("%v", res.Err)
	}
}
