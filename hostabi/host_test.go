package hostabi

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/tetratelabs/wazero/api"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var testLimits = Limits{
	ResultBytes: 2048, ErrorBytes: 64, LogBytes: 32, LogRecords: 3, MetricSeries: 2,
	MetricBytes: 64, ProgressBytes: 16, CallBytes: 64,
}

const outside = 1 << 17 // beyond the guest's one page

func TestInputs(t *testing.T) {
	t.Parallel()
	mod := newGuest(t)
	c := NewCall(CallConfig{})
	c.SetInput(InputParams, []byte(`{"a":1}`))
	for _, test := range []struct {
		what string
		fn   string
		args []uint64
		want int32
	}{
		{"size", "input_size", []uint64{uint64(InputParams)}, 7},
		{"size of none", "input_size", []uint64{uint64(InputEnv)}, abiNotFound},
		{"size of no such kind", "input_size", []uint64{99}, abiInvalid},
		{"read", "input_read", []uint64{uint64(InputParams), 100, 7}, 7},
		{"read into a short buffer", "input_read", []uint64{uint64(InputParams), 100, 6}, abiInvalid},
		{"read beyond memory", "input_read", []uint64{uint64(InputParams), outside, 7}, abiFault},
		{"read across the end", "input_read", []uint64{uint64(InputParams), 65536 - 3, 7}, abiFault},
		{"read at the last address", "input_read", []uint64{uint64(InputParams), math.MaxUint32, 7}, abiFault},
		{"read no such kind", "input_read", []uint64{math.MaxUint32, 100, 7}, abiInvalid},
	} {
		if got := call(t, mod, c, test.fn, test.args...); got != test.want {
			t.Errorf("%s: %d, want %d", test.what, got, test.want)
		}
	}
	if got, _ := mod.Memory().Read(100, 7); string(got) != `{"a":1}` {
		t.Errorf("the guest got %q", got)
	}
	if c.BytesIn != 7 {
		t.Errorf("BytesIn %d, want 7", c.BytesIn)
	}
}

func TestCompilingSeesNoParams(t *testing.T) {
	t.Parallel()
	mod := newGuest(t)
	c := NewCall(CallConfig{})
	for kind := range inputCount {
		c.SetInput(kind, []byte("x"))
	}
	c.Compiling(true)
	for kind, want := range map[Input]int32{InputName: 1, InputSource: 1, InputCode: abiNotFound, InputParams: abiNotFound, InputEnv: abiNotFound} {
		if got := call(t, mod, c, "input_size", uint64(kind)); got != want {
			t.Errorf("input %d while compiling: %d, want %d", kind, got, want)
		}
	}
	c.Compiling(false)
	if got := call(t, mod, c, "input_size", uint64(InputParams)); got != 1 {
		t.Errorf("params after compiling: %d", got)
	}
}

func TestResult(t *testing.T) {
	t.Parallel()
	mod := newGuest(t)
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for _, test := range []struct {
		json string
		want int32
	}{
		{`{"b":1,"a":123456789012345678901234567890,"<":"é\u0041"}`, abiOK},
		{`null`, abiOK},
		{deep(MaxJSONDepth), abiOK},
		{deep(MaxJSONDepth + 1), abiInvalid},
		{``, abiInvalid},
		{`{"a":NaN}`, abiInvalid},
		{`[1,]`, abiInvalid},
		{`1 2`, abiInvalid},
		{"\"\xff\"", abiInvalid},
		{`"` + strings.Repeat("x", testLimits.ResultBytes) + `"`, abiLimit},
	} {
		c := NewCall(CallConfig{Limits: testLimits})
		ptr, size := put(t, mod, 8, test.json)
		if got := call(t, mod, c, "result_set", ptr, size); got != test.want {
			t.Errorf("%.40q: %d, want %d", test.json, got, test.want)
		}
		if test.want == abiOK && string(c.Result) != test.json {
			t.Errorf("kept %.40q of %.40q", c.Result, test.json)
		}
		if test.want != abiOK && c.Result != nil {
			t.Errorf("kept %.40q in spite of the error", c.Result)
		}
	}
	c := NewCall(CallConfig{Limits: testLimits})
	if got := call(t, mod, c, "result_set", outside, 4); got != abiFault {
		t.Errorf("beyond memory: %d", got)
	}
	if got := call(t, mod, c, "error_set", 0, uint64(testLimits.ErrorBytes+1)); got != abiLimit {
		t.Errorf("error too large: %d", got)
	}
}

