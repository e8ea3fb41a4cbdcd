package pool

import (
	"container/heap"
	"container/list"
	"context"
	"sync"
)

// Workers is a fixed set of workers, each with a number of slots. It may be used by
// several goroutines.
type Workers struct {
	mu      sync.Mutex // guards what follows, and the fields of all workers
	byLoad  byLoad
	all     []*Worker
	waiting list.List // of chan *Worker, who came first in front
	active  int
}

// Worker is one of Workers.
type Worker struct {
	id    int
	slots int

	active int
	total  uint64 // jobs so far
	index  int    // in the heap
}

// ID returns the worker's number, from 0.
func (w *Worker) ID() int { return w.id }

// WorkerLoad is what a worker has to do.
type WorkerLoad struct {
	ID     int
	Slots  int
	Active int    // slots in use
	Total  uint64 // jobs so far
}

// NewWorkers makes so many workers, with so many slots each.
func NewWorkers(count, slots int) *Workers {
	if count < 1 || slots < 1 {
		panic("pool: there must be a worker, with a slot")
	}
	p := &Workers{}
	for id := range count {
		w := &Worker{id: id, slots: slots, index: id}
		p.all = append(p.all, w)
		p.byLoad = append(p.byLoad, w)
	}
	return p
}

// Acquire takes a slot of the least loaded worker, and waits for one until ctx ends.
// Whoever gets one releases it.
func (p *Workers) Acquire(ctx context.Context) (*Worker, error) {
	p.mu.Lock()
	if w := p.byLoad[0]; w.active < w.slots {
		p.use(w, 1)
		p.mu.Unlock()
		return w, nil
	}
	free := make(chan *Worker, 1)
	place := p.waiting.PushBack(free)
	p.mu.Unlock()
	select {
	case w := <-free:
		return w, nil
	case <-ctx.Done():
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case w := <-free: // at the last moment
		return w, nil
	default:
	}
	p.waiting.Remove(place)
	return nil, context.Cause(ctx)
}

// Release gives a slot back.
func (p *Workers) Release(w *Worker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if w.active == 0 {
		panic("pool: a slot was released twice")
	}
	if first := p.waiting.Front(); first != nil {
		p.waiting.Remove(first)
		p.use(w, -1)
		p.use(w, 1)
		first.Value.(chan *Worker) <- w // has room for one
		return
	}
	p.use(w, -1)
}

// use takes a slot of a worker, or gives it back.
func (p *Workers) use(w *Worker, by int) {
	w.active += by
	p.active += by
	if by > 0 {
		w.total++
	}
	heap.Fix(&p.byLoad, w.index)
}

// Active returns how many slots are in use.
func (p *Workers) Active() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.active
}

// Loads returns every worker's load, by its number.
func (p *Workers) Loads() []WorkerLoad {
	p.mu.Lock()
	defer p.mu.Unlock()
	loads := make([]WorkerLoad, len(p.all))
	for i, w := range p.all {
		loads[i] = WorkerLoad{w.id, w.slots, w.active, w.total}
	}
	return loads
}

// byLoad is a heap of workers, the least loaded first; among equals the one that has
// done least, so that all take part.
type byLoad []*Worker

func (b byLoad) Len() int { return len(b) }

func (b byLoad) Less(i, j int) bool {
	if b[i].active != b[j].active {
		return b[i].active < b[j].active
	}
	return b[i].total < b[j].total
}

func (b byLoad) Swap(i, j int) {
	b[i], b[j] = b[j], b[i]
	b[i].index, b[j].index = i, j
}

// Push and Pop are heap.Interface's; the set of workers never changes.
func (b byLoad) Push(any) { panic("pool: workers are never added") }
func (b byLoad) Pop() any { panic("pool: workers are never removed") }
