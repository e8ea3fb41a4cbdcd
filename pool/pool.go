package pool

import (
	"container/heap"
	"container/list"
	"context"
	"errors"
	"sync"
)

// Errors of a Pool.
var (
	// ErrFull says that the queue has no room.
	ErrFull = errors.New("pool: the queue is full")
	// ErrClosed says that nothing more is accepted.
	ErrClosed = errors.New("pool: the pool is closed")
)

// Config is what a Pool is made with. All numbers are at least 1.
type Config[T any] struct {
	Queue   int // items that may wait
	Workers int
	Slots   int // of each worker: items it does at once

	// Admit says whether a gated item may be done now. A no is for all gated items: the
	// others are not asked for. When it has said no, Kick is to be called once it would say
	// yes. It is called with the pool locked, in the order in which items would be done,
	// and once with yes for each. nil admits all.
	Admit func(T) bool
	// Start does an item that got a slot by Kick, and then calls Next, until there is
	// none. It is called on a goroutine of its own.
	Start func(Job[T])
}

// Job is an item that has a slot. Whoever holds it does the item and then calls Next.
type Job[T any] struct {
	Item   T
	Worker *Worker
}

// Order says when an item is to be done.
type Order struct {
	Priority int  // the highest goes first; within one, who came first
	Gated    bool // only when Config.Admit allows it; those that are not gated pass it by
}

// Entry is an item's place in the queue.
type Entry[T any] struct {
	item    T
	order   Order
	arrival uint64
	index   int // in its heap, or notQueued
}

const notQueued = -1

// Pool is a bounded queue and the workers that take from it. It may be used by several
// goroutines.
//
// While a slot is free, all that waits, in the queue or for room in it, is gated and not
// admitted. A pusher waits only while the queue is full.
type Pool[T any] struct {
	cfg Config[T]

	mu      sync.Mutex // guards what follows, and the fields of all workers and entries
	byLoad  byLoad
	workers []*Worker
	active  int        // slots in use
	open    entries[T] // that need no admission
	gated   entries[T]
	arrived uint64
	pushers list.List // of *pusher[T]; who came first in front
	closed  bool
	peak    int
}

// pusher waits for room.
type pusher[T any] struct {
	entry *Entry[T]
	in    chan Place[T] // has room for one; closed when the pool is
}

// Place is where an item has come to: it has a slot, and whoever brought it does it; or
// it is queued.
type Place[T any] struct {
	Job   *Job[T]
	Entry *Entry[T]
}

// New makes a pool.
func New[T any](cfg Config[T]) *Pool[T] {
	if cfg.Queue < 1 || cfg.Workers < 1 || cfg.Slots < 1 {
		panic("pool: there must be room for an item, and a worker with a slot")
	}
	p := &Pool[T]{cfg: cfg}
	for id := range cfg.Workers {
		w := &Worker{id: id, slots: cfg.Slots, index: id}
		p.workers = append(p.workers, w)
		p.byLoad = append(p.byLoad, w)
	}
	return p
}

// Offer brings an item to a free slot, or into the queue; the error is ErrFull or
// ErrClosed.
func (p *Pool[T]) Offer(item T, order Order) (Place[T], error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return Place[T]{}, ErrClosed
	}
	e := &Entry[T]{item: item, order: order, index: notQueued}
	if place, ok := p.place(e); ok {
		return place, nil
	}
	return Place[T]{}, ErrFull
}

// Push is Offer for those who wait for room until ctx ends.
func (p *Pool[T]) Push(ctx context.Context, item T, order Order) (Place[T], error) {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return Place[T]{}, ErrClosed
	}
	e := &Entry[T]{item: item, order: order, index: notQueued}
	if place, ok := p.place(e); ok {
		p.mu.Unlock()
		return place, nil
	}
	w := &pusher[T]{e, make(chan Place[T], 1)}
	waiting := p.pushers.PushBack(w)
	p.mu.Unlock()
	select {
	case place, ok := <-w.in:
		return entered(place, ok)
	case <-ctx.Done():
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case place, ok := <-w.in: // at the last moment
		return entered(place, ok)
	default:
	}
	p.pushers.Remove(waiting)
	return Place[T]{}, context.Cause(ctx)
}

func entered[T any](place Place[T], ok bool) (Place[T], error) {
	if !ok {
		return place, ErrClosed
	}
	return place, nil
}

// place gives an entry a slot, or a place in the queue, if there is either.
func (p *Pool[T]) place(e *Entry[T]) (Place[T], bool) {
	if p.free() && !(e.order.Gated && len(p.gated) > 0) && p.admits(e) {
		return Place[T]{Job: p.assign(e)}, true
	}
	if p.len() >= p.cfg.Queue {
		return Place[T]{}, false
	}
	p.enqueue(e)
	return Place[T]{Entry: e}, true
}

func (p *Pool[T]) enqueue(e *Entry[T]) {
	p.arrived++
	e.arrival = p.arrived
	heap.Push(p.heapOf(e), e)
	p.peak = max(p.peak, p.len())
}

func (p *Pool[T]) heapOf(e *Entry[T]) *entries[T] {
	if e.order.Gated {
		return &p.gated
	}
	return &p.open
}

func (p *Pool[T]) len() int { return len(p.open) + len(p.gated) }

// free says whether there is a free slot.
func (p *Pool[T]) free() bool { return p.byLoad[0].active < p.byLoad[0].slots }

