package wasm

import (
	"context"
	"reflect"
	"strings"
	"testing"
)

// A stub has the interface of its module, and traps whatever is called.
func TestStub(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for name, b := range exampleModules() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b.start = nil // it would trap
			whole := b.bytes()
			stub, err := Stub(whole)
			if err != nil {
				t.Fatal(err)
			}
			want, err := Inspect(whole)
			if err != nil {
				t.Fatal(err)
			}
			got, err := Inspect(stub)
			if err != nil {
				t.Fatal(err)
			}
			want.Start = false
			if !reflect.DeepEqual(want, got) {
				t.Errorf("the stub has the interface %+v, its module %+v", got, want)
			}
			if _, err := start(t, stub).mod.ExportedFunction("run").Call(ctx); err == nil || !strings.Contains(err.Error(), "unreachable") {
				t.Errorf("run: %v, expected a trap", err)
			}
		})
	}
}

func TestStubRefuses(t *testing.T) {
	t.Parallel()
	if _, err := Stub([]byte("nonsense")); err == nil {
		t.Error("no error")
	}
}
