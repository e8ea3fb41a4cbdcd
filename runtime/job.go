package runtime

import (
	"cmp"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vivarium-go/vivarium/hostabi"
	"github.com/vivarium-go/vivarium/pool"
)

// job is a task that was accepted, until it has ended. It ends exactly once: whoever
// takes it out of its queue, or has a slot for it, ends it.
type job struct {
	id        TaskID
	task      Task
	params    []byte // JSON
	env       []byte // JSON, nil if there is none
	limits    Limits
	grace     time.Duration
	timeout   time.Duration // from start to soft stop; negative is none
	total     time.Duration // from submission to soft stop; not positive is none
	submitted time.Time
	lane      *lane
	stored    bool      // its result is for the store
	events    *eventLog // nil unless stored

	done   chan struct{} // closed when result and err are set
	result *Result
	err    error // why the task could not be run

	slot    atomic.Pointer[pool.Job[*job]] // that Submit found; whoever takes it out does the job
	stopped chan struct{}                  // closed when the job is to end

	mu    sync.Mutex // guards what follows, and the closing of stopped
	why   error      // it is to end
	entry *pool.Entry[*job]
	call  *hostabi.Call // of the execution that is running
	over  bool          // it has ended
	timer *time.Timer   // of total
}

// newJob checks a task and fills in what it leaves open.
func (e *Engine) newJob(task Task, stored bool) (*job, error) {
	if err := task.validate(); err != nil {
		return nil, err
	}
	if stored { // who waits for the result is told soon enough
		if err := task.Script.check(); err != nil {
			return nil, err
		}
	}
	limits := task.Limits.merge(e.cfg.Limits)
	params, err := encodeParams(task.Params, limits.ResultBytes, stored)
	if err != nil {
		return nil, err
	}
	j := &job{
		id:        TaskID(e.lastID.Add(1)),
		task:      task,
		params:    params,
		limits:    limits,
		grace:     max(cmp.Or(task.Grace, e.cfg.Grace), 0),
		timeout:   cmp.Or(task.Timeout, e.cfg.Timeout),
		total:     cmp.Or(task.TotalTimeout, e.cfg.TotalTimeout),
		submitted: time.Now(),
		lane:      e.lanes[task.Type],
		stored:    stored,
		done:      make(chan struct{}),
		stopped:   make(chan struct{}),
	}
	j.task.Params = nil // it is encoded, and may be large
	if len(task.Env) > 0 {
		if j.env, err = encodeJSON(task.Env); err != nil {
			return nil, fmt.Errorf("Task.Env: %w", err)
		}
	}
	if stored {
		j.events = newEventLog()
	}
	return j, nil
}

// stopJob makes a job end: a waiting one is taken out of its queue, a running one is
// interrupted, and stopped after its grace period. The first reason counts.
func (e *Engine) stopJob(j *job, why error, reason hostabi.StopReason) {
	entry := j.stop(why, reason)
	if entry != nil && j.lane.pool.Remove(entry) {
		e.finish(j, nil, notStarted(why))
	}
}

// stop is the part that concerns the job itself. It returns the place in the queue that
// the job has, or had.
func (j *job) stop(why error, reason hostabi.StopReason) *pool.Entry[*job] {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.over || j.why != nil {
		return nil
	}
	j.why = why
	close(j.stopped)
	if j.call != nil {
		j.call.Interrupt(reason)
	}
	return j.entry
}

// queued notes the place in the queue. It returns why the job was stopped meanwhile, nil if
// it was not.
func (j *job) queued(entry *pool.Entry[*job]) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entry = entry
	return j.why
}

// begin notes that a call starts; false if the job was stopped before.
func (j *job) begin(call *hostabi.Call) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.why != nil {
		return false
	}
	j.call = call
	return true
}

// end notes that the call has ended.
func (j *job) end() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.call = nil
}

// limitOfTime returns the limit of a job that was stopped by a time-out.
func (j *job) limitOfTime() string {
	var limit *LimitError
	if errors.As(j.cause(), &limit) {
		return limit.Limit
	}
	return ""
}

// running returns the call that runs, nil if there is none.
func (j *job) running() *hostabi.Call {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.call
}

// cause returns why the job was stopped, nil if it was not.
func (j *job) cause() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.why
}

// expire stops the job when its total time is over.
func (e *Engine) expire(j *job) {
	if j.total <= 0 {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.over {
		j.timer = time.AfterFunc(time.Until(j.submitted.Add(j.total)), func() {
			e.stopJob(j, j.tooLate(), hostabi.StopTimeout)
		})
	}
}

// tooLate is why a job whose total time is over ends.
func (j *job) tooLate() error { return timeout(j.total, " since the task was submitted") }

// finish ends the job itself.
func (j *job) finish(result *Result, err error) {
	j.mu.Lock()
	j.over = true
	if j.timer != nil {
		j.timer.Stop()
	}
	j.mu.Unlock()
	j.result, j.err = result, err
	// The result may be kept for long. What it was made of need not.
	j.params, j.env, j.task = nil, nil, Task{Labels: j.task.Labels}
}

// outcome returns how a job ended, as a result whatever happened.
func (j *job) outcome() *Result {
	if j.result == nil {
		return &Result{ID: j.id, Labels: j.task.Labels, Err: j.err}
	}
	return j.result
}
