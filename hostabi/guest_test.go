package hostabi

import (
	"context"
	"slices"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// newGuest instantiates a module that is nothing but a page of memory and, for each
// host function, an export of the same name that calls it. Its vivarium_interrupt
// stores the reason at address 0, and if the word at hostileHandler is not 0 it ticks, and
// calls a host function with the four words after that.
func newGuest(t testing.TB) api.Module {
	t.Helper()
	ctx := context.Background()
	rt := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter()) // no code to compile per test
	t.Cleanup(func() {
		if err := rt.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	if err := Instantiate(ctx, rt); err != nil {
		t.Fatal(err)
	}
	mod, err := rt.InstantiateWithConfig(ctx, trampolines(), wazero.NewModuleConfig().WithName(""))
	if err != nil {
		t.Fatal(err)
	}
	return mod
}

func trampolines() []byte {
	n := byte(len(functions))
	var types, imports, funcs, exports, code []byte
	types, funcs, code = append(types, n+1), append(funcs, n+1), append(code, n+1)
	imports, exports = append(imports, n), append(exports, n+2+1)
	for i, f := range functions {
		types = append(types, 0x60)
		types = append(types, vec(f.params)...)
		types = append(types, 1, i32)
		imports = append(imports, vec([]byte(ModuleName))...)
		imports = append(imports, vec([]byte(f.name))...)
		imports = append(imports, 0, byte(i))
		funcs = append(funcs, byte(i))
		exports = append(exports, vec([]byte(f.name))...)
		exports = append(exports, 0, n+byte(i))
		body := []byte{0} // no locals
		for p := range f.params {
			body = append(body, 0x20, byte(p)) // local.get
		}
		body = append(body, 0x10, byte(i), 0x0b) // call, end
		code = append(code, vec(body)...)
	}
	types = append(types, 0x60, 1, i32, 0)
	funcs = append(funcs, n)
	handler := []byte{0, 0x41, 0, 0x20, 0, 0x36, 2, 0} // i32.store (i32.const 0) (local.get 0)
	load := func(at int) { handler = append(append(handler, 0x41, 0, 0x28, 2), leb(at)...) }
	load(hostileHandler)
	handler = append(handler, 0x04, 0x40, 0x10, functionIndex("tick"), 0x1a) // if; call; drop
	for i := range 4 {
		load(hostileHandler + 4 + 4*i)
	}
	handler = append(handler, 0x10, functionIndex("call"), 0x1a, 0x0b, 0x0b)
	code = append(code, vec(handler)...)
	exports = append(exports, vec([]byte(ExportInterrupt))...)
	exports = append(exports, 0, n+n)
	exports = append(exports, vec([]byte("memory"))...)
	exports = append(exports, 2, 0)
	exports = append(exports, vec([]byte(ExportFuel))...)
	exports = append(exports, 3, 0)

	module := []byte("\x00asm\x01\x00\x00\x00")
	for _, s := range []struct {
		id   byte
		body []byte
	}{
		{1, types}, {2, imports}, {3, funcs}, {5, []byte{1, 0, 1}},
		{6, []byte{1, i32, 1, 0x41, 0, 0x0b}}, {7, exports}, {10, code},
	} {
		module = append(module, s.id)
		module = append(module, leb(len(s.body))...)
		module = append(module, s.body...)
	}
	return module
}

// hostileHandler is where the guest is told to have a hostile interrupt handler.
const hostileHandler = 60_000

func functionIndex(name string) byte {
	return byte(slices.IndexFunc(functions, func(f function) bool { return f.name == name }))
}

func vec(b []byte) []byte { return append(leb(len(b)), b...) }

func leb(n int) []byte {
	var out []byte
	for ; n >= 0x80; n >>= 7 {
		out = append(out, byte(n)|0x80)
	}
	return append(out, byte(n))
}

// call calls a host function through the guest and returns its code.
func call(t testing.TB, mod api.Module, record *Call, name string, args ...uint64) int32 {
	t.Helper()
	results, err := mod.ExportedFunction(name).Call(WithCall(context.Background(), record), args...)
	if err != nil {
		t.Fatalf("%s%v: %v", name, args, err)
	}
	return api.DecodeI32(results[0])
}

// put writes text into the guest and returns where, as (ptr, len).
func put(t testing.TB, mod api.Module, at uint32, text string) (ptr, size uint64) {
	t.Helper()
	if !mod.Memory().WriteString(at, text) {
		t.Fatalf("no room for %d bytes at %d", len(text), at)
	}
	return uint64(at), uint64(len(text))
}
