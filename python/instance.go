package python

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/vivarium-go/vivarium/hostabi"
	"github.com/vivarium-go/vivarium/hostabi/wasi"
)

// Instance is one booted interpreter. It is used by one goroutine at a time and
// runs one task; its owner closes it.
type Instance struct {
	interpreter *Interpreter
	module      api.Module
	memory      *linearMemory
	fuel        api.MutableGlobal
	bootBytes   uint64 // memory after boot
}

// NewInstance boots an interpreter whose memory can never exceed maxMemory bytes.
func (p *Interpreter) NewInstance(ctx context.Context, maxMemory uint64) (*Instance, error) {
	if least := uint64(p.module.ExportedMemories()["memory"].Min()) << 16; maxMemory < least {
		return nil, tooLittleMemory(maxMemory, least)
	}
	in := &Instance{interpreter: p, memory: &linearMemory{max: maxMemory}}
	if err := in.boot(ctx); err != nil {
		if in.memory.refused > 0 {
			err = tooLittleMemory(maxMemory, in.memory.refused)
		}
		if in.module != nil {
			err = errors.Join(err, in.Close(ctx))
		}
		return nil, err
	}
	in.bootBytes = uint64(in.module.Memory().Size())
	return in, nil
}

// Close frees the instance and its memory.
func (in *Instance) Close(ctx context.Context) error { return in.module.Close(ctx) }

// bootTimeout stops a boot that does not end: a user's own interpreter is no more
// trusted than a script.
const bootTimeout = time.Minute

// boot instantiates the module and initialises Python. What Python writes to stderr
// is part of the error.
func (in *Instance) boot(ctx context.Context) error {
	var stderr bytes.Buffer
	call := hostabi.NewCall(hostabi.CallConfig{})
	defer call.End()
	files, err := wasi.New(wasi.Config{Stderr: &boundedWriter{to: &stderr, left: 64 << 10}, Waiter: call})
	if err != nil {
		return fmt.Errorf("python: %w", err)
	}
	defer func() { _ = files.Close() }() // nothing of the boot is kept
	disarm := context.AfterFunc(ctx, call.Stop)
	defer disarm()
	timeout := time.AfterFunc(bootTimeout, call.Stop)
	defer timeout.Stop()
	if len(in.interpreter.cfg.Preimport) > 0 {
		names, err := json.Marshal(in.interpreter.cfg.Preimport)
		if err != nil {
			return fmt.Errorf("python: preimport: %w", err)
		}
		call.SetInput(hostabi.InputPreimport, names)
	}
	// A start function runs within InstantiateModule: it too must be stoppable.
	ctx = wasi.WithSystem(hostabi.WithCall(ctx, call), files)
	in.module, err = in.interpreter.rt.InstantiateModule(experimental.WithMemoryAllocator(ctx, in.memory), in.interpreter.module,
		wazero.NewModuleConfig().WithName("").WithStartFunctions()) // _initialize is called below
	if err != nil {
		in.module = nil
		return fmt.Errorf("python: instantiating the interpreter: %w", err)
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

func (in *Instance) call(ctx context.Context, name string, args ...uint64) (uint64, error) {
	results, err := in.module.ExportedFunction(name).Call(ctx, args...)
	if err != nil || len(results) == 0 {
		return 0, err
	}
	return results[0], nil
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
	PeakMem  uint64 // bytes of linear memory when the run ended
}

// OutcomeKind is a way a run ends.
type OutcomeKind int

// The ways a run ends.
const (
	OutcomeOK      OutcomeKind = iota // it returned; Call.Result holds its value, if it has one
	OutcomeRaised                     // it raised; Call.Error says what
	OutcomeExit                       // a plain script called sys.exit; Call.Error holds the code
	OutcomeExited                     // it left through os._exit or abort
	OutcomeStopped                    // the host stopped it hard
	OutcomeDied                       // it trapped, or the bootstrap broke
)

// Run runs the script to its end. memory limits the heap's end, in bytes. It is an
// error, and nothing has run, when the limit is below what the interpreter itself
// takes.
func (in *Instance) Run(ctx context.Context, script Script, call *hostabi.Call, files *wasi.System, memory uint64) (Outcome, error) {
	defer call.End()
	if memory < in.bootBytes {
		return Outcome{}, tooLittleMemory(memory, in.bootBytes)
	}
	ctx = wasi.WithSystem(hostabi.WithCall(ctx, call), files)
	if code, err := in.call(ctx, hostabi.ExportLimitMemory, memory); err != nil || api.DecodeI32(code) < 0 {
		return Outcome{}, fmt.Errorf("python: setting the memory limit: %w", errors.Join(err, statusError(code)))
	}
	call.SetInput(hostabi.InputName, []byte(script.Name))
	call.SetInput(hostabi.InputSource, script.Source)
	code, outcome := in.compile(ctx, script, call)
	if code != nil {
		call.SetInput(hostabi.InputCode, code)
		call.StartFuel(in.fuel)
		status, err := in.call(ctx, hostabi.ExportRun)
		outcome = outcomeOf(hostabi.Status(api.DecodeI32(status)), err)
	}
	outcome.PeakMem = uint64(in.module.Memory().Size())
	return outcome, nil
}

// compile returns the script's marshalled code, or nil and how compiling ended. It
// runs before any of the script's own code, so what it caches is the compiler's.
func (in *Instance) compile(ctx context.Context, script Script, call *hostabi.Call) ([]byte, Outcome) {
	key := codeKeyOf(script)
	if code, ok := in.interpreter.codes.get(key); ok {
		return code, Outcome{}
	}
	call.Compiling(true)
	where, err := in.call(ctx, hostabi.ExportCompile)
	call.Compiling(false)
	switch {
	case err != nil:
		return nil, outcomeOf(hostabi.StatusBroken, err)
	case where == 0:
		return nil, Outcome{Kind: OutcomeRaised}
	}
	view, ok := in.module.Memory().Read(uint32(where>>32), uint32(where))
	if !ok || int64(where) < 0 {
		return nil, Outcome{Kind: OutcomeDied, Err: errors.New("python: the interpreter's compiler is broken")}
	}
	code := bytes.Clone(view)
	in.interpreter.codes.put(key, code)
	return code, Outcome{}
}

// outcomeOf reads what the guest's run function, or its unwinding, says.
func outcomeOf(status hostabi.Status, err error) Outcome {
	var exit *wasi.ExitError
	switch {
	case errors.Is(err, hostabi.ErrStopped):
		return Outcome{Kind: OutcomeStopped}
	case errors.As(err, &exit):
		return Outcome{Kind: OutcomeExited, ExitCode: exit.Code}
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
