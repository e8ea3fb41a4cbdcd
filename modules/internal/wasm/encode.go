package wasm

import "encoding/binary"

func appendU32(b []byte, v uint32) []byte { return binary.AppendUvarint(b, uint64(v)) }

func appendS64(b []byte, v int64) []byte {
	for {
		c := byte(v & 0x7f)
		v >>= 7
		if v == 0 && c&0x40 == 0 || v == -1 && c&0x40 != 0 {
			return append(b, c)
		}
		b = append(b, c|0x80)
	}
}

func appendName(b []byte, s string) []byte {
	return append(appendU32(b, uint32(len(s))), s...)
}

func appendSection(b []byte, id byte, content []byte) []byte {
	b = append(b, id)
	b = appendU32(b, uint32(len(content)))
	return append(b, content...)
}

// code assembles function bodies. Each method appends one instruction and returns the longer body, so that
// a body reads from top to bottom like the text format.
type code []byte

func (c code) op(ops ...byte) code { return append(c, ops...) }

func (c code) idx(op byte, i uint32) code { return appendU32(append(c, op), i) }

func (c code) localGet(i uint32) code  { return c.idx(0x20, i) }
func (c code) localSet(i uint32) code  { return c.idx(0x21, i) }
func (c code) localTee(i uint32) code  { return c.idx(0x22, i) }
func (c code) globalGet(i uint32) code { return c.idx(0x23, i) }
func (c code) globalSet(i uint32) code { return c.idx(0x24, i) }
func (c code) call(f uint32) code      { return c.idx(0x10, f) }
func (c code) brIf(label uint32) code  { return c.idx(0x0d, label) }
func (c code) br(label uint32) code    { return c.idx(0x0c, label) }
func (c code) i32(v int32) code        { return appendS64(append(c, 0x41), int64(v)) }
func (c code) i64(v int64) code        { return appendS64(append(c, 0x42), v) }

// misc appends an instruction with the prefix 0xfc and its index immediates.
func (c code) misc(sub byte, imm ...uint32) code {
	c = append(c, 0xfc, sub)
	for _, i := range imm {
		c = appendU32(c, i)
	}
	return c
}

// Instructions without immediates.
const (
	opEnd      = 0x0b
	opElse     = 0x05
	opReturn   = 0x0f
	opDrop     = 0x1a
	opSelect   = 0x1b
	opEqz      = 0x45
	opEq       = 0x46
	opLeS      = 0x4c
	opLeU      = 0x4d
	opGtU      = 0x4b
	opI64GtU   = 0x56
	opAdd      = 0x6a
	opSub      = 0x6b
	opShrU     = 0x76
	opI64Add   = 0x7c
	opI64Shl   = 0x86
	opExtendU  = 0xad // i64.extend_i32_u
	opBlock    = 0x02
	opLoop     = 0x03
	opIf       = 0x04
	blockEmpty = 0x40 // block type without parameters and results
)
