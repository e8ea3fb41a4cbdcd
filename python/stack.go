package python

import (
	"reflect"
	"unsafe"

	"github.com/tetratelabs/wazero/api"
)

// The native stack is where machine code of the guest keeps its frames. wazero takes ten
// kilobytes of the Go heap for each function handle, and a stack twice as large whenever
// that does not suffice, into which it copies the old one. For a deep recursion that is a
// copy of 40 MB into memory that was never touched: tens of milliseconds in which Go cannot
// interrupt the goroutine, so that a garbage collection, and all that waits for it, stands
// still. So on the fast path each instance has address space for the largest stack that
// wazero would make, of which the system provides what is touched, and its handles are made
// to use that. Elsewhere, and should wazero's fields have changed, wazero's own stack stays.
const (
	// stackSize is above the 50,000,000 bytes from which wazero refuses to grow a stack: it
	// is never copied, and its end is the end.
	stackSize = 96 << 20

	// keptStack is how much of its stack, in bytes, an idle instance keeps. A trivial script
	// needs a tenth of it; a deep recursion leaves tens of megabytes.
	keptStack = 1 << 20

	// shallow is how much memory, in bytes, a task writes to that has no deep stack for sure. A
	// level of recursion through C is 20 KB of native stack and some of the guest's own memory: of
	// three kinds of recursion none had half of keptStack that wrote to less than this.
	// To ask the system each time costs 2 µs, which is what the reset of a small task is measured in.
	shallow = 512 << 10
)

// wazeroStack is what wazero's handle of a function knows of its stack.
type wazeroStack struct {
	bytes  *[]byte
	top    *uintptr // the end of bytes, aligned
	bottom **byte   // what machine code compares with
	used   **uint64 // down to where it is in use, as of the last call of a host function
}

// stackOf finds the stack of a function handle. wazero does not tell it, so it is looked up
// by reflection; ok is false where that does not work, as in wazero's interpreter, which has
// no such stack, or where what is found is not what this package knows.
func stackOf(f api.Function) (s wazeroStack, ok bool) {
	engine := reflect.ValueOf(f)
	if engine.Kind() != reflect.Pointer || engine.Elem().Kind() != reflect.Struct {
		return s, false
	}
	engine = engine.Elem()
	context := engine.FieldByName("execCtx")
	if context.Kind() != reflect.Struct {
		return s, false
	}
	s.bytes, _ = field[[]byte](engine, "stack")
	s.top, _ = field[uintptr](engine, "stackTop")
	s.bottom, _ = field[*byte](context, "stackBottomPtr")
	s.used, _ = field[*uint64](context, "stackPointerBeforeGoCall")
	if s.bytes == nil || s.top == nil || s.bottom == nil || s.used == nil || len(*s.bytes) == 0 {
		return s, false
	}
	return s, *s.top == alignedEnd(*s.bytes) && *s.bottom == &(*s.bytes)[0]
}

// field returns where a struct has its field of that name, if it has type T.
func field[T any](of reflect.Value, name string) (*T, bool) {
	f := of.FieldByName(name)
	if !f.IsValid() || f.Type() != reflect.TypeFor[T]() {
		return nil, false
	}
	return (*T)(f.Addr().UnsafePointer()), true
}

// alignedEnd is where a stack begins to grow downwards.
func alignedEnd(b []byte) uintptr {
	last := uintptr(unsafe.Pointer(&b[len(b)-1]))
	return last &^ 15
}

// depth is how much of the stack is in use, in bytes, while a host function runs.
func (s wazeroStack) depth() int { return int(*s.top - uintptr(unsafe.Pointer(*s.used))) }

// replace makes a handle that is not running use another stack.
func (s wazeroStack) replace(b []byte) {
	*s.bytes, *s.top, *s.bottom = b, alignedEnd(b), &b[0]
}
