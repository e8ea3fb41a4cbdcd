package pool

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"
)

// modelItem is an item of the model, and what is known of it in the pool.
type modelItem struct {
	id    int
	order Order
	entry *Entry[int]

	// Of one that was pushed. place and err are how that went, once through is closed.
	cancel  context.CancelCauseFunc
	through chan struct{}
	place   Place[int]
	err     error
}

// model is what a pool should do: lists that are searched, and counters. There is a pool
// beside it, which is checked after every action.
type model struct {
	*rapid.T
	queue, workers, slots int

	pool *Pool[int]
	gate gate[int]
	mu   sync.Mutex
	jobs []Job[int] // that Kick has started

	last    int
	waiting []*modelItem // in the queue, in order of arrival
	pushers []*modelItem
	held    []Job[int]
	load    []Load
	peak    int
	gone    []*Entry[int] // that have left the queue
	room    int           // behind the gate
	owed    bool          // there is room, and Kick was not called
	closed  bool
}

var errImpatient = errors.New("a pusher's context was ended")

func newModel(t *rapid.T) *model {
	m := &model{
		T:       t,
		queue:   rapid.IntRange(1, 5).Draw(t, "queue"),
		workers: rapid.IntRange(1, 3).Draw(t, "workers"),
		slots:   rapid.IntRange(1, 2).Draw(t, "slots"),
	}
	m.load = make([]Load, m.workers)
	m.pool = New(Config[int]{
		Queue: m.queue, Workers: m.workers, Slots: m.slots,
		Admit: m.gate.admit,
		Start: func(job Job[int]) {
			m.mu.Lock()
			defer m.mu.Unlock()
			m.jobs = append(m.jobs, job)
		},
	})
	return m
}

func (m *model) free() bool { return len(m.held) < m.workers*m.slots }

func (m *model) gated() (n int) {
	for _, item := range m.waiting {
		if item.order.Gated {
			n++
		}
	}
	return n
}

// best returns the item that is to be done next, nil if there is none.
func (m *model) best() (best *modelItem) {
	for _, item := range m.waiting {
		admitted := !item.order.Gated || m.room > 0
		if admitted && (best == nil || item.order.Priority > best.order.Priority) {
			best = item
		}
	}
	return best
}

// newItem draws an item.
func (m *model) newItem(t *rapid.T) *modelItem {
	m.last++
	return &modelItem{id: m.last, order: Order{
		Priority: rapid.IntRange(-1, 1).Draw(t, "priority"),
		Gated:    rapid.Bool().Draw(t, "gated"),
	}}
}

// enqueue puts an item into the queue.
func (m *model) enqueue(item *modelItem) {
	m.waiting = append(m.waiting, item)
	m.peak = max(m.peak, len(m.waiting))
}

// leave takes an item out of the queue, and lets those in that wait for room.
func (m *model) leave(item *modelItem) {
	at := slices.Index(m.waiting, item)
	m.waiting = slices.Delete(m.waiting, at, at+1)
	m.gone = append(m.gone, item.entry)
	m.refill()
}

func (m *model) refill() {
	for len(m.pushers) > 0 && len(m.waiting) < m.queue {
		item := m.pushers[0]
		m.pushers = m.pushers[1:]
		item.entry = m.comes(item).Entry
		if item.entry == nil {
			m.Fatalf("%d, which waited for room, is not queued: %+v", item.id, item.place)
		}
		m.enqueue(item)
	}
}

// comes returns where a pusher's item has come to.
func (m *model) comes(item *modelItem) Place[int] {
	synctest.Wait()
	select {
	case <-item.through:
	default:
		m.Fatalf("%d still waits for room", item.id)
	}
	if item.err != nil {
		m.Fatalf("%d was refused: %v", item.id, item.err)
	}
	return item.place
}

// begin checks a job that an item has got: its worker must be the least loaded one.
func (m *model) begin(item *modelItem, job Job[int]) {
	if !m.free() || job.Item != item.id {
		m.Fatalf("%d has a slot, beside %d others, want %d to have it", job.Item, len(m.held), item.id)
	}
	got := &m.load[job.Worker.ID()]
	for id, load := range m.load {
		if load.Active < got.Active || load.Active == got.Active && load.Total < got.Total {
			m.Fatalf("worker %d has %+v to do and gets the next item, worker %d only %+v", job.Worker.ID(), *got, id, load)
		}
	}
	got.Active++
	got.Total++
	m.held = append(m.held, job)
	if item.order.Gated {
		m.room--
	}
}