// What was handed over must not change when the guest writes to its buffer again.
func TestResultIsCopied(t *testing.T) {
	t.Parallel()
	mod := newGuest(t)
	c := NewCall(CallConfig{Limits: testLimits})
	ptr, size := put(t, mod, 8, `"first"`)
	call(t, mod, c, "result_set", ptr, size)
	put(t, mod, 8, `"other"`)
	if string(c.Result) != `"first"` {
		t.Errorf("result %q", c.Result)
	}
}

func TestLog(t *testing.T) {
	t.Parallel()
	mod := newGuest(t)
	var live []string
	c := NewCall(CallConfig{Limits: testLimits, OnLog: func(r LogRecord) { live = append(live, r.Text) }})
	ptr, size := put(t, mod, 8, "0123456789")
	for _, level := range []uint64{0, 6, math.MaxUint32} {
		if got := call(t, mod, c, "log", level, ptr, size); got != abiInvalid {
			t.Errorf("level %d: %d", level, got)
		}
	}
	for range 5 { // 3 records by number; the limit of 32 bytes allows 3 as well
		if got := call(t, mod, c, "log", uint64(LogWarning), ptr, size); got != abiOK {
			t.Errorf("log: %d", got)
		}
	}
	call(t, mod, c, "log", uint64(LogInfo), ptr, 60000) // longer than all the log may be
	if len(c.Logs) != 3 || c.Dropped.LogRecords != 3 || len(live) != 3 {
		t.Errorf("kept %d, dropped %d, live %d; want 3, 3, 3", len(c.Logs), c.Dropped.LogRecords, len(live))
	}
	if r := c.Logs[0]; r.Level.String() != "warning" || r.Text != "0123456789" || r.Time.IsZero() {
		t.Errorf("record %+v", r)
	}
	ptr, size = put(t, mod, 8, "\xff")
	if got := call(t, mod, c, "log", uint64(LogInfo), ptr, size); got != abiInvalid {
		t.Errorf("not UTF-8: %d", got)
	}
}

func TestMetric(t *testing.T) {
	t.Parallel()
	mod := newGuest(t)
	c := NewCall(CallConfig{Limits: testLimits})
	report := func(kind MetricKind, name string, value float64, labels string) int32 {
		namePtr, nameLen := put(t, mod, 8, name)
		labelsPtr, labelsLen := put(t, mod, 4096, labels)
		return call(t, mod, c, "metric", uint64(kind), namePtr, nameLen, api.EncodeF64(value), labelsPtr, labelsLen)
	}
	for _, test := range []struct {
		what   string
		kind   MetricKind
		name   string
		value  float64
		labels string
		want   int32
	}{
		{"counter", MetricCounter, "rows_total", 2, `{"t":"a"}`, abiOK},
		{"counter again", MetricCounter, "rows_total", 3, `{"t":"a"}`, abiOK},
		{"same series, other kind", MetricGauge, "rows_total", 3, `{"t":"a"}`, abiInvalid},
		{"histogram", MetricHistogram, "size", 5, ``, abiOK},
		{"histogram again", MetricHistogram, "size", 1, ``, abiOK},
		{"a third series", MetricGauge, "other", 1, ``, abiOK}, // dropped
		{"counter going down", MetricCounter, "rows_total", -1, `{"t":"a"}`, abiInvalid},
		{"NaN", MetricGauge, "size", math.NaN(), ``, abiInvalid},
		{"infinity", MetricGauge, "size", math.Inf(1), ``, abiInvalid},
		{"no such kind", 3, "size", 1, ``, abiInvalid},
		{"bad name", MetricGauge, "1size", 1, ``, abiInvalid},
		{"empty name", MetricGauge, "", 1, ``, abiInvalid},
		{"NUL in name", MetricGauge, "a\x00", 1, ``, abiInvalid},
		{"labels no object", MetricGauge, "size", 1, `[1]`, abiInvalid},
		{"labels not strings", MetricGauge, "size", 1, `{"a":1}`, abiInvalid},
		{"too long", MetricGauge, strings.Repeat("x", 65), 1, ``, abiLimit},
	} {
		if got := report(test.kind, test.name, test.value, test.labels); got != test.want {
			t.Errorf("%s: %d, want %d", test.what, got, test.want)
		}
	}
	if len(c.Metrics) != 2 || c.Dropped.Metrics != 1 {
		t.Fatalf("kept %d series, dropped %d; want 2, 1", len(c.Metrics), c.Dropped.Metrics)
	}
	if m := c.Metrics[0]; m.Value != 5 || m.Count != 2 || m.Labels["t"] != "a" {
		t.Errorf("counter %+v", m)
	}
	if m := c.Metrics[1]; m.Value != 6 || m.Count != 2 || m.Min != 1 || m.Max != 5 {
		t.Errorf("histogram %+v", m)
	}
}

