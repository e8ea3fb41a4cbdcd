package pool

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func push[T any](t *testing.T, q *Queue[T], item T, priority int) *Entry[T] {
	t.Helper()
	e, err := q.TryPush(item, priority)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func pop[T any](t *testing.T, q *Queue[T]) T {
	t.Helper()
	item, err := q.Pop(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return item
}

func TestQueueOrder(t *testing.T) {
	t.Parallel()
	q := NewQueue[string](10)
	for _, item := range []struct {
		name     string
		priority int
	}{{"a", 0}, {"b", 0}, {"low", -1}, {"high", 5}, {"c", 0}, {"high too", 5}} {
		push(t, q, item.name, item.priority)
	}
	var got []string
	for q.Len() > 0 {
		got = append(got, pop(t, q))
	}
	if want := []string{"high", "high too", "a", "b", "c", "low"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestQueueIsBounded(t *testing.T) {
	t.Parallel()
	q := NewQueue[int](2)
	push(t, q, 1, 0)
	push(t, q, 2, 0)
	if _, err := q.TryPush(3, 9); !errors.Is(err, ErrFull) {
		t.Errorf("a third entry: %v", err)
	}
	pop(t, q)
	push(t, q, 4, 0)
	if c := q.Counts(); c != (QueueCounts{Pushed: 3, Popped: 1, Rejected: 1, Peak: 2}) || q.Cap() != 2 {
		t.Errorf("%+v", c)
	}
}

func TestPushWaitsForRoom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := NewQueue[string](1)
		push(t, q, "first", 0)
		var group sync.WaitGroup
		for _, item := range []string{"second", "third"} {
			group.Go(func() {
				if _, err := q.Push(context.Background(), item, 0); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait() // it waits now
		}
		// Whoever comes while others wait is behind them.
		impatient, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if _, err := q.Push(impatient, "impatient", 9); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("impatient: %v", err)
		}
		for _, want := range []string{"first", "second", "third"} {
			if _, err := q.TryPush("in between", 9); !errors.Is(err, ErrFull) {
				t.Errorf("before %s: %v", want, err)
			}
			if got := pop(t, q); got != want {
				t.Errorf("%q, want %q", got, want)
			}
		}
		group.Wait()
	})
}

func TestPopWaitsForEntries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := NewQueue[int](1)
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if _, err := q.Pop(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
		got := make(chan int, 2)
		for range 2 {
			go func() { got <- pop(t, q) }()
		}
		synctest.Wait()
		push(t, q, 1, 0) // more than there is room for: they go straight to those who wait
		push(t, q, 2, 0)
		if a, b := <-got, <-got; a+b != 3 || q.Len() != 0 {
			t.Errorf("%d and %d, %d left", a, b, q.Len())
		}
	})
}

func TestRemove(t *testing.T) {
	t.Parallel()
	q := NewQueue[int](3)
	a, b := push(t, q, 1, 0), push(t, q, 2, 0)
	if !q.Remove(a) || q.Remove(a) {
		t.Error("an entry is removed once")
	}
	if got := pop(t, q); got != 2 || q.Remove(b) {
		t.Errorf("popped %d; an entry that was popped cannot be removed", got)
	}
}

func TestCloseQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		full, empty := NewQueue[int](1), NewQueue[int](1)
		push(t, full, 1, 0)
		refused := make(chan error, 2)
		go func() { _, err := full.Push(context.Background(), 2, 0); refused <- err }()
		go func() { _, err := empty.Pop(context.Background()); refused <- err }()
		synctest.Wait()
		for range 2 {
			full.Close()
			empty.Close()
		}
		for range 2 {
			if err := <-refused; !errors.Is(err, ErrClosed) {
				t.Errorf("one who waited: %v", err)
			}
		}
		if _, err := full.TryPush(3, 0); !errors.Is(err, ErrClosed) {
			t.Errorf("pushing: %v", err)
		}
		if _, err := full.Push(context.Background(), 3, 0); !errors.Is(err, ErrClosed) {
			t.Errorf("pushing: %v", err)
		}
		if got := pop(t, full); got != 1 {
			t.Errorf("popped %d", got)
		}
		if _, err := full.Pop(context.Background()); !errors.Is(err, ErrClosed) {
			t.Errorf("popping: %v", err)
		}
	})
}