func (p *Pool[T]) admits(e *Entry[T]) bool {
	return !e.order.Gated || p.cfg.Admit == nil || p.cfg.Admit(e.item)
}

// assign gives an entry a slot of the least loaded worker, which must have one.
func (p *Pool[T]) assign(e *Entry[T]) *Job[T] {
	w := p.byLoad[0]
	w.total++ // before use, which finds it a place in the order
	p.use(w, 1)
	return &Job[T]{e.item, w}
}

// use takes a slot of a worker, or gives it back.
func (p *Pool[T]) use(w *Worker, by int) {
	w.active += by
	p.active += by
	heap.Fix(&p.byLoad, w.index)
}

// Next gives a job's slot back and returns the next job, if there is one. The caller
// then holds that.
func (p *Pool[T]) Next(done Job[T]) (next Job[T], ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if done.Worker.active == 0 {
		panic("pool: a slot was given back twice")
	}
	p.use(done.Worker, -1)
	if j := p.next(); j != nil {
		return *j, true
	}
	return next, false
}

// Kick does what waits and is admitted by now.
func (p *Pool[T]) Kick() {
	p.mu.Lock()
	var jobs []*Job[T]
	for j := p.next(); j != nil; j = p.next() {
		jobs = append(jobs, j)
	}
	p.mu.Unlock()
	for _, j := range jobs {
		go p.cfg.Start(*j)
	}
}

// next gives a free slot to the entry that is first, if there are both.
func (p *Pool[T]) next() *Job[T] {
	if !p.free() {
		return nil
	}
	e := p.first()
	if e == nil {
		p.passBy()
		return nil
	}
	heap.Remove(p.heapOf(e), e.index)
	job := p.assign(e)
	p.left()
	return job
}

// first returns the entry that is to be done next, nil if there is none.
func (p *Pool[T]) first() *Entry[T] {
	var open *Entry[T]
	if len(p.open) > 0 {
		open = p.open[0]
	}
	if len(p.gated) == 0 || open != nil && open.before(p.gated[0]) || !p.admits(p.gated[0]) {
		return open
	}
	return p.gated[0]
}

// passBy gives the free slot to the first open item of those that wait for room, when
// nothing in the queue is admitted. Whoever brought it does it.
func (p *Pool[T]) passBy() {
	for waiting := p.pushers.Front(); waiting != nil; waiting = waiting.Next() {
		if w := waiting.Value.(*pusher[T]); !w.entry.order.Gated {
			p.pushers.Remove(waiting)
			w.in <- Place[T]{Job: p.assign(w.entry)}
			return
		}
	}
}

// left lets those in that wait for room.
func (p *Pool[T]) left() {
	for waiting := p.pushers.Front(); waiting != nil && p.len() < p.cfg.Queue; waiting = p.pushers.Front() {
		p.pushers.Remove(waiting)
		w := waiting.Value.(*pusher[T])
		p.enqueue(w.entry)
		w.in <- Place[T]{Entry: w.entry}
	}
}

// Remove takes an entry out of the queue. It is false when the entry has left already:
// then somebody does it.
func (p *Pool[T]) Remove(e *Entry[T]) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if e.index == notQueued {
		return false
	}
	heap.Remove(p.heapOf(e), e.index)
	p.left()
	return true
}

// Close makes the pool refuse what comes, those that wait for room included. What is
// queued is still done. It is idempotent.
func (p *Pool[T]) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	p.closed = true
	for waiting := p.pushers.Front(); waiting != nil; waiting = p.pushers.Front() {
		p.pushers.Remove(waiting)
		close(waiting.Value.(*pusher[T]).in)
	}
}

// Drain takes everything out of the queue, in no particular order.
func (p *Pool[T]) Drain() []T {
	p.mu.Lock()
	defer p.mu.Unlock()
	var items []T
	for _, h := range []*entries[T]{&p.open, &p.gated} {
		for _, e := range *h {
			e.index = notQueued
			items = append(items, e.item)
		}
		*h = nil
	}
	p.left()
	return items
}

// Stats is how a pool is at a moment.
type Stats struct {
	Queued   int // items that wait
	Gated    int // of these, gated ones
	Capacity int // of the queue
	Peak     int // the most that ever waited
	Active   int // slots in use
	Slots    int // of all workers
}

// Stats returns how the pool is now.
func (p *Pool[T]) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	return Stats{
		Queued: p.len(), Gated: len(p.gated), Capacity: p.cfg.Queue, Peak: p.peak,
		Active: p.active, Slots: p.cfg.Workers * p.cfg.Slots,
	}
}

// entries is a heap of entries, the next one first.
type entries[T any] []*Entry[T]

// before says whether e is to be done before other.
func (e *Entry[T]) before(other *Entry[T]) bool {
	if e.order.Priority != other.order.Priority {
		return e.order.Priority > other.order.Priority
	}
	return e.arrival < other.arrival
}

func (h entries[T]) Len() int           { return len(h) }
func (h entries[T]) Less(i, j int) bool { return h[i].before(h[j]) }

func (h entries[T]) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

// Push implements heap.Interface.
func (h *entries[T]) Push(x any) {
	e := x.(*Entry[T])
	e.index = len(*h)
	*h = append(*h, e)
}

// Pop implements heap.Interface.
func (h *entries[T]) Pop() any {
	last := len(*h) - 1
	e := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	e.index = notQueued
	return e
}
