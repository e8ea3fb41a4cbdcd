package hostabi

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tetratelabs/wazero/api"

	"github.com/vivarium-go/vivarium/hostabi/wasi"
)

// ErrStopped is what a hard stop unwinds the guest with. It surfaces, wrapped, as
// the error of the wasm call.
var ErrStopped = errors.New("hostabi: call stopped")

// HostFunc is a function of the host that scripts call by name. arg and the reply
// are JSON. It runs on a goroutine of its own with a copy of the argument; ctx
// ends with the call, and a reply that comes later is dropped.
type HostFunc func(ctx context.Context, arg []byte) ([]byte, error)

// CallConfig is what a call starts with.
type CallConfig struct {
	Inputs    [inputCount][]byte // nil: the guest finds no such input
	Limits    Limits
	Grace     time.Duration // from a soft interrupt to the hard stop
	HostFuncs map[string]HostFunc

	// Take is asked before the host keeps n more bytes for the call; false refuses. It
	// is called on the goroutine that runs the guest. nil allows everything.
	Take func(n int64) bool
	// Audit is called regularly, and once the guest has waited for a millisecond and waits on, on
	// the goroutine that runs it: the moment to measure what the guest has taken without
	// asking. nil is allowed.
	Audit func()
	// Settle is called on the goroutine that runs the guest, when the guest has waited for a
	// tenth of a second and waits on: the moment to give back what it will not need before it
	// is woken up. nil is allowed.
	Settle func()

	// Pace shares the cores with other guests. nil shares them as goroutines do.
	Pace Pace

	// OnLog, OnProgress and OnMetric are called on the goroutine that runs the guest; nil
	// is allowed. OnMetric gets the series as it is after a report.
	OnLog      func(LogRecord)
	OnProgress func(Progress)
	OnMetric   func(Metric)
}

// Pace says when a guest may compute. Its methods are called on the goroutine that runs
// the guest: Begin before it computes, Yield at every tick, End when it waits or is done.
type Pace interface {
	Begin()
	Yield()
	End()
}

// Call is the record of one call into a guest: what it is given, what it hands
// over, and whether it must stop. The goroutine that runs the guest owns it;
// Interrupt and Stop may be called from any goroutine.
type Call struct {
	cfg CallConfig

	// Handed over by the guest; read them once the wasm call has returned.
	Result   []byte // JSON, checked; nil if none was set
	Error    []byte // JSON of a structured error, checked; nil if none was set
	Logs     []LogRecord
	Metrics  []*Metric // in order of first report
	Progress Progress
	Dropped  Dropped

	HostCalls uint64 // host functions called
	BytesIn   uint64 // bytes the guest read from the host
	BytesOut  uint64 // bytes the guest handed to the host

	ticks     int
	replies   highWater // argument and reply of a host function, dropped before the next one's
	results   highWater
	hosting   []<-chan struct{} // one for each host function that was left; closed when it returns
	compiling bool              // only the script's name and source may be read
	logBytes  int
	series    map[string]*Metric
	reply     []byte // of the last host function
	fuel      fuelMeter
	preamble  uint64 // fuel that is used before the script begins, or more

	computing bool          // the call has what Pace.Begin gives
	pulse     atomic.Uint64 // see Pulse

	// A soft interrupt is asked for by any goroutine and delivered once, by the
	// guest's goroutine, at its next tick or wait.
	soft      chan struct{} // closed by Interrupt
	hard      chan struct{} // closed by Stop
	delivered bool

	mu     sync.Mutex // guards what follows, and the closing of soft and hard
	reason StopReason
	hardly bool // hard is closed
	ended  bool // End was called
	grace  *time.Timer
}

// NewCall returns a record for one call. Its owner must call End.
func NewCall(cfg CallConfig) *Call {
	return &Call{cfg: cfg, soft: make(chan struct{}), hard: make(chan struct{})}
}

// SetInput gives the guest an input that was not known when the call was made.
func (c *Call) SetInput(kind Input, data []byte) { c.cfg.Inputs[kind] = data }

// Compiling says whether the guest compiles the script: then it can read the
// script's name and source, and nothing else enters.
func (c *Call) Compiling(on bool) { c.compiling = on }

// Interrupt asks the guest to stop softly: it raises a Python exception at its
// next tick or wait, and is stopped hard when the grace period has passed. Only the
// first reason counts; after End it does nothing.
func (c *Call) Interrupt(reason StopReason) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended || c.reason != StopNone {
		return
	}
	c.reason = reason
	close(c.soft)
	c.grace = time.AfterFunc(c.cfg.Grace, c.Stop)
}

