package runtime

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/vivarium-go/vivarium/python"
)

// spareInstances are kept beyond two per core, for tasks that wait.
const spareInstances = 16

// idleInstances are reset and wait for a task; the one used last is used next, as
// its pages are warm. It may be used by several goroutines.
type idleInstances struct {
	most int // set before first use

	mu   sync.Mutex
	list []*python.Instance
}

func (i *idleInstances) pop() *python.Instance {
	i.mu.Lock()
	defer i.mu.Unlock()
	if len(i.list) == 0 {
		return nil
	}
	last := len(i.list) - 1
	instance := i.list[last]
	i.list[last] = nil
	i.list = i.list[:last]
	return instance
}

// push says whether there was room.
func (i *idleInstances) push(instance *python.Instance) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if len(i.list) >= i.most {
		return false
	}
	i.list = append(i.list, instance)
	return true
}

func (i *idleInstances) close(ctx context.Context) error {
	var errs []error
	for instance := i.pop(); instance != nil; instance = i.pop() {
		errs = append(errs, instance.Close(ctx))
	}
	return errors.Join(errs...)
}

// instance returns a fresh instance that may have so much memory: an idle one, or a
// new one. An idle one that already has more, or cannot have so much, makes room.
func (e *Engine) instance(memory uint64) (*python.Instance, error) {
	if idle := e.idle.pop(); idle != nil {
		if idle.Limit(memory) == nil {
			return idle, nil
		}
		if err := idle.Close(e.ctx); err != nil {
			e.cfg.Logger.Warn("closing an instance", "error", err)
		}
	}
	return e.interpreter.NewInstance(e.ctx, memory)
}

// giveBack resets an instance and keeps it, or closes it. It says how many pages the
// task had written to and how much memory it had used, in bytes.
func (e *Engine) giveBack(instance *python.Instance) (dirtyPages int, peakBytes uint64, err error) {
	dirtyPages, peakBytes, err = instance.Reset()
	if err == nil && e.idle.push(instance) {
		return dirtyPages, peakBytes, nil
	}
	if err != nil {
		err = fmt.Errorf("resetting an instance, which is replaced: %w", err)
	}
	return dirtyPages, peakBytes, errors.Join(err, instance.Close(e.ctx))
}
