package wasm

// opcode is a one-byte opcode, or a prefix byte in the high half and the opcode after it in the low half.
type opcode uint16

const (
	prefixMisc   = 0xfc
	prefixVector = 0xfd
	prefixAtomic = 0xfe
)

// immediates says what follows an opcode.
type immediates uint8

const (
	immNone immediates = iota
	immBlock
	immTryTable
	immLabel
	immLabels // br_table
	immTag
	immFunc
	immTypeTable // call_indirect
	immType
	immSelect
	immLocal
	immGlobal
	immTable
	immMemArg
	immMemArgLane
	immLane
	immMemory // the reserved memory index, one zero byte
	immMemoryMemory
	immI32
	immI64
	imm4
	imm8
	imm16
	immHeap
	immData
	immDataMemory
	immElem
	immElemTable
	immTableTable
	immFence
)

// class says how the time an instruction takes is bounded.
type class uint8

const (
	_ class = iota // unclassified: such an opcode is refused

	// constantTime instructions take a few nanoseconds whatever their operands are. The weight is an upper
	// estimate of them; straight-line code is given a check before the weights add up to too much.
	constantTime
	// control instructions take no time of their own but decide what runs next.
	control
	// charged instructions transfer control to code whose time is not known here: there is a check around
	// them, or their callee is known and its time is added up.
	charged
	// chunked instructions take as long as their length operand says: they are charged by it, and run in
	// pieces with a check between.
	chunked
	// limited instructions take as long as their operand says too, and cannot be cut into pieces: the
	// operand is bounded.
	limited
	// refused instructions wait for something no check can bound.
	refused
)

// opInfo describes a run of opcodes of the same kind.
type opInfo struct {
	first, last opcode
	imm         immediates
	class       class
	weight      uint16 // nanoseconds, a generous estimate
	what        string
}

