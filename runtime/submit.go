package runtime

import (
	"context"

	"github.com/vivarium-go/vivarium/hostabi"
)

// Submit accepts a task to be run when there is a worker for it, and returns its id, for
// Result. ctx bounds only the wait for room in the queue.
//
// A full queue is tried again as Config.QueueFullRetries and QueueFullWait say; then the
// error is ErrQueueFull.
func (e *Engine) Submit(ctx context.Context, task Task) (TaskID, error) {
	if err := e.enter(ctx); err != nil {
		return 0, err
	}
	j, place, err := e.accept(ctx, task, true, false)
	if err != nil {
		e.tasks.Done()
		return 0, err
	}
	id := j.id
	e.expire(j)
	if place.Job != nil {
		j.slot.Store(place.Job)
		e.background.Go(func() {
			if job := j.slot.Swap(nil); job != nil {
				e.work(*job)
			}
		})
	} else if why := j.queued(place.Entry); why != nil && j.lane.pool.Remove(place.Entry) {
		e.finish(j, nil, notStarted(why))
	}
	return id, nil
}

// Result waits for a submitted task and returns how it ended. A task that could not be
// run has that error in Result.Err. The error is ErrUnknownTask, ErrResultExpired,
// ErrResultEvicted, or ctx's.
func (e *Engine) Result(ctx context.Context, id TaskID) (*Result, error) {
	j, err := e.find(id)
	if err != nil {
		return nil, err
	}
	if ctx.Done() == nil {
		// Nobody has begun yet, and the caller has to wait anyway: on its goroutine the task
		// need not go to another core, whose caches are cold.
		if job := j.slot.Swap(nil); job != nil {
			e.doHere(ctx, *job)
		}
	}
	select {
	case <-j.done:
		return e.fetched(j), nil
	default:
	}
	select {
	case <-j.done:
		return e.fetched(j), nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// TryResult is Result without waiting: the error is ErrNotFinished for a task that has
// not ended yet.
func (e *Engine) TryResult(id TaskID) (*Result, error) {
	j, err := e.find(id)
	if err != nil {
		return nil, err
	}
	select {
	case <-j.done:
		return e.fetched(j), nil
	default:
		return nil, ErrNotFinished
	}
}

// find returns a submitted task, or why there is none.
func (e *Engine) find(id TaskID) (*job, error) {
	j, room, err := e.store.find(id)
	if room {
		e.kick()
	}
	return j, err
}

func (e *Engine) fetched(j *job) *Result {
	if e.store.fetch(j.id) {
		e.kick()
	}
	return j.outcome()
}

// kick lets those run that waited for room in the store.
func (e *Engine) kick() {
	for _, l := range e.lanes {
		l.pool.Kick()
	}
}

// Cancel ends a submitted task: one that waits for a worker is not run, one that runs
// is interrupted, and stopped after its grace period. Its result says so, ErrCancelled.
// One that has ended is left alone.
func (e *Engine) Cancel(id TaskID) error {
	j, err := e.find(id)
	if err != nil {
		return err
	}
	e.stopJob(j, ErrCancelled, hostabi.StopCancelled)
	return nil
}