// Stop unwinds the guest at its next tick or wait, whatever it does.
func (c *Call) Stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended || c.hardly {
		return
	}
	c.hardly = true
	close(c.hard)
}

// Begin waits until the guest may compute. The goroutine that runs the guest calls it
// before, and Leave when nothing is left to be computed. While the guest waits it is left,
// too.
func (c *Call) Begin() {
	if c.cfg.Pace != nil {
		c.pulse.Add(1)
		c.cfg.Pace.Begin()
		c.pulse.Add(1)
		c.computing = true
	}
}

// Leave ends what Begin began, unless an unwound wait has done so already.
func (c *Call) Leave() {
	if c.computing {
		c.computing = false
		c.cfg.Pace.End()
	}
}

// Pulse says whether the guest computes, in distinction to waiting for something, and a
// number that changes whenever it ticks or waits. It may be called from any goroutine: a
// guest that computes with the same pulse for long is stuck.
func (c *Call) Pulse() (pulse uint64, computes bool) {
	pulse = c.pulse.Load()
	return pulse, pulse%2 == 0
}

// End closes the record for Interrupt and Stop, and ends the count of fuel. It is
// idempotent, and for the goroutine that ran the guest.
func (c *Call) End() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	c.fuel.end()
	if c.grace != nil {
		c.grace.Stop()
	}
}

// Interrupted returns the reason of the soft interrupt that reached the guest, or
// of the hard stop that followed it; StopNone if neither did.
func (c *Call) Interrupted() StopReason {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.delivered && !c.hardly {
		return StopNone
	}
	return c.reason
}

// Fuel returns the fuel used since StartFuel.
func (c *Call) Fuel() uint64 { return c.fuel.used() }

// StartFuel begins to count, and to limit, the fuel of global, the guest's
// vivarium_fuel. Until so much of it is used as preamble says the guest is not
// interrupted: the script has not begun, and the guest would have nobody to tell.
func (c *Call) StartFuel(global api.MutableGlobal, preamble uint64) {
	c.preamble = preamble
	c.fuel.start(global, c.cfg.Limits.Fuel)
}

// Asked says whether an interrupt was asked for. Then it counts as delivered: the owner
// does not start the guest any more.
func (c *Call) Asked() bool { return c.deliver() != StopNone }

// tick is the guest's regular visit: it unwinds, interrupts, or lets others run.
func (c *Call) tick() StopReason {
	if c.fuel.refill() {
		c.Interrupt(StopFuel)
	}
	if c.ticks++; c.ticks%auditTicks == 0 {
		c.audit()
	}
	if reason := c.look(c.fuel.used() >= c.preamble); reason != StopNone {
		return reason
	}
	c.pulse.Add(1)
	if c.computing {
		c.cfg.Pace.Yield()
	} else {
		runtime.Gosched()
	}
	c.pulse.Add(1)
	return StopNone
}

// look is the part of a tick that looks for a stop. Other host functions end with it, as
// they take time, but no fuel: a guest that does little else ticks seldom. begun says that
// the script can be interrupted, if it is not being compiled.
func (c *Call) look(begun bool) StopReason {
	select {
	case <-c.hard:
		panic(ErrStopped)
	default:
	}
	if begun && !c.compiling {
		return c.deliver()
	}
	return StopNone
}

// auditTicks is how many ticks there are between two audits, some 50 ms.
const auditTicks = 256

func (c *Call) audit() {
	if c.cfg.Audit != nil {
		c.cfg.Audit()
	}
}

// take asks for n more bytes on the host.
func (c *Call) take(n int) bool { return c.cfg.Take == nil || n <= 0 || c.cfg.Take(int64(n)) }

// highWater is the most bytes that something ever was which is replaced again and again.
// Nothing is given back before the call ends, so only what is beyond is asked for.
type highWater int

func (h *highWater) rise(c *Call, n int) bool {
	if !c.take(n - int(*h)) {
		return false
	}
	*h = max(*h, highWater(n))
	return true
}