func TestProgress(t *testing.T) {
	t.Parallel()
	mod := newGuest(t)
	c := NewCall(CallConfig{Limits: testLimits})
	ptr, size := put(t, mod, 8, "half")
	for _, bad := range []float64{-0.1, 1.1, math.NaN(), math.Inf(1)} {
		if got := call(t, mod, c, "progress", api.EncodeF64(bad), ptr, size); got != abiInvalid {
			t.Errorf("%v: %d", bad, got)
		}
	}
	if got := call(t, mod, c, "progress", api.EncodeF64(0.5), ptr, size); got != abiOK || c.Progress != (Progress{0.5, "half"}) {
		t.Errorf("%d, %+v", got, c.Progress)
	}
	if got := call(t, mod, c, "progress", api.EncodeF64(0.5), ptr, 17); got != abiLimit {
		t.Errorf("long message: %d", got)
	}
}

func TestHostFunction(t *testing.T) {
	t.Parallel()
	mod := newGuest(t)
	c := NewCall(CallConfig{Limits: testLimits, HostFuncs: map[string]HostFunc{
		"echo":  func(_ context.Context, arg []byte) ([]byte, error) { return arg, nil },
		"fail":  func(context.Context, []byte) ([]byte, error) { return nil, errors.New("no such row") },
		"panic": func(context.Context, []byte) ([]byte, error) { panic("oops") },
		"large": func(context.Context, []byte) ([]byte, error) { return make([]byte, 65), nil },
	}})
	for _, test := range []struct {
		name, arg string
		want      int32
		reply     string
	}{
		{"echo", `{"k":1}`, 7, `{"k":1}`},
		{"fail", `{}`, abiHost, "no such row"},
		{"panic", `{}`, abiHost, "the host function panicked: oops"},
		{"large", `{}`, abiLimit, ""},
		{"missing", `{}`, abiNotFound, ""},
		{"echo", `{`, abiInvalid, ""},
		{"echo", strings.Repeat("1", 65), abiLimit, ""},
	} {
		namePtr, nameLen := put(t, mod, 8, test.name)
		argPtr, argLen := put(t, mod, 1000, test.arg)
		if got := call(t, mod, c, "call", namePtr, nameLen, argPtr, argLen); got != test.want {
			t.Errorf("%s(%.20s): %d, want %d", test.name, test.arg, got, test.want)
		}
		size := call(t, mod, c, "call_read", 0, 0)
		if int(size) != len(test.reply) {
			t.Errorf("%s: reply of %d bytes, want %d", test.name, size, len(test.reply))
			continue
		}
		call(t, mod, c, "call_read", 2000, uint64(size))
		if got, _ := mod.Memory().Read(2000, uint32(size)); string(got) != test.reply {
			t.Errorf("%s: reply %q, want %q", test.name, got, test.reply)
		}
	}
	if c.HostCalls != 4 {
		t.Errorf("HostCalls %d, want 4", c.HostCalls)
	}
}

// A host function that ignores its context is abandoned, and its late reply with it.
func TestStuckHostFunction(t *testing.T) {
	t.Parallel()
	mod := newGuest(t)
	release, cancelled := make(chan struct{}), make(chan struct{})
	c := NewCall(CallConfig{Limits: testLimits, Grace: 20 * time.Millisecond, HostFuncs: map[string]HostFunc{
		"stuck": func(ctx context.Context, _ []byte) ([]byte, error) {
			<-release
			<-ctx.Done()
			close(cancelled)
			return []byte("late"), nil
		},
	}})
	namePtr, nameLen := put(t, mod, 8, "stuck")
	argPtr, argLen := put(t, mod, 1000, "{}")
	time.AfterFunc(10*time.Millisecond, func() { c.Interrupt(StopTimeout) })
	if got := call(t, mod, c, "call", namePtr, nameLen, argPtr, argLen); got != abiInterrupted {
		t.Errorf("soft: %d, want %d", got, abiInterrupted)
	}
	if reason, _ := mod.Memory().ReadUint32Le(0); StopReason(reason) != StopTimeout {
		t.Errorf("the guest's handler got reason %d", reason)
	}
	_, err := mod.ExportedFunction("call").Call(WithCall(context.Background(), c), namePtr, nameLen, argPtr, argLen)
	if !errors.Is(err, ErrStopped) {
		t.Errorf("hard: %v", err)
	}
	if c.Interrupted() != StopTimeout {
		t.Errorf("reason %d", c.Interrupted())
	}
	close(release)
	<-cancelled
	c.End()
	// The instance survives the unwinding.
	if got := call(t, mod, NewCall(CallConfig{}), "tick"); got != int32(StopNone) {
		t.Errorf("tick after a hard stop: %d", got)
	}
}

