package python

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/vivarium-go/vivarium/hostabi"
	"github.com/vivarium-go/vivarium/hostabi/wasi"
)

// Instance is one booted interpreter. It is used by one goroutine at a time and
// runs one task between two resets; its owner closes it.
type Instance struct {
	interpreter *Interpreter
	module      api.Module
	memory      memory
	state       []api.MutableGlobal // in the order of stateGlobals
	fuel        api.MutableGlobal
	// Handles are kept, as each has a native stack that has grown, unless that is large.
	limitHeap, run api.Function
	running        api.Function // the one that is being called
	stack          ownStack     // of all handles, one after the other; nil: each has wazero's
	least          uint64       // memory that the interpreter itself takes, in bytes
	resets         int
}

// NewInstance returns an interpreter as the image holds it, whose memory can never
// exceed maxMemory bytes.
func (p *Interpreter) NewInstance(ctx context.Context, maxMemory uint64) (*Instance, error) {
	least := uint64(len(p.image.bytes))
	if maxMemory < least {
		return nil, tooLittleMemory(maxMemory, least)
	}
	mem, err := p.image.newMemory(maxMemory)
	if err != nil {
		return nil, err
	}
	in := &Instance{interpreter: p, memory: mem, least: least}
	if in.module, err = p.instantiate(ctx, mem); err != nil {
		mem.Free()
		return nil, err
	}
	if _, ok := stackOf(in.module.ExportedFunction(hostabi.ExportRun)); ok && p.image.method != resetCopy {
		in.stack = newOwnStack()
	}
	// The module's own minimum is what it was linked with: the heap is above it.
	if have := in.module.Memory().Size(); uint64(have) < least {
		if _, ok := in.module.Memory().Grow(uint32((least - uint64(have)) >> 16)); !ok {
			return nil, errors.Join(tooLittleMemory(maxMemory, least), in.Close(ctx))
		}
	}
	if in.state, err = in.globals(); err != nil {
		return nil, errors.Join(err, in.Close(ctx))
	}
	in.fuel = in.state[len(in.state)-1]
	in.setGlobals()
	return in, nil
}

// instantiate makes an instance over mem. Starting is left to the caller.
func (p *Interpreter) instantiate(ctx context.Context, mem memory) (api.Module, error) {
	// An allocator cannot return an error, so it hands out what is there.
	allocator := experimental.MemoryAllocatorFunc(func(_, _ uint64) experimental.LinearMemory { return mem })
	m, err := p.rt.InstantiateModule(experimental.WithMemoryAllocator(ctx, allocator), p.module,
		wazero.NewModuleConfig().WithName("").WithStartFunctions().WithRandSource(rand.Reader)) // or wazero makes one of 5 KiB
	if err != nil {
		return nil, fmt.Errorf("python: instantiating the interpreter: %w", err)
	}
	return m, nil
}

// bootInstance boots an interpreter from its data, without an image.
func (p *Interpreter) bootInstance(ctx context.Context, data []Segment) (*Instance, error) {
	in := &Instance{interpreter: p, memory: &linearMemory{max: zygoteMemory}}
	if err := in.boot(ctx, data); err != nil {
		if in.module != nil {
			err = errors.Join(err, in.Close(ctx))
		}
		return nil, err
	}
	return in, nil
}

// Reset puts the instance back as the image holds it, whatever was done to it, and
// says how many pages had been written to and how far memory had been used, in bytes.
// After an error the instance must be closed.
func (in *Instance) Reset() (dirtyPages int, peakBytes uint64, err error) { return in.reset(false) }

func (in *Instance) reset(dropAll bool) (dirtyPages int, peakBytes uint64, err error) {
	found, err := in.memory.restore(dropAll)
	if err != nil {
		return 0, 0, err
	}
	in.setGlobals()
	in.resets++
	if found.dirty*pageSize > shallow || in.resets%dropEvery == 0 {
		if err := in.stack.trim(keptStack); err != nil {
			return 0, 0, err
		}
	}
	if n := in.interpreter.cfg.VerifyReset; n > 0 && in.resets%n == 0 {
		if err := in.interpreter.image.verify(in.memory); err != nil {
			return 0, 0, err
		}
	}
	return found.dirty, found.top, nil
}

