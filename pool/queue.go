package pool

import (
	"container/heap"
	"container/list"
	"context"
	"errors"
	"sync"
)

// Errors of a Queue.
var (
	// ErrFull says that a queue has no room.
	ErrFull = errors.New("pool: the queue is full")
	// ErrClosed says that a queue accepts nothing more, or has nothing left to give.
	ErrClosed = errors.New("pool: the queue is closed")
)

// Queue is a bounded queue with priorities: the highest goes first, and within one who
// came first. It may be used by several goroutines.
type Queue[T any] struct {
	capacity int

	mu      sync.Mutex // guards what follows, and the fields of all entries
	entries order[T]
	arrived uint64    // entries so far
	pushers list.List // of *waiting[T]: they wait for room
	poppers list.List // of chan *Entry[T]: they wait for an entry
	closed  bool
	counts  QueueCounts
}

// QueueCounts are totals since a queue was made.
type QueueCounts struct {
	Pushed   uint64 // accepted
	Popped   uint64
	Removed  uint64 // by Remove and Drain
	Rejected uint64 // refused because the queue was full, or given up while waiting
	Peak     int    // the most entries there ever were
}

// Entry is an item with its place in a queue.
type Entry[T any] struct {
	Item T

	priority int
	arrival  uint64
	index    int // in the heap; notQueued once it has left
}

const notQueued = -1

// waiting is an entry that found no room.
type waiting[T any] struct {
	entry *Entry[T]
	in    chan error // gets nil when it is in, or ErrClosed
}

// NewQueue makes a queue for so many entries, at least one.
func NewQueue[T any](capacity int) *Queue[T] {
	if capacity < 1 {
		panic("pool: a queue needs room for one entry")
	}
	return &Queue[T]{capacity: capacity}
}

// TryPush adds an item, or returns ErrFull or ErrClosed.
func (q *Queue[T]) TryPush(item T, priority int) (*Entry[T], error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.closed:
		return nil, ErrClosed
	case !q.room():
		q.counts.Rejected++
		return nil, ErrFull
	}
	e := &Entry[T]{Item: item, priority: priority}
	q.add(e)
	return e, nil
}

