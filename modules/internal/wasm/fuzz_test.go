package wasm

import (
	"bytes"
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// seed adds modules that use what the passes look at to a fuzz corpus.
func seed(f *testing.F) {
	f.Add([]byte{})
	f.Add(header)
	f.Add(newBulkGuest(10, 10).bytes())
	for _, b := range exampleModules() {
		f.Add(b.bytes())
	}
}

// exampleModules are small modules whose exports without parameters do something and end.
func exampleModules() map[string]*builder {
	const i32 = "\x7f"
	all := map[string]*builder{}
	example := func(name string) *builder {
		b := withTick()
		all[name] = b
		return b
	}
	run := func(b *builder, result string, locals uint32, c code) {
		b.export("run", kindFunc, b.fn(b.typ("", result), locals, c))
	}

	b := example("loops")
	run(b, i32, 2, code{}.i32(30).localSet(0).op(opLoop, blockEmpty).
		i32(4).localSet(1).op(opLoop, i32T).
		localGet(1).i32(1).op(opSub).localTee(1).brIf(0).localGet(1).op(opEnd, opDrop).
		localGet(0).i32(1).op(opSub).localTee(0).brIf(0).op(opEnd).localGet(0))

	b = example("recursion and tables")
	b.table(3, 100)
	typ := b.typ(i32, i32)
	f, g := b.declare(typ), b.declare(typ)
	b.define(f, 0, code{}.localGet(0).op(opIf, i32T).localGet(0).i32(1).op(opSub).call(g).op(opElse).i32(5).op(opEnd))
	b.define(g, 0, code{}.localGet(0).i32(1).idx(0x11, typ).op(0).localGet(0).op(opAdd))
	b.elem(false, f, f, g)
	run(b, i32, 0, code{}.i32(20).call(f))

	b = example("tail calls")
	f = b.declare(b.typ(i32, i32))
	b.define(f, 0, code{}.localGet(0).op(opEqz, opIf, blockEmpty).i32(9).op(opReturn, opEnd).
		localGet(0).i32(1).op(opSub).idx(0x12, f))
	run(b, i32, 0, code{}.i32(20).call(f))

	b = example("memory")
	b.memory(3, 9)
	b.global(i32T, code{}.i32(7))
	b.data(false, 100, "active")
	seg := b.data(true, 0, "passive segment")
	run(b, i32, 0, code{}.
		i32(200).i32(1).i32(9).misc(0x08, seg, 0).
		i32(300).i32(100).i32(120).misc(0x0a, 0, 0).
		i32(5000).i32(0xab).i32(100_000).misc(0x0b, 0).
		i32(5001).i32(5000).i32(90_000).misc(0x0a, 0, 0).
		i32(1).op(0x40, 0, opDrop).misc(0x09, seg).
		i32(95_000).op(0x28, 0, 0))

	b = example("exceptions")
	tag := add(&b.tags, appendU32([]byte{0}, b.typ(i32, "")))
	f = b.fn(b.typ(i32, ""), 0, code{}.localGet(0).idx(0x08, tag))
	run(b, i32, 0, code{}.op(opBlock, i32T, 0x1f, blockEmpty, 1, 0, byte(tag), 0).i32(3).call(f).op(opEnd).i32(1).op(opEnd))

	b = example("vectors")
	b.memory(1, 1)
	run(b, i32, 1, code{}.i32(3).localSet(0).op(opLoop, blockEmpty).
		i32(16).i32(0).op(0xfd, 0, 0, 0).op(0xfd, 0x0c, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16).
		op(0xfd, 0xae, 1).op(0xfd, 0x0b, 0, 0).
		localGet(0).i32(1).op(opSub).localTee(0).brIf(0).op(opEnd).
		i32(16).op(0x28, 0, 0))

	b = example("references")
	b.table(2, 100)
	f = b.fn(b.typ("", i32), 0, code{}.i32(77))
	b.elem(true, f)
	run(b, i32, 0, code{}.i32(0).idx(0xd2, f).idx(0x26, 0).
		i32(0).idx(0x25, 0).op(0xd1).
		i32(0).idx(0x11, b.typ("", i32)).op(0).op(opAdd).
		idx(0xd2, f).idx(0x14, b.typ("", i32)).op(opAdd).
		op(0xd0, 0x70).i32(3).misc(0x0f, 0).op(opAdd))

	b = example("start")
	b.memory(1, 1)
	b.start = appendU32(nil, b.fn(b.typ("", ""), 0, code{}.i32(8).i32(1).i32(8).misc(0x0b, 0)))
	run(b, i32, 0, code{}.i32(8).op(0x28, 0, 0))

	return all
}

func TestExamplesBehaveTheSame(t *testing.T) {
	t.Parallel()
	for name, b := range exampleModules() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newComparer(t)
			module := b.bytes()
			if !c.accepts(module) {
				t.Fatal("wazero refuses the example")
			}
			if !c.meter(t, module, true) {
				t.Error("nothing was compared")
			}
			if out, err := Hollow(module, 9); err == nil && !c.accepts(out) {
				t.Error("wazero refuses the hollow example")
			}
		})
	}
}

