package python

import (
	"reflect"

	"github.com/tetratelabs/wazero/api"
)

// keptStack is the largest native stack, in bytes, that an idle instance keeps. A
// trivial script needs a sixth of it; a deep recursion leaves tens of megabytes.
const keptStack = 1 << 20

// stackBytes returns the size of a function handle's native stack, which wazero takes
// from the Go heap, lets grow while the function runs, and never makes smaller. wazero
// does not tell it, so it is read by reflection; ok is false where that does not work,
// as in wazero's interpreter, which has no such stack.
func stackBytes(f api.Function) (size int64, ok bool) {
	engine := reflect.ValueOf(f)
	if engine.Kind() != reflect.Pointer || engine.Elem().Kind() != reflect.Struct {
		return 0, false
	}
	stack := engine.Elem().FieldByName("stack")
	if stack.Kind() != reflect.Slice || stack.Type().Elem().Kind() != reflect.Uint8 {
		return 0, false
	}
	return int64(stack.Len()), true
}