// opTable lists every opcode the passes know, in order: core 2.0 with SIMD, tail calls, typed function
// references, both generations of exception handling, and atomics.
//
// A memory access is weighed at 2: in cache it takes less, after a page fault it takes hundreds, but a page
// faults once per task, so that faults are bounded by the memory limit and not by the distance of checks.
var opTable = []opInfo{
	{0x00, 0x01, immNone, control, 1, "unreachable, nop"},
	{0x02, 0x04, immBlock, control, 1, "block, loop, if"},
	{0x05, 0x05, immNone, control, 1, "else"},
	{0x06, 0x06, immBlock, control, 5, "try (legacy)"},
	{0x07, 0x07, immTag, control, 1, "catch (legacy)"},
	{0x08, 0x08, immTag, control, 200, "throw"},
	{0x09, 0x09, immLabel, control, 200, "rethrow (legacy)"},
	{0x0a, 0x0a, immNone, control, 200, "throw_ref"},
	{0x0b, 0x0b, immNone, control, 0, "end"},
	{0x0c, 0x0d, immLabel, control, 1, "br, br_if"},
	{0x0e, 0x0e, immLabels, control, 3, "br_table"},
	{0x0f, 0x0f, immNone, control, 1, "return"},
	{0x10, 0x10, immFunc, charged, 5, "call"},
	{0x11, 0x11, immTypeTable, charged, 10, "call_indirect"},
	{0x12, 0x12, immFunc, charged, 5, "return_call"},
	{0x13, 0x13, immTypeTable, charged, 10, "return_call_indirect"},
	{0x14, 0x15, immType, charged, 10, "call_ref, return_call_ref"},
	{0x18, 0x18, immLabel, control, 1, "delegate (legacy)"},
	{0x19, 0x19, immNone, control, 1, "catch_all (legacy)"},
	{0x1a, 0x1b, immNone, constantTime, 1, "drop, select"},
	{0x1c, 0x1c, immSelect, constantTime, 1, "select t"},
	{0x1f, 0x1f, immTryTable, control, 20, "try_table"},
	{0x20, 0x22, immLocal, constantTime, 1, "local.*"},
	{0x23, 0x24, immGlobal, constantTime, 1, "global.*"},
	{0x25, 0x26, immTable, constantTime, 4, "table.get, table.set"},
	{0x28, 0x3e, immMemArg, constantTime, 2, "loads and stores"},
	{0x3f, 0x3f, immMemory, constantTime, 2, "memory.size"},
	// The host's allocator grows in place and the kernel clears pages when they are first touched; and
	// whether a task grows the memory at all depends on what the instance did before, which must not show
	// in its fuel. Hence a weight, no charge.
	{0x40, 0x40, immMemory, constantTime, 2_000, "memory.grow"},
	{0x41, 0x41, immI32, constantTime, 1, "i32.const"},
	{0x42, 0x42, immI64, constantTime, 1, "i64.const"},
	{0x43, 0x43, imm4, constantTime, 1, "f32.const"},
	{0x44, 0x44, imm8, constantTime, 1, "f64.const"},
	{0x45, 0x66, immNone, constantTime, 1, "comparisons"},
	{0x67, 0x6c, immNone, constantTime, 1, "i32 arithmetic"},
	{0x6d, 0x70, immNone, constantTime, 15, "i32 division"},
	{0x71, 0x7e, immNone, constantTime, 1, "i32 bits, i64 arithmetic"},
	{0x7f, 0x82, immNone, constantTime, 25, "i64 division"},
	{0x83, 0x8a, immNone, constantTime, 1, "i64 bits"},
	{0x8b, 0xa6, immNone, constantTime, 8, "float arithmetic"},
	{0xa7, 0xc4, immNone, constantTime, 4, "conversions"},
	{0xd0, 0xd0, immHeap, constantTime, 1, "ref.null"},
	{0xd1, 0xd1, immNone, constantTime, 1, "ref.is_null"},
	{0xd2, 0xd2, immFunc, constantTime, 50, "ref.func"},
	{0xd4, 0xd4, immNone, constantTime, 1, "ref.as_non_null"},
	{0xd5, 0xd6, immLabel, control, 1, "br_on_null, br_on_non_null"},

	{0xfc00, 0xfc07, immNone, constantTime, 4, "saturating conversions"},
	{0xfc08, 0xfc08, immDataMemory, chunked, 10, "memory.init"},
	{0xfc09, 0xfc09, immData, constantTime, 5, "data.drop"},
	{0xfc0a, 0xfc0a, immMemoryMemory, chunked, 10, "memory.copy"},
	{0xfc0b, 0xfc0b, immMemory, chunked, 10, "memory.fill"},
	{0xfc0c, 0xfc0c, immElemTable, chunked, 10, "table.init"},
	{0xfc0d, 0xfc0d, immElem, constantTime, 5, "elem.drop"},
	{0xfc0e, 0xfc0e, immTableTable, chunked, 10, "table.copy"},
	{0xfc0f, 0xfc0f, immTable, limited, 10, "table.grow"},
	{0xfc10, 0xfc10, immTable, constantTime, 2, "table.size"},
	{0xfc11, 0xfc11, immTable, chunked, 10, "table.fill"},

	{0xfd00, 0xfd0b, immMemArg, constantTime, 4, "v128 loads and stores"},
	{0xfd0c, 0xfd0d, imm16, constantTime, 4, "v128.const, i8x16.shuffle"},
	{0xfd0e, 0xfd14, immNone, constantTime, 8, "swizzle, splat"},
	{0xfd15, 0xfd22, immLane, constantTime, 4, "lanes"},
	{0xfd23, 0xfd53, immNone, constantTime, 8, "v128 comparisons and bits"},
	{0xfd54, 0xfd5b, immMemArgLane, constantTime, 4, "v128 lane loads and stores"},
	{0xfd5c, 0xfd5d, immMemArg, constantTime, 4, "v128 zero loads"},
	{0xfd5e, 0xfd99, immNone, constantTime, 16, "v128 arithmetic"},
	{0xfd9b, 0xfda1, immNone, constantTime, 16, "v128 arithmetic"},
	{0xfda3, 0xfda4, immNone, constantTime, 16, "v128 arithmetic"},
	{0xfda7, 0xfdae, immNone, constantTime, 16, "v128 arithmetic"},
	{0xfdb1, 0xfdb1, immNone, constantTime, 16, "v128 arithmetic"},
	{0xfdb5, 0xfdba, immNone, constantTime, 16, "v128 arithmetic"},
	{0xfdbc, 0xfdc1, immNone, constantTime, 16, "v128 arithmetic"},
	{0xfdc3, 0xfdc4, immNone, constantTime, 16, "v128 arithmetic"},
	{0xfdc7, 0xfdce, immNone, constantTime, 16, "v128 arithmetic"},
	{0xfdd1, 0xfdd1, immNone, constantTime, 16, "v128 arithmetic"},
	{0xfdd5, 0xfde1, immNone, constantTime, 16, "v128 arithmetic"},
	{0xfde3, 0xfded, immNone, constantTime, 25, "v128 float arithmetic"},
	{0xfdef, 0xfdff, immNone, constantTime, 25, "v128 float arithmetic"},

	{0xfe00, 0xfe00, immMemArg, constantTime, 200, "memory.atomic.notify"},
	{0xfe01, 0xfe02, immMemArg, refused, 0, "memory.atomic.wait"},
	{0xfe03, 0xfe03, immFence, constantTime, 30, "atomic.fence"},
	{0xfe10, 0xfe4e, immMemArg, constantTime, 30, "atomics"},
}

// ops is opTable indexed by prefix and opcode.
var ops = func() (t struct{ plain, misc, vector, atomic [256]opInfo }) {
	for _, info := range opTable {
		for op := info.first; op <= info.last; op++ {
			switch op >> 8 {
			case prefixMisc:
				t.misc[op&0xff] = info
			case prefixVector:
				t.vector[op&0xff] = info
			case prefixAtomic:
				t.atomic[op&0xff] = info
			default:
				t.plain[op] = info
			}
		}
	}
	return t
}()

// lookup returns what is known about op.
func lookup(op opcode) *opInfo {
	switch op >> 8 {
	case prefixMisc:
		return &ops.misc[op&0xff]
	case prefixVector:
		return &ops.vector[op&0xff]
	case prefixAtomic:
		return &ops.atomic[op&0xff]
	}
	return &ops.plain[op&0xff]
}
