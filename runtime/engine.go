package runtime

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vivarium-go/vivarium/hostabi"
	"github.com/vivarium-go/vivarium/modules"
	"github.com/vivarium-go/vivarium/pool"
	"github.com/vivarium-go/vivarium/python"
)

// Engine runs tasks. It may be used by several goroutines; whoever made it closes
// it.
type Engine struct {
	cfg         Config
	code        *modules.Compiled
	interpreter *python.Interpreter
	newInstance func(ctx context.Context, maxMemory uint64) (*python.Instance, error)
	idle        pool.Idle[*python.Instance]
	live        atomic.Int64  // instances there are
	made        atomic.Uint64 // instances, ever
	memory      *hostMemory
	sources     sourceCache
	turns       *pool.Turns
	lanes       [2]*lane // by TaskType
	store       *resultStore
	health      *healthChecks
	metrics     *metrics
	lastID      atomic.Uint64
	started     time.Time

	// ctx is the life of all tasks: once it has ended none is started any more.
	ctx    context.Context
	cancel context.CancelCauseFunc

	mu         sync.Mutex // guards closed, and so that no task is accepted after tasks.Wait
	closed     bool
	closing    chan struct{}  // closed with it
	freed      chan struct{}  // closed when Close has freed everything
	endHouse   func()         // ends keepHouse and keepChecking
	tasks      sync.WaitGroup // accepted, not ended
	background sync.WaitGroup // goroutines of the engine's own; one is added only while a task, or another one, is there
}

// New makes an engine that is ready to run tasks. ctx bounds only the start. The error is
// ErrInvalidConfig if cfg is the reason, and ErrCacheMiss if Config.CacheReadOnly is.
func New(ctx context.Context, cfg Config) (*Engine, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, invalidConfig(err)
	}
	boot, err := newBoot(cfg)
	if err != nil {
		return nil, err
	}
	code, interpreter, err := boot.interpreter(ctx)
	if err != nil {
		if errors.Is(err, ErrCacheMiss) {
			return nil, err
		}
		return nil, fmt.Errorf("runtime: %w", err)
	}
	e := &Engine{
		cfg: cfg, code: code, interpreter: interpreter, newInstance: interpreter.NewInstance,
		turns:   pool.NewTurns(availableCores(), max(availableCores()/2, 1)),
		store:   newResultStore(cfg.ResultStoreSize, cfg.MaxHostMemory/4, cfg.ResultTTL),
		started: time.Now(),
		closing: make(chan struct{}),
		freed:   make(chan struct{}),
	}
	e.memory = newHostMemory(cfg.MaxHostMemory, e.squeeze)
	if least := e.instanceBytes(); cfg.MaxHostMemory < least {
		interpreter.Close()
		return nil, errors.Join(invalidConfig(fmt.Errorf("MaxHostMemory is %d, but a task takes at least %d; raise it", cfg.MaxHostMemory, least)), code.Close(ctx))
	}
	e.ctx, e.cancel = context.WithCancelCause(context.Background())
	e.lanes = [...]*lane{
		CPUBound: e.newLane(CPUBound, cfg.CPUWorkers, cfg.CPUSlots),
		IOBound:  e.newLane(IOBound, cfg.IOWorkers, cfg.IOSlots),
	}
	e.health = newHealthChecks(e.components(boot))
	over := make(chan struct{})
	e.endHouse = sync.OnceFunc(func() { close(over) })
	e.background.Go(func() { e.keepHouse(over) })
	e.background.Go(func() { e.keepChecking(over) })
	if e.metrics, err = newMetrics(e); err != nil {
		return nil, errors.Join(invalidConfig(err), e.Close(ctx))
	}
	if err := e.addSpare(); err != nil {
		cfg.Logger.Warn("making a spare instance", "error", err)
	}
	return e, nil
}

// Close accepts no more tasks, waits until ctx ends for those that were accepted, then
// stops them, softly and after their grace period hard, and frees everything. Each accepted
// task has its result, which can still be fetched. Close is idempotent, and returns when
// nothing runs any more: so a callback of a task, or a host function, must not call it.
func (e *Engine) Close(ctx context.Context) error {
	first := e.refuse()
	ended := make(chan struct{})
	go func() {
		e.tasks.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-ctx.Done():
		e.stopAll()
		<-ended // every task ends within its grace period
	}
	e.endHouse()
	e.background.Wait()
	if !first {
		<-e.freed
		return nil
	}
	defer close(e.freed)
	e.metrics.unregister()
	e.closeIdle(e.idle.Close())
	e.cancel(ErrClosed)
	e.interpreter.Close()
	return e.code.Close(context.WithoutCancel(ctx))
}