// FuzzMeter compares what a module does with what it does when it is metered: as the
// embedded interpreter is, and as one is that nobody trusts.
func FuzzMeter(f *testing.F) {
	for _, untrusted := range []bool{false, true} {
		f.Add([]byte{}, untrusted)
		f.Add(newBulkGuest(10, 10).bytes(), untrusted)
		for _, b := range exampleModules() {
			f.Add(b.bytes(), untrusted)
		}
	}
	c := newComparer(f)
	f.Fuzz(func(t *testing.T, module []byte, untrusted bool) { c.meter(t, module, untrusted) })
}

// FuzzSplit takes metered modules apart as an engine does: the hollow one has, with the data put
// back, the memory of the whole one; its stub has the whole interface.
func FuzzSplit(f *testing.F) {
	seed(f)
	b := withTick()
	b.memory(1, 1)
	b.data(false, 8, "abc")
	b.data(true, 0, "passive")
	b.data(false, 9, "over it")
	b.data(false, 65533, "end")
	f.Add(b.bytes())
	c := newComparer(f)
	f.Fuzz(func(t *testing.T, original []byte) {
		// wazero must not be given everything: its validation panics at some bodies that Meter refuses.
		module, _, err := Meter(original, MeterConfig{Quantum: 50, Untrusted: true, HostTick: ImportName{"env", "tick"}})
		if err != nil || !harmless(module) || !c.accepts(module) {
			return
		}
		whole, err := Inspect(module)
		if err != nil {
			t.Fatal(err)
		}
		stub, err := Stub(module)
		if err != nil || !c.accepts(stub) {
			t.Fatalf("wazero refuses the stub, but not the module: %v", err)
		}
		if got, err := Inspect(stub); err != nil || !reflect.DeepEqual(got, whole) {
			t.Errorf("the stub has the interface %+v, its module %+v; %v", got, whole, err)
		}
		if whole.Start || len(whole.Memories) != 1 {
			return // it would run
		}
		data, dataErr := Data(module)
		hollow, err := Hollow(module, whole.Memories[0].Min)
		want := c.outcome(c.plain, module, nil, true)
		if dataErr != nil || err != nil || len(want) != 1 || string(want[0]) == "not instantiated" {
			return
		}
		ctx := context.Background()
		mod, err := c.plain.InstantiateWithConfig(ctx, hollow, wazero.NewModuleConfig().WithName("").WithStartFunctions())
		if err != nil {
			t.Fatalf("the hollow module cannot be instantiated, the whole one can: %v", err)
		}
		defer mod.Close(ctx)
		for _, s := range data {
			if !mod.Memory().Write(s.Offset, s.Bytes) {
				t.Fatalf("there is no room for %d bytes at %d, though the whole module has it", len(s.Bytes), s.Offset)
			}
		}
		if got, _ := mod.Memory().Read(0, mod.Memory().Size()); !bytes.Equal(got, want[0]) {
			t.Error("the memories differ")
		}
	})
}