// Limit sets the most memory that the next task may have, in bytes, and whom to ask, on
// the goroutine that runs the task, before it takes n bytes more than the image; nil is
// nobody. It fails when the instance has more memory already, or that much is refused:
// then another one must be taken.
func (in *Instance) Limit(memory uint64, take func(n int64) bool) error {
	if err := in.memory.limit(memory, take); err != nil {
		return err
	}
	// A task may write to all that an earlier one has made the memory grow to, and
	// nobody would notice.
	if !grows(take, len(in.memory.view())-int(in.least)) {
		return ErrMemoryRefused
	}
	return nil
}

// Oversized says whether the instance, though reset, holds more memory than it needs to
// begin with: what is copied back is never given back to the system.
func (in *Instance) Oversized() bool {
	return in.interpreter.image.method == resetCopy && uint64(len(in.memory.view())) > in.least
}

// ErrMemoryRefused says that the host's memory does not suffice for an instance that
// has grown.
var ErrMemoryRefused = errors.New("python: the memory that the instance has grown to was refused")

// Private returns how much memory, in bytes, the instance has for itself of what the
// image holds, and as its native stack. It may be called from host functions.
func (in *Instance) Private() (int64, error) {
	bytes, err := in.memory.private()
	if err != nil {
		return 0, err
	}
	if in.stack != nil {
		stack, err := in.stack.resident()
		return bytes + stack, err
	}
	if in.running != nil {
		if s, ok := stackOf(in.running); ok {
			bytes += int64(len(*s.bytes))
		}
	}
	return bytes, nil
}

// Settle gives back memory of a task that waits for long and would not miss it. Like
// Private it is for host functions.
func (in *Instance) Settle() error {
	if err := in.memory.settle(); err != nil {
		return err
	}
	if s, ok := stackOf(in.running); ok && in.stack != nil {
		return in.stack.trim(s.depth() + pageSize) // a page more, to be on the safe side
	}
	return nil
}

func (in *Instance) setGlobals() {
	for i, g := range in.state {
		g.Set(in.interpreter.image.globals[i])
	}
}

// Close frees the instance and its memory.
func (in *Instance) Close(ctx context.Context) error {
	err := in.module.Close(ctx)
	in.stack.free()
	in.stack = nil
	return err
}

// bootTimeout stops a boot that does not end: a user's own interpreter is no more
// trusted than a script.
const bootTimeout = time.Minute

// stopWith stops a call of the boot when ctx ends, or the boot takes too long.
func stopWith(ctx context.Context, call *hostabi.Call) (disarm func()) {
	offContext := context.AfterFunc(ctx, call.Stop)
	timeout := time.AfterFunc(bootTimeout, call.Stop)
	return func() {
		offContext()
		timeout.Stop()
	}
}

// boot instantiates the module and initialises Python. What Python writes to stderr
// is part of the error.
func (in *Instance) boot(ctx context.Context, data []Segment) error {
	var stderr bytes.Buffer
	call := hostabi.NewCall(hostabi.CallConfig{})
	defer call.End()
	files, err := wasi.New(wasi.Config{Stderr: &boundedWriter{to: &stderr, left: 64 << 10}, Waiter: call})
	if err != nil {
		return fmt.Errorf("python: %w", err)
	}
	defer func() { _ = files.Close() }() // nothing of the boot is kept
	disarm := stopWith(ctx, call)
	defer disarm()
	if len(in.interpreter.cfg.Preimport) > 0 {
		names, err := json.Marshal(in.interpreter.cfg.Preimport)
		if err != nil {
			return fmt.Errorf("python: preimport: %w", err)
		}
		call.SetInput(hostabi.InputPreimport, names)
	}
	ctx = wasi.WithSystem(hostabi.WithCall(ctx, call), files)
	if in.module, err = in.interpreter.instantiate(ctx, in.memory); err != nil {
		return err
	}
	for _, s := range data {
		if !in.module.Memory().Write(s.Offset, s.Bytes) {
			return fmt.Errorf("python: %d bytes of data at %d do not fit into the module's memory", len(s.Bytes), s.Offset)
		}
	}
	fuel, ok := in.module.ExportedGlobal(hostabi.ExportFuel).(api.MutableGlobal)
	if !ok {
		return fmt.Errorf("python: the module has no mutable global %q: it was not metered", hostabi.ExportFuel)
	}
	in.fuel = fuel
	if _, err := in.call(ctx, hostabi.ExportInitialize); err != nil {
		return fmt.Errorf("python: starting the C library: %w", err)
	}
	version, err := in.call(ctx, hostabi.ExportVersion)
	if err != nil {
		return fmt.Errorf("python: asking for the ABI version: %w", err)
	}
	if got := api.DecodeI32(version); got != hostabi.Version {
		return fmt.Errorf("python: the interpreter speaks ABI v%d, this host v%d; rebuild one of them", got, hostabi.Version)
	}
	status, err := in.call(ctx, hostabi.ExportInit)
	if err != nil || hostabi.Status(api.DecodeI32(status)) != hostabi.StatusOK {
		return fmt.Errorf("python: initialising the interpreter: %w\n%s", errors.Join(err, statusError(status)), stderr.Bytes())
	}
	return nil
}

