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
}

// Interpreter is a compiled interpreter module. It may be used by several
// goroutines; whoever made it closes it after all its instances.
type Interpreter struct {
	rt     wazero.Runtime
	module wazero.CompiledModule
	cfg    Config
	codes  *codeCache
}

// NewInterpreter compiles a metered module and checks that it speaks the host ABI.
// rt must have the host functions of package hostabi.
func NewInterpreter(ctx context.Context, rt wazero.Runtime, wasm []byte, cfg Config) (*Interpreter, error) {
	module, err := rt.CompileModule(ctx, wasm)
	if err != nil {
		return nil, fmt.Errorf("python: the interpreter does not compile: %w", err)
	}
	if err := checkExports(module); err != nil {
		return nil, errors.Join(err, module.Close(ctx))
	}
	return &Interpreter{rt: rt, module: module, cfg: cfg, codes: newCodeCache(cfg.CodeCacheBytes)}, nil
}

// Close frees the compiled code.
func (p *Interpreter) Close(ctx context.Context) error { return p.module.Close(ctx) }

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
