package pool

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

func acquire(t *testing.T, p *Workers) *Worker {
	t.Helper()
	w, err := p.Acquire(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestLeastLoadedWorkerIsNext(t *testing.T) {
	t.Parallel()
	p := NewWorkers(3, 2)
	var taken []*Worker
	for range 6 {
		taken = append(taken, acquire(t, p))
	}
	for _, load := range p.Loads() {
		if load.Active != 2 || load.Total != 2 || load.Slots != 2 {
			t.Errorf("%+v", load)
		}
	}
	idle := taken[4]
	for _, w := range taken {
		if w == idle {
			p.Release(w)
		}
	}
	for _, w := range taken {
		if w != idle {
			p.Release(w) // one slot of another worker
			break
		}
	}
	if w := acquire(t, p); w != idle {
		t.Errorf("worker %d, want %d, which has nothing to do", w.ID(), idle.ID())
	}
	if got := p.Active(); got != 4 {
		t.Errorf("%d active", got)
	}
}

func TestAcquireWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := NewWorkers(1, 1)
		w := acquire(t, p)
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if _, err := p.Acquire(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
		got := make(chan int, 2)
		for i := range 2 {
			go func() {
				w := acquire(t, p)
				got <- i
				p.Release(w)
			}()
			synctest.Wait()
		}
		p.Release(w)
		if a, b := <-got, <-got; a != 0 || b != 1 {
			t.Errorf("%d before %d", a, b)
		}
		synctest.Wait()
		if p.Active() != 0 {
			t.Errorf("%d active", p.Active())
		}
	})
}

func TestWorkersMisuse(t *testing.T) {
	t.Parallel()
	for name, misuse := range map[string]func(){
		"none":     func() { NewWorkers(0, 1) },
		"no slots": func() { NewWorkers(1, 0) },
		"twice": func() {
			p := NewWorkers(1, 1)
			w, _ := p.Acquire(context.Background())
			p.Release(w)
			p.Release(w)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			misuse()
		})
	}
}

// Never more than there are slots, and always a least loaded worker.
func TestWorkersModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		count, slots := rapid.IntRange(1, 5).Draw(t, "workers"), rapid.IntRange(1, 3).Draw(t, "slots")
		p, taken, active := NewWorkers(count, slots), []*Worker{}, make([]int, count)
		t.Repeat(map[string]func(*rapid.T){
			"acquire": func(t *rapid.T) {
				if len(taken) == count*slots {
					t.Skip("it would wait")
				}
				w, err := p.Acquire(context.Background())
				if err != nil {
					t.Fatal(err)
				}
				for id, n := range active {
					if n < active[w.ID()] {
						t.Fatalf("worker %d has %d, worker %d only %d", w.ID(), active[w.ID()], id, n)
					}
				}
				active[w.ID()]++
				taken = append(taken, w)
			},
			"release": func(t *rapid.T) {
				if len(taken) == 0 {
					t.Skip("nothing is taken")
				}
				i := rapid.IntRange(0, len(taken)-1).Draw(t, "which")
				p.Release(taken[i])
				active[taken[i].ID()]--
				taken = append(taken[:i], taken[i+1:]...)
			},
			"": func(t *rapid.T) {
				if p.Active() != len(taken) {
					t.Fatalf("%d active, want %d", p.Active(), len(taken))
				}
				for _, load := range p.Loads() {
					if load.Active != active[load.ID] || load.Active > slots {
						t.Fatalf("%+v, want %d active", load, active[load.ID])
					}
				}
			},
		})
	})
}

func TestWorkersAtOnce(t *testing.T) {
	t.Parallel()
	p := NewWorkers(3, 2)
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() {
			for range 300 {
				ctx, cancel := context.WithTimeout(context.Background(), time.Duration(i%4)*20*time.Microsecond)
				if w, err := p.Acquire(ctx); err == nil {
					p.Release(w)
				}
				cancel()
			}
		})
	}
	group.Wait()
	if p.Active() != 0 {
		t.Errorf("%d active", p.Active())
	}
	if w := acquire(t, p); w == nil {
		t.Error("no worker")
	}
}
