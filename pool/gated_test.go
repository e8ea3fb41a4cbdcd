package pool

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
)

// gate admits so many items.
type gate[T comparable] struct {
	mu       sync.Mutex
	room     int
	admitted []T
}

func (g *gate[T]) admit(item T) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.room == 0 {
		return false
	}
	g.room--
	g.admitted = append(g.admitted, item)
	return true
}

// open lets so many more in; Kick is still to be called.
func (g *gate[T]) open(by int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.room += by
}

func (g *gate[T]) left() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.room
}

// gated is a pool behind a gate. What is started by Kick stands in started, and keeps
// its slot.
type gated struct {
	*Pool[string]
	gate    gate[string]
	started chan Job[string]
}

func newGated(queue, slots int) *gated {
	g := &gated{started: make(chan Job[string], 100)}
	g.Pool = New(Config[string]{
		Queue: queue, Workers: 1, Slots: slots,
		Admit: g.gate.admit,
		Start: func(job Job[string]) { g.started <- job },
	})
	return g
}

// kick returns what it starts, in order of name.
func (g *gated) kick() (items []string) {
	g.Kick()
	synctest.Wait()
	for len(g.started) > 0 {
		items = append(items, (<-g.started).Item)
	}
	slices.Sort(items)
	return items
}

func TestGatedItemsAreHeld(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newGated(10, 3)
		for _, item := range []string{"a", "b", "c"} {
			enqueue(t, p.Pool, item, Order{Gated: true, Priority: 5})
		}
		job := start(t, p.Pool, "open", Order{}) // passes them by, whatever their priority
		if got := run(p.Pool, job); got != nil {
			t.Errorf("%q came, want them held", got)
		}
		if got := p.kick(); got != nil {
			t.Errorf("%q came, want them held", got)
		}
		p.gate.open(2)
		if got := p.kick(); !slices.Equal(got, []string{"a", "b"}) {
			t.Errorf("%q came, want as many as were admitted", got)
		}
		p.gate.open(5)
		if got := p.kick(); !slices.Equal(got, []string{"c"}) {
			t.Errorf("%q came, want c", got)
		}
		if got := p.gate.left(); got != 4 {
			t.Errorf("room for %d is left, want 4", got)
		}
	})
}

func TestAdmittedItemsTakeTheSlotDirectly(t *testing.T) {
	t.Parallel()
	p := newGated(10, 3)
	p.gate.open(1)
	start(t, p.Pool, "a", Order{Gated: true})
	enqueue(t, p.Pool, "b", Order{Gated: true})
	p.gate.open(2)
	enqueue(t, p.Pool, "c", Order{Gated: true, Priority: 1}) // Kick is still to come: nobody jumps the queue
	if got, want := p.gate.admitted, []string{"a"}; !slices.Equal(got, want) {
		t.Errorf("%q were admitted, want %q", got, want)
	}
}

func TestWithoutAdmitAllAreAdmitted(t *testing.T) {
	t.Parallel()
	p := New(Config[int]{Queue: 2, Workers: 1, Slots: 1})
	job := start(t, p, 1, Order{Gated: true})
	enqueue(t, p, 2, Order{})
	enqueue(t, p, 3, Order{Gated: true, Priority: 1})
	p.Kick() // without Start, as there is nothing it could start
	if got := run(p, job); !slices.Equal(got, []int{3, 2}) {
		t.Errorf("%d, want 3 and 2", got)
	}
}

func TestKickNeedsAFreeSlot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newGated(10, 2)
		for _, item := range []string{"a", "b", "c"} {
			enqueue(t, p.Pool, item, Order{Gated: true})
		}
		job := start(t, p.Pool, "open", Order{})
		p.gate.open(3)
		if got := p.kick(); !slices.Equal(got, []string{"a"}) {
			t.Errorf("%q came, want what there was a slot for", got)
		}
		if got := p.gate.admitted; !slices.Equal(got, []string{"a"}) {
			t.Errorf("%q were admitted, want only what is done", got)
		}
		// From here on whoever gives a slot back takes the next one along.
		if got := run(p.Pool, job); !slices.Equal(got, []string{"b", "c"}) {
			t.Errorf("%q came, want b and c", got)
		}
	})
}

// Kick is called with locks held and from where nobody has time: Start must not keep it.
func TestStartIsOnAGoroutineOfItsOwn(t *testing.T) {
	t.Parallel()
	var g gate[int]
	var p *Pool[int]
	more, done := make(chan struct{}), make(chan []int)
	p = New(Config[int]{Queue: 3, Workers: 1, Slots: 1, Admit: g.admit, Start: func(job Job[int]) {
		<-more // until Kick has returned
		done <- append([]int{job.Item}, run(p, job)...)
	}})
	for i := range 3 {
		enqueue(t, p, i, Order{Gated: true})
	}
	g.open(3)
	p.Kick()
	close(more)
	if got := <-done; !slices.Equal(got, []int{0, 1, 2}) {
		t.Errorf("%d, want all three in the order in which they came", got)
	}
}

