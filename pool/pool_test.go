package pool

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// offer brings an item that must be accepted.
func offer[T any](t testing.TB, p *Pool[T], item T, order Order) Place[T] {
	t.Helper()
	place, err := p.Offer(item, order)
	if err != nil {
		t.Fatalf("offering %v: %v", item, err)
	}
	if (place.Job == nil) == (place.Entry == nil) {
		t.Fatalf("offering %v: job %v and entry %v, want one of them", item, place.Job, place.Entry)
	}
	return place
}

// start brings an item that must get a slot.
func start[T any](t testing.TB, p *Pool[T], item T, order Order) Job[T] {
	t.Helper()
	place := offer(t, p, item, order)
	if place.Job == nil {
		t.Fatalf("%v is queued, want a slot: %+v", item, p.Stats())
	}
	return *place.Job
}

// enqueue brings an item that must be queued.
func enqueue[T any](t testing.TB, p *Pool[T], item T, order Order) *Entry[T] {
	t.Helper()
	place := offer(t, p, item, order)
	if place.Entry == nil {
		t.Fatalf("%v has a slot, want it queued: %+v", item, p.Stats())
	}
	return place.Entry
}

// run gives a slot back until there is no next job, and returns the items that came.
func run[T any](p *Pool[T], job Job[T]) []T {
	var items []T
	for next, ok := p.Next(job); ok; next, ok = p.Next(next) {
		items = append(items, next.Item)
	}
	return items
}

// pushed is how a push went.
type pushed struct {
	item  string
	place Place[string]
	err   error
}

// push pushes in the background, and returns when the pusher waits or is through. It
// must be called in a bubble.
func push(ctx context.Context, p *Pool[string], item string, order Order) <-chan pushed {
	done := make(chan pushed, 1)
	go func() {
		place, err := p.Push(ctx, item, order)
		done <- pushed{item, place, err}
	}()
	synctest.Wait()
	return done
}

// through returns how a push went that must be through, or about to be.
func through(t *testing.T, done <-chan pushed) pushed {
	t.Helper()
	synctest.Wait()
	select {
	case p := <-done:
		return p
	default:
		t.Fatal("a pusher waits, want it to be through")
		return pushed{}
	}
}

func mustWait(t *testing.T, done <-chan pushed) {
	t.Helper()
	synctest.Wait()
	select {
	case p := <-done:
		t.Fatalf("pushing %s: %+v, %v, want it to wait", p.item, p.place, p.err)
	default:
	}
}