func (in *Instance) call(ctx context.Context, name string) (uint64, error) {
	var result [1]uint64
	err := in.invoke(ctx, in.function(name), result[:])
	return result[0], err
}

// invoke calls one of the guest's functions, whose native stack then belongs to what the
// instance holds. stack has the argument, and afterwards the result.
func (in *Instance) invoke(ctx context.Context, f api.Function, stack []uint64) error {
	in.running = f
	defer func() { in.running = nil }()
	return f.CallWithStack(ctx, stack)
}

// function returns a handle of one of the guest's functions, to be called while no other
// handle of the instance is.
func (in *Instance) function(name string) api.Function {
	f := in.module.ExportedFunction(name)
	if s, ok := stackOf(f); ok && in.stack != nil {
		s.replace(in.stack)
	}
	return f
}

// kept returns a function's handle to be kept, nil if its native stack has grown large.
func (in *Instance) kept(f api.Function) api.Function {
	if in.stack != nil {
		return f // a reset trims it
	}
	if s, ok := stackOf(f); !ok || len(*s.bytes) > keptStack {
		return nil
	}
	return f
}

// ErrTooLittleMemory says that a memory limit leaves no room for a script.
var ErrTooLittleMemory = errors.New("the interpreter itself takes more memory")

func tooLittleMemory(limit, least uint64) error {
	return fmt.Errorf("the memory limit is %d bytes, but %w, %d bytes; raise the limit", limit, ErrTooLittleMemory, least)
}

type statusError hostabi.Status

func (s statusError) Error() string { return fmt.Sprintf("status %d", int32(s)) }

// Script is what an Instance runs.
type Script struct {
	Name   string // shown in tracebacks
	Source []byte
}

// Outcome is how a run ended. Exactly one of the cases of Kind holds; what the
// script handed over is in the call's record.
type Outcome struct {
	Kind     OutcomeKind
	ExitCode uint32 // of OutcomeExited
	Err      error  // of OutcomeDied: the trap
}

// OutcomeKind is a way a run ends.
type OutcomeKind int

// The ways a run ends.
const (
	OutcomeOK         OutcomeKind = iota // it returned; Call.Result holds its value, if it has one
	OutcomeRaised                        // it raised; Call.Error says what
	OutcomeExit                          // a plain script called sys.exit; Call.Error holds the code
	OutcomeExited                        // it left through os._exit
	OutcomeStopped                       // the host stopped it hard
	OutcomeDied                          // it trapped, or the bootstrap broke
	OutcomeNotStarted                    // it was asked to stop before it began
	OutcomeTooDeep                       // it called so deeply that the native stack was used up
)

// Run runs the script to its end. memory limits the heap's end, in bytes. It is an
// error, and nothing has run, when the limit is below what the interpreter itself
// takes.
func (in *Instance) Run(ctx context.Context, script Script, call *hostabi.Call, files *wasi.System, memory uint64) (Outcome, error) {
	defer call.End()
	if memory < in.least {
		return Outcome{}, tooLittleMemory(memory, in.least)
	}
	ctx = wasi.WithSystem(hostabi.WithCall(ctx, call), files)
	call.SetInput(hostabi.InputName, []byte(script.Name))
	call.SetInput(hostabi.InputSource, script.Source)
	code, outcome, err := in.compiled(ctx, script, call)
	if code == nil {
		return outcome, err
	}
	if outcome := in.setHeapLimit(ctx, memory); outcome.Kind != OutcomeOK {
		return outcome, nil
	}
	if call.Asked() { // while it was compiled
		return Outcome{Kind: OutcomeNotStarted}, nil
	}
	call.SetInput(hostabi.InputCode, code)
	call.StartFuel(in.fuel, preambleFuel(code))
	return in.runCode(ctx), nil
}

// preambleFuel is more than what the bootstrap uses before the script's first line: 2,500
// for a small one, and some for each byte of code that it unmarshals.
func preambleFuel(code []byte) uint64 { return 5000 + 2*uint64(len(code)) }