// refuse accepts no more tasks. It says whether it was the first to do so.
func (e *Engine) refuse() bool {
	e.mu.Lock()
	first := !e.closed
	e.closed = true
	if first {
		close(e.closing)
	}
	e.mu.Unlock()
	for _, l := range e.lanes {
		l.pool.Close()
	}
	e.store.lift()
	e.kick()
	return first
}

// stopAll ends all tasks: those that wait, and those that run.
func (e *Engine) stopAll() {
	e.cancel(ErrClosed)
	for _, l := range e.lanes {
		for _, j := range l.pool.Drain() {
			j.stop(ErrClosed, hostabi.StopCancelled)
			e.finish(j, nil, notStarted(ErrClosed))
		}
		for _, w := range l.workers {
			for _, j := range w.jobs() {
				e.stopJob(j, ErrClosed, hostabi.StopCancelled)
			}
		}
	}
}

// enter counts a task in, unless the engine is closed, or the caller does not want it any
// more.
func (e *Engine) enter(ctx context.Context) error {
	if ctx.Err() != nil {
		return notStarted(context.Cause(ctx))
	}
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
// its grace period stopped. A full queue is treated as by Submit.
func (e *Engine) Run(ctx context.Context, task Task) (*Result, error) {
	return e.run(ctx, task, false)
}

// run runs a task on the caller's goroutine, if there is a slot for it. A patient caller
// waits for room in the queue as long as it takes.
func (e *Engine) run(ctx context.Context, task Task, patient bool) (*Result, error) {
	if err := e.enter(ctx); err != nil {
		return nil, err
	}
	j, place, err := e.accept(ctx, task, false, patient)
	if err != nil {
		e.tasks.Done()
		return nil, err
	}
	e.expire(j)
	if ctx.Done() != nil {
		defer context.AfterFunc(ctx, func() { e.stopJob(j, context.Cause(ctx), hostabi.StopCancelled) })()
	}
	if place.Job != nil {
		e.doHere(ctx, *place.Job)
	} else {
		if why := j.queued(place.Entry); why != nil && j.lane.pool.Remove(place.Entry) {
			e.finish(j, nil, notStarted(why))
		}
		<-j.done
	}
	return j.result, j.err
}

// keepHouse gives up what nobody has used for a while, until it is over.
func (e *Engine) keepHouse(over <-chan struct{}) {
	sweeps := time.NewTicker(sweepEvery)
	defer sweeps.Stop()
	moved := false
	for {
		select {
		case now := <-sweeps.C:
			if !moved && e.lastID.Load() >= busyTasks {
				moved = true
				e.useHugePages()
			}
			e.closeIdle(e.idle.Surplus(e.cfg.IdleInstances, idleTimeout))
			if e.store.sweep(now) {
				e.kick()
			}
		case <-over:
			return
		}
	}
}

// busyTasks is after how many tasks the machine code is moved to huge pages: it takes as long
// as 500 small ones, and each is 7 % faster then, so whoever has run so many will have it back.
const busyTasks = 5000

func (e *Engine) useHugePages() {
	began := time.Now()
	bytes, err := modules.UseHugePages()
	e.cfg.Logger.Debug("moved machine code to huge pages", "bytes", bytes, "took", time.Since(began), "error", err)
}

// keepChecking checks the health of all components now and then, and once more when it is
// over, for those who look at a closed engine.
func (e *Engine) keepChecking(over <-chan struct{}) {
	if e.cfg.HealthCheckInterval < 0 {
		return
	}
	checks := time.NewTicker(e.cfg.HealthCheckInterval)
	defer checks.Stop()
	for {
		select {
		case now := <-checks.C:
			e.health.check(now)
		case <-over:
			e.health.check(time.Now())
			return
		}
	}
}

const (
	sweepEvery  = time.Second
	idleTimeout = 30 * time.Second // of instances beyond Config.IdleInstances
)
