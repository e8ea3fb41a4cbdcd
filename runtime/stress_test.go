package runtime_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/vivarium-go/vivarium/runtime"
)

// Whatever is done with an engine at once, each accepted task ends once, with a result of
// its own, also when the engine is closed meanwhile.
func TestEngineUnderStress(t *testing.T) {
	t.Parallel()
	const users = 16
	eng := newGated(t, runtime.Config{
		QueueSize: 20, QueueFullRetries: -1, ResultStoreSize: 10_000, CPUSlots: 2, IOWorkers: 2, IOSlots: 3,
		HealthCheckInterval: time.Millisecond, Grace: 100 * time.Millisecond,
	})
	scripts := []runtime.Script{
		source("def run(params): return params"),
		source("import time\ndef run(params):\n    time.sleep(0.003)\n    return params"),
		source("import vivarium\ndef run(params):\n    for i in range(20): vivarium.log(str(i))\n    return params"),
		source("def run(params): raise ValueError(params)"),
		source("while True: pass"),
		source(breaksDown),
	}
	ctx := context.Background()
	closing := make(chan struct{})
	var group sync.WaitGroup
	for user := range users {
		group.Go(func() {
			random := rand.New(rand.NewPCG(uint64(user), 1))
			var mine []runtime.TaskID
			for {
				task := runtime.Task{
					Script: scripts[random.IntN(len(scripts))], Params: user, Type: runtime.TaskType(random.IntN(2)),
					Priority: random.IntN(3), Retries: random.IntN(2), Timeout: 20 * time.Millisecond,
					TotalTimeout: time.Duration(random.IntN(2)) * 50 * time.Millisecond,
				}
				var err error
				switch random.IntN(6) {
				case 0:
					limited, cancel := context.WithTimeout(ctx, time.Duration(random.IntN(10))*time.Millisecond)
					_, err = eng.Run(limited, task)
					cancel()
					if errors.Is(err, context.DeadlineExceeded) {
						err = nil
					}
				case 1:
					for range eng.RunBatch(ctx, slices.Repeat([]runtime.Task{task}, 5)) {
						if random.IntN(4) == 0 {
							break
						}
					}
				case 2:
					if len(mine) > 0 {
						err = eng.Cancel(mine[random.IntN(len(mine))])
					}
				case 3:
					if len(mine) > 0 {
						events, failed := eng.Events(ctx, mine[random.IntN(len(mine))])
						if failed != nil {
							t.Error(failed)
							return
						}
						for range events {
							if random.IntN(8) == 0 {
								break
							}
						}
					}
				default:
					var id runtime.TaskID
					if id, err = eng.Submit(ctx, task); err == nil {
						mine = append(mine, id)
					}
				}
				switch {
				case errors.Is(err, runtime.ErrClosed), isClosed(closing):
					checkResults(t, eng, mine)
					return
				case err != nil && !errors.Is(err, runtime.ErrQueueFull):
					t.Error(err)
					return
				}
			}
		})
	}
	time.Sleep(time.Second)
	close(closing)
	soon, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	defer cancel()
	if err := eng.Close(soon); err != nil {
		t.Error(err)
	}
	group.Wait()
	pool, _ := eng.ComponentStatus("process_pool")
	dispatcher, _ := eng.ComponentStatus("dispatcher")
	queue, _ := eng.ComponentStatus("input_queue")
	if pool.Metrics["active_tasks"] != 0 || pool.Metrics["instances"] != 0 || queue.Metrics["size"] != 0 {
		t.Errorf("something is left: %v, %v", pool.Metrics, queue.Metrics)
	}
	if got, want := dispatcher.Metrics["finished_total"], queue.Metrics["accepted_total"]; got != want {
		t.Errorf("%v tasks accepted, %v ended", want, got)
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// checkResults fetches every result.
func checkResults(t *testing.T, eng *gated, ids []runtime.TaskID) {
	t.Helper()
	seen := map[runtime.TaskID]bool{}
	for _, id := range ids {
		if res := eng.result(t, id); seen[res.ID] {
			t.Errorf("task %d twice", res.ID)
		}
		seen[id] = true
	}
}
