package python

import (
	"context"
	"testing"

	"github.com/tetratelabs/wazero"

	"github.com/vivarium-go/vivarium/hostabi"
)

// wazero's field is found, and an idle instance keeps no large stack, also after a
// script that came to grief in the depth and carried on.
func TestNativeStackIsSeenAndGivenBack(t *testing.T) {
	t.Parallel()
	interpreter, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t, interpreter)
	before, err := r.instance.Private()
	if err != nil {
		t.Fatal(err)
	}
	deepest := int64(0)
	probe := func(context.Context, []byte) ([]byte, error) { return []byte("null"), nil }
	for _, test := range []struct {
		source string
		kept   bool
	}{
		{"pass", true},
		{"import sys, vivarium\nsys.setrecursionlimit(10**6)\nclass A:\n    n = 0\n    def __getattr__(self, name):\n        A.n += 1\n        if A.n == 90: vivarium.call('probe')\n        else: return getattr(self, name + 'x')\nA().y", false},
	} {
		cfg := hostabi.CallConfig{
			HostFuncs: map[string]hostabi.HostFunc{"probe": probe},
			Audit: func() {
				size, ok := stackBytes(r.instance.running)
				if !ok {
					t.Error("wazero's native stack is not found")
				}
				deepest = max(deepest, size)
			},
		}
		if outcome, call, err := r.runWith(cfg, test.source, 0); err != nil || outcome.Kind != OutcomeOK {
			t.Errorf("%+v, %v, %s", outcome, err, call.Error)
		}
		if got := r.instance.run != nil; got != test.kept {
			t.Errorf("after %.30q: kept the handle: %t", test.source, got)
		}
	}
	if deepest <= keptStack {
		t.Errorf("the recursion had %d bytes of stack", deepest)
	}
	if after, err := r.instance.Private(); err != nil || after > before+1<<20 {
		t.Errorf("%d bytes, before %d, %v", after, before, err)
	}
}

// The error's text is all there is to tell this trap from others.
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
	_, err = m.ExportedFunction("f").Call(ctx)
	if outcome := outcomeOf(hostabi.StatusOK, err); outcome.Kind != OutcomeTooDeep {
		t.Errorf("%+v, %v", outcome, err)
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
	if size, ok := stackBytes(m.ExportedFunction("f")); ok {
		t.Errorf("%d bytes", size)
	}
}
