package hostabi

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/tetratelabs/wazero/api"
)

// fuzzedGuest makes a hostile guest's calls, with what may happen around them, and checks
// what can be checked after each.
type fuzzedGuest struct {
	t      *testing.T
	mod    api.Module
	call   *Call
	limits Limits

	steps     []byte // still to be taken
	asked     StopReason
	stopped   bool // a hard stop was asked for, or may come at any moment
	ended     bool
	delivered int   // soft interrupts
	taken     int64 // bytes of the host's memory
	refuses   bool  // there is no more of it
	pace      pace
}

// pace counts who computes.
type pace struct{ computing int }

func (p *pace) Begin() { p.computing++ }
func (p *pace) Yield() {}
func (p *pace) End()   { p.computing-- }

// fuzzLimits are limits of every kind: some, none to speak of, and nothing allowed.
var fuzzLimits = []Limits{testLimits, {
	Fuel: 100_000, ResultBytes: 1 << 16, ErrorBytes: 1 << 16, LogBytes: 1 << 16, LogRecords: 1000, MetricSeries: 1000,
	MetricBytes: 1 << 16, ProgressBytes: 1 << 16, CallBytes: 1 << 16,
}, {}}

func newFuzzedGuest(t *testing.T, mod api.Module, limits Limits, steps []byte) *fuzzedGuest {
	g := &fuzzedGuest{t: t, mod: mod, limits: limits, steps: steps}
	g.call = NewCall(CallConfig{
		Limits: limits,
		Grace:  time.Millisecond,
		Take: func(n int64) bool {
			if n <= 0 {
				t.Errorf("%d bytes are asked for", n)
			}
			if !g.refuses {
				g.taken += n
			}
			return !g.refuses
		},
		Pace:       &g.pace,
		OnLog:      func(LogRecord) { g.reenter() },
		OnMetric:   func(Metric) { g.reenter() },
		OnProgress: func(Progress) { g.reenter() },
		HostFuncs: map[string]HostFunc{
			"echo":   func(_ context.Context, arg []byte) ([]byte, error) { return arg, nil },
			"":       func(context.Context, []byte) ([]byte, error) { return nil, nil },
			"big":    func(context.Context, []byte) ([]byte, error) { return make([]byte, 1<<17), nil },
			"panics": func(context.Context, []byte) ([]byte, error) { panic("\xff") },
			"ends":   func(context.Context, []byte) ([]byte, error) { runtime.Goexit(); return nil, nil },
			"fails": func(context.Context, []byte) ([]byte, error) {
				return []byte("{}"), errors.New(strings.Repeat("\xe9é", 50))
			},
			"soft": func(ctx context.Context, _ []byte) ([]byte, error) {
				g.call.Interrupt(StopTimeout)
				g.park(ctx)
				return nil, ctx.Err()
			},
			"hard": func(ctx context.Context, _ []byte) ([]byte, error) {
				g.call.Stop()
				g.park(ctx)
				return []byte("1"), nil
			},
		},
	})
	g.call.SetInput(InputParams, []byte(`[1,2]`))
	g.call.SetInput(InputSource, []byte(`x`))
	return g
}

// park waits until the call is stopped, which one that has ended never is.
func (g *fuzzedGuest) park(ctx context.Context) {
	if !g.ended {
		<-ctx.Done()
	}
}

// reenter is what a callback of the host's may do: it calls the guest, which ticks.
func (g *fuzzedGuest) reenter() {
	if g.pace.computing != 0 {
		g.t.Error("a callback counts as computing")
	}
	if g.next()%2 == 0 {
		g.invoke("tick")
	}
}

func (g *fuzzedGuest) next() byte {
	if len(g.steps) == 0 {
		return 0
	}
	b := g.steps[0]
	g.steps = g.steps[1:]
	return b
}

func (g *fuzzedGuest) word() uint64 {
	var word [8]byte
	g.steps = g.steps[copy(word[:], g.steps):]
	return binary.LittleEndian.Uint64(word[:])
}

// interrupt asks for a soft stop, after whose grace period there is a hard one.
func (g *fuzzedGuest) interrupt(reason StopReason) {
	g.call.Interrupt(reason)
	if g.asked == StopNone && !g.ended {
		g.asked, g.stopped = reason, true
	}
}

