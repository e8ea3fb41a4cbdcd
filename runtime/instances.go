package runtime

import (
	"fmt"

	"github.com/vivarium-go/vivarium/python"
)

// spareInstances are kept beyond two per core, for tasks that wait.
const spareInstances = 16

// instance returns a fresh instance that may have so much memory: an idle one, or a
// new one. take is asked for what the task then takes. An idle one that already has more
// than is allowed makes room.
func (e *Engine) instance(memory uint64, take func(n int64) bool) (*python.Instance, error) {
	if idle, ok := e.idle.Take(); ok {
		e.memory.idled(-1, e.instanceBytes())
		if idle.Limit(memory, take) == nil {
			return idle, nil
		}
		e.close(idle)
	}
	instance, err := e.makeInstance(memory)
	if err != nil {
		return nil, err
	}
	if err := instance.Limit(memory, take); err != nil {
		e.close(instance)
		return nil, err
	}
	return instance, nil
}

// instanceBytes is what an instance takes of the host's memory at least.
func (e *Engine) instanceBytes() int64 { return e.interpreter.PrivateBytes() + taskOverhead }

func (e *Engine) makeInstance(memory uint64) (*python.Instance, error) {
	instance, err := e.newInstance(e.ctx, memory)
	if err == nil {
		e.live.Add(1)
		e.made.Add(1)
	}
	return instance, err
}

func (e *Engine) close(instance *python.Instance) {
	e.live.Add(-1)
	if err := instance.Close(e.ctx); err != nil {
		e.cfg.Logger.Warn("closing an instance", "error", err)
	}
}

// keep lets the next task have an instance that is as good as new.
func (e *Engine) keep(instance *python.Instance) {
	if e.idle.Put(instance) {
		e.memory.idled(1, e.instanceBytes())
	} else {
		e.close(instance)
	}
}

// giveBack resets an instance and keeps it, or closes it: an instance that broke down is
// not trusted to be reset. It says how many pages the task had written to and how much
// memory it had used, in bytes.
func (e *Engine) giveBack(instance *python.Instance, sound bool) (dirtyPages int, peakBytes uint64, err error) {
	dirtyPages, peakBytes, err = instance.Reset()
	if err != nil {
		err = fmt.Errorf("resetting an instance, which is replaced: %w", err)
	}
	if err == nil && sound && !instance.Oversized() {
		e.keep(instance)
	} else {
		e.close(instance)
	}
	return dirtyPages, peakBytes, err
}

// addSpare makes an instance that is ready for the next task.
func (e *Engine) addSpare() error {
	spare, err := e.makeInstance(uint64(e.cfg.Limits.MemoryBytes))
	if err != nil {
		return err
	}
	e.keep(spare)
	return nil
}

// squeeze closes idle instances that take so much memory together, or all of them.
func (e *Engine) squeeze(bytes int64) {
	each := e.instanceBytes()
	e.closeIdle(e.idle.Oldest(int((bytes + each - 1) / each)))
}

func (e *Engine) closeIdle(instances []*python.Instance) {
	if len(instances) == 0 {
		return
	}
	e.memory.idled(-len(instances), e.instanceBytes()) // all at once, or each asked for the rest again
	for _, instance := range instances {
		e.close(instance)
	}
}
