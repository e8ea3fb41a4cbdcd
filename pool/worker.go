package pool

// Worker is one of a pool's workers: a group of slots.
type Worker struct {
	id    int
	slots int

	// Guarded by the pool's mutex.
	active int
	total  uint64
	index  int // in the heap
}

// ID returns the worker's number, from 0.
func (w *Worker) ID() int { return w.id }

// Load is what a worker has to do.
type Load struct {
	Active int    // slots in use
	Total  uint64 // items so far
}

// Load returns what the worker of that number has to do.
func (p *Pool[T]) Load(id int) Load {
	p.mu.Lock()
	defer p.mu.Unlock()
	return Load{p.workers[id].active, p.workers[id].total}
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
