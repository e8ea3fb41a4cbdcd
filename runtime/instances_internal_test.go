package runtime

import (
	"context"
	"sync"
	"testing"
)

// many runs so many tasks at once, and returns the instances that there are then.
func many(t *testing.T, eng *Engine, n int) int {
	t.Helper()
	var group sync.WaitGroup
	for range n {
		group.Go(func() {
			res, err := eng.Run(context.Background(), Task{Script: Source("meet.py", "import vivarium\nvivarium.call('meet')"), Type: IOBound})
			if err != nil || res.Err != nil {
				t.Error(err, res)
			}
		})
	}
	group.Wait()
	return int(eng.live.Load())
}

// meeting is an engine with a host function that returns when n tasks have called it.
func meeting(t *testing.T, n int, cfg Config) *Engine {
	t.Helper()
	var mu sync.Mutex
	here, all := 0, make(chan struct{})
	cfg.HostFuncs = map[string]HostFunc{"meet": func(ctx context.Context, _ []byte) ([]byte, error) {
		mu.Lock()
		if here++; here == n {
			close(all)
		}
		mu.Unlock()
		select {
		case <-all:
		case <-ctx.Done():
		}
		return []byte("null"), nil
	}}
	eng, err := New(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := eng.Close(context.Background()); err != nil {
			t.Error(err)
		}
		if live := eng.live.Load(); live != 0 {
			t.Errorf("%d instances after Close", live)
		}
	})
	return eng
}

// Instances that nobody needs are closed after a while, down to as many as are to be kept.
func TestIdleInstancesAreClosed(t *testing.T) {
	t.Parallel()
	const tasks, kept = 8, 3
	eng := meeting(t, tasks, Config{IdleInstances: kept})
	if live := many(t, eng, tasks); live < tasks {
		t.Fatalf("%d instances for %d tasks at once", live, tasks)
	}
	eng.closeIdle(eng.idle.Surplus(eng.cfg.IdleInstances, idleTimeout))
	if live := eng.live.Load(); live < tasks {
		t.Errorf("%d instances although none was idle for %v", live, idleTimeout)
	}
	eng.closeIdle(eng.idle.Surplus(eng.cfg.IdleInstances, 0)) // as if the time had passed
	if live, idle := eng.live.Load(), eng.idle.Len(); live != kept || idle != kept {
		t.Errorf("%d instances, %d idle, want %d", live, idle, kept)
	}
	many(t, eng, 1)
}

// Idle instances make room for what a running task needs, and not more of them than that.
func TestIdleInstancesMakeRoom(t *testing.T) {
	t.Parallel()
	const tasks, needed = 8, 3
	eng := meeting(t, tasks, Config{MaxHostMemory: 64 * mib})
	if eng.instanceBytes() > 2*mib {
		t.Skip("every instance has a whole copy of the image")
	}
	live := many(t, eng, tasks)
	free := eng.cfg.MaxHostMemory - eng.memory.usedBytes()
	take := free + (needed-1)*eng.instanceBytes() + 1
	if !eng.memory.take(take) {
		t.Fatal("refused")
	}
	if got := int(eng.live.Load()); got != live-needed {
		t.Errorf("%d instances of %d are left, want %d", got, live, live-needed)
	}
	eng.memory.give(take)
	many(t, eng, 1)
}