// invoke calls a host function through the guest.
func (g *fuzzedGuest) invoke(name string, args ...uint64) {
	g.t.Helper()
	results, err := g.mod.ExportedFunction(name).Call(WithCall(context.Background(), g.call), args...)
	switch {
	case errors.Is(err, ErrStopped):
		if !g.stopped && g.call.HostCalls == 0 && g.limits.Fuel == 0 {
			g.t.Fatalf("%s%v: stopped, though nobody asked for it", name, args)
		}
		g.stopped = true
	case err != nil:
		g.t.Fatalf("%s%v: %v", name, args, err)
	case api.DecodeI32(results[0]) < abiHost:
		g.t.Fatalf("%s%v: %d is no code", name, args, api.DecodeI32(results[0]))
	case name == "tick" && results[0] != 0:
		g.delivered++
	}
}

// step does the next thing.
func (g *fuzzedGuest) step() {
	which := int(g.next()) % (len(functions) + 9)
	if which < len(functions) {
		fn := functions[which]
		args := make([]uint64, len(fn.params))
		for i := range args {
			args[i] = g.word()
			if fn.params[i] == i32 {
				args[i] &= 0xffffffff
			}
		}
		g.invoke(fn.name, args...)
		return
	}
	switch which - len(functions) {
	case 0:
		g.interrupt(StopCancelled)
	case 1:
		g.interrupt(StopTimeout)
	case 2:
		g.call.Stop()
		g.stopped = true
	case 3:
		g.call.Compiling(g.next()%2 == 0)
	case 4:
		if !g.ended {
			g.call.StartFuel(g.mod.ExportedGlobal(ExportFuel).(api.MutableGlobal), g.word()%FuelQuantum)
		}
	case 5: // what the metering pass does
		fuel := g.mod.ExportedGlobal(ExportFuel).(api.MutableGlobal)
		fuel.Set(api.EncodeI32(api.DecodeI32(fuel.Get()) - int32(g.word()%FuelQuantum) + FuelQuantum))
		g.invoke("tick")
	case 6:
		g.refuses = !g.refuses
	case 7:
		if g.pace.computing == 0 {
			g.call.Begin()
		} else {
			g.call.Leave()
		}
	case 8:
		g.call.End()
		g.ended = true
	}
}

// check checks what holds at any time.
func (g *fuzzedGuest) check() {
	t, c := g.t, g.call
	if g.pace.computing < 0 || g.pace.computing > 1 {
		t.Fatalf("it computes %d times at once", g.pace.computing)
	}
	if g.delivered > 1 {
		t.Fatalf("%d interrupts were delivered", g.delivered)
	}
	if c.Result != nil && (CheckJSON(c.Result) != nil || len(c.Result) > g.limits.ResultBytes) {
		t.Errorf("kept the result %q", c.Result)
	}
	if c.Error != nil && (CheckJSON(c.Error) != nil || len(c.Error) > g.limits.ErrorBytes) {
		t.Errorf("kept the error %q", c.Error)
	}
	if len(c.Logs) > g.limits.LogRecords || len(c.Metrics) > g.limits.MetricSeries || len(c.reply) > g.limits.CallBytes {
		t.Errorf("kept %d log records, %d metrics, a reply of %d bytes", len(c.Logs), len(c.Metrics), len(c.reply))
	}
	if !utf8.Valid(c.reply) {
		t.Errorf("the reply is %q", c.reply)
	}
	logged := 0
	for _, r := range c.Logs {
		if logged += len(r.Text); !utf8.ValidString(r.Text) || logged > g.limits.LogBytes {
			t.Errorf("kept the log text %q", r.Text)
		}
	}
	for _, m := range c.Metrics {
		if len(m.Name) > g.limits.MetricBytes || !validMetricName(m.Name) || math.IsNaN(m.Value) || math.IsInf(m.Value, 0) {
			t.Errorf("kept the metric %+v", m)
		}
	}
	if p := c.Progress; !(p.Fraction >= 0 && p.Fraction <= 1) || !utf8.ValidString(p.Message) || len(p.Message) > g.limits.ProgressBytes {
		t.Errorf("kept the progress %+v", p)
	}
	if kept := int64(len(c.Result) + logged); g.taken < kept {
		t.Errorf("keeps %d bytes, but asked for %d", kept, g.taken)
	}
}

