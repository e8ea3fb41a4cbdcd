package runtime

import (
	"context"
	"fmt"

	"golang.org/x/sync/semaphore"
)

// hostMemory bounds the memory that all tasks of an engine hold together. It may be
// used by several goroutines.
type hostMemory struct {
	most  int64
	bytes *semaphore.Weighted
}

func newHostMemory(most int64) *hostMemory { return &hostMemory{most, semaphore.NewWeighted(most)} }

// shareStep is the granularity in which a task takes memory, so that it does not ask
// for every line it prints.
const shareStep = 64 * kib

// taskOverhead is what a task takes besides its instance's pages: goroutine, native
// stack, records. 1,000 sleeping tasks, measured by bench, take less.
const taskOverhead = 256 * kib

// share is one task's part of the host's memory. It belongs to the goroutine that runs
// the task.
type share struct {
	of      *hostMemory
	held    int64 // taken from the whole
	unused  int64 // of that, not given to the task yet
	private int64 // the most that an audit found
	refused bool  // the task asked for more than there was
}

// wait takes a task's first part, when there is so much: its overhead, and the bytes
// that every instance has for itself.
func (m *hostMemory) wait(ctx context.Context, private int64) (*share, error) {
	n := private + taskOverhead
	if n > m.most {
		return nil, fmt.Errorf("Config.MaxHostMemory is %d bytes, but a task takes at least %d; raise it", m.most, n)
	}
	if err := m.bytes.Acquire(ctx, n); err != nil {
		return nil, fmt.Errorf("waiting for memory: %w", err)
	}
	return &share{of: m, held: n, private: private}, nil
}

// take takes n more bytes, if there are so many now. Tasks that wait for their first
// part have what is left: an engine that is full admits nobody and gives nobody more.
func (s *share) take(n int64) bool {
	if n > s.unused {
		step := (n - s.unused + shareStep - 1) / shareStep * shareStep
		if !s.of.bytes.TryAcquire(step) {
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
func (s *share) drop() { s.of.bytes.Release(s.held) }
