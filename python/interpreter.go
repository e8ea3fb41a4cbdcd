package python

import (
	"context"
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

// Interpreter is a compiled interpreter module and the image its instances start from.
// It may be used by several goroutines; whoever made it closes it after all its
// instances.
type Interpreter struct {
	rt     wazero.Runtime
	module wazero.CompiledModule // hollow: it brings no data
	image  *Image                // what every instance's memory starts as
	cfg    Config
	codes  *codeCache

	private int64 // see PrivateBytes
}

// Module is a metered interpreter, compiled.
type Module struct {
	// Runtime has the host functions of package hostabi.
	Runtime wazero.Runtime
	// Code is the hollow module. Both stay the caller's.
	Code wazero.CompiledModule
	// Image is what instances start from. The interpreter closes it.
	Image *Image
	// Data is what the hollow module lacks. It is only needed without an image, to boot
	// the interpreter once and take one.
	Data []Segment
}

// Segment is data that belongs at an offset of the memory.
type Segment struct {
	Offset uint32
	Bytes  []byte
}

// NewInterpreter checks that a module speaks the host ABI, and boots it once for the
// image if there is none.
func NewInterpreter(ctx context.Context, m Module, cfg Config) (*Interpreter, error) {
	p := &Interpreter{rt: m.Runtime, module: m.Code, image: m.Image, cfg: cfg, codes: newCodeCache(cfg.CodeCacheBytes)}
	if err := p.prepare(ctx, m.Data); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

func (p *Interpreter) prepare(ctx context.Context, data []Segment) (err error) {
	if err := checkExports(p.module); err != nil {
		return err
	}
	if p.image == nil {
		if p.image, err = p.takeImage(ctx, data); err != nil {
			return err
		}
	}
	if p.image.hot == nil && p.image.method != resetCopy {
		if err := p.learnHotSet(ctx); err != nil {
			return err
		}
	}
	p.private = p.image.leastPrivate()
	return nil
}

// PrivateBytes returns how much memory, in bytes, an instance takes for itself at least.
func (p *Interpreter) PrivateBytes() int64 { return p.private }

// Image returns what instances start from, to be saved.
func (p *Interpreter) Image() *Image { return p.image }

// Stats is how an interpreter is at a moment.
type Stats struct {
	Reset                string // how instances are reset: "copy" is the slow, portable way
	ImageBytes           int
	HotPages             int // that every reset puts back, of the system's size
	Scripts              int // compiled ones that are kept
	ScriptBytes          int // of their code
	CodeHits, CodeMisses uint64
}

// Stats returns how the interpreter is now.
func (p *Interpreter) Stats() Stats {
	hot := 0
	for _, is := range p.image.hot {
		if is {
			hot++
		}
	}
	c := p.codes
	c.mu.Lock()
	defer c.mu.Unlock()
	return Stats{
		Reset:       p.image.method.String(),
		ImageBytes:  len(p.image.bytes),
		HotPages:    hot,
		Scripts:     c.order.Len(),
		ScriptBytes: c.used,
		CodeHits:    c.hits,
		CodeMisses:  c.misses,
	}
}

// Close frees the image. All instances must be closed.
func (p *Interpreter) Close() {
	if p.image != nil {
		p.image.Close()
	}
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
