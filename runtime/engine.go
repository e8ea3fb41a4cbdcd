package runtime

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vivarium-go/vivarium/hostabi"
	"github.com/vivarium-go/vivarium/hostabi/wasi"
	"github.com/vivarium-go/vivarium/modules"
	"github.com/vivarium-go/vivarium/python"
)

// Engine runs tasks. It may be used by several goroutines; whoever made it closes
// it.
type Engine struct {
	cfg         Config
	code        *modules.Compiled
	interpreter *python.Interpreter
	idle        idleInstances
	memory      *hostMemory
	lastID      atomic.Uint64

	// ctx is the life of all tasks: its end stops them.
	ctx  context.Context
	stop context.CancelFunc

	mu     sync.Mutex // guards closed, and so that no task starts after tasks.Wait
	closed bool
	tasks  sync.WaitGroup
}

// New makes an engine that is ready to run tasks. ctx bounds only the start.
func New(ctx context.Context, cfg Config) (*Engine, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, fmt.Errorf("runtime: %w", err)
	}
	boot, err := newBoot(cfg)
	if err != nil {
		return nil, fmt.Errorf("runtime: %w", err)
	}
	code, interpreter, err := boot.interpreter(ctx)
	if err != nil {
		return nil, fmt.Errorf("runtime: %w", err)
	}
	e := &Engine{cfg: cfg, code: code, interpreter: interpreter, memory: newHostMemory(cfg.MaxHostMemory)}
	e.idle.most = 2*availableCores() + spareInstances
	e.ctx, e.stop = context.WithCancel(context.Background())
	e.addSpare()
	return e, nil
}

// Close stops the running tasks, softly until ctx ends, and frees everything. It is
// idempotent, and returns when nothing runs any more.
func (e *Engine) Close(ctx context.Context) error {
	e.mu.Lock()
	first := !e.closed
	e.closed = true
	e.mu.Unlock()
	done := make(chan struct{})
	go func() {
		e.tasks.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
		e.stop()
		<-done // every task ends within its grace period
	}
	e.stop()
	if !first {
		return nil
	}
	ctx = context.WithoutCancel(ctx)
	err := e.idle.close(ctx)
	e.interpreter.Close()
	return errors.Join(err, e.code.Close(ctx))
}

// enter counts a task in, unless the engine is closed.
func (e *Engine) enter() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return ErrClosed
	}
	e.tasks.Add(1)
	return nil
}

// Run runs a task to its end. Its error says why the task could not be run; how the
// script ended is in Result.Err. When ctx ends, the script is interrupted, and after
// its grace period stopped.
func (e *Engine) Run(ctx context.Context, task Task) (*Result, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.tasks.Done()
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("runtime: the task was not started: %w", context.Cause(ctx))
	}
	run, err := e.prepare(task)
	if err != nil {
		return nil, &invalidTask{err}
	}
	return run.do(ctx)
}

// execution is one task on its way through an instance.
type execution struct {
	engine *Engine
	id     TaskID
	task   Task
	limits Limits
	grace  time.Duration
	time   time.Duration // until the soft interrupt; negative is none

	script         python.Script
	call           *hostabi.Call
	share          *share
	instance       *python.Instance
	full           bool // the script used up its memory
	stdout, stderr capture
}

// prepare checks a task and fills in what it leaves open.
func (e *Engine) prepare(task Task) (*execution, error) {
	if err := task.validate(); err != nil {
		return nil, err
	}
	name, source, err := task.Script.load()
	if err != nil {
		return nil, err
	}
	limits := task.Limits.merge(e.cfg.Limits)
	params, err := encodeParams(task.Params, limits.ResultBytes)
	if err != nil {
		return nil, err
	}
	x := &execution{
		engine: e,
		id:     TaskID(e.lastID.Add(1)),
		task:   task,
		limits: limits,
		grace:  max(cmp.Or(task.Grace, e.cfg.Grace), 0),
		time:   cmp.Or(task.Timeout, e.cfg.Timeout),
		script: python.Script{Name: name, Source: source},
	}
	x.stdout = capture{live: task.Stdout, limit: limits.OutputBytes, take: x.take}
	x.stderr = capture{live: task.Stderr, limit: limits.OutputBytes, take: x.take}
	x.call = hostabi.NewCall(hostabi.CallConfig{
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
		Grace:      x.grace,
		HostFuncs:  e.cfg.HostFuncs,
		Take:       x.take,
		Audit:      x.audit,
		OnLog:      task.OnLog,
		OnProgress: task.OnProgress,
	})
	x.call.SetInput(hostabi.InputParams, params)
	if len(task.Env) > 0 {
		env, err := encodeJSON(task.Env)
		if err != nil {
			return nil, fmt.Errorf("Task.Env: %w", err)
		}
		x.call.SetInput(hostabi.InputEnv, env)
	}
	return x, nil
}

