package runtime

import (
	"errors"
	"fmt"
	"time"

	"github.com/vivarium-go/vivarium/hostabi"
	"github.com/vivarium-go/vivarium/hostabi/wasi"
	"github.com/vivarium-go/vivarium/python"
)

// execution is one run of a job on an instance of its own. It belongs to the goroutine
// that runs it.
type execution struct {
	engine *Engine
	job    *job

	call           *hostabi.Call
	share          *share
	instance       *python.Instance
	full           bool // the script used up its memory
	refused        bool // it asked for more of the host's memory than there was
	starved        bool // that is why it was stopped
	lost           bool // the instance broke down, or there was none to be had
	stdout, stderr capture
}

func (e *Engine) newExecution(j *job) *execution {
	x := &execution{engine: e, job: j}
	limits, task := &j.limits, &j.task
	cfg := hostabi.CallConfig{
		Limits: hostabi.Limits{
			Fuel:          uint64(limits.Fuel),
			ResultBytes:   int(limits.ResultBytes),
			ErrorBytes:    errorBytes,
			LogBytes:      int(limits.LogBytes),
			LogRecords:    int(limits.LogRecords),
			MetricSeries:  int(limits.MetricSeries),
			MetricBytes:   metricBytes,
			ProgressBytes: progressBytes,
			CallBytes:     int(limits.CallBytes),
		},
		Grace:      j.grace,
		HostFuncs:  e.cfg.HostFuncs,
		Take:       x.take,
		Audit:      x.audit,
		Settle:     x.settle,
		OnLog:      j.events.log(task.OnLog),
		OnProgress: j.events.progress(task.OnProgress),
		OnMetric:   j.events.metric(task.OnMetric),
	}
	if task.Type == IOBound {
		cfg.Pace = e.turns
	}
	x.call = hostabi.NewCall(cfg)
	// Output that is cut off for lack of memory is nothing that the script asked for.
	keep := func(n int64) bool { return x.share.take(n) }
	x.stdout = capture{live: task.Stdout, limit: limits.OutputBytes, take: keep, outside: x.call.Outside}
	x.stderr = capture{live: task.Stderr, limit: limits.OutputBytes, take: keep, outside: x.call.Outside}
	x.call.SetInput(hostabi.InputParams, j.params)
	if j.env != nil {
		x.call.SetInput(hostabi.InputEnv, j.env)
	}
	return x
}

// do runs the task. The error says why it could not be run.
func (x *execution) do() (_ *Result, err error) {
	e, j := x.engine, x.job
	source, err := j.task.Script.load(&e.sources)
	if err != nil {
		return nil, invalidTask(err)
	}
	if x.share, err = e.memory.share(j.stopped, e.interpreter.PrivateBytes()); err != nil {
		return nil, x.notRun(err)
	}
	defer x.share.drop()
	files, err := wasi.New(wasi.Config{
		Stdin:        j.task.Stdin,
		Stdout:       &x.stdout,
		Stderr:       &x.stderr,
		Mounts:       j.task.mounts(),
		ScratchBytes: j.limits.ScratchBytes,
		MaxOpenFiles: int(j.limits.OpenFiles),
		Waiter:       x.call,
		Take:         x.take,
	})
	if err != nil {
		return nil, invalidTask(fmt.Errorf("Task.Mounts: %w", err))
	}
	// From here to the reset of the instance it computes: to make one takes a millisecond.
	x.call.Begin()
	defer x.call.Leave()
	defer x.abandon()
	// The instance is freed also when the task was stopped, so it lives in the engine's ctx.
	memory := uint64(j.limits.MemoryBytes)
	if x.instance, err = e.instance(memory, x.take); err != nil {
		x.lost = !errors.Is(err, python.ErrTooLittleMemory)
		return nil, errors.Join(x.notRun(err), files.Close())
	}
	x.refused = false // an instance that had grown, perhaps, in whose place there is another
	started := time.Now()
	outcome, ran, err := x.run(source, files, memory)
	finished := time.Now()
	x.share.drop() // the instance counts as idle from now on
	dirty, peak, closing := e.giveBack(x.instance, outcome.Kind != python.OutcomeDied)
	x.instance = nil
	x.lost = closing != nil || outcome.Kind == python.OutcomeDied
	closing = errors.Join(closing, files.Close())
	if !ran || err != nil {
		return nil, errors.Join(x.notRun(err), closing)
	}
	if closing != nil {
		e.cfg.Logger.Warn("closing an instance", "task", j.id, "error", closing)
	}
	abandoned := x.call.Abandoned()
	if abandoned > 0 {
		e.cfg.Logger.Warn("a host function did not return although its ctx has ended", "task", j.id)
	}
	x.full = peak+nearly > memory
	result := x.result(outcome)
	result.Usage = Usage{
		Queue:           started.Sub(j.submitted),
		Exec:            finished.Sub(started),
		Reset:           time.Since(finished),
		Fuel:            x.call.Fuel(),
		MemoryPeakBytes: peak,
		DirtyPages:      uint64(dirty),
		HostCalls:       x.call.HostCalls,
		AbandonedCalls:  abandoned,
		BytesIn:         x.call.BytesIn,
		BytesOut:        x.call.BytesOut,
	}
	return result, nil
}

// run runs the script on the instance, unless the job was stopped before.
func (x *execution) run(source []byte, files *wasi.System, memory uint64) (_ python.Outcome, ran bool, _ error) {
	j := x.job
	if !j.begin(x.call) {
		return python.Outcome{}, false, nil
	}
	defer j.end()
	if j.timeout >= 0 {
		timer := time.AfterFunc(j.timeout, func() { j.stop(timeout(j.timeout, ""), hostabi.StopTimeout) })
		defer timer.Stop()
	}
	outcome, err := x.instance.Run(x.engine.ctx, python.Script{Name: j.task.Script.name, Source: source}, x.call, files, memory)
	return outcome, true, err
}

// abandon closes an instance that was not given back, because the task's goroutine ends.
func (x *execution) abandon() {
	if x.instance != nil {
		x.engine.close(x.instance)
	}
}

// take asks for n more bytes of the host's memory.
func (x *execution) take(n int64) bool {
	ok := x.share.take(n)
	x.refused = x.refused || !ok
	return ok
}

// audit finds out what the task has taken without asking, and stops it if that is more
// than there is.
func (x *execution) audit() {
	private, err := x.instance.Private()
	if err == nil && !x.share.audit(private) {
		x.refused = true
		x.starved = x.starved || x.job.cause() == nil // else it is stopped for that
		x.call.Interrupt(hostabi.StopCancelled)
	}
}

// settle gives back what a task that waits does not need. The account keeps it: the task
// takes it again without asking.
func (x *execution) settle() {
	if err := x.instance.Settle(); err != nil {
		x.engine.cfg.Logger.Debug("could not give back the memory of a task that waits", "error", err)
	}
}

// notRun is the error of a task that did not get so far as to run.
func (x *execution) notRun(err error) error {
	switch cause := x.job.cause(); {
	case errors.Is(err, python.ErrTooLittleMemory):
		return invalidTask(fmt.Errorf("Limits.MemoryBytes: %w", err))
	case cause != nil:
		return notStarted(cause)
	default:
		return notStarted(err)
	}
}