func TestDrain(t *testing.T) {
	t.Parallel()
	q := NewQueue[int](5)
	for i := range 5 {
		push(t, q, i, -i)
	}
	if got := q.Drain(); !slices.Equal(got, []int{0, 1, 2, 3, 4}) || q.Len() != 0 {
		t.Errorf("%v, %d left", got, q.Len())
	}
}

func TestQueueNeedsRoom(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	NewQueue[int](0)
}

// Against a model: a list that is sorted again whenever it is asked.
func TestQueueModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		type place struct{ item, priority int }
		capacity := rapid.IntRange(1, 8).Draw(t, "capacity")
		q, model, entries, next := NewQueue[int](capacity), []place{}, map[int]*Entry[int]{}, 0
		t.Repeat(map[string]func(*rapid.T){
			"push": func(t *rapid.T) {
				next++
				priority := rapid.IntRange(-2, 2).Draw(t, "priority")
				e, err := q.TryPush(next, priority)
				if full := len(model) == capacity; full != errors.Is(err, ErrFull) {
					t.Fatalf("%d entries of %d: %v", len(model), capacity, err)
				} else if full {
					return
				}
				entries[next] = e
				at, _ := slices.BinarySearchFunc(model, priority, func(p place, priority int) int {
					if p.priority >= priority {
						return -1
					}
					return 1
				})
				model = slices.Insert(model, at, place{next, priority})
			},
			"pop": func(t *rapid.T) {
				if len(model) == 0 {
					t.Skip("it would wait")
				}
				got, err := q.Pop(context.Background())
				if err != nil || got != model[0].item {
					t.Fatalf("%d, %v, want %d", got, err, model[0].item)
				}
				model = model[1:]
			},
			"remove": func(t *rapid.T) {
				if next == 0 {
					t.Skip("there never was an entry")
				}
				item := rapid.IntRange(1, next).Draw(t, "item")
				at := slices.IndexFunc(model, func(p place) bool { return p.item == item })
				if e := entries[item]; e != nil && q.Remove(e) != (at >= 0) {
					t.Fatalf("removing %d, which is at %d", item, at)
				}
				if at >= 0 {
					model = slices.Delete(model, at, at+1)
				}
			},
			"": func(t *rapid.T) {
				if q.Len() != len(model) {
					t.Fatalf("%d entries, want %d", q.Len(), len(model))
				}
			},
		})
	})
}

// Whatever goes on at once, what was pushed comes out once, or was refused.
func TestQueueLosesNothing(t *testing.T) {
	t.Parallel()
	const pushers, each = 8, 500
	q := NewQueue[int](3)
	var mu sync.Mutex
	in, out := map[int]bool{}, map[int]int{}
	var pushing, popping sync.WaitGroup
	for p := range pushers {
		pushing.Go(func() {
			for i := range each {
				item := p*each + i
				ctx, cancel := context.WithTimeout(context.Background(), time.Duration(i%3)*50*time.Microsecond)
				e, err := q.Push(ctx, item, i%4)
				cancel()
				removed := err == nil && i%7 == 0 && q.Remove(e)
				mu.Lock()
				in[item] = err == nil && !removed
				mu.Unlock()
			}
		})
	}
	for range 4 {
		popping.Go(func() {
			for {
				ctx, cancel := context.WithTimeout(context.Background(), 100*time.Microsecond)
				item, err := q.Pop(ctx)
				cancel()
				switch {
				case errors.Is(err, ErrClosed):
					return
				case err == nil:
					mu.Lock()
					out[item]++
					mu.Unlock()
				}
			}
		})
	}
	pushing.Wait()
	q.Close()
	popping.Wait()
	for item, accepted := range in {
		if accepted && out[item] != 1 || !accepted && out[item] != 0 {
			t.Errorf("item %d: accepted %t, came out %d times", item, accepted, out[item])
		}
	}
	if c := q.Counts(); c.Pushed != c.Popped+c.Removed {
		t.Errorf("%+v", c)
	}
}
