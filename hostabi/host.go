package hostabi

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/vivarium-go/vivarium/hostabi/wasi"
)

// Instantiate registers the host functions of ModuleName, and preview 1 of WASI,
// with rt. The functions find their record in the context of the wasm call, as
// WithCall puts it there.
func Instantiate(ctx context.Context, rt wazero.Runtime) error {
	builder := rt.NewHostModuleBuilder(ModuleName)
	for _, f := range functions {
		builder.NewFunctionBuilder().
			WithGoModuleFunction(f.handler(), f.params, []api.ValueType{i32}).
			Export(f.name)
	}
	if _, err := builder.Instantiate(ctx); err != nil {
		return fmt.Errorf("hostabi: %w", err)
	}
	return wasi.Instantiate(ctx, rt)
}

type callKey struct{}

// WithCall returns a context in which host functions find the record.
func WithCall(ctx context.Context, call *Call) context.Context {
	return context.WithValue(ctx, callKey{}, call)
}

const (
	i32 = api.ValueTypeI32
	f64 = api.ValueTypeF64
)

// function is one host function; its parameters have the order of the C header.
type function struct {
	name   string
	params []api.ValueType
	run    func(g guest, stack []uint64) int32
}

// functions lists the host functions in the order of the C header.
var functions = []function{
	{"input_size", []api.ValueType{i32}, inputSize},
	{"input_read", []api.ValueType{i32, i32, i32}, inputRead},
	{"result_set", []api.ValueType{i32, i32}, resultSet},
	{"error_set", []api.ValueType{i32, i32}, errorSet},
	{"log", []api.ValueType{i32, i32, i32}, logText},
	{"metric", []api.ValueType{i32, i32, i32, f64, i32, i32}, metric},
	{"progress", []api.ValueType{f64, i32, i32}, progress},
	{"call", []api.ValueType{i32, i32, i32, i32}, callFunction},
	{"call_read", []api.ValueType{i32, i32}, callRead},
	{"tick", nil, tick},
	{"entropy", []api.ValueType{i32, i32}, entropy},
}

func (f function) handler() api.GoModuleFunc {
	return func(ctx context.Context, mod api.Module, stack []uint64) {
		call, _ := ctx.Value(callKey{}).(*Call)
		code := abiInvalid // a guest's start function runs outside any call
		if call != nil {
			begun := !f.early(stack) || call.fuel.used() >= call.preamble
			code = f.run(guest{ctx, mod, call}, stack)
			if f.name != "tick" {
				if reason := call.look(begun); reason != StopNone {
					_ = call.arm(ctx, mod, reason) // the guest's handler raises when this returns
				}
			}
		}
		if len(stack) > 0 {
			stack[0] = api.EncodeI32(code)
		}
	}
}

// early says whether a call may be one before the script has begun: that of an input other
// than the params.
func (f function) early(stack []uint64) bool {
	return strings.HasPrefix(f.name, "input_") && Input(uint32(stack[0])) != InputParams
}

// guest is where a host function was called from.
type guest struct {
	ctx  context.Context
	mod  api.Module
	call *Call
}

// view returns the guest's bytes without copying: valid only until the host
// function returns or lets the guest run.
func (g guest) view(ptr, size uint64) ([]byte, bool) {
	if mem := g.mod.Memory(); mem != nil {
		return mem.Read(uint32(ptr), uint32(size))
	}
	return nil, false
}

// take copies size bytes at ptr out of the guest, if limit allows.
func (g guest) take(ptr, size uint64, limit int) ([]byte, int32) {
	if uint64(uint32(size)) > uint64(limit) {
		return nil, abiLimit
	}
	data, ok := g.view(ptr, size)
	if !ok {
		return nil, abiFault
	}
	g.call.BytesOut += uint64(len(data))
	return bytes.Clone(data), abiOK
}

// text is take for what must be UTF-8.
func (g guest) text(ptr, size uint64, limit int) (string, int32) {
	data, code := g.take(ptr, size, limit)
	if code == abiOK && !utf8.Valid(data) {
		code = abiInvalid
	}
	return string(data), code
}