func TestOrder(t *testing.T) {
	t.Parallel()
	p := New(Config[string]{Queue: 10, Workers: 1, Slots: 1})
	job := start(t, p, "first", Order{})
	for _, item := range []struct {
		name     string
		priority int
	}{{"a", 0}, {"b", 0}, {"low", -1}, {"high", 5}, {"c", 0}, {"high too", 5}} {
		enqueue(t, p, item.name, Order{Priority: item.priority})
	}
	if got, want := run(p, job), []string{"high", "high too", "a", "b", "c", "low"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestQueueIsBounded(t *testing.T) {
	t.Parallel()
	p := New(Config[int]{Queue: 2, Workers: 1, Slots: 1})
	job := start(t, p, 0, Order{})
	enqueue(t, p, 1, Order{})
	enqueue(t, p, 2, Order{})
	if place, err := p.Offer(3, Order{Priority: 9}); !errors.Is(err, ErrFull) || place != (Place[int]{}) {
		t.Errorf("a third one in a queue of two: %+v, %v, want ErrFull", place, err)
	}
	job, _ = p.Next(job)
	enqueue(t, p, 4, Order{})
	if got, want := run(p, job), []int{2, 4}; !slices.Equal(got, want) {
		t.Errorf("%d, want %d", got, want)
	}
}

func TestNextFreesTheSlot(t *testing.T) {
	t.Parallel()
	p := New(Config[string]{Queue: 1, Workers: 1, Slots: 2})
	a, b := start(t, p, "a", Order{}), start(t, p, "b", Order{})
	enqueue(t, p, "c", Order{})
	c, ok := p.Next(a)
	if !ok || c.Item != "c" || c.Worker == nil {
		t.Fatalf("%+v, %t, want c and a worker", c, ok)
	}
	for left, job := range []Job[string]{b, c} {
		if next, ok := p.Next(job); ok || next != (Job[string]{}) {
			t.Errorf("%+v, want no next job", next)
		}
		if got := p.Stats().Active; got != 1-left {
			t.Errorf("%d slots in use, want %d", got, 1-left)
		}
	}
	start(t, p, "d", Order{})
}

func TestLeastLoadedWorker(t *testing.T) {
	t.Parallel()
	p := New(Config[int]{Queue: 1, Workers: 3, Slots: 2})
	var jobs []Job[int]
	for i := range 6 {
		jobs = append(jobs, start(t, p, i, Order{}))
	}
	for id := range 3 {
		if got := p.Load(id); got != (Load{2, 2}) {
			t.Errorf("worker %d: %+v, want two slots in use", id, got)
		}
	}
	idle := jobs[4].Worker
	others := 0
	for _, job := range jobs {
		if job.Worker == idle {
			p.Next(job) // both of its slots
		} else if others++; others == 1 {
			p.Next(job) // one slot of another worker
		}
	}
	if got := start(t, p, 7, Order{}).Worker; got != idle {
		t.Errorf("worker %d, want %d, which has nothing to do", got.ID(), idle.ID())
	}
}

// The slots that are free are shared out evenly in the long run, too.
func TestLeastUsedWorker(t *testing.T) {
	t.Parallel()
	p := New(Config[string]{Queue: 1, Workers: 2, Slots: 2})
	a, b := start(t, p, "a", Order{}), start(t, p, "b", Order{})
	p.Next(a)
	if c := start(t, p, "c", Order{}); c.Worker != a.Worker {
		t.Fatalf("worker %d, want %d, which has nothing to do", c.Worker.ID(), a.Worker.ID())
	}
	if d := start(t, p, "d", Order{}); d.Worker != b.Worker {
		t.Errorf("worker %d, want %d: both have one thing to do, but it has done less", d.Worker.ID(), b.Worker.ID())
	}
}

func TestPushTakesWhatIsFree(t *testing.T) {
	t.Parallel()
	ended, cancel := context.WithCancel(t.Context())
	cancel() // it bounds the wait, and there is none
	p := New(Config[string]{Queue: 1, Workers: 1, Slots: 1})
	a, err := p.Push(ended, "a", Order{})
	if err != nil || a.Job == nil || a.Job.Item != "a" {
		t.Fatalf("%+v, %v, want a slot", a, err)
	}
	if b, err := p.Push(ended, "b", Order{}); err != nil || b.Entry == nil {
		t.Fatalf("%+v, %v, want a place in the queue", b, err)
	}
	if got := run(p, *a.Job); !slices.Equal(got, []string{"b"}) {
		t.Errorf("%q, want b", got)
	}
}

func TestPushWaitsForRoom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := New(Config[string]{Queue: 1, Workers: 1, Slots: 1})
		job := start(t, p, "running", Order{})
		enqueue(t, p, "a", Order{})
		b := push(t.Context(), p, "b", Order{})
		c := push(t.Context(), p, "c", Order{Priority: 9}) // that is for the queue, which it is not in yet
		for i, waiting := range []<-chan pushed{b, c} {
			mustWait(t, waiting)
			if _, err := p.Offer("in between", Order{Priority: 9}); !errors.Is(err, ErrFull) {
				t.Errorf("offering while others wait for room: %v, want ErrFull", err)
			}
			var ok bool
			if job, ok = p.Next(job); !ok || job.Item != []string{"a", "b"}[i] {
				t.Errorf("%+v came, want %s", job, []string{"a", "b"}[i])
			}
			if got := through(t, waiting); got.err != nil || got.place.Entry == nil {
				t.Errorf("pushing %s: %+v, %v, want it queued", got.item, got.place, got.err)
			}
		}
		if got := run(p, job); !slices.Equal(got, []string{"c"}) {
			t.Errorf("%q, want c", got)
		}
	})
}

func TestPushGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := New(Config[string]{Queue: 1, Workers: 1, Slots: 1})
		job := start(t, p, "running", Order{})
		enqueue(t, p, "a", Order{})
		why := errors.New("no time")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, why)
		defer cancel()
		began := time.Now()
		impatient := push(ctx, p, "impatient", Order{})
		patient := push(t.Context(), p, "patient", Order{})
		if got := <-impatient; !errors.Is(got.err, why) || time.Since(began) != time.Second {
			t.Errorf("%v after %v, want its context's cause after a second", got.err, time.Since(began))
		}
		job, _ = p.Next(job)
		if got := through(t, patient); got.err != nil {
			t.Errorf("whoever was behind one that gave up: %v", got.err)
		}
		if got := run(p, job); !slices.Equal(got, []string{"patient"}) {
			t.Errorf("%q, want only who was patient", got)
		}
	})
}

func TestRemove(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := New(Config[string]{Queue: 2, Workers: 1, Slots: 1})
		job := start(t, p, "running", Order{})
		a, b := enqueue(t, p, "a", Order{}), enqueue(t, p, "b", Order{})
		c := push(t.Context(), p, "c", Order{})
		if !p.Remove(a) || p.Remove(a) {
			t.Error("an entry can be removed, and only once")
		}
		entry := through(t, c).place.Entry // it has the room
		if got := run(p, job); !slices.Equal(got, []string{"b", "c"}) {
			t.Errorf("%q, want b and c", got)
		}
		if p.Remove(b) || p.Remove(entry) {
			t.Error("an entry that was done was removed")
		}
	})
}