func FuzzHollow(f *testing.F) {
	f.Add([]byte{}, uint32(1))
	f.Add(newBulkGuest(10, 10).bytes(), uint32(bulkPages))
	for _, b := range exampleModules() {
		f.Add(b.bytes(), uint32(3))
	}
	c := newComparer(f)
	f.Fuzz(func(t *testing.T, module []byte, pages uint32) {
		out, err := Hollow(module, pages)
		if err != nil || !harmless(module) || pages > comparerPages || !c.accepts(module) {
			return
		}
		if !c.accepts(out) {
			t.Fatal("wazero refuses the hollow module, but not the original")
		}
		before, err := Inspect(module)
		if err != nil {
			t.Fatal(err)
		}
		after, err := Inspect(out)
		if err != nil {
			t.Fatal(err)
		}
		if after.Start || after.Memories[0].Min != pages || !slices.Equal(before.Imports, after.Imports) ||
			!slices.Equal(before.Exports, after.Exports) {
			t.Errorf("hollow module %+v of %+v", after, before)
		}
		// It is a fixed point.
		again, err := Hollow(out, pages)
		if err != nil || !bytes.Equal(again, out) {
			t.Errorf("hollow twice: error %v, or another module", err)
		}
	})
}

func FuzzInspect(f *testing.F) {
	seed(f)
	c := newComparer(f)
	f.Fuzz(func(t *testing.T, module []byte) {
		info, err := Inspect(module)
		if err != nil || !harmless(module) {
			return
		}
		compiled, err := c.plain.CompileModule(context.Background(), module)
		if err != nil {
			return
		}
		defer compiled.Close(context.Background())
		funcs := map[string]string{}
		for _, e := range info.Exports {
			if e.Kind == "function" {
				funcs[e.Name] = e.Type
			}
		}
		if n := len(compiled.ExportedFunctions()); n != len(funcs) {
			t.Errorf("%d exported functions, wazero sees %d", len(funcs), n)
		}
		for name, def := range compiled.ExportedFunctions() {
			if strings.HasPrefix(funcs[name], "()") != (len(def.ParamTypes()) == 0) {
				t.Errorf("export %q is %q, wazero sees parameters %v", name, funcs[name], def.ParamTypes())
			}
		}
		for name, def := range compiled.ExportedMemories() {
			if def.Min() != info.Memories[0].Min {
				t.Errorf("memory %q: minimum %d, wazero sees %d", name, info.Memories[0].Min, def.Min())
			}
		}
	})
}

const comparerPages = 64

// comparer runs a module with and without metering.
type comparer struct {
	plain, metered wazero.Runtime
	ticks          int
	limit          int              // of ticks; then the call is killed
	onTick         func(api.Module) // may be nil
}