// give copies data to the guest's buffer, which must have room for all of it.
func (g guest) give(ptr, size uint64, data []byte) int32 {
	if uint64(uint32(size)) < uint64(len(data)) {
		return abiInvalid
	}
	mem := g.mod.Memory()
	if mem == nil || !mem.Write(uint32(ptr), data) {
		return abiFault
	}
	g.call.BytesIn += uint64(len(data))
	return int32(len(data))
}

func (g guest) input(kind uint64) ([]byte, int32) {
	if uint32(kind) >= uint32(inputCount) {
		return nil, abiInvalid
	}
	data := g.call.cfg.Inputs[uint32(kind)]
	early := Input(kind) == InputName || Input(kind) == InputSource
	if data == nil || g.call.compiling && !early {
		return nil, abiNotFound
	}
	return data, abiOK
}

// input_size(kind) answers the size of an input in bytes.
func inputSize(g guest, stack []uint64) int32 {
	data, code := g.input(stack[0])
	if code != abiOK {
		return code
	}
	return int32(len(data))
}

// input_read(kind, buf, len) copies an input and answers its size.
func inputRead(g guest, stack []uint64) int32 {
	data, code := g.input(stack[0])
	if code != abiOK {
		return code
	}
	return g.give(stack[1], stack[2], data)
}

// result_set(json, len) hands over the result. The bytes are kept verbatim.
func resultSet(g guest, stack []uint64) int32 {
	data, code := g.takeJSON(stack, g.call.cfg.Limits.ResultBytes)
	if code == abiOK && !g.call.results.rise(g.call, len(data)) {
		code = abiLimit
	}
	switch code {
	case abiOK:
		g.call.Result = data
	case abiLimit:
		g.call.Dropped.Results++
	}
	return code
}

// error_set(json, len) hands over a structured error. Memory is not asked for: that it
// was used up may be just what the error says.
func errorSet(g guest, stack []uint64) int32 {
	data, code := g.takeJSON(stack, g.call.cfg.Limits.ErrorBytes)
	if code == abiOK {
		g.call.Error = data
	}
	return code
}

// takeJSON is take, of the first two arguments, for what must be JSON.
func (g guest) takeJSON(stack []uint64, limit int) ([]byte, int32) {
	data, code := g.take(stack[0], stack[1], limit)
	if code == abiOK && CheckJSON(data) != nil {
		code = abiInvalid
	}
	return data, code
}

// log(level, text, len) adds a record. Beyond the limits records are counted, not
// kept: a script that logs too much is not a script that fails.
func logText(g guest, stack []uint64) int32 {
	c, level := g.call, LogLevel(uint32(stack[0]))
	if level < LogDebug || level > LogCritical {
		return abiInvalid
	}
	text, code := g.text(stack[1], stack[2], c.cfg.Limits.LogBytes)
	switch {
	case code == abiLimit,
		code == abiOK && (len(c.Logs) >= c.cfg.Limits.LogRecords || c.logBytes+len(text) > c.cfg.Limits.LogBytes || !c.take(len(text))):
		c.Dropped.LogRecords++
		return abiOK
	case code != abiOK:
		return code
	}
	record := LogRecord{Time: time.Now(), Level: level, Text: text}
	c.Logs = append(c.Logs, record)
	c.logBytes += len(text)
	if c.cfg.OnLog != nil {
		c.Outside(func() { c.cfg.OnLog(record) })
	}
	return abiOK
}

