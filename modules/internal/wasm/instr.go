package wasm

// The opcodes that the passes look at by name.
const (
	opcUnreachable  opcode = 0x00
	opcTry          opcode = 0x06
	opcCatch        opcode = 0x07
	opcThrow        opcode = 0x08
	opcRethrow      opcode = 0x09
	opcThrowRef     opcode = 0x0a
	opcBr           opcode = 0x0c
	opcBrIf         opcode = 0x0d
	opcBrTable      opcode = 0x0e
	opcReturn       opcode = 0x0f
	opcCall         opcode = 0x10
	opcCallIndirect opcode = 0x11
	opcReturnCall   opcode = 0x12
	opcReturnCallI  opcode = 0x13
	opcCallRef      opcode = 0x14
	opcReturnCallR  opcode = 0x15
	opcDelegate     opcode = 0x18
	opcCatchAll     opcode = 0x19
	opcTryTable     opcode = 0x1f
	opcMemoryGrow   opcode = 0x40
	opcBrOnNull     opcode = 0xd5
	opcBrOnNonNull  opcode = 0xd6
	opcMemoryInit   opcode = 0xfc08
	opcMemoryCopy   opcode = 0xfc0a
	opcMemoryFill   opcode = 0xfc0b
	opcTableInit    opcode = 0xfc0c
	opcTableCopy    opcode = 0xfc0e
	opcTableGrow    opcode = 0xfc0f
	opcTableFill    opcode = 0xfc11
)

// instr is one decoded instruction of a function body.
type instr struct {
	op     opcode
	start  int      // offset of its first byte in the module
	x, y   uint32   // its index immediates; x of a block is the number of its parameters
	labels []uint32 // br_table: all targets; try_table: those of the catch clauses. Valid until the next read.
	info   *opInfo
}

// instrReader decodes the body of one function.
type instrReader struct {
	reader
	m      *module
	start  int    // offset of the first instruction
	locals uint64 // parameters and declared locals
	labels []uint32
}

// next decodes one instruction. It checks all indices but labels, whose limit the caller knows.
//
// Opcodes behind a prefix must have their shortest encoding. The standard allows padding, but compilers
// read it differently (wazero reads one byte after 0xfd), and a decoder that disagrees with the compiler
// about where an instruction ends does not see the loops the compiler sees.
func (r *instrReader) next(in *instr) bool {
	if !r.more() {
		return false
	}
	in.start = r.pos
	op := opcode(r.u8())
	switch op {
	case prefixMisc, prefixVector, prefixAtomic:
		sub := r.u32()
		if sub > 0xff || r.pos-in.start != 2+int(sub>>7) {
			r.fail(in.start, "unknown instruction, prefix %#x", byte(op))
			return false
		}
		op = op<<8 | opcode(sub)
	}
	in.op, in.info = op, lookup(op)
	in.x, in.y, in.labels = 0, 0, nil
	switch in.info.class {
	case 0:
		r.fail(in.start, "unknown instruction %#x", uint16(op))
	case refused:
		r.fail(in.start, "%s is not supported: it blocks where nothing can stop it", in.info.what)
	}
	r.immediates(in)
	return r.err == nil
}

func (r *instrReader) immediates(in *instr) {
	m := r.m
	switch in.info.imm {
	case immNone:
	case immBlock:
		if t := r.blockType(len(m.types)); t >= 0 {
			in.x = uint32(len(m.types[t].params))
		}
	case immTryTable:
		r.blockType(len(m.types))
		r.labels = r.labels[:0]
		for n := r.count(); n > 0 && r.err == nil; n-- {
			switch kind := r.u8(); kind {
			case 0, 1:
				r.index("tag", m.tags)
			case 2, 3:
			default:
				r.fail(r.pos-1, "unknown catch kind %#x", kind)
			}
			r.labels = append(r.labels, r.u32())
		}
		in.labels = r.labels
	case immLabel:
		in.x = r.u32()
	case immLabels:
		r.labels = r.labels[:0]
		for n := r.count(); n > 0 && r.err == nil; n-- {
			r.labels = append(r.labels, r.u32())
		}
		r.labels = append(r.labels, r.u32())
		in.labels = r.labels
	case immTag:
		in.x = r.index("tag", m.tags)
	case immFunc:
		in.x = r.index("function", len(m.funcs))
	case immTypeTable:
		in.x = r.index("type", len(m.types))
		in.y = r.index("table", len(m.tables))
	case immType:
		in.x = r.index("type", len(m.types))
	case immSelect:
		if r.u8() != 1 {
			r.fail(r.pos-1, "select must have one type")
		}
		r.valType(len(m.types))
	case immLocal:
		start := r.pos
		if in.x = r.u32(); uint64(in.x) >= r.locals {
			r.fail(start, "local %d out of range, there are %d", in.x, r.locals)
		}
	case immGlobal:
		in.x = r.index("global", len(m.globals))
	case immTable:
		in.x = r.index("table", len(m.tables))
	case immMemArg:
		r.memArg()
	case immMemArgLane:
		r.memArg()
		r.u8()
	case immLane:
		r.u8()
	case immMemory:
		r.zero("memory index")
	case immMemoryMemory:
		r.zero("memory index")
		r.zero("memory index")
	case immI32:
		r.signed(32)
	case immI64:
		r.signed(64)
	case imm4:
		r.bytes(4)
	case imm8:
		r.bytes(8)
	case imm16:
		r.bytes(16)
	case immHeap:
		r.heapType(len(m.types))
	case immData:
		in.x = r.index("data segment", m.dataCount())
	case immDataMemory:
		in.x = r.index("data segment", m.dataCount())
		r.zero("memory index")
	case immElem:
		in.x = r.index("element segment", m.elems)
	case immElemTable:
		in.x = r.index("element segment", m.elems)
		in.y = r.index("table", len(m.tables))
	case immTableTable:
		in.x = r.index("table", len(m.tables))
		in.y = r.index("table", len(m.tables))
	case immFence:
		r.zero("fence")
	}
}

func (r *reader) memArg() {
	start := r.pos
	if align := r.u32(); align >= 32 {
		r.fail(start, "alignment %d", align)
	}
	r.u32()
}

// blockType reads the type of a block: nothing, one result, or a function type, whose index it returns; or -1.
func (r *reader) blockType(types int) int {
	if r.more() {
		switch b := r.buf[r.pos]; {
		case b == blockEmpty:
			r.pos++
			return -1
		case b > 0x40 && b < 0x80: // the negative numbers that fit in one byte
			r.valType(types)
			return -1
		}
	}
	start := r.pos
	i := r.signed(33)
	if r.err == nil && (i < 0 || i >= int64(types)) {
		r.fail(start, "block type %d out of range, there are %d types", i, types)
	}
	if r.err != nil {
		return -1
	}
	return int(i)
}

// heapType reads what a reference refers to: one of the abstract types, or a type index.
func (r *reader) heapType(types int) {
	if r.more() {
		switch r.buf[r.pos] {
		case 0x70, 0x6f, 0x69: // func, extern, exn
			r.pos++
			return
		}
	}
	start := r.pos
	if i := r.signed(33); r.err == nil && (i < 0 || i >= int64(types)) {
		r.fail(start, "heap type %d unknown, there are %d types", i, types)
	}
}