// FuzzHostFunctions calls host functions in any order with any arguments, over a memory of
// any content and within limits of every kind: before the guest may compute, after the call
// has ended, while it is interrupted, and from within each other. Each call answers a code,
// or is stopped; what is kept is valid and within the limits; and the next call on the guest
// notices nothing.
func FuzzHostFunctions(f *testing.F) {
	seed := func(fn byte, args ...uint64) []byte {
		b := []byte{fn}
		for _, a := range args {
			b = binary.LittleEndian.AppendUint64(b, a)
		}
		return b
	}
	n := byte(len(functions))
	const (
		soft, late, hard, compiling, fuel, spend, refuse, begin, end = 0, 1, 2, 3, 4, 5, 6, 7, 8
		// Functions, by their place in the header.
		inputSize, inputRead, setResult, setError, logs, metrics, progresses, calls, reads, ticks, draws = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
	)
	all := func(steps ...[]byte) []byte { return bytes.Join(steps, nil) }
	f.Add([]byte(`{"a":1}`), byte(0), seed(setResult, 0, 7))
	f.Add([]byte(`name{"k":"v"}`), byte(0), seed(metrics, 0, 0, 4, api.EncodeF64(1), 4, 9))
	f.Add([]byte("echo{}"), byte(0), all(seed(calls, 0, 4, 4, 2), seed(reads, 100, 0), seed(reads, 100, 2)))
	f.Add([]byte(""), byte(1), seed(inputRead, 3, 0xffffffff, 0xffffffff))
	f.Add([]byte(""), byte(0), seed(draws, 65535, 2))
	f.Add([]byte("text"), byte(0), all(seed(logs, 2, 0, 4), []byte{1}, seed(logs, 2, 0, 4), []byte{0}, seed(logs, 2, 0, 0xffffffff)))
	f.Add([]byte("text"), byte(2), all(seed(logs, 2, 0, 4), seed(progresses, api.EncodeF64(0.5), 0, 4), seed(setError, 0, 0), seed(calls, 0, 0, 0, 0)))
	f.Add([]byte("text"), byte(1), all([]byte{n + soft}, seed(progresses, api.EncodeF64(0.5), 0, 4), []byte{0}, seed(ticks), seed(ticks)))
	f.Add([]byte("echo{}"), byte(1), all([]byte{n + begin, n + late}, seed(calls, 0, 4, 4, 2), seed(calls, 0, 4, 4, 2), []byte{n + begin}))
	f.Add([]byte("soft1"), byte(1), all([]byte{n + begin}, seed(calls, 0, 4, 4, 1), seed(calls, 0, 4, 4, 1)))
	f.Add([]byte("hard1"), byte(1), all([]byte{n + begin}, seed(calls, 0, 4, 4, 1), []byte{n + begin}, seed(ticks)))
	f.Add([]byte("soft1"), byte(1), all([]byte{n + soft}, seed(ticks), seed(calls, 0, 4, 4, 1), seed(ticks))) // waits through the grace period
	f.Add([]byte("echo{}"), byte(1), all([]byte{n + hard}, seed(calls, 0, 4, 4, 2), seed(logs, 1, 0, 4), seed(ticks)))
	f.Add([]byte("text"), byte(1), all([]byte{n + begin}, seed(logs, 2, 0, 4), []byte{0}, seed(progresses, 0, 0, 4), []byte{1}, seed(metrics, 1, 0, 4, api.EncodeF64(-1), 0, 0)))
	for _, name := range []string{"big", "panics", "ends", "fails", "nobody"} {
		f.Add([]byte(name+"1"), byte(1), all(seed(calls, 0, uint64(len(name)), uint64(len(name)), 1), seed(reads, 0, 0), seed(reads, 0, 65536)))
	}
	f.Add([]byte("echo{}"), byte(1), all([]byte{n + refuse}, seed(calls, 0, 4, 4, 2), seed(setResult, 4, 2), seed(logs, 1, 0, 4), seed(setError, 4, 2)))
	f.Add([]byte("echo{}"), byte(1), all([]byte{n + end, n + soft, n + hard}, seed(calls, 0, 4, 4, 2), seed(ticks), seed(setResult, 4, 2)))
	f.Add([]byte("hard1"), byte(1), all([]byte{n + end}, seed(calls, 0, 4, 4, 1)))
	f.Add([]byte(""), byte(1), all([]byte{n + compiling, 0}, seed(inputSize, 3), seed(inputSize, 1), []byte{n + soft}, seed(ticks), []byte{n + compiling, 1}, seed(ticks)))
	f.Add([]byte(""), byte(1), all(seed(n+fuel, 10), bytes.Repeat(seed(n+spend, FuelQuantum-1), 10), []byte{n + end}, seed(n+spend, 5)))
	hostile := make([]byte, hostileHandler+20)
	copy(hostile, "soft1")
	for i, word := range []uint32{1, 0, 4, 4, 1} {
		binary.LittleEndian.PutUint32(hostile[hostileHandler+4*i:], word)
	}
	f.Add(hostile, byte(1), all([]byte{n + begin, n + soft}, seed(calls, 0, 4, 4, 1), seed(ticks)))
	f.Add(hostile, byte(1), all([]byte{n + begin}, seed(calls, 0, 4, 4, 1), seed(ticks), []byte{n + end}))
	mod := newGuest(f)
	f.Fuzz(func(t *testing.T, memory []byte, limits byte, steps []byte) {
		if len(memory) > 1<<16 || len(steps) > 1<<10 {
			return
		}
		mod.Memory().Write(0, make([]byte, 1<<16))
		mod.Memory().Write(0, memory)
		g := newFuzzedGuest(t, mod, fuzzLimits[int(limits)%len(fuzzLimits)], steps)
		for len(g.steps) > 0 && !t.Failed() {
			g.step()
			g.check()
		}
		g.call.Leave()
		g.call.End()
		if g.pace.computing != 0 {
			t.Errorf("it computes still: %d", g.pace.computing)
		}
		for late := time.Now().Add(10 * time.Second); g.call.Abandoned() > 0; { // the machine may be busy
			if time.Now().After(late) {
				t.Fatal("a host function did not return")
			}
		}
		next := NewCall(CallConfig{Limits: testLimits, Inputs: [inputCount][]byte{InputParams: []byte("next")}})
		defer next.End()
		if got, size := call(t, mod, next, "tick"), call(t, mod, next, "input_size", uint64(InputParams)); got != int32(StopNone) || size != 4 {
			t.Errorf("the next call: %d, %d", got, size)
		}
	})
}

