package wasm

import (
	"context"
	"testing"

	"github.com/tetratelabs/wazero"
)

// Hollow and Data together are the module: memory is the same when the host copies
// the data.
func TestDataIsWhatHollowLeavesOut(t *testing.T) {
	t.Parallel()
	// (module (memory (export "m") 1) (data (i32.const 8) "abc") (data "passive") (data (i32.const 65533) "end"))
	module := []byte("\x00asm\x01\x00\x00\x00\x05\x03\x01\x00\x01\x07\x05\x01\x01m\x02\x00\x0b\x20\x03" +
		"\x00\x41\x08\x0b\x03abc" + "\x01\x07passive" + "\x00\x41\xfd\xff\x03\x0b\x03end")
	module[8+5+7+1] = byte(len(module) - (8 + 5 + 7 + 2))
	hollow, err := Hollow(module, 1)
	if err != nil {
		t.Fatal(err)
	}
	segments, err := Data(module)
	if err != nil || len(segments) != 2 {
		t.Fatalf("%d segments, %v", len(segments), err)
	}
	ctx := context.Background()
	rt := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter())
	defer func() { _ = rt.Close(ctx) }()
	var memories [2]string
	for i, binary := range [][]byte{module, hollow} {
		mod, err := rt.InstantiateWithConfig(ctx, binary, wazero.NewModuleConfig().WithName(""))
		if err != nil {
			t.Fatal(err)
		}
		if i == 1 {
			for _, s := range segments {
				mod.Memory().Write(s.Offset, s.Bytes)
			}
		}
		all, _ := mod.Memory().Read(0, mod.Memory().Size())
		memories[i] = string(all)
	}
	if memories[0] != memories[1] || memories[0][8:11] != "abc" || memories[0][65533:] != "end" {
		t.Error("the memories differ")
	}
	// (data (global.get 0) …) cannot be copied by a host that does not know the global.
	if _, err := Data([]byte("\x00asm\x01\x00\x00\x00\x05\x03\x01\x00\x01\x06\x06\x01\x7f\x00\x41\x00\x0b\x0b\x07\x01\x00\x23\x00\x0b\x01a")); err == nil {
		t.Error("no error for an offset that is not a constant")
	}
}
