package wasm

import "fmt"

const vI32 = "\x7f"

const (
	pieceBytes   = 256 << 10
	pieceEntries = pieceBytes / 8
	byteShift    = 6 // 64 bytes cost 1
	entryShift   = 3 // 8 table entries cost 1
)

// typeIndex returns the index of a function type, and appends the type if the module does not have it.
func (p *meterPass) typeIndex(params, results []valType) uint32 {
	enc := []byte{0x60}
	for _, list := range [][]valType{params, results} {
		enc = appendU32(enc, uint32(len(list)))
		for _, v := range list {
			enc = append(enc, v...)
		}
	}
	if i, ok := p.newTypeOf[string(enc)]; ok {
		return i
	}
	i := uint32(len(p.m.types) + len(p.newTypes))
	for j, t := range p.m.types {
		if !t.grouped && t.String() == (funcType{params: params, results: results}).String() {
			i = uint32(j)
			break
		}
	}
	if i >= uint32(len(p.m.types)) {
		p.newTypes = append(p.newTypes, enc)
	}
	p.newTypeOf[string(enc)] = i
	return i
}

// helper returns the index of the helper function with the given key, and makes it if there is none yet.
// locals are i32.
func (p *meterPass) helper(key string, params, results []valType, locals uint32, build func() code) uint32 {
	if f, ok := p.helperOf[key]; ok {
		return f
	}
	b := code{0}
	if locals > 0 {
		b = code(appendU32([]byte{1}, locals)).op(0x7f)
	}
	b = append(b, build()...).op(opEnd)
	f := uint32(len(p.m.funcs) + len(p.helpers))
	p.helpers = append(p.helpers, helper{typ: p.typeIndex(params, results), body: b})
	p.helperOf[key] = f
	return f
}

// refill is what runs when the fuel is used up. It leaves some: if it did not, charges without a check between
// them could take the counter around.
func (p *meterPass) refill() uint32 {
	return p.helper("refill", nil, nil, 0, func() code {
		return code{}.op(opLoop, blockEmpty).
			globalGet(p.fuel).i32(int32(p.cfg.Quantum)).op(opAdd).globalSet(p.fuel).
			call(p.tick).
			globalGet(p.fuel).i32(0).op(opLeS).brIf(0).op(opEnd)
	})
}

// pay takes 1 from the fuel.
func (p *meterPass) pay() code {
	return code{}.globalGet(p.fuel).i32(1).op(opSub).globalSet(p.fuel)
}

// payFor refills the fuel if it is used up, and then takes the length in a local, shifted.
func (p *meterPass) payFor(local uint32, shift int32) code {
	c := code{}.globalGet(p.fuel).i32(0).op(opLeS, opIf, blockEmpty).call(p.refill()).op(opEnd)
	return append(c, p.charge(local, shift)...)
}

// charge takes the length in a local, shifted, from the fuel.
func (p *meterPass) charge(local uint32, shift int32) code {
	return code{}.globalGet(p.fuel).localGet(local).i32(shift).op(opShrU, opSub).globalSet(p.fuel)
}

// bulk replaces an instruction whose time depends on an operand.
func (w *rewriter) bulk(r *instrReader, in *instr) {
	p := w.p
	w.reserve(int32(in.info.weight))
	w.at = w.at.plus(int32(in.info.weight))
	p.report.Bulk++
	w.copied = r.pos
	var f uint32
	switch in.op {
	case opcMemoryCopy, opcMemoryFill:
		w.smallOrBig(r, in)
		return
	case opcMemoryInit:
		f = p.memoryInit(in.x)
	case opcTableInit:
		f = p.tableInit(in.x, in.y)
	case opcTableCopy:
		f = p.tableCopy(in.x, in.y)
	case opcTableFill:
		f = p.tableFill(in.x)
	case opcTableGrow:
		f = p.tableGrow(in.x)
	}
	w.out = code(w.out).call(f)
	w.checked()
}

// smallOrBig keeps a bulk instruction in place, charged, for small lengths: most copies are small, and a
// call would cost more than the copy.
func (w *rewriter) smallOrBig(r *instrReader, in *instr) {
	p := w.p
	f := p.memoryCopy
	if in.op == opcMemoryFill {
		f = p.memoryFill
	}
	w.used = true
	n := w.scratch
	c := code(w.out).
		localTee(n).localGet(n).i32(smallBulk).op(opGtU).
		op(opIf)
	c = appendS64(c, int64(p.typeIndex([]valType{vI32, vI32, vI32}, nil)))
	c = c.call(f()).op(opElse)
	c = append(c, p.charge(n, byteShift)...)
	c = append(c, r.buf[in.start:r.pos]...)
	w.out = c.op(opEnd)

	small := w.at.plus(smallWeight)
	w.checked()
	w.at = w.at.merge(small)
}

// The helpers below take the operands of the instruction they stand for. Their locals are
//
//	0 destination   1 source or value   2 length   3 length of the piece
//
// They trap before they write anything if one of the ranges is not in bounds, by executing the original
// instruction. Data and element segments have a length that code cannot ask for, because they can be
// dropped; there, initialising nothing from the *end* of the range traps in just the same cases.

func (p *meterPass) memoryCopy() uint32 {
	return p.helper("memory.copy", []valType{vI32, vI32, vI32}, nil, 1, func() code {
		instr := code{}.misc(0x0a, 0, 0)
		c := p.inBounds(instr, bound{0, memoryBytes}, bound{1, memoryBytes})
		return append(c, p.copyPieces(instr, pieceBytes, byteShift)...)
	})
}