func TestTick(t *testing.T) {
	t.Parallel()
	mod := newGuest(t)
	c := NewCall(CallConfig{Grace: time.Hour})
	defer c.End()
	if got := call(t, mod, c, "tick"); got != int32(StopNone) {
		t.Errorf("quiet: %d", got)
	}
	c.Interrupt(StopCancelled)
	c.Interrupt(StopTimeout) // the first reason counts
	if got := call(t, mod, c, "tick"); got != int32(StopCancelled) {
		t.Errorf("interrupted: %d", got)
	}
	if got := call(t, mod, c, "tick"); got != int32(StopNone) {
		t.Errorf("delivered twice: %d", got)
	}
	c.Stop()
	if _, err := mod.ExportedFunction("tick").Call(WithCall(context.Background(), c)); !errors.Is(err, ErrStopped) {
		t.Errorf("stopped: %v", err)
	}
}

func TestInterruptAfterEnd(t *testing.T) {
	t.Parallel()
	c := NewCall(CallConfig{})
	c.End()
	c.Interrupt(StopTimeout)
	c.Stop()
	if got := c.tick(); got != StopNone || c.Interrupted() != StopNone {
		t.Errorf("an ended call was interrupted: %d, %d", got, c.Interrupted())
	}
}

func TestWait(t *testing.T) {
	t.Parallel()
	mod := newGuest(t)
	c := NewCall(CallConfig{})
	fired, err := c.Wait(context.Background(), mod, time.Millisecond, nil)
	if fired || err != nil {
		t.Errorf("timer: %t, %v", fired, err)
	}
	ready := make(chan struct{})
	close(ready)
	if fired, err := c.Wait(context.Background(), mod, -1, ready); !fired || err != nil {
		t.Errorf("ready: %t, %v", fired, err)
	}
}

func TestEntropy(t *testing.T) {
	t.Parallel()
	mod := newGuest(t)
	c := NewCall(CallConfig{})
	call(t, mod, c, "entropy", 0, 32)
	call(t, mod, c, "entropy", 32, 32)
	first, _ := mod.Memory().Read(0, 32)
	second, _ := mod.Memory().Read(32, 32)
	if string(first) == string(second) {
		t.Error("the same bytes twice")
	}
	if got := call(t, mod, c, "entropy", 0, maxEntropyBytes+1); got != abiLimit {
		t.Errorf("too much: %d", got)
	}
	if got := call(t, mod, c, "entropy", 65530, 32); got != abiFault {
		t.Errorf("beyond memory: %d", got)
	}
}

// Outside a call, as in a start function, the host functions answer an error.
func TestWithoutCall(t *testing.T) {
	t.Parallel()
	mod := newGuest(t)
	for _, f := range functions {
		results, err := mod.ExportedFunction(f.name).Call(context.Background(), make([]uint64, len(f.params))...)
		if err != nil || api.DecodeI32(results[0]) != abiInvalid {
			t.Errorf("%s: %v, %v", f.name, results, err)
		}
	}
}