// Push adds an item, and waits for room until ctx ends.
func (q *Queue[T]) Push(ctx context.Context, item T, priority int) (*Entry[T], error) {
	e := &Entry[T]{Item: item, priority: priority, index: notQueued}
	q.mu.Lock()
	if q.closed || q.room() {
		defer q.mu.Unlock()
		if q.closed {
			return nil, ErrClosed
		}
		q.add(e)
		return e, nil
	}
	w := &waiting[T]{e, make(chan error, 1)}
	place := q.pushers.PushBack(w)
	q.mu.Unlock()
	select {
	case err := <-w.in:
		return entered(e, err)
	case <-ctx.Done():
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	select {
	case err := <-w.in: // at the last moment
		return entered(e, err)
	default:
	}
	q.pushers.Remove(place)
	q.counts.Rejected++
	return nil, context.Cause(ctx)
}

func entered[T any](e *Entry[T], err error) (*Entry[T], error) {
	if err != nil {
		return nil, err
	}
	return e, nil
}

// room says whether an entry may come in. Whoever waits comes first.
func (q *Queue[T]) room() bool { return len(q.entries) < q.capacity && q.pushers.Len() == 0 }

// add lets an entry in, or hands it to a popper that waits for one.
func (q *Queue[T]) add(e *Entry[T]) {
	q.counts.Pushed++
	q.arrived++
	e.arrival = q.arrived
	if first := q.poppers.Front(); first != nil {
		q.poppers.Remove(first)
		q.counts.Popped++
		e.index = notQueued
		first.Value.(chan *Entry[T]) <- e // has room for one
		return
	}
	heap.Push(&q.entries, e)
	q.counts.Peak = max(q.counts.Peak, len(q.entries))
}

// left lets the next one in that waits for room.
func (q *Queue[T]) left() {
	first := q.pushers.Front()
	if first == nil || len(q.entries) >= q.capacity {
		return
	}
	q.pushers.Remove(first)
	w := first.Value.(*waiting[T])
	q.add(w.entry)
	w.in <- nil // has room for one
}

// Pop takes the first entry, and waits for one until ctx ends. When the queue is closed
// and empty, the error is ErrClosed.
func (q *Queue[T]) Pop(ctx context.Context) (item T, err error) {
	q.mu.Lock()
	if len(q.entries) > 0 {
		defer q.mu.Unlock()
		return q.take().Item, nil
	}
	if q.closed {
		q.mu.Unlock()
		return item, ErrClosed
	}
	came := make(chan *Entry[T], 1)
	place := q.poppers.PushBack(came)
	q.mu.Unlock()
	select {
	case e, ok := <-came:
		return received(e, ok)
	case <-ctx.Done():
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	select {
	case e, ok := <-came: // at the last moment: it must not be lost
		return received(e, ok)
	default:
	}
	q.poppers.Remove(place)
	return item, context.Cause(ctx)
}

func received[T any](e *Entry[T], ok bool) (item T, err error) {
	if !ok {
		return item, ErrClosed
	}
	return e.Item, nil
}

func (q *Queue[T]) take() *Entry[T] {
	e := heap.Pop(&q.entries).(*Entry[T])
	q.counts.Popped++
	q.left()
	return e
}

// Remove takes an entry out of the queue. It is false when the entry has left already.
func (q *Queue[T]) Remove(e *Entry[T]) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if e.index == notQueued {
		return false
	}
	heap.Remove(&q.entries, e.index)
	q.counts.Removed++
	q.left()
	return true
}

// Close makes the queue refuse what comes, those that wait for room included. What is
// in it can still be popped. It is idempotent.
func (q *Queue[T]) Close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return
	}
	q.closed = true
	for first := q.pushers.Front(); first != nil; first = q.pushers.Front() {
		q.pushers.Remove(first)
		first.Value.(*waiting[T]).in <- ErrClosed
	}
	for first := q.poppers.Front(); first != nil; first = q.poppers.Front() {
		q.poppers.Remove(first) // there are some only while the queue is empty
		close(first.Value.(chan *Entry[T]))
	}
}

// Drain takes everything out of the queue, in its order.
func (q *Queue[T]) Drain() []T {
	q.mu.Lock()
	defer q.mu.Unlock()
	var items []T
	for len(q.entries) > 0 {
		items = append(items, heap.Pop(&q.entries).(*Entry[T]).Item)
		q.counts.Removed++
		q.left()
	}
	return items
}

// Len returns how many entries there are.
func (q *Queue[T]) Len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.entries)
}

// Cap returns for how many entries there is room.
func (q *Queue[T]) Cap() int { return q.capacity }

// Counts returns totals.
func (q *Queue[T]) Counts() QueueCounts {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.counts
}

// order is a heap of entries, the next one first.
type order[T any] []*Entry[T]

func (o order[T]) Len() int { return len(o) }

func (o order[T]) Less(i, j int) bool {
	if o[i].priority != o[j].priority {
		return o[i].priority > o[j].priority
	}
	return o[i].arrival < o[j].arrival
}

func (o order[T]) Swap(i, j int) {
	o[i], o[j] = o[j], o[i]
	o[i].index, o[j].index = i, j
}

// Push implements heap.Interface.
func (o *order[T]) Push(x any) {
	e := x.(*Entry[T])
	e.index = len(*o)
	*o = append(*o, e)
}

// Pop implements heap.Interface.
func (o *order[T]) Pop() any {
	last := len(*o) - 1
	e := (*o)[last]
	(*o)[last] = nil
	*o = (*o)[:last]
	e.index = notQueued
	return e
}