func TestGatedAndOpenItemsInOneOrder(t *testing.T) {
	t.Parallel()
	p := newGated(10, 1)
	job := start(t, p.Pool, "running", Order{})
	for _, item := range []struct {
		name  string
		order Order
	}{
		{"a", Order{}},
		{"b, gated", Order{Gated: true}},
		{"c", Order{}},
		{"d, gated", Order{Gated: true, Priority: 2}},
		{"e", Order{Priority: 1}},
		{"f, gated", Order{Gated: true}},
		{"g", Order{Priority: -1}},
	} {
		enqueue(t, p.Pool, item.name, item.order)
	}
	p.gate.open(2)
	want := []string{"d, gated", "e", "a", "b, gated", "c", "g"}
	if got := run(p.Pool, job); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := p.gate.admitted, []string{"d, gated", "b, gated"}; !slices.Equal(got, want) {
		t.Errorf("%q were admitted, want %q", got, want)
	}
}

func TestOpenItemsPassAFullQueueBy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newGated(1, 1)
		job := start(t, p.Pool, "running", Order{})
		enqueue(t, p.Pool, "held", Order{Gated: true})
		gatedOne := push(t.Context(), p.Pool, "held too", Order{Gated: true})
		a := push(t.Context(), p.Pool, "a", Order{})
		b := push(t.Context(), p.Pool, "b", Order{Priority: 1})
		for _, waiting := range []<-chan pushed{a, b} {
			if next, ok := p.Next(job); ok {
				t.Fatalf("%+v is for whoever gave the slot back, want it held", next)
			}
			got := through(t, waiting)
			if got.err != nil || got.place.Job == nil || got.place.Job.Item != got.item {
				t.Fatalf("pushing %s: %+v, %v, want the slot", got.item, got.place, got.err)
			}
			job = *got.place.Job
		}
		mustWait(t, gatedOne)
		p.Next(job)
		mustWait(t, gatedOne)
		// A slot is free now, and the queue is full: who comes passes by, too.
		job = start(t, p.Pool, "c", Order{})
		p.gate.open(2)
		if got := run(p.Pool, job); !slices.Equal(got, []string{"held", "held too"}) {
			t.Errorf("%q, want what was held, first come, first served", got)
		}
		if got := through(t, gatedOne); got.err != nil || got.place.Entry == nil {
			t.Errorf("%+v, %v, want it to have been queued", got.place, got.err)
		}
	})
}

// A slot that is free while nothing in the queue is admitted goes to all pushers that
// are not gated, and to as many as there are slots.
func TestOneSlotForOneOpenPusher(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newGated(1, 2)
		first, second := start(t, p.Pool, "first", Order{}), start(t, p.Pool, "second", Order{})
		enqueue(t, p.Pool, "held", Order{Gated: true})
		a := push(t.Context(), p.Pool, "a", Order{})
		b := push(t.Context(), p.Pool, "b", Order{})
		p.Next(first)
		if got := through(t, a); got.place.Job == nil {
			t.Errorf("%+v, want a slot", got.place)
		}
		mustWait(t, b)
		p.Next(second)
		if got := through(t, b); got.place.Job == nil {
			t.Errorf("%+v, want a slot", got.place)
		}
	})
}

func TestKickMakesRoom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newGated(1, 3)
		enqueue(t, p.Pool, "a", Order{Gated: true})
		b := push(t.Context(), p.Pool, "b", Order{Gated: true})
		c := push(t.Context(), p.Pool, "c", Order{Gated: true})
		p.gate.open(2)
		if got := p.kick(); !slices.Equal(got, []string{"a", "b"}) {
			t.Errorf("%q came, want a, and b that waited for room", got)
		}
		through(t, b)
		if got := through(t, c); got.place.Entry == nil || !p.Remove(got.place.Entry) {
			t.Errorf("%+v, want it queued", got.place)
		}
	})
}

func TestRemoveAHeldItem(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newGated(2, 1)
		a := enqueue(t, p.Pool, "a", Order{Gated: true, Priority: 1})
		enqueue(t, p.Pool, "b", Order{Gated: true})
		c := push(t.Context(), p.Pool, "c", Order{Gated: true})
		if !p.Remove(a) {
			t.Error("a held item was not removed")
		}
		if got := through(t, c); got.err != nil || got.place.Entry == nil {
			t.Errorf("%+v, %v, want it queued", got.place, got.err)
		}
		if got := p.gate.admitted; got != nil {
			t.Errorf("%q were admitted, want none", got)
		}
		p.gate.open(3)
		if got := p.kick(); !slices.Equal(got, []string{"b"}) {
			t.Errorf("%q came, want b", got)
		}
		if got := p.gate.admitted; !slices.Equal(got, []string{"b"}) {
			t.Errorf("%q were admitted, want b", got)
		}
	})
}

// Close refuses what comes; what is held still comes once it is admitted.
func TestHeldItemsOutliveClose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newGated(2, 2)
		enqueue(t, p.Pool, "a", Order{Gated: true})
		enqueue(t, p.Pool, "b", Order{Gated: true})
		p.Close()
		p.gate.open(2)
		if got := p.kick(); !slices.Equal(got, []string{"a", "b"}) {
			t.Errorf("%q came, want a and b", got)
		}
	})
}