func TestFuelIsExact(t *testing.T) {
	t.Parallel()
	mod := newGuest(t)
	global := mod.ExportedGlobal(ExportFuel).(api.MutableGlobal)
	// spend does what the metering pass does for a charge of n.
	spend := func(c *Call, n int64) (ticks int) {
		left := int64(api.DecodeI32(global.Get())) - n
		global.Set(api.EncodeI32(int32(left)))
		if left <= 0 {
			global.Set(api.EncodeI32(int32(left + FuelQuantum)))
			c.tick()
			return 1
		}
		return 0
	}
	for _, limit := range []uint64{0, 50_000, 19_999, 20_000, 20_001, 1} {
		c := NewCall(CallConfig{Limits: Limits{Fuel: limit}, Grace: time.Hour})
		c.StartFuel(global, 0)
		var spent, reachedAt uint64
		for spent < 100_000 {
			n := int64(1)
			if spent%7 == 0 {
				n = 4096 // a bulk instruction
			}
			spend(c, n)
			spent += uint64(n)
			if c.Fuel() != spent {
				t.Fatalf("limit %d: counted %d, spent %d", limit, c.Fuel(), spent)
			}
			if reachedAt == 0 && c.Interrupted() == StopFuel {
				reachedAt = spent
			}
		}
		switch {
		case limit == 0 && reachedAt != 0:
			t.Errorf("no limit, but stopped at %d", reachedAt)
		case limit != 0 && (reachedAt < limit || reachedAt > limit+4096):
			t.Errorf("limit %d: stopped at %d", limit, reachedAt)
		}
		c.End()
	}
}

func TestJSONDepth(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text string
		want int
	}{
		{``, 0}, {`1`, 0}, {`[]`, 1}, {`[{"a":[1]}]`, 3}, {`"[[["`, 0}, {`["\"[["]`, 1}, {`[],[[]]`, 2}, {`"\`, 0},
	} {
		if got := jsonDepth([]byte(test.text)); got != test.want {
			t.Errorf("%q: %d, want %d", test.text, got, test.want)
		}
	}
}

// A look between pieces of work, as by a path that the bootstrap looks up, does not interrupt what
// has not begun; a wait is the script's own.
func TestLookBeforeTheScript(t *testing.T) {
	t.Parallel()
	mod := newGuest(t)
	c := NewCall(CallConfig{Grace: time.Hour})
	defer c.End()
	c.StartFuel(mod.ExportedGlobal(ExportFuel).(api.MutableGlobal), 1)
	c.Interrupt(StopTimeout)
	if _, err := c.Wait(context.Background(), mod, 0, nil); err != nil || c.Interrupted() != StopNone {
		t.Errorf("a look: %v, %d", err, c.Interrupted())
	}
	if _, err := c.Wait(context.Background(), mod, -1, nil); err == nil || c.Interrupted() != StopTimeout {
		t.Errorf("a wait: %v, %d", err, c.Interrupted())
	}
}

// Host functions take time, but no fuel: a guest that does little else ticks seldom. What
// it calls before the script begins does not interrupt it.
func TestEveryHostFunctionIsATick(t *testing.T) {
	t.Parallel()
	for _, f := range functions {
		if f.name == "tick" {
			continue
		}
		mod := newGuest(t)
		c := NewCall(CallConfig{Grace: time.Hour})
		c.StartFuel(mod.ExportedGlobal(ExportFuel).(api.MutableGlobal), 1)
		c.Interrupt(StopTimeout)
		call(t, mod, c, "input_size", uint64(InputName))
		if c.Interrupted() != StopNone {
			t.Errorf("it was interrupted before it had begun")
		}
		args := make([]uint64, len(f.params))
		args[0] = uint64(InputParams)
		call(t, mod, c, f.name, args...)
		if reason, _ := mod.Memory().ReadUint32Le(0); reason != uint32(StopTimeout) || c.Interrupted() != StopTimeout {
			t.Errorf("%s: the guest was interrupted for reason %d", f.name, reason)
		}
		c.Stop()
		if _, err := mod.ExportedFunction(f.name).Call(WithCall(context.Background(), c), args...); !errors.Is(err, ErrStopped) {
			t.Errorf("%s: it ended with %v", f.name, err)
		}
		c.End()
	}
}

func TestSeriesAreToldApart(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, series := range []struct {
		name   string
		labels map[string]string
	}{
		{"m", nil},
		{"m", map[string]string{"": ""}},
		{"m", map[string]string{"a": "b", "c": "d"}},
		{"m", map[string]string{"a": "b\x00c\x00d"}},
		{"m", map[string]string{"a": "b\"\"c\"\"d"}},
		{"m", map[string]string{"a\x00b": "c\x00d"}},
		{"ma", map[string]string{"b": "c"}},
	} {
		key, what := seriesKey(series.name, series.labels), fmt.Sprintf("%s%q", series.name, series.labels)
		if seen[key] != "" {
			t.Errorf("%s and %s have the same key", what, seen[key])
		}
		seen[key] = what
	}
}