// do runs the task on an instance of its own.
func (x *execution) do(ctx context.Context) (_ *Result, err error) {
	queued := time.Now()
	if x.share, err = x.engine.memory.share(ctx, x.engine.ctx, x.engine.interpreter.PrivateBytes()); err != nil {
		return nil, fmt.Errorf("runtime: the task was not started: %w", err)
	}
	defer x.share.drop()
	files, err := wasi.New(wasi.Config{
		Stdin:        x.task.Stdin,
		Stdout:       &x.stdout,
		Stderr:       &x.stderr,
		Mounts:       x.task.mounts(),
		ScratchBytes: x.limits.ScratchBytes,
		MaxOpenFiles: int(x.limits.OpenFiles),
		Waiter:       x.call,
		Take:         x.take,
	})
	if err != nil {
		return nil, &invalidTask{fmt.Errorf("Task.Mounts: %w", err)}
	}
	// The instance is freed also when ctx has ended, so it lives in the engine's.
	if x.instance, err = x.engine.instance(uint64(x.limits.MemoryBytes), x.take); err != nil {
		return nil, errors.Join(notRun(err), files.Close())
	}
	x.share.refused = false // an instance that had grown, perhaps, in whose place there is another
	started := time.Now()
	disarm := x.arm(ctx)
	outcome, err := x.instance.Run(x.engine.ctx, x.script, x.call, files, uint64(x.limits.MemoryBytes))
	disarm()
	finished := time.Now()
	dirty, peak, closing := x.engine.giveBack(x.instance)
	closing = errors.Join(closing, files.Close())
	if err != nil {
		return nil, errors.Join(notRun(err), closing)
	}
	if closing != nil {
		x.engine.cfg.Logger.Warn("closing an instance", "task", x.id, "error", closing)
	}
	abandoned := x.call.Abandoned()
	if abandoned > 0 {
		x.engine.cfg.Logger.Warn("a host function did not return although its ctx has ended", "task", x.id)
	}
	x.full = peak+nearly > uint64(x.limits.MemoryBytes)
	result := x.result(ctx, outcome)
	result.Usage = Usage{
		Queue:           started.Sub(queued),
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

// take asks for n more bytes of the host's memory.
func (x *execution) take(n int64) bool { return x.share.take(n) }

// audit finds out what the task has taken without asking, and stops it if that is more
// than there is.
func (x *execution) audit() {
	private, err := x.instance.Private()
	if err == nil && !x.share.audit(private) {
		x.call.Interrupt(hostabi.StopCancelled)
	}
}

// notRun is the error of a task that did not get so far as to run.
func notRun(err error) error {
	if errors.Is(err, python.ErrTooLittleMemory) {
		return &invalidTask{fmt.Errorf("Limits.MemoryBytes: %w", err)}
	}
	return fmt.Errorf("runtime: %w", err)
}

// arm makes the deadline, the caller's context and the engine's end interrupt the
// call; disarm undoes it.
func (x *execution) arm(ctx context.Context) (disarm func()) {
	cancelled := func() { x.call.Interrupt(hostabi.StopCancelled) }
	offCaller := context.AfterFunc(ctx, cancelled)
	offEngine := context.AfterFunc(x.engine.ctx, cancelled)
	var timer *time.Timer
	if x.time >= 0 {
		timer = time.AfterFunc(x.time, func() { x.call.Interrupt(hostabi.StopTimeout) })
	}
	return func() {
		offCaller()
		offEngine()
		if timer != nil {
			timer.Stop()
		}
	}
}

// result turns the outcome and the call's record into what the caller gets.
func (x *execution) result(ctx context.Context, outcome python.Outcome) *Result {
	c := x.call
	return &Result{
		ID:             x.id,
		Labels:         x.task.Labels,
		Value:          c.Result,
		Err:            x.verdict(ctx, outcome),
		Stdout:         x.stdout.kept,
		StdoutCut:      x.stdout.cut,
		Stderr:         x.stderr.kept,
		StderrCut:      x.stderr.cut,
		Logs:           c.Logs,
		LogsDropped:    c.Dropped.LogRecords,
		Metrics:        c.Metrics,
		MetricsDropped: c.Dropped.Metrics,
		Progress:       c.Progress,
	}
}

// verdict is Result.Err. A stop that reached the script counts whatever the script
// made of it: one that swallows the interrupt and returns a value still took too long.
func (x *execution) verdict(ctx context.Context, outcome python.Outcome) error {
	script, code := parseScriptError(x.call.Error)
	if outcome.Kind == python.OutcomeOK {
		script = nil
	}
	hard := outcome.Kind == python.OutcomeStopped
	memory, outOfMemory := x.memoryVerdict(script, hard)
	switch x.call.Interrupted() {
	case hostabi.StopTimeout:
		return &LimitError{Kind: LimitTime, Limit: timeLimit(x.time), Hard: hard, Stopped: script}
	case hostabi.StopFuel:
		return &LimitError{Kind: LimitFuel, Limit: limitOf(x.limits.Fuel, "units"), Hard: hard, Stopped: script}
	case hostabi.StopCancelled:
		cause := context.Cause(ctx)
		if cause == nil && x.share.refused {
			return memory
		}
		if cause == nil {
			cause = ErrClosed
		}
		return &cancelledError{cause: cause, stopped: script}
	}
	switch outcome.Kind {
	case python.OutcomeOK:
		return nil
	case python.OutcomeExit:
		return exitError(code)
	case python.OutcomeExited:
		return exitError(int(outcome.ExitCode & 0xff))
	case python.OutcomeRaised:
		if outOfMemory {
			return memory
		}
		if script == nil {
			return &ScriptError{Type: "Exception", Message: "the script raised an exception it kept from being described"}
		}
		if x.call.Dropped.Results > 0 && x.call.Result == nil {
			return &LimitError{Kind: LimitResult, Limit: limitOf(x.limits.ResultBytes, "bytes"), Stopped: script}
		}
		return script
	case python.OutcomeTooDeep:
		return &LimitError{Kind: LimitStack, Limit: nativeStack, Hard: true}
	default:
		if x.full {
			return memory // there was none left even to say so
		}
		return fmt.Errorf("%w: %w", ErrInstanceLost, outcome.Err)
	}
}

// nearly is how close to its limit, in bytes, a script's memory is when it is full.
const nearly = 256 * kib

// memoryVerdict returns the error of a task that ran out of memory, and whether that is
// what an exception means: a MemoryError, or what CPython makes of one while there is no
// memory to do it well.
func (x *execution) memoryVerdict(script *ScriptError, hard bool) (_ *LimitError, is bool) {
	limit := limitOf(x.limits.MemoryBytes, "bytes")
	if x.share.refused {
		limit = "all tasks together, Config.MaxHostMemory, " + limitOf(x.engine.cfg.MaxHostMemory, "bytes")
	}
	switch {
	case script == nil:
		is = x.full || x.share.refused
	case script.Type == "MemoryError":
		is = true
	case script.Type == "SystemError":
		is = x.full
	}
	return &LimitError{Kind: LimitMemory, Limit: limit, Hard: hard, Stopped: script}, is
}

func exitError(code int) error {
	if code == 0 {
		return nil
	}
	return &ExitError{Code: code}
}

// parseScriptError reads the guest's structured error; nil if there is none. What
// a hostile guest makes up is at worst a wrong error of its own.
func parseScriptError(raw []byte) (*ScriptError, int) {
	var report struct {
		Type      string  `json:"type"`
		Message   string  `json:"message"`
		Frames    []Frame `json:"frames"`
		Traceback string  `json:"traceback"`
		ExitCode  int     `json:"exit_code"`
	}
	if readable := raw != nil && decodeJSON(raw, &report) == nil; !readable {
		return nil, 1
	}
	return &ScriptError{Type: report.Type, Message: report.Message, Frames: report.Frames, traceback: report.Traceback}, report.ExitCode & 0xff
}

func firstLine(text string) string {
	line, rest, found := strings.Cut(text, "\n")
	if found && rest != "" {
		return line + " …"
	}
	return line
}