// FuzzCheckJSON compares with encoding/json: what is accepted decodes, and nesting
// within the bound is no reason to refuse.
func FuzzCheckJSON(f *testing.F) {
	for _, s := range []string{`{}`, `[1,"a\"]",null]`, `"\ud800"`, `[[[[`, "\"\xff\"", `1e999`, ` {"a" : [ ] } `} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		want := utf8.Valid(data) && json.Valid(data) && jsonDepth(data) <= MaxJSONDepth
		if got := CheckJSON(data) == nil; got != want {
			t.Fatalf("CheckJSON %t, want %t", got, want)
		}
		if !want {
			return
		}
		var v any
		if err := json.Unmarshal(data, &v); err != nil && v != nil {
			t.Errorf("accepted, but does not decode: %v", err)
		}
		// Of a repeated key only the last value is decoded, hence not equal.
		if got := jsonDepth(data); got < decodedDepth(v) {
			t.Errorf("depth %d, decoded %d", got, decodedDepth(v))
		}
	})
}

func decodedDepth(v any) int {
	deepest := 0
	switch v := v.(type) {
	case []any:
		for _, child := range v {
			deepest = max(deepest, decodedDepth(child))
		}
	case map[string]any:
		for _, child := range v {
			deepest = max(deepest, decodedDepth(child))
		}
	default:
		return 0
	}
	return deepest + 1
}
