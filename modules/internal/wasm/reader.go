package wasm

import (
	"fmt"
	"unicode/utf8"
)

// FormatError says where a module is malformed, or uses something the passes refuse.
type FormatError struct {
	Section string // name of the section, "header" before the first one
	Offset  int    // byte offset from the start of the module
	Msg     string
}

func (e *FormatError) Error() string {
	return fmt.Sprintf("wasm: section %s, offset %#x: %s", e.Section, e.Offset, e.Msg)
}

// reader decodes one part, buf[pos:end], of a module. The first failure sticks: later reads return zero
// values and leave no bytes, so that callers may check err once per item instead of once per byte.
type reader struct {
	buf      []byte
	pos, end int
	section  string
	err      error
}

func (r *reader) fail(offset int, format string, args ...any) {
	if r.err == nil {
		r.err = &FormatError{Section: r.section, Offset: offset, Msg: fmt.Sprintf(format, args...)}
	}
	r.pos = r.end
}

// more reports whether bytes are left to read.
func (r *reader) more() bool { return r.err == nil && r.pos < r.end }

func (r *reader) u8() byte {
	if r.pos >= r.end {
		r.fail(r.pos, "unexpected end")
		return 0
	}
	b := r.buf[r.pos]
	r.pos++
	return b
}

func (r *reader) bytes(n uint32) []byte {
	if uint64(n) > uint64(r.end-r.pos) {
		r.fail(r.pos, "%d bytes needed, %d left", n, r.end-r.pos)
		return nil
	}
	b := r.buf[r.pos : r.pos+int(n)]
	r.pos += int(n)
	return b
}

// u32 reads an unsigned LEB128 number. Padded encodings are legal (linkers write them), overflow is not.
func (r *reader) u32() uint32 {
	start := r.pos
	var v uint32
	for shift := uint(0); ; shift += 7 {
		b := r.u8()
		if shift == 28 && b > 0x0f {
			r.fail(start, "number overflows 32 bits")
			return 0
		}
		v |= uint32(b&0x7f) << shift
		if b < 0x80 {
			return v
		}
	}
}

// signed reads a signed LEB128 number of the given width.
func (r *reader) signed(width uint) int64 {
	start := r.pos
	var v int64
	for shift := uint(0); ; {
		b := r.u8()
		v |= int64(b&0x7f) << shift
		shift += 7
		if b >= 0x80 {
			if shift >= width {
				r.fail(start, "number overflows %d bits", width)
				return 0
			}
			continue
		}
		if shift > width {
			// The unused bits of the last byte must repeat the sign.
			used := width - (shift - 7)
			rest := int8(b<<1) >> used // sign-extends bit 6, keeps the sign bit and what is above it
			if rest != 0 && rest != -1 {
				r.fail(start, "number overflows %d bits", width)
				return 0
			}
		}
		if shift < 64 && b&0x40 != 0 {
			v |= -1 << shift
		}
		return v
	}
}

// count reads the length of a vector. Every element takes at least one byte, so that a count which does
// not fit the rest is refused before anything is allocated for it.
func (r *reader) count() uint32 {
	start := r.pos
	n := r.u32()
	if uint64(n) > uint64(r.end-r.pos) {
		r.fail(start, "%d elements do not fit in %d bytes", n, r.end-r.pos)
		return 0
	}
	return n
}

// index reads an index that must be below limit.
func (r *reader) index(what string, limit int) uint32 {
	start := r.pos
	i := r.u32()
	if r.err == nil && uint64(i) >= uint64(limit) {
		r.fail(start, "%s %d out of range, there are %d", what, i, limit)
		return 0
	}
	return i
}

// zero reads a reserved byte.
func (r *reader) zero(what string) {
	start := r.pos
	if b := r.u8(); b != 0 {
		r.fail(start, "%s %#x, only 0 is supported", what, b)
	}
}

func (r *reader) name() string {
	start := r.pos
	b := r.bytes(r.u32())
	if !utf8.Valid(b) {
		r.fail(start, "name is not UTF-8")
		return ""
	}
	return string(b)
}