// passBy begins open items of those that wait for room, while there is a slot.
func (m *model) passBy() {
	for _, item := range slices.Clone(m.pushers) {
		if item.order.Gated || !m.free() {
			continue
		}
		m.pushers = slices.DeleteFunc(m.pushers, func(p *modelItem) bool { return p == item })
		place := m.comes(item)
		if place.Job == nil {
			m.Fatalf("%d passes a full queue by, but has no slot", item.id)
		}
		m.begin(item, *place.Job)
	}
}

// bring says what becomes of a new item: it has a slot, or is queued, or neither.
func (m *model) bring(item *modelItem) (slot, queued bool) {
	if m.free() && (!item.order.Gated || m.gated() == 0 && m.room > 0) {
		return true, false
	}
	return false, len(m.waiting) < m.queue
}

// brought checks where an item has come to.
func (m *model) brought(item *modelItem, place Place[int], slot bool) {
	if slot != (place.Job != nil) || slot == (place.Entry != nil) {
		m.Fatalf("%+v is at %+v, want a slot: %t", item, place, slot)
	}
	if slot {
		m.begin(item, *place.Job)
		return
	}
	item.entry = place.Entry
	m.enqueue(item)
}

func (m *model) offer(t *rapid.T) {
	item := m.newItem(t)
	slot, queued := m.bring(item)
	place, err := m.pool.Offer(item.id, item.order)
	var want error
	switch {
	case m.closed:
		want = ErrClosed
	case !slot && !queued:
		want = ErrFull
	}
	if !errors.Is(err, want) {
		t.Fatalf("offering %+v: %v, want %v", item, err, want)
	}
	if want == nil {
		m.brought(item, place, slot)
	}
}

func (m *model) push(t *rapid.T) {
	item := m.newItem(t)
	slot, queued := m.bring(item)
	ctx, cancel := context.WithCancelCause(context.Background())
	item.cancel, item.through = cancel, make(chan struct{})
	go func() {
		defer close(item.through)
		item.place, item.err = m.pool.Push(ctx, item.id, item.order)
	}()
	synctest.Wait()
	switch {
	case m.closed:
		m.refused(item, ErrClosed)
	case slot || queued:
		m.brought(item, m.comes(item), slot)
	default:
		m.pushers = append(m.pushers, item)
	}
}

// refused checks that a pusher has given up.
func (m *model) refused(item *modelItem, why error) {
	synctest.Wait()
	select {
	case <-item.through:
		if !errors.Is(item.err, why) {
			m.Fatalf("pushing %d: %v, want %v", item.id, item.err, why)
		}
	default:
		m.Fatalf("%d waits for room, want %v", item.id, why)
	}
}

func (m *model) giveUp(t *rapid.T) {
	if len(m.pushers) == 0 {
		t.Skip("nobody waits for room")
	}
	at := rapid.IntRange(0, len(m.pushers)-1).Draw(t, "pusher")
	item := m.pushers[at]
	m.pushers = slices.Delete(m.pushers, at, at+1)
	item.cancel(errImpatient)
	m.refused(item, errImpatient)
}

func (m *model) next(t *rapid.T) {
	if len(m.held) == 0 {
		t.Skip("nothing is done")
	}
	at := rapid.IntRange(0, len(m.held)-1).Draw(t, "job")
	done := m.held[at]
	m.held = slices.Delete(m.held, at, at+1)
	m.load[done.Worker.ID()].Active--
	best := m.best()
	job, ok := m.pool.Next(done)
	if ok != (best != nil) {
		t.Fatalf("after %d: %+v, %t, want %+v", done.Item, job, ok, best)
	}
	if best == nil {
		m.passBy()
		return
	}
	m.begin(best, job)
	m.leave(best)
}

func (m *model) kick(t *rapid.T) {
	m.pool.Kick()
	synctest.Wait()
	m.mu.Lock()
	jobs := m.jobs
	m.jobs = nil
	m.mu.Unlock()
	for m.free() && m.best() != nil {
		best := m.best()
		at := slices.IndexFunc(jobs, func(job Job[int]) bool { return job.Item == best.id })
		if at < 0 {
			t.Fatalf("%d was not started", best.id)
		}
		m.begin(best, jobs[at])
		jobs = slices.Delete(jobs, at, at+1)
		m.leave(best)
	}
	if len(jobs) > 0 {
		t.Fatalf("%+v were started, too", jobs)
	}
	m.passBy()
	m.owed = false
}

func (m *model) admit(t *rapid.T) {
	by := rapid.IntRange(1, 3).Draw(t, "room")
	m.gate.open(by)
	m.room += by
	m.owed = true
}

