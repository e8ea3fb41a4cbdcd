package wasm

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero/experimental"
)

// Every opcode is either refused or classified: what bounds its time has been thought about.
//
// Considered and bounded elsewhere: host functions (their own business; they count as importWeight), page
// faults (once per page, by the memory limit), traps and unwinding by the host (they end the call),
// instantiation and start functions (the host's business: it can refuse a large module), the compiler.
func TestEveryOpcodeIsClassified(t *testing.T) {
	t.Parallel()
	want := map[class]string{
		charged: "call call_indirect call_ref return_call return_call_indirect return_call_ref",
		chunked: "memory.copy memory.fill memory.init table.copy table.fill table.init",
		limited: "table.grow",
		refused: "memory.atomic.wait",
	}
	got := map[class]map[string]bool{}
	last := opcode(0)
	for i, info := range opTable {
		if info.class == 0 || info.what == "" {
			t.Errorf("%#x: no class or no name", info.first)
		}
		if info.first > info.last || i > 0 && info.first <= last {
			t.Errorf("%#x: out of order", info.first)
		}
		last = info.last
		if info.class == constantTime && (info.weight == 0 || info.weight > maxStretch/10) {
			t.Errorf("%s: weight %d", info.what, info.weight)
		}
		for _, name := range strings.Split(info.what, ", ") {
			if got[info.class] == nil {
				got[info.class] = map[string]bool{}
			}
			got[info.class][name] = true
		}
	}
	for class, names := range want {
		for _, name := range strings.Fields(names) {
			if !got[class][name] {
				t.Errorf("%s is not in class %d", name, class)
			}
			delete(got[class], name)
		}
		for name := range got[class] {
			t.Errorf("%s in class %d", name, class)
		}
	}
}

// The table knows each opcode that wazero knows, and no other; but for legacy exception handling, which
// wazero gave up, and the waiting atomics.
func TestOpcodesAreThoseOfWazero(t *testing.T) {
	t.Parallel()
	rt, ctx := newRuntime(t, allFeatures|experimental.CoreFeaturesThreads), context.Background()
	unknown := regexp.MustCompile(`invalid (numeric )?instruction 0x|unknown misc opcode|(unknown|invalid) (vector|SIMD|atomic) (instruction|opcode)|legacy exception`)
	for _, prefix := range []int{0, prefixMisc, prefixVector, prefixAtomic} {
		for op := range 256 {
			if prefix == 0 && op >= prefixMisc {
				continue
			}
			instr := []byte{byte(op)}
			if prefix != 0 {
				instr = appendU32([]byte{byte(prefix)}, uint32(op))
			}
			known := func() (known bool) {
				// wazero's validator indexes some tables by opcodes it does not know.
				defer func() {
					if recover() != nil {
						known = false
					}
				}()
				_, err := rt.CompileModule(ctx, opcodeModule(instr))
				return err == nil || !unknown.MatchString(err.Error())
			}()
			info := lookup(opcode(prefix)<<8 | opcode(op))
			legacy := strings.Contains(info.what, "(legacy)")
			if have := info.class != 0 && !legacy; have != known {
				t.Errorf("opcode %#x: known here %v, known to wazero %v", instr, have, known)
			}
		}
	}
}

// opcodeModule has the instruction in dead code, with zeros after it that may serve as immediates.
func opcodeModule(instr []byte) []byte {
	b := &builder{}
	b.memory(1, 1)
	b.table(1, 100)
	c := append(code{}.op(0), instr...)
	b.fn(b.typ("", ""), 0, append(c, make([]byte, 20)...))
	return b.bytes()
}
