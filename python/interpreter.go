package python

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/vivarium-go/vivarium/hostabi"
)

// Config is what an Interpreter is made with.
type Config struct {
	// Preimport names Python modules to import at boot, before any script.
	Preimport []string
	// CodeCacheBytes bounds the compiled scripts kept, in bytes; 0 keeps none.
	CodeCacheBytes int
	// VerifyReset compares the whole memory with the image after every so many resets
	// of an instance; 0 never does.
	VerifyReset int
}

// Interpreter is a compiled interpreter module. It may be used by several
// goroutines; whoever made it closes it after all its instances.
type Interpreter struct {
	rt     wazero.Runtime
	module wazero.CompiledModule // hollow: it brings no data
	image  *image                // what every instance's memory starts as
	cfg    Config
	codes  *codeCache
}

// Module is a metered interpreter, taken apart: once there is an image, nobody needs
// the data any more.
type Module struct {
	Hollow []byte
	Data   []Segment
}

// Segment is data that belongs at an offset of the memory.
type Segment struct {
	Offset uint32
	Bytes  []byte
}

// NewInterpreter compiles a module, checks that it speaks the host ABI, boots it once
// and takes the image that instances start from. rt must have the host functions of
// package hostabi.
func NewInterpreter(ctx context.Context, rt wazero.Runtime, m Module, cfg Config) (*Interpreter, error) {
	module, err := rt.CompileModule(ctx, m.Hollow)
	if err != nil {
		return nil, fmt.Errorf("python: the interpreter does not compile: %w", err)
	}
	p := &Interpreter{rt: rt, module: module, cfg: cfg, codes: newCodeCache(cfg.CodeCacheBytes)}
	if err := p.prepare(ctx, m.Data); err != nil {
		return nil, errors.Join(err, p.Close(ctx))
	}
	return p, nil
}

func (p *Interpreter) prepare(ctx context.Context, data []Segment) (err error) {
	if err := checkExports(p.module); err != nil {
		return err
	}
	if p.image, err = p.takeImage(ctx, data); err != nil {
		return err
	}
	return p.learnHotSet(ctx)
}

// Close frees the compiled code and the image. All instances must be closed.
func (p *Interpreter) Close(ctx context.Context) error {
	if p.image != nil {
		p.image.close()
	}
	return p.module.Close(ctx)
}

const (
	i32 = api.ValueTypeI32
	i64 = api.ValueTypeI64
)

// exports lists the functions of guest/vivarium_abi.h that every interpreter has.
var exports = []struct {
	name            string
	params, results []api.ValueType
}{
	{hostabi.ExportInitialize, nil, nil},
	{hostabi.ExportVersion, nil, []api.ValueType{i32}},
	{hostabi.ExportInit, nil, []api.ValueType{i32}},
	{hostabi.ExportCompile, nil, []api.ValueType{i64}},
	{hostabi.ExportRun, nil, []api.ValueType{i32}},
	{hostabi.ExportTick, nil, nil},
	{hostabi.ExportInterrupt, []api.ValueType{i32}, nil},
	{hostabi.ExportLimitMemory, []api.ValueType{i32}, []api.ValueType{i32}},
}

// checkExports compares what the host calls with what the module has.
func checkExports(module wazero.CompiledModule) error {
	var wrong []string
	found := module.ExportedFunctions()
	for _, want := range exports {
		expected := signature(want.params, want.results)
		switch f, ok := found[want.name]; {
		case !ok:
			wrong = append(wrong, fmt.Sprintf("%s: expected %s, found nothing", want.name, expected))
		case signature(f.ParamTypes(), f.ResultTypes()) != expected:
			wrong = append(wrong, fmt.Sprintf("%s: expected %s, found %s", want.name, expected, signature(f.ParamTypes(), f.ResultTypes())))
		}
	}
	if _, ok := module.ExportedMemories()["memory"]; !ok {
		wrong = append(wrong, "memory: expected a memory, found nothing")
	}
	if wrong == nil {
		return nil
	}
	return fmt.Errorf("python: the module is not a Vivarium interpreter of ABI v%d:\n  %s", hostabi.Version, strings.Join(wrong, "\n  "))
}

// signature renders a function type as "(i32, i32) -> i64".
func signature(params, results []api.ValueType) string {
	names := func(types []api.ValueType) string {
		text := make([]string, len(types))
		for i, t := range types {
			text[i] = api.ValueTypeName(t)
		}
		return strings.Join(text, ", ")
	}
	return fmt.Sprintf("(%s) -> (%s)", names(params), names(results))
}
