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
// new one. take is asked for what the task then takes. An idle one that already has more
// than is allowed makes room.
func (e *Engine) instance(memory uint64, take func(n int64) bool) (*python.Instance, error) {
	if idle := e.idle.pop(); idle != nil {
		if idle.Limit(memory, take) == nil {
			return idle, nil
		}
		e.close(idle)
	}
	instance, err := e.interpreter.NewInstance(e.ctx, memory)
	if err != nil {
		return nil, err
	}
	if err := instance.Limit(memory, take); err != nil {
		return nil, errors.Join(err, instance.Close(e.ctx))
	}
	return instance, nil
}

func (e *Engine) close(instance *python.Instance) {
	if err := instance.Close(e.ctx); err != nil {
		e.cfg.Logger.Warn("closing an instance", "error", err)
	}
}

// giveBack resets an instance and keeps it, or closes it. It says how many pages the
// task had written to and how much memory it had used, in bytes.
//
// An instance that cannot be reset is replaced at once, so that the next task does not
// wait for a new one.
func (e *Engine) giveBack(instance *python.Instance) (dirtyPages int, peakBytes uint64, err error) {
	dirtyPages, peakBytes, err = instance.Reset()
	if err == nil && !instance.Oversized() && e.idle.push(instance) {
		return dirtyPages, peakBytes, nil
	}
	e.close(instance)
	if err != nil {
		err = fmt.Errorf("resetting an instance, which is replaced: %w", err)
		e.addSpare()
	}
	return dirtyPages, peakBytes, err
}

// addSpare makes an instance that is ready for the next task.
func (e *Engine) addSpare() {
	spare, err := e.interpreter.NewInstance(e.ctx, uint64(e.cfg.Limits.MemoryBytes))
	if err != nil {
		e.cfg.Logger.Warn("making a spare instance", "error", err)
		return
	}
	if !e.idle.push(spare) {
		e.close(spare)
	}
}