func (m *model) remove(t *rapid.T) {
	if len(m.waiting) == 0 {
		t.Skip("nothing waits")
	}
	item := rapid.SampledFrom(m.waiting).Draw(t, "item")
	if !m.pool.Remove(item.entry) {
		t.Fatalf("%d was not removed", item.id)
	}
	m.leave(item)
}

func (m *model) removeGone(t *rapid.T) {
	if len(m.gone) == 0 {
		t.Skip("nothing has left the queue")
	}
	if e := rapid.SampledFrom(m.gone).Draw(t, "item"); m.pool.Remove(e) {
		t.Fatalf("%d was removed, but had left", e.item)
	}
}

func (m *model) drain(t *rapid.T) {
	var want []int
	for _, item := range m.waiting {
		want = append(want, item.id)
		m.gone = append(m.gone, item.entry)
	}
	got := m.pool.Drain()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Fatalf("%d were drained, want %d", got, want)
	}
	m.waiting = nil
	m.refill()
}

func (m *model) end(*rapid.T) {
	m.pool.Close()
	m.closed = true
	for _, item := range m.pushers {
		m.refused(item, ErrClosed)
	}
	m.pushers = nil
}

// rarely does what would leave little to do for the other actions.
func (m *model) rarely(t *rapid.T, do func(*rapid.T)) {
	if rapid.IntRange(0, 9).Draw(t, "whether") > 0 {
		t.Skip("not this time")
	}
	do(t)
}

// check compares the pool with the model, and both with what Pool promises.
func (m *model) check(t *rapid.T) {
	synctest.Wait()
	want := Stats{
		Queued: len(m.waiting), Gated: m.gated(), Capacity: m.queue, Peak: m.peak,
		Active: len(m.held), Slots: m.workers * m.slots,
	}
	if got := m.pool.Stats(); got != want {
		t.Fatalf("%+v, want %+v", got, want)
	}
	for id, want := range m.load {
		if got := m.pool.Load(id); got != want || got.Active > m.slots {
			t.Fatalf("worker %d: %+v, want %+v", id, got, want)
		}
	}
	if got := m.gate.left(); got != m.room {
		t.Fatalf("there is room for %d behind the gate, want %d: Admit is asked once with yes for each", got, m.room)
	}
	for _, item := range m.pushers {
		select {
		case <-item.through:
			t.Fatalf("%d no longer waits for room: %+v, %v", item.id, item.place, item.err)
		default:
		}
	}
	if len(m.pushers) > 0 && want.Queued < m.queue {
		t.Fatalf("%d wait for room in a queue with %d of %d", len(m.pushers), want.Queued, m.queue)
	}
	if m.free() && (want.Queued > want.Gated || want.Gated > 0 && m.room > 0 && !m.owed) {
		t.Fatalf("a slot is free, and %+v", want)
	}
	if !m.pool.sound() {
		t.Fatal("the pool is not as its comment says")
	}
}

// sound says whether what is true whenever the pool is unlocked is true.
func (p *Pool[T]) sound() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	openPusher := false
	for e := p.pushers.Front(); e != nil; e = e.Next() {
		openPusher = openPusher || !e.Value.(*pusher[T]).entry.order.Gated
	}
	return (!p.free() || len(p.open) == 0 && !openPusher) &&
		(p.pushers.Len() == 0 || p.len() == p.cfg.Queue && !p.closed) &&
		p.active <= p.cfg.Workers*p.cfg.Slots
}

// TestModel compares the two after random actions. In a bubble, so that it can be told
// who waits for room.
func TestModel(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for range 10 { // as often as is quick: rapid's default is for slower tests
			// Wrapped, as rapid asks a testing.T for its deadline, which has none in a bubble.
			rapid.Check(struct{ rapid.TB }{t}, checkModel)
		}
	})
}

func checkModel(t *rapid.T) {
	m := newModel(t)
	defer func() { // also of one that has failed: nobody may be left waiting
		m.pool.Close()
		synctest.Wait()
	}()
	t.Repeat(map[string]func(*rapid.T){
		"":            m.check,
		"offer":       m.offer,
		"push":        m.push,
		"push too":    m.push, // more often, so that some wait
		"give up":     m.giveUp,
		"next":        m.next,
		"kick":        m.kick,
		"admit":       m.admit,
		"remove":      m.remove,
		"remove gone": m.removeGone,
		"drain":       func(t *rapid.T) { m.rarely(t, m.drain) },
		"close":       func(t *rapid.T) { m.rarely(t, m.end) },
	})
}