func TestClose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := New(Config[string]{Queue: 1, Workers: 1, Slots: 1})
		job := start(t, p, "running", Order{})
		enqueue(t, p, "a", Order{})
		waiting := push(t.Context(), p, "b", Order{})
		p.Close()
		p.Close()
		if got := through(t, waiting); !errors.Is(got.err, ErrClosed) {
			t.Errorf("one that waits for room: %v, want ErrClosed", got.err)
		}
		if got := run(p, job); !slices.Equal(got, []string{"a"}) {
			t.Errorf("%q, want a, which was queued before", got)
		}
		if _, err := p.Offer("c", Order{}); !errors.Is(err, ErrClosed) {
			t.Errorf("offering: %v, want ErrClosed", err)
		}
		if _, err := p.Push(t.Context(), "d", Order{}); !errors.Is(err, ErrClosed) {
			t.Errorf("pushing: %v, want ErrClosed", err)
		}
	})
}

func TestDrain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := New(Config[string]{Queue: 3, Workers: 1, Slots: 1, Admit: func(string) bool { return false }})
		job := start(t, p, "running", Order{})
		a := enqueue(t, p, "a", Order{})
		b := enqueue(t, p, "b", Order{Gated: true})
		enqueue(t, p, "c", Order{Priority: 1})
		d := push(t.Context(), p, "d", Order{})
		got := p.Drain()
		slices.Sort(got)
		if !slices.Equal(got, []string{"a", "b", "c"}) {
			t.Errorf("%q, want a, b and c", got)
		}
		if p.Remove(a) || p.Remove(b) {
			t.Error("an entry that was drained was removed")
		}
		if got := through(t, d); got.err != nil || got.place.Entry == nil {
			t.Errorf("one that waited for room: %+v, %v, want it queued", got.place, got.err)
		}
		if got := run(p, job); !slices.Equal(got, []string{"d"}) {
			t.Errorf("%q, want d", got)
		}
		if got := p.Drain(); len(got) > 0 {
			t.Errorf("%q in an empty queue", got)
		}
	})
}

func TestStats(t *testing.T) {
	t.Parallel()
	p := New(Config[int]{Queue: 4, Workers: 2, Slots: 1, Admit: func(int) bool { return false }})
	a, b := start(t, p, 1, Order{}), start(t, p, 2, Order{})
	enqueue(t, p, 3, Order{})
	enqueue(t, p, 4, Order{Gated: true})
	enqueue(t, p, 5, Order{Gated: true})
	if got, want := p.Stats(), (Stats{Queued: 3, Gated: 2, Capacity: 4, Peak: 3, Active: 2, Slots: 2}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	run(p, a)
	run(p, b)
	if got, want := p.Stats(), (Stats{Queued: 2, Gated: 2, Capacity: 4, Peak: 3, Slots: 2}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got, want := fmt.Sprint(p.Load(0), p.Load(1)), "{0 2} {0 1}"; got != want && got != "{0 1} {0 2}" {
		t.Errorf("the workers' loads are %s, want three items on two workers", got)
	}
}

// misuse checks that each of these panics.
func misuse(t *testing.T, misuses map[string]func()) {
	for name, misuse := range misuses {
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

func TestMisuse(t *testing.T) {
	t.Parallel()
	misuse(t, map[string]func(){
		"no queue":   func() { New(Config[int]{Workers: 1, Slots: 1}) },
		"no workers": func() { New(Config[int]{Queue: 1, Slots: 1}) },
		"no slots":   func() { New(Config[int]{Queue: 1, Workers: 1}) },
		"a slot given back twice": func() {
			p := New(Config[int]{Queue: 1, Workers: 1, Slots: 1})
			job := start(t, p, 1, Order{})
			p.Next(job)
			p.Next(job)
		},
	})
}

// A pool that panicked because of misuse can be used by the others.
func TestMisuseLeavesNothingLocked(t *testing.T) {
	t.Parallel()
	p := New(Config[int]{Queue: 1, Workers: 1, Slots: 1})
	job := start(t, p, 1, Order{})
	p.Next(job)
	func() {
		defer func() { _ = recover() }()
		p.Next(job)
	}()
	if got := p.Stats().Active; got != 0 {
		t.Errorf("%d slots in use, want none", got)
	}
	start(t, p, 2, Order{})
}

// Whoever gets a slot at the moment its context ends has it, and is told so.
func TestPushAtTheLastMoment(t *testing.T) {
	t.Parallel()
	p := New(Config[int]{Queue: 1, Workers: 1, Slots: 1})
	job := start(t, p, -1, Order{})
	next := func() { // gives the slot to whoever is queued
		var ok bool
		if job, ok = p.Next(job); !ok {
			t.Fatal("no next job, want the one that was queued")
		}
	}
	for i := range 500 {
		enqueue(t, p, i, Order{})
		ctx, cancel := context.WithCancel(t.Context())
		var group sync.WaitGroup
		group.Go(cancel)
		group.Go(next)
		place, err := p.Push(ctx, i, Order{})
		group.Wait()
		switch {
		case err == nil && place.Entry != nil:
			next()
			if job.Item != i {
				t.Fatalf("%d came, want %d, which was accepted", job.Item, i)
			}
		case !errors.Is(err, context.Canceled):
			t.Fatalf("%+v, %v, want a place in the queue or its context's error", place, err)
		}
		if got := p.Stats().Queued; got != 0 {
			t.Fatalf("%d queued after %v, want none", got, err)
		}
	}
}
