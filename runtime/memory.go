package runtime

import (
	"container/list"
	"errors"
	"sync"
)

// hostMemory bounds the memory that all tasks of an engine hold together. It may be
// used by several goroutines.
//
// New tasks are let in up to an eighth below the bound: the rest is for running ones to
// grow into. Otherwise an engine with more tasks than memory would always be so full
// that those it runs fail. (golang.org/x/sync/semaphore has one bound, and refuses
// everybody while somebody waits.)
//
// What idle instances hold counts as well, but keeps nobody out: they are closed when
// their memory is needed.
type hostMemory struct {
	most    int64
	admit   int64
	squeeze func(bytes int64) // closes idle instances; called without mu

	mu      sync.Mutex
	used    int64
	idle    int64     // of idle instances, not in used
	waiting list.List // of *admission, first come, first served
}

// admission is a task that waits for its first part.
type admission struct {
	bytes int64
	in    chan struct{} // closed when it has it
}

func newHostMemory(most int64, squeeze func(bytes int64)) *hostMemory {
	return &hostMemory{most: most, admit: most - most/8, squeeze: squeeze}
}

// unlock ends what changed used or idle.
func (m *hostMemory) unlock() {
	over := min(m.used+m.idle-m.most, m.idle)
	m.mu.Unlock()
	if over > 0 {
		m.squeeze(over)
	}
}

// idled says that so many instances more, or less, of n bytes each are idle.
func (m *hostMemory) idled(count int, n int64) {
	m.mu.Lock()
	m.idle += int64(count) * n
	m.unlock()
}

// usedBytes returns what tasks and idle instances hold.
func (m *hostMemory) usedBytes() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.used + m.idle
}

// errNotAdmitted says that a task was stopped while it waited for memory.
var errNotAdmitted = errors.New("stopped while waiting for memory")

// enter takes a task's first part, when there is so much. It gives up when the task is
// stopped.
func (m *hostMemory) enter(stopped <-chan struct{}, n int64) error {
	a := &admission{n, make(chan struct{})}
	m.mu.Lock()
	place := m.waiting.PushBack(a)
	m.letIn()
	m.unlock()
	select {
	case <-a.in:
		return nil
	default:
	}
	select {
	case <-a.in:
		return nil
	case <-stopped:
	}
	m.mu.Lock()
	defer m.unlock()
	select {
	case <-a.in: // at the last moment
		m.used -= n
	default:
		m.waiting.Remove(place)
	}
	m.letIn()
	return errNotAdmitted
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
	defer m.unlock()
	if n > m.most-m.used {
		return false
	}
	m.used += n
	return true
}

func (m *hostMemory) give(n int64) {
	m.mu.Lock()
	defer m.unlock()
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
}

// share takes a task's first part, when there is so much: its overhead, and the bytes
// that every instance has for itself.
func (m *hostMemory) share(stopped <-chan struct{}, private int64) (*share, error) {
	n := private + taskOverhead
	if err := m.enter(stopped, n); err != nil {
		return nil, err
	}
	return &share{of: m, held: n, private: private}, nil
}

// take takes n more bytes, if there are so many now.
func (s *share) take(n int64) bool {
	if n > s.unused {
		step := (n - s.unused + shareStep - 1) / shareStep * shareStep
		if !s.of.take(step) {
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

// drop gives everything back. It is idempotent.
func (s *share) drop() {
	s.of.give(s.held)
	s.held, s.unused = 0, 0
}
