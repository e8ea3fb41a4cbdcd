package runtime

import (
	"container/list"
	"context"
	"fmt"
	"sync"
)

// hostMemory bounds the memory that all tasks of an engine hold together. It may be
// used by several goroutines.
//
// New tasks are let in up to an eighth below the bound: the rest is for running ones to
// grow into. Otherwise an engine with more tasks than memory would always be so full
// that those it runs fail. (golang.org/x/sync/semaphore has one bound, and refuses
// everybody while somebody waits.)
type hostMemory struct {
	most  int64
	admit int64

	mu      sync.Mutex
	used    int64
	waiting list.List // of *admission, first come, first served
}

// admission is a task that waits for its first part.
type admission struct {
	bytes int64
	in    chan struct{} // closed when it has it
}

func newHostMemory(most int64) *hostMemory { return &hostMemory{most: most, admit: most - most/8} }

// enter takes a task's first part, when there is so much. It gives up when ctx ends, or
// the engine, whose context is life.
func (m *hostMemory) enter(ctx, life context.Context, n int64) error {
	if n > m.most {
		return fmt.Errorf("Config.MaxHostMemory is %d bytes, but a task takes at least %d; raise it", m.most, n)
	}
	a := &admission{n, make(chan struct{})}
	m.mu.Lock()
	place := m.waiting.PushBack(a)
	m.letIn()
	m.mu.Unlock()
	select {
	case <-a.in:
		return nil
	default:
	}
	select {
	case <-a.in:
		return nil
	case <-ctx.Done():
	case <-life.Done():
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	select {
	case <-a.in: // at the last moment
		m.used -= n
	default:
		m.waiting.Remove(place)
	}
	m.letIn()
	why := context.Cause(ctx)
	if why == nil {
		why = ErrClosed
	}
	return fmt.Errorf("waiting for memory: %w", why)
}

// letIn lets those in that wait, as far as there is room. One task alone may always run.
func (m *hostMemory) letIn() {
	for first := m.waiting.Front(); first != nil; first = m.waiting.Front() {
		a := first.Value.(*admission)
		if m.used+a.bytes > m.admit && m.used > 0 {
			return
		}
		m.used += a.bytes
		m.waiting.Remove(first)
		close(a.in)
	}
}

// take takes more for a running task, if there is so much.
func (m *hostMemory) take(n int64) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if n > m.most-m.used {
		return false
	}
	m.used += n
	return true
}

func (m *hostMemory) give(n int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.used -= n
	m.letIn()
}

// shareStep is the granularity in which a task takes memory, so that it does not ask
// for every line it prints.
const shareStep = 64 * kib

// taskOverhead is what a task takes besides its instance's pages: wazero's tables and
// native stack, goroutine, records. BenchmarkSleepers measures 0.4 MiB.
const taskOverhead = 512 * kib

// share is one task's part of the host's memory. It belongs to the goroutine that runs
// the task.
type share struct {
	of      *hostMemory
	held    int64 // taken from the whole
	unused  int64 // of that, not given to the task yet
	private int64 // the most that an audit found
	refused bool  // the task asked for more than there was
}

// share takes a task's first part, when there is so much: its overhead, and the bytes
// that every instance has for itself.
func (m *hostMemory) share(ctx, life context.Context, private int64) (*share, error) {
	n := private + taskOverhead
	if err := m.enter(ctx, life, n); err != nil {
		return nil, err
	}
	return &share{of: m, held: n, private: private}, nil
}

// take takes n more bytes, if there are so many now.
func (s *share) take(n int64) bool {
	if n > s.unused {
		step := (n - s.unused + shareStep - 1) / shareStep * shareStep
		if !s.of.take(step) {
			s.refused = true
			return false
		}
		s.held += step
		s.unused += step
	}
	s.unused -= n
	return true
}

// audit takes what the task has taken without asking: pages of the image that it wrote
// to. private is how many bytes they have now.
func (s *share) audit(private int64) bool {
	more := private - s.private
	if more <= 0 {
		return true
	}
	if !s.take(more) {
		return false
	}
	s.private = private
	return true
}

// drop gives everything back.
func (s *share) drop() { s.of.give(s.held) }