func newComparer(t testing.TB) *comparer {
	ctx := context.Background()
	c := &comparer{limit: 100}
	// The unmetered module can only be stopped by wazero's own means.
	config := wazero.NewRuntimeConfig().WithCoreFeatures(allFeatures).WithMemoryLimitPages(comparerPages)
	c.plain = wazero.NewRuntimeWithConfig(ctx, config.WithCloseOnContextDone(true))
	c.metered = wazero.NewRuntimeWithConfig(ctx, config)
	t.Cleanup(func() {
		c.plain.Close(ctx)
		c.metered.Close(ctx)
	})
	for _, rt := range []wazero.Runtime{c.plain, c.metered} {
		tick := func(_ context.Context, mod api.Module) {
			if c.ticks++; c.ticks > c.limit {
				panic(errKilled)
			}
			if c.onTick != nil {
				c.onTick(mod)
			}
		}
		if _, err := rt.NewHostModuleBuilder("env").NewFunctionBuilder().WithFunc(tick).Export("tick").Instantiate(ctx); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// harmless reports whether wazero can be given the module: it allocates what a module declares.
func harmless(module []byte) bool {
	m, err := parse(module)
	if err != nil {
		return false
	}
	for f := range m.bodies {
		if r, err := m.body(f); err != nil || r.locals > 10_000 {
			return false
		}
	}
	for _, t := range m.tables {
		if t.min > 100_000 || !t.hasMax || t.max > 100_000 { // table.grow allocates, too
			return false
		}
	}
	return true
}

func (c *comparer) accepts(module []byte) bool {
	ctx := context.Background()
	compiled, err := c.plain.CompileModule(ctx, module)
	if err != nil {
		return false
	}
	compiled.Close(ctx)
	return true
}

// meter meters the module and compares what its exports without parameters do. It reports whether there was
// anything to compare.
func (c *comparer) meter(t *testing.T, module []byte, untrusted bool) (compared bool) {
	const quantum = 50
	out, _, err := Meter(module, MeterConfig{Quantum: quantum, Untrusted: untrusted, HostTick: ImportName{"env", "tick"}})
	if err != nil || !harmless(module) || !c.accepts(module) {
		return false
	}
	if !c.accepts(out) {
		_, err := c.plain.CompileModule(context.Background(), out)
		t.Fatalf("wazero refuses the metered module, but not the original: %v", err)
	}
	info, err := Inspect(module)
	if err != nil {
		t.Fatal(err)
	}
	if len(info.Imports) != 1 || info.Imports[0] != (Import{"env", "tick", "function", "()->()"}) {
		return false
	}
	var names []string
	for _, e := range info.Exports {
		if e.Kind == "function" && strings.HasPrefix(e.Type, "()") {
			names = append(names, e.Name)
		}
	}
	metered := c.outcome(c.metered, out, names, len(info.Memories) > 0)
	if metered == nil {
		return false // killed: the original may never end
	}
	plain := c.outcome(c.plain, module, names, len(info.Memories) > 0)
	if plain == nil {
		t.Fatal("the metered module ended, the original did not")
	}
	if !slices.EqualFunc(metered, plain, bytes.Equal) {
		t.Fatalf("outcome %q, unmetered %q", metered, plain)
	}
	return len(plain) > 1
}

// outcome instantiates a module and calls the named functions; it describes what they returned and left in
// memory. It returns nil if something ran too long or too deep.
func (c *comparer) outcome(rt wazero.Runtime, module []byte, names []string, withMemory bool) (out [][]byte) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	c.ticks = 0
	endless := func(err error) bool {
		return errors.Is(err, errKilled) || ctx.Err() != nil || err != nil && strings.Contains(err.Error(), "stack overflow")
	}
	mod, err := rt.InstantiateWithConfig(ctx, module, wazero.NewModuleConfig().WithName("").WithStartFunctions())
	if err != nil {
		if endless(err) {
			return nil
		}
		return [][]byte{[]byte("not instantiated")}
	}
	defer mod.Close(context.Background())
	for _, name := range names {
		results, err := mod.ExportedFunction(name).Call(ctx)
		if endless(err) {
			return nil
		}
		line := []byte(name)
		if err != nil {
			line = append(line, " failed"...)
		}
		for i, r := range results {
			switch mod.ExportedFunction(name).Definition().ResultTypes()[i] {
			case api.ValueTypeI32, api.ValueTypeI64, api.ValueTypeF32, api.ValueTypeF64:
				line = appendU32(append(line, ' '), uint32(r))
				line = appendU32(line, uint32(r>>32))
			default: // an address in the host
			}
		}
		out = append(out, line)
	}
	if withMemory {
		b, _ := mod.Memory().Read(0, mod.Memory().Size())
		out = append(out, bytes.Clone(b))
	}
	return out
}