func (p *meterPass) tableCopy(dst, src uint32) uint32 {
	key := fmt.Sprintf("table.copy %d %d", dst, src)
	return p.helper(key, []valType{vI32, vI32, vI32}, nil, 1, func() code {
		instr := code{}.misc(0x0e, dst, src)
		c := p.inBounds(instr, bound{0, tableEntries(dst)}, bound{1, tableEntries(src)})
		return append(c, p.copyPieces(instr, pieceEntries, entryShift)...)
	})
}

func (p *meterPass) memoryFill() uint32 {
	return p.helper("memory.fill", []valType{vI32, vI32, vI32}, nil, 1, func() code {
		instr := code{}.misc(0x0b, 0)
		c := p.inBounds(instr, bound{0, memoryBytes})
		return append(c, p.forward(instr, pieceBytes, byteShift, false)...)
	})
}

func (p *meterPass) tableFill(table uint32) uint32 {
	key := fmt.Sprintf("table.fill %d", table)
	return p.helper(key, []valType{vI32, p.m.tables[table].elem, vI32}, nil, 1, func() code {
		instr := code{}.misc(0x11, table)
		c := p.inBounds(instr, bound{0, tableEntries(table)})
		return append(c, p.forward(instr, pieceEntries, entryShift, false)...)
	})
}

func (p *meterPass) memoryInit(segment uint32) uint32 {
	key := fmt.Sprintf("memory.init %d", segment)
	return p.helper(key, []valType{vI32, vI32, vI32}, nil, 1, func() code {
		instr := code{}.misc(0x08, segment, 0)
		c := p.inBounds(instr, bound{0, memoryBytes}, bound{1, code{}.i64(1<<32 - 1)})
		c = append(c, probe(instr)...)
		return append(c, p.forward(instr, pieceBytes, byteShift, true)...)
	})
}

func (p *meterPass) tableInit(segment, table uint32) uint32 {
	key := fmt.Sprintf("table.init %d %d", segment, table)
	return p.helper(key, []valType{vI32, vI32, vI32}, nil, 1, func() code {
		instr := code{}.misc(0x0c, segment, table)
		c := p.inBounds(instr, bound{0, tableEntries(table)}, bound{1, code{}.i64(1<<32 - 1)})
		c = append(c, probe(instr)...)
		return append(c, p.forward(instr, pieceEntries, entryShift, true)...)
	})
}

// tableGrow fails where the host would have to copy a huge table.
func (p *meterPass) tableGrow(table uint32) uint32 {
	key := fmt.Sprintf("table.grow %d", table)
	return p.helper(key, []valType{p.m.tables[table].elem, vI32}, []valType{vI32}, 0, func() code {
		c := code{}.
			op(opBlock, blockEmpty).
			localGet(1).op(opEqz).brIf(0).
			misc(0x10, table).op(opExtendU).localGet(1).op(opExtendU, opI64Add).i64(maxTableGrow).op(opI64GtU).
			op(opIf, blockEmpty).i32(-1).op(opReturn, opEnd).
			op(opEnd)
		c = append(c, p.payFor(1, entryShift)...)
		return c.localGet(0).localGet(1).misc(0x0f, table)
	})
}

// bound is a range that starts at the value of a local, and code that pushes the i64 it must not exceed.
type bound struct {
	local uint32
	size  code
}

// memoryBytes pushes the size of the memory.
var memoryBytes = code{}.op(0x3f, 0, opExtendU).i64(16).op(opI64Shl)

func tableEntries(table uint32) code { return code{}.misc(0x10, table).op(opExtendU) }

// inBounds executes instr, which traps, if one of the ranges exceeds its bound.
func (p *meterPass) inBounds(instr code, bounds ...bound) code {
	c := code{}.op(opBlock, blockEmpty, opBlock, blockEmpty)
	for _, b := range bounds {
		c = c.localGet(b.local).op(opExtendU).localGet(2).op(opExtendU, opI64Add)
		c = append(c, b.size...).op(opI64GtU).brIf(0)
	}
	c = c.br(1).op(opEnd).localGet(0).localGet(1).localGet(2)
	return append(c, instr...).op(opEnd)
}

// probe traps if the source range exceeds its segment.
func probe(instr code) code {
	c := code{}.i32(0).localGet(1).localGet(2).op(opAdd).i32(0)
	return append(c, instr...)
}

// piece sets local 3 to the length of the next piece, and pays for it.
func (p *meterPass) piece(size, shift int32) code {
	c := code{}.i32(size).localGet(2).localGet(2).i32(size).op(opGtU, opSelect).localSet(3)
	return append(c, p.payFor(3, shift)...)
}

// forward runs instr over the range in pieces, from its start.
func (p *meterPass) forward(instr code, size, shift int32, moveSource bool) code {
	c := append(code{}.op(opLoop, blockEmpty), p.piece(size, shift)...).
		localGet(0).localGet(1).localGet(3)
	c = append(c, instr...).
		localGet(0).localGet(3).op(opAdd).localSet(0)
	if moveSource {
		c = c.localGet(1).localGet(3).op(opAdd).localSet(1)
	}
	return c.localGet(2).localGet(3).op(opSub).localTee(2).brIf(0).op(opEnd)
}

// copyPieces runs instr over the range in pieces, from the end where the ranges may overlap so that the
// start of the destination is part of the source.
func (p *meterPass) copyPieces(instr code, size, shift int32) code {
	c := code{}.localGet(0).localGet(1).op(opLeU, opIf, blockEmpty)
	c = append(c, p.forward(instr, size, shift, true)...).
		op(opElse, opLoop, blockEmpty)
	c = append(c, p.piece(size, shift)...).
		localGet(2).localGet(3).op(opSub).localSet(2).
		localGet(0).localGet(2).op(opAdd).
		localGet(1).localGet(2).op(opAdd).
		localGet(3)
	return append(c, instr...).
		localGet(2).brIf(0).
		op(opEnd, opEnd)
}