// setHeapLimit tells the guest where its heap has to end, in bytes.
func (in *Instance) setHeapLimit(ctx context.Context, memory uint64) Outcome {
	if in.limitHeap == nil {
		in.limitHeap = in.function(hostabi.ExportLimitMemory)
	}
	status := [1]uint64{memory}
	err := in.invoke(ctx, in.limitHeap, status[:])
	in.limitHeap = in.kept(in.limitHeap)
	if err == nil && api.DecodeI32(status[0]) < 0 {
		return Outcome{Kind: OutcomeDied, Err: fmt.Errorf("python: setting the memory limit: %w", statusError(status[0]))}
	}
	return outcomeOf(hostabi.StatusOK, err)
}

// runCode calls the guest's run function.
func (in *Instance) runCode(ctx context.Context) Outcome {
	if in.run == nil {
		in.run = in.function(hostabi.ExportRun)
	}
	var status [1]uint64
	err := in.invoke(ctx, in.run, status[:])
	in.run = in.kept(in.run)
	return outcomeOf(hostabi.Status(api.DecodeI32(status[0])), err)
}

// compiled returns the script's marshalled code, from the cache or by compiling it;
// nil and how compiling ended if it does not compile. The instance is as fresh
// afterwards as before, so that a run does not depend on where the code came from.
func (in *Instance) compiled(ctx context.Context, script Script, call *hostabi.Call) ([]byte, Outcome, error) {
	key := codeKeyOf(script)
	if code, ok := in.interpreter.codes.get(key); ok {
		return code, Outcome{}, nil
	}
	code, outcome := in.compile(ctx, call)
	if code == nil {
		return nil, outcome, nil
	}
	in.interpreter.codes.put(key, code)
	if in.interpreter.image != nil { // else this is the zygote, from which the image is made
		// The next task will hardly compile, too.
		if _, _, err := in.reset(true); err != nil {
			return nil, Outcome{}, err
		}
	}
	return code, Outcome{}, nil
}

// maxCodeBytes bounds a compiled script: a source of the largest size has less.
const maxCodeBytes = 64 << 20

// compile lets the guest compile the script of the call. It runs before any of the
// script's own code, so what comes out is the compiler's.
func (in *Instance) compile(ctx context.Context, call *hostabi.Call) ([]byte, Outcome) {
	call.Compiling(true)
	defer call.Compiling(false)
	where, err := in.call(ctx, hostabi.ExportCompile)
	switch {
	case err != nil:
		return nil, outcomeOf(hostabi.StatusBroken, err)
	case where == 0:
		return nil, Outcome{Kind: OutcomeRaised}
	}
	view, ok := in.module.Memory().Read(uint32(where>>32), uint32(where))
	if !ok || int64(where) < 0 || len(view) > maxCodeBytes {
		return nil, Outcome{Kind: OutcomeDied, Err: errors.New("python: the interpreter's compiler is broken")}
	}
	return bytes.Clone(view), Outcome{}
}

// stackOverflow is the text of wazero's error, which it does not export.
const stackOverflow = "stack overflow"

// outcomeOf reads what the guest's run function, or its unwinding, says.
func outcomeOf(status hostabi.Status, err error) Outcome {
	var exit *wasi.ExitError
	switch {
	case errors.Is(err, hostabi.ErrStopped):
		return Outcome{Kind: OutcomeStopped}
	case errors.As(err, &exit):
		return Outcome{Kind: OutcomeExited, ExitCode: exit.Code}
	case err != nil && strings.Contains(err.Error(), stackOverflow):
		return Outcome{Kind: OutcomeTooDeep}
	case err != nil:
		return Outcome{Kind: OutcomeDied, Err: err}
	case status == hostabi.StatusOK:
		return Outcome{Kind: OutcomeOK}
	case status == hostabi.StatusRaised:
		return Outcome{Kind: OutcomeRaised}
	case status == hostabi.StatusExit:
		return Outcome{Kind: OutcomeExit}
	default:
		return Outcome{Kind: OutcomeDied, Err: fmt.Errorf("python: the bootstrap broke: %w", statusError(status))}
	}
}

// boundedWriter keeps the first bytes written to it and drops the rest.
type boundedWriter struct {
	to   io.Writer
	left int
}

func (w *boundedWriter) Write(p []byte) (int, error) {
	keep := p[:min(len(p), w.left)]
	w.left -= len(keep)
	if _, err := w.to.Write(keep); err != nil {
		return 0, err
	}
	return len(p), nil
}
