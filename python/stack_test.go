package python

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/vivarium-go/vivarium/hostabi"
)

// wazero's fields are found, what a deep recursion takes is counted while it takes it, and an
// idle instance keeps no large stack, also after a script that came to grief in the depth and
// carried on.
func TestNativeStackIsCountedAndGivenBack(t *testing.T) {
	t.Parallel()
	interpreter, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t, interpreter)
	own := r.instance.stack != nil
	if fast := interpreter.image.method != resetCopy; own != fast {
		t.Errorf("a stack of its own: %t, fast path: %t", own, fast)
	}
	before, err := r.instance.Private()
	if err != nil {
		t.Fatal(err)
	}
	probe := func(context.Context, []byte) ([]byte, error) {
		time.Sleep(5 * time.Millisecond) // so long that the guest is audited
		return []byte("null"), nil
	}
	for _, test := range []struct {
		source string
		deep   bool
	}{
		{"import vivarium\nvivarium.call('probe')", false},
		{"import sys, vivarium\nsys.setrecursionlimit(10**6)\nclass A:\n    n = 0\n    def __getattr__(self, name):\n        A.n += 1\n        if A.n == 300: vivarium.call('probe')\n        else: return getattr(self, name + 'x')\nA().y", true},
	} {
		most := int64(0)
		cfg := hostabi.CallConfig{
			HostFuncs: map[string]hostabi.HostFunc{"probe": probe},
			Audit: func() {
				if s, ok := stackOf(r.instance.running); !ok || own && len(*s.bytes) != stackSize {
					t.Errorf("wazero's native stack: found %t", ok)
				}
				private, err := r.instance.Private()
				if err != nil {
					t.Error(err)
				}
				most = max(most, private)
			},
		}
		if outcome, call, err := r.runWith(cfg, test.source, 0); err != nil || outcome.Kind != OutcomeOK {
			t.Errorf("%+v, %v, %s", outcome, err, call.Error)
		}
		if got := most > before+2*keptStack; got != test.deep {
			t.Errorf("%.30q: %d bytes, %d before", test.source, most, before)
		}
		if got, want := r.instance.run != nil, own || !test.deep; got != want {
			t.Errorf("after %.30q: kept the handle: %t", test.source, got)
		}
		if _, _, err := r.instance.Reset(); err != nil {
			t.Error(err)
		}
		if after, err := r.instance.Private(); err != nil || after > before+2*keptStack {
			t.Errorf("after %.30q: %d bytes, before %d, %v", test.source, after, before, err)
		}
	}
}

// The error's text is all there is to tell this trap from others. At the end of a stack
// that is not wazero's it comes as well, and does no harm to what lies below.
func TestNativeStackOverflow(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	rt := wazero.NewRuntime(ctx)
	defer func() {
		if err := rt.Close(ctx); err != nil {
			t.Error(err)
		}
	}()
	// (module (func $f (export "f") call $f))
	m, err := rt.Instantiate(ctx, []byte("\x00asm\x01\x00\x00\x00\x01\x04\x01\x60\x00\x00\x03\x02\x01\x00\x07\x05\x01\x01f\x00\x00\x0a\x06\x01\x04\x00\x10\x00\x0b"))
	if err != nil {
		t.Fatal(err)
	}
	overflow := func(f api.Function) {
		t.Helper()
		err := f.CallWithStack(ctx, nil)
		if outcome := outcomeOf(hostabi.StatusOK, err); outcome.Kind != OutcomeTooDeep {
			t.Errorf("%+v, %v", outcome, err)
		}
	}
	overflow(m.ExportedFunction("f"))

	memory := make([]byte, 4096+stackSize)
	below := memory[:4096]
	for i := range below {
		below[i] = 0xa5
	}
	f := m.ExportedFunction("f")
	s, ok := stackOf(f)
	if !ok {
		t.Skip("wazero has no compiler for this machine")
	}
	s.replace(memory[len(below):])
	for range 2 {
		overflow(f)
	}
	if bytes.Count(below, []byte{0xa5}) != len(below) {
		t.Error("it wrote below its end")
	}
	if used := memory[len(below)+8192:]; bytes.IndexFunc(used[:4096], func(r rune) bool { return r != 0 }) < 0 {
		t.Error("it did not use all of the stack that it was given")
	}
}

func TestStackOfWazeroInterpreter(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	rt := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter())
	defer func() {
		if err := rt.Close(ctx); err != nil {
			t.Error(err)
		}
	}()
	// (module (func (export "f")))
	m, err := rt.Instantiate(ctx, []byte("\x00asm\x01\x00\x00\x00\x01\x04\x01\x60\x00\x00\x03\x02\x01\x00\x07\x05\x01\x01f\x00\x00\x0a\x04\x01\x02\x00\x0b"))
	if err != nil {
		t.Fatal(err)
	}
	if s, ok := stackOf(m.ExportedFunction("f")); ok {
		t.Errorf("%d bytes", len(*s.bytes))
	}
}