// metric(kind, name, name_len, value, labels, labels_len) reports a number. Reports
// to series beyond the limit are counted, not kept.
func metric(g guest, stack []uint64) int32 {
	c, kind, value := g.call, MetricKind(uint32(stack[0])), api.DecodeF64(stack[3])
	if kind > MetricHistogram || math.IsNaN(value) || math.IsInf(value, 0) || kind == MetricCounter && value < 0 {
		return abiInvalid
	}
	limit := c.cfg.Limits.MetricBytes
	name, code := g.text(stack[1], stack[2], limit)
	if code != abiOK {
		return code
	}
	if !validMetricName(name) {
		return abiInvalid
	}
	raw, code := g.take(stack[4], stack[5], limit-len(name))
	if code != abiOK {
		return code
	}
	var labels map[string]string
	if len(raw) > 0 && (CheckJSON(raw) != nil || json.Unmarshal(raw, &labels) != nil) {
		return abiInvalid
	}
	key := seriesKey(name, labels)
	series := c.series[key]
	if series == nil {
		if len(c.Metrics) >= c.cfg.Limits.MetricSeries {
			c.Dropped.Metrics++
			return abiOK
		}
		series = &Metric{Name: name, Kind: kind, Labels: labels}
		if c.series == nil {
			c.series = make(map[string]*Metric)
		}
		c.series[key] = series
		c.Metrics = append(c.Metrics, series)
	}
	if series.Kind != kind {
		return abiInvalid
	}
	series.observe(value)
	if c.cfg.OnMetric != nil {
		c.Outside(func() { c.cfg.OnMetric(*series) })
	}
	return abiOK
}

// validMetricName follows Prometheus: [a-zA-Z_:][a-zA-Z0-9_:]*.
func validMetricName(name string) bool {
	for i, r := range name {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_' || r == ':'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return name != ""
}

// progress(fraction, text, len) replaces the last report.
func progress(g guest, stack []uint64) int32 {
	fraction := api.DecodeF64(stack[0])
	if !(fraction >= 0 && fraction <= 1) { // NaN too
		return abiInvalid
	}
	message, code := g.text(stack[1], stack[2], g.call.cfg.Limits.ProgressBytes)
	if code != abiOK {
		return code
	}
	g.call.Progress = Progress{fraction, message}
	if g.call.cfg.OnProgress != nil {
		g.call.Outside(func() { g.call.cfg.OnProgress(g.call.Progress) })
	}
	return abiOK
}

// call(name, name_len, arg, arg_len) runs a host function and answers the size of
// its reply, which call_read then copies.
func callFunction(g guest, stack []uint64) int32 {
	c, limit := g.call, g.call.cfg.Limits.CallBytes
	c.reply = nil
	name, code := g.text(stack[0], stack[1], limit)
	if code != abiOK {
		return code
	}
	fn := c.cfg.HostFuncs[name]
	if fn == nil {
		return abiNotFound
	}
	arg, code := g.take(stack[2], stack[3], limit)
	if code != abiOK {
		return code
	}
	if CheckJSON(arg) != nil {
		return abiInvalid
	}
	if !c.replies.rise(c, len(arg)) {
		return abiLimit
	}
	c.HostCalls++
	reply, err := c.callHost(g.ctx, g.mod, fn, arg)
	switch {
	case errors.Is(err, wasi.ErrInterrupted):
		return abiInterrupted
	case err != nil:
		text := []byte(err.Error())
		c.reply = bytes.ToValidUTF8(text[:min(len(text), limit)], nil)
		return abiHost
	case len(reply) > limit || !c.replies.rise(c, len(arg)+len(reply)):
		return abiLimit
	}
	c.reply = reply
	return int32(len(reply))
}

// call_read(buf, len) copies the last reply, or the last error's text; with len 0
// it answers the size.
func callRead(g guest, stack []uint64) int32 {
	if uint32(stack[1]) == 0 {
		return int32(len(g.call.reply))
	}
	return g.give(stack[0], stack[1], g.call.reply)
}

// tick() answers a StopReason.
func tick(g guest, _ []uint64) int32 { return int32(g.call.tick()) }

// entropy(buf, len) fills the buffer with random bytes.
func entropy(g guest, stack []uint64) int32 {
	if uint32(stack[1]) > maxEntropyBytes {
		return abiLimit
	}
	buf, ok := g.view(stack[0], stack[1])
	if !ok {
		return abiFault
	}
	_, _ = rand.Read(buf) // never fails since Go 1.24
	return abiOK
}

// panicError is a panic of a host function, as the script is told of it.
type panicError struct{ value any }

func (p panicError) Error() string { return fmt.Sprintf("the host function panicked: %v", p.value) }
