package runtime_test

import (
	"context"
	goruntime "runtime"
	"sync"
	"testing"
	"time"

	"github.com/vivarium-go/vivarium/runtime"
)

// Tasks that say that they wait, and compute, take at most half of the cores from those
// that say that they compute. Fuel is the measure: it counts what a task got done. Not
// parallel: other tests want cores too.
func TestMistypedTasksLeaveTheCores(t *testing.T) { //nolint:paralleltest // see above
	fullRunOnly(t)
	eng := newGated(t, runtime.Config{})
	// fuel returns what tasks get done on all cores within a moment.
	fuel := func() (sum uint64) {
		var group sync.WaitGroup
		var mu sync.Mutex
		for range goruntime.GOMAXPROCS(0) {
			group.Go(func() {
				res, err := eng.Run(context.Background(), runtime.Task{Script: source("while True: pass"), Timeout: 300 * time.Millisecond})
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				sum += res.Usage.Fuel
			})
		}
		group.Wait()
		return sum
	}
	for try := 1; ; try++ {
		alone := fuel()
		ctx, cancel := context.WithCancel(context.Background())
		var burners sync.WaitGroup
		for range 100 {
			burners.Go(func() {
				if _, err := eng.Run(ctx, runtime.Task{Script: source("while True: pass"), Type: runtime.IOBound, Timeout: -1}); err != nil && ctx.Err() == nil {
					t.Error(err)
				}
			})
		}
		for {
			if pool, _ := eng.ComponentStatus("io_pool"); pool.Metrics["active_tasks"] == 100 {
				break
			}
			time.Sleep(time.Millisecond)
		}
		beside := fuel()
		cancel()
		burners.Wait()
		t.Logf("%d units alone, %d beside 100 tasks of the wrong type", alone, beside)
		if 2*beside >= alone {
			return
		}
		if try == 3 { // the machine may be busy with something else once or twice
			t.Fatalf("%d units alone, %d beside 100 tasks of the wrong type", alone, beside)
		}
	}
}