// deliver returns the reason of a soft interrupt that the guest has not seen yet.
func (c *Call) deliver() StopReason {
	if c.delivered {
		return StopNone
	}
	select {
	case <-c.soft:
	default:
		return StopNone
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.delivered = true
	return c.reason
}

// Wait parks the guest until ready is closed (fired is true), d has passed (a
// negative d never does, a d of 0 only looks), or an interrupt comes: then the guest's
// handler is armed and the error is wasi.ErrInterrupted. A hard stop unwinds.
func (c *Call) Wait(ctx context.Context, mod api.Module, d time.Duration, ready <-chan struct{}) (fired bool, err error) {
	select {
	case <-c.hard:
		panic(ErrStopped)
	default:
	}
	// A look between pieces of work may come before the script has begun.
	if early := d == 0 && (c.compiling || c.fuel.used() < c.preamble); !early {
		if reason := c.deliver(); reason != StopNone {
			return false, c.arm(ctx, mod, reason)
		}
	}
	if d == 0 {
		select {
		case <-ready:
			return true, nil
		default:
			return false, nil
		}
	}
	c.Leave()
	c.pulse.Add(1)
	fired, err = c.park(ctx, mod, d, ready)
	c.pulse.Add(1)
	c.Begin()
	return fired, err
}

// chore is what is done once while the guest waits, if it waits for so long. In a short wait
// nothing is worth its time: to audit takes as long as many a host function, to settle twice that
// and to take again what was given back once more.
type chore struct {
	after time.Duration
	do    func()
}

// park is the part of Wait that waits.
func (c *Call) park(ctx context.Context, mod api.Module, d time.Duration, ready <-chan struct{}) (fired bool, err error) {
	began := time.Now()
	soft := c.soft
	if c.delivered {
		soft = nil // the grace period may be waited through
	}
	for chores := []chore{{time.Millisecond, c.cfg.Audit}, {100 * time.Millisecond, c.cfg.Settle}}; ; chores = chores[1:] {
		for len(chores) > 0 && chores[0].do == nil {
			chores = chores[1:]
		}
		next := d
		busy := len(chores) > 0 && (d < 0 || chores[0].after < d)
		if busy {
			next = chores[0].after
		}
		var timeout <-chan time.Time
		if next >= 0 {
			timeout = time.After(next - time.Since(began))
		}
		select {
		case <-ready:
			return true, nil
		case <-timeout:
			if !busy {
				return false, nil
			}
			chores[0].do()
		case <-c.hard:
			panic(ErrStopped)
		case <-soft:
			return false, c.arm(ctx, mod, c.deliver())
		}
	}
}

// abandonedAfter is how long a host function may take to heed the end of its context.
const abandonedAfter = 10 * time.Millisecond

// Abandoned counts the host functions that still run, although their context has ended.
// It waits a moment for those that are about to return.
func (c *Call) Abandoned() (n uint64) {
	if len(c.hosting) == 0 {
		return 0
	}
	moment := time.NewTimer(abandonedAfter)
	defer moment.Stop()
	late := moment.C
	for _, returned := range c.hosting {
		select {
		case <-returned:
			continue
		default:
		}
		select {
		case <-returned:
		case <-late:
			late = closedTime
			n++
		}
	}
	return n
}

// closedTime is a timer that has run out.
var closedTime = func() <-chan time.Time {
	c := make(chan time.Time)
	close(c)
	return c
}()

// arm makes the guest raise when the host function that waited returns.
func (c *Call) arm(ctx context.Context, mod api.Module, reason StopReason) error {
	if interrupt := mod.ExportedFunction(ExportInterrupt); interrupt != nil {
		if _, err := interrupt.Call(ctx, uint64(reason)); err != nil {
			panic(err) // the guest is broken: unwind it with its own error
		}
	}
	return wasi.ErrInterrupted
}

// errNoReply is the error of a host function that calls runtime.Goexit.
var errNoReply = errors.New("the host function ended without a reply")

// hear makes an error its text, as Error is a function of the host, too, and may panic.
func hear(data []byte, err error) ([]byte, error) {
	if err == nil {
		return data, nil
	}
	return nil, errors.New(err.Error())
}

// Outside calls a function of the host's on the goroutine that runs the guest, which does
// not compute meanwhile.
func (c *Call) Outside(f func()) {
	if c.computing {
		c.Leave()
		defer c.Begin()
	}
	f()
}

// callHost runs a host function on a goroutine of its own and waits for it.
func (c *Call) callHost(ctx context.Context, mod api.Module, fn HostFunc, arg []byte) ([]byte, error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel() // also when Wait unwinds: the function is abandoned
	type reply struct {
		data []byte
		err  error
	}
	replies := make(chan reply, 1) // a late reply is dropped with the channel
	ready := make(chan struct{})
	go func() {
		defer close(ready)
		var r reply
		defer func() {
			if p := recover(); p != nil {
				r = reply{err: panicError{p}}
			}
			replies <- r
		}()
		r.err = errNoReply // of a function that ends its goroutine
		r.data, r.err = hear(fn(ctx, arg))
	}()
	c.hosting = append(c.hosting, ready)
	if _, err := c.Wait(ctx, mod, -1, ready); err != nil {
		return nil, err
	}
	c.hosting = c.hosting[:len(c.hosting)-1]
	r := <-replies
	return r.data, r.err
}
