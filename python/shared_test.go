package python

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tetratelabs/wazero/experimental"

	"github.com/vivarium-go/vivarium/hostabi"
	"github.com/vivarium-go/vivarium/hostabi/wasi"
	"github.com/vivarium-go/vivarium/modules"
)

const testMemory = 256 << 20

// shared is the interpreter of all tests: compiling it takes seconds.
var shared = sync.OnceValues(func() (*Interpreter, error) {
	module, err := testModule()
	if err != nil {
		return nil, err
	}
	return NewInterpreter(context.Background(), module, Config{CodeCacheBytes: 1 << 20, VerifyReset: 1})
})

// testModule is the embedded interpreter, compiled.
var testModule = sync.OnceValues(func() (Module, error) {
	ctx := context.Background()
	whole, err := modules.Interpreter()
	if err != nil {
		return Module{}, err
	}
	hollow, data, err := modules.Split(whole)
	if err != nil {
		return Module{}, err
	}
	code, err := modules.Compile(experimental.WithCompilationWorkers(ctx, 2), hollow)
	if err != nil {
		return Module{}, err
	}
	m := Module{Runtime: code.Runtime, Code: code.Module}
	for _, s := range data {
		m.Data = append(m.Data, Segment(s))
	}
	return m, hostabi.Instantiate(ctx, code.Runtime)
})

// run is one script's run on an instance of its own.
type run struct {
	Outcome
	call           *hostabi.Call
	stdout, stderr strings.Builder
}

// setup is what a test may change about a run.
type setup struct {
	hostabi.CallConfig
	files   wasi.Config
	called  func(*hostabi.Call) // just before the script starts
	timeout time.Duration       // until the hard stop
	memory  uint64              // limit, in bytes
}

type option func(*setup)

func params(json string) option {
	return func(s *setup) { s.Inputs[hostabi.InputParams] = []byte(json) }
}

// interruptAfter asks the script to stop, softly, some time after its start.
func interruptAfter(d time.Duration, asked *time.Time) option {
	return func(s *setup) {
		s.called = func(call *hostabi.Call) {
			*asked = time.Now().Add(d)
			time.AfterFunc(d, func() { call.Interrupt(hostabi.StopTimeout) })
		}
	}
}

// runScript runs source to its end; after a minute it stops it.
func runScript(t testing.TB, source string, options ...option) *run {
	t.Helper()
	ctx := context.Background()
	interpreter, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	r := &run{}
	s := setup{
		CallConfig: hostabi.CallConfig{Grace: 100 * time.Millisecond, Limits: hostabi.Limits{
			ResultBytes: 1 << 20, ErrorBytes: 1 << 18, LogBytes: 1 << 16, LogRecords: 100, MetricSeries: 10,
			MetricBytes: 4096, ProgressBytes: 4096, CallBytes: 1 << 16,
		}},
		files:   wasi.Config{Stdout: &r.stdout, Stderr: &r.stderr},
		called:  func(*hostabi.Call) {},
		timeout: time.Minute,
		memory:  testMemory,
	}
	for _, o := range options {
		o(&s)
	}
	instance, err := interpreter.NewInstance(ctx, s.memory)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := instance.Close(ctx); err != nil {
			t.Error(err)
		}
	}()
	r.call = hostabi.NewCall(s.CallConfig)
	s.files.Waiter = r.call
	system, err := wasi.New(s.files)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := system.Close(); err != nil {
			t.Error(err)
		}
	}()
	watchdog := time.AfterFunc(s.timeout, r.call.Stop)
	defer watchdog.Stop()
	s.called(r.call)
	r.Outcome, err = instance.Run(ctx, Script{Name: t.Name() + ".py", Source: []byte(source)}, r.call, system, s.memory)
	if err != nil {
		t.Fatal(err)
	}
	// Whatever the script did and however it ended, a reset puts the image back.
	if _, _, err := instance.Reset(); err != nil {
		t.Error(err)
	}
	return r
}

// wantResult checks that the script returned this JSON.
func (r *run) wantResult(t testing.TB, json string) {
	t.Helper()
	if r.Kind != OutcomeOK || string(r.call.Result) != json {
		t.Errorf("outcome %d (%v), result %s, want %s\nerror: %s\nstdout: %s\nstderr: %s", r.Kind, r.Err, r.call.Result, json, r.call.Error, &r.stdout, &r.stderr)
	}
}

// wantRaised checks that the script raised, and that the error's JSON holds text.
func (r *run) wantRaised(t testing.TB, text string) {
	t.Helper()
	if r.Kind != OutcomeRaised || !strings.Contains(string(r.call.Error), text) {
		t.Errorf("outcome %d (%v), error %s, want one with %q\nresult: %s\nstderr: %s", r.Kind, r.Err, r.call.Error, text, r.call.Result, &r.stderr)
	}
}
