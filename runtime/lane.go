package runtime

import (
	"context"
	"errors"
	"fmt"
	goruntime "runtime"
	"runtime/pprof"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/vivarium-go/vivarium/hostabi"
	"github.com/vivarium-go/vivarium/pool"
)

// lane is the road of one type of task: its queue, and the workers that take from it.
// Each type has its own, so that a backlog of one never delays the other.
type lane struct {
	kind    TaskType
	pool    *pool.Pool[*job]
	workers []*worker // by the number of the pool's worker

	accepted atomic.Uint64
	rejected atomic.Uint64 // because the queue was full
	started  atomic.Uint64
	finished atomic.Uint64 // rejected ones not counted
}

func (e *Engine) newLane(kind TaskType, workers, slots int) *lane {
	l := &lane{kind: kind}
	l.pool = pool.New(pool.Config[*job]{
		Queue: e.cfg.QueueSize, Workers: workers, Slots: slots,
		Admit: e.store.admit,
		Start: func(job pool.Job[*job]) { e.background.Go(func() { e.work(job) }) },
	})
	for id := range workers {
		l.workers = append(l.workers, newWorker(fmt.Sprintf("%s_worker_%d", kind, id), slots))
	}
	return l
}

// accept checks a task and brings it to a slot, or into the queue: then somebody ends it.
// If it has a slot, the caller does it. ctx bounds the wait for room.
func (e *Engine) accept(ctx context.Context, task Task, stored, patient bool) (*job, pool.Place[*job], error) {
	j, err := e.newJob(task, stored)
	if err != nil {
		return nil, pool.Place[*job]{}, invalidTask(err)
	}
	if stored {
		e.store.add(j) // before anybody can end it
	}
	place, err := e.place(ctx, j, patient)
	if err != nil {
		if stored {
			e.store.remove(j.id)
		}
		return nil, place, err
	}
	j.lane.accepted.Add(1)
	return j, place, nil
}

// place brings a job to a slot or into its queue. A full queue is tried as often, and for
// as long each time, as the configuration says, or as long as it takes.
func (e *Engine) place(ctx context.Context, j *job, patient bool) (pool.Place[*job], error) {
	lane, order := j.lane, pool.Order{Priority: j.task.Priority, Gated: j.stored}
	if j.total > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadlineCause(ctx, j.submitted.Add(j.total), j.tooLate())
		defer cancel()
	}
	place, err := lane.pool.Offer(j, order)
	patient = patient || e.cfg.QueueFullWait < 0
	for try := 0; errors.Is(err, pool.ErrFull) && (patient || try < e.cfg.QueueFullRetries); try++ {
		patience, cancel := ctx, context.CancelFunc(func() {})
		if !patient {
			patience, cancel = context.WithTimeoutCause(ctx, e.cfg.QueueFullWait, pool.ErrFull)
		}
		place, err = lane.pool.Push(patience, j, order)
		cancel()
	}
	switch {
	case err == nil:
		return place, nil
	case errors.Is(err, pool.ErrClosed):
		return place, ErrClosed
	case errors.Is(err, pool.ErrFull):
		lane.rejected.Add(1)
		return place, e.queueFull(lane)
	default:
		return place, fmt.Errorf("runtime: waiting for room in the queue: %w", err)
	}
}

// queueFull is the error of a task that is refused.
func (e *Engine) queueFull(l *lane) error {
	waitFor := "a worker; submit fewer at once, or raise Config.QueueSize"
	if s := e.store.stats(); s.refusing {
		waitFor = fmt.Sprintf("room for their results, %d of which nobody has fetched; fetch them, or raise Config.ResultStoreSize", s.unfetched)
	}
	return fmt.Errorf("%w: %d %s tasks wait for %s", ErrQueueFull, l.pool.Stats().Queued, l.kind, waitFor)
}

// work does a job, and those that come after it on its slot.
func (e *Engine) work(job pool.Job[*job]) {
	for more := true; more; {
		e.do(context.Background(), job)
		job, more = e.next(job)
		if more {
			goruntime.Gosched() // those go first who wait for the result
		}
	}
}

// next gives a slot back, once it is usable, and returns the next job for one.
func (e *Engine) next(done pool.Job[*job]) (pool.Job[*job], bool) {
	lane := done.Item.lane
	e.heal(lane.workers[done.Worker.ID()])
	return lane.pool.Next(done)
}

// goOn does what comes after a job, on another goroutine.
func (e *Engine) goOn(done pool.Job[*job]) {
	e.background.Go(func() {
		if job, ok := e.next(done); ok {
			e.work(job)
		}
	})
}

// doHere does a job for somebody who waits for it, and leaves what comes after it to
// another goroutine.
func (e *Engine) doHere(ctx context.Context, job pool.Job[*job]) {
	e.background.Add(1) // while the job is there, see Engine.background
	defer e.background.Done()
	e.do(ctx, job)
	lane := job.Item.lane
	if lane.workers[job.Worker.ID()].ill() {
		e.goOn(job)
		return
	}
	if job, ok := lane.pool.Next(job); ok {
		e.background.Go(func() { e.work(job) })
	}
}

// do runs a job to its end, and ends it.
func (e *Engine) do(ctx context.Context, job pool.Job[*job]) {
	j := job.Item
	j.lane.started.Add(1)
	j.events.started()
	var result *Result
	err := errGoexit
	defer func() {
		e.finish(j, result, err)
		if errors.Is(err, errGoexit) { // the goroutine ends here, so another one goes on
			e.goOn(job)
		}
	}()
	labels := pprof.Labels("vivarium_task", strconv.FormatUint(uint64(j.id), 10), "vivarium_type", j.lane.kind.String())
	pprof.Do(ctx, labels, func(context.Context) {
		result, err = e.perform(j, j.lane.workers[job.Worker.ID()])
	})
}

// errGoexit is the error of a task that did not get to an end.
var errGoexit = fmt.Errorf("%w: a callback of the task has ended its goroutine", ErrInstanceLost)

// perform runs a job, again if its instance is lost and the task says so.
func (e *Engine) perform(j *job, w *worker) (result *Result, err error) {
	if j.lane.kind == CPUBound {
		e.turns.Busy(1)
		defer e.turns.Busy(-1)
	}
	w.begin(j)
	defer w.end(j)
	if e.ctx.Err() != nil { // from now on it is known to the worker, and stopAll finds it there
		j.stop(ErrClosed, hostabi.StopCancelled)
	}
	for retries := 0; ; retries++ {
		x := e.newExecution(j)
		result, err = x.do()
		if result != nil {
			result.Usage.Retries = uint64(retries)
		}
		if !x.lost {
			return result, err
		}
		// A task that has ended, and whose instance broke down only after that, is not run again.
		ended := result != nil && !errors.Is(result.Err, ErrInstanceLost)
		again := !ended && retries < j.task.Retries && j.cause() == nil
		w.lose(time.Now(), again)
		if !again {
			return result, err
		}
		e.cfg.Logger.Warn("running a task again, whose interpreter broke down", "task", j.id, "retry", retries+1)
	}
}

// finish ends a job.
func (e *Engine) finish(j *job, result *Result, err error) {
	j.finish(result, err)
	j.lane.finished.Add(1)
	e.metrics.finished(j)
	if j.stored {
		e.store.finished(j.id)
	}
	close(j.done)
	j.events.finished()
	e.tasks.Done()
}
