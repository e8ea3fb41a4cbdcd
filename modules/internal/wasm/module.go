package wasm

import (
	"bytes"
	"fmt"
	"math"
)

// Section numbers of the binary format.
const (
	secCustom    = 0
	secType      = 1
	secImport    = 2
	secFunction  = 3
	secTable     = 4
	secMemory    = 5
	secGlobal    = 6
	secExport    = 7
	secStart     = 8
	secElement   = 9
	secCode      = 10
	secData      = 11
	secDataCount = 12
	secTag       = 13
)

var sectionNames = [...]string{
	"custom", "type", "import", "function", "table", "memory", "global", "export", "start", "element", "code",
	"data", "data count", "tag",
}

// sectionOrder is the order the format prescribes; the numbers of the later additions do not follow it.
var sectionOrder = [...]byte{
	secType, secImport, secFunction, secTable, secMemory, secTag, secGlobal, secExport, secStart, secElement,
	secDataCount, secCode, secData,
}

// Kinds of imports and exports.
const (
	kindFunc   = 0
	kindTable  = 1
	kindMemory = 2
	kindGlobal = 3
	kindTag    = 4
)

var header = []byte{0, 'a', 's', 'm', 1, 0, 0, 0}

// valType is the encoding of a value type: one byte, or 0x63 or 0x64 and a heap type.
type valType string

type funcType struct {
	params, results []valType
	grouped         bool // member of a recursion group: never reused for appended functions
}

type importEntry struct {
	module, name string
	kind         byte
	index        uint32 // in the index space of its kind
}

type exportEntry struct {
	name  string
	kind  byte
	index uint32
}

type limits struct {
	min, max uint32
	hasMax   bool
	shared   bool
}

type tableType struct {
	elem valType
	limits
}

type globalType struct {
	typ     valType
	mutable bool
}

// span is a range of bytes of the module.
type span struct{ start, end int }

// module is what the passes know of a module. The slices cover whole index spaces, imports first.
type module struct {
	raw      []byte
	sections [len(sectionNames)]struct {
		present bool
		span
	}
	typeEntries   uint32 // elements of the type section; fewer than types if there are recursion groups
	types         []funcType
	imports       []importEntry
	importedFuncs int
	funcs         []uint32 // type of each function
	tables        []tableType
	memories      []limits
	memImported   bool
	globals       []globalType
	globalsOwn    uint32
	tags          int
	exports       []exportEntry
	elems         int
	dataCounted   int // the data count section, -1 without one
	datas         []dataSegment
	bodies        []span // of the module's own functions: locals and code, without the size
}

type dataSegment struct {
	passive bool
	span    // the whole entry
}

// dataCount limits the data segments that code may name.
func (m *module) dataCount() int { return max(m.dataCounted, 0) }

// parse reads everything but the instructions of function bodies.
func parse(raw []byte) (*module, error) {
	m := &module{raw: raw, dataCounted: -1}
	r := &reader{buf: raw, end: len(raw), section: "header"}
	if !bytes.HasPrefix(raw, header) {
		r.fail(0, "not a WebAssembly 1 module")
		return nil, r.err
	}
	r.pos = len(header)
	if err := m.findSections(r); err != nil {
		return nil, err
	}
	for _, id := range sectionOrder {
		s := m.sections[id]
		if !s.present {
			continue
		}
		r := &reader{buf: raw, pos: s.start, end: s.end, section: sectionNames[id]}
		m.parseSection(id, r)
		if r.more() {
			r.fail(r.pos, "%d bytes left over", r.end-r.pos)
		}
		if r.err != nil {
			return nil, r.err
		}
	}
	return m, m.consistent()
}

func (m *module) findSections(r *reader) error {
	rank := 0
	for r.more() {
		start := r.pos
		id := r.u8()
		size := r.u32()
		content := r.pos
		r.bytes(size)
		switch {
		case r.err != nil:
			return r.err
		case int(id) >= len(sectionNames):
			r.fail(start, "unknown section %d", id)
			return r.err
		}
		r.section = sectionNames[id]
		if id == secCustom {
			c := &reader{buf: r.buf, pos: content, end: r.pos, section: r.section}
			if c.name(); c.err != nil {
				return c.err
			}
			continue
		}
		for rank < len(sectionOrder) && sectionOrder[rank] != id {
			rank++
		}
		if rank == len(sectionOrder) {
			r.fail(start, "section twice or out of order")
			return r.err
		}
		rank++
		m.sections[id].present = true
		m.sections[id].span = span{content, r.pos}
	}
	return r.err
}

func (m *module) parseSection(id byte, r *reader) {
	switch id {
	case secType:
		m.parseTypes(r)
	case secStart:
		r.index("function", len(m.funcs))
	case secDataCount:
		m.dataCounted = int(r.u32())
	default:
		for n := r.count(); n > 0 && r.err == nil; n-- {
			m.parseEntry(id, r)
		}
	}
}

// parseEntry reads one element of a section that is a vector.
func (m *module) parseEntry(id byte, r *reader) {
	switch id {
	case secImport:
		m.parseImport(r)
	case secFunction:
		m.funcs = append(m.funcs, r.index("type", len(m.types)))
	case secTable:
		m.tables = append(m.tables, m.tableType(r))
	case secMemory:
		m.memories = append(m.memories, r.limits())
	case secTag:
		m.parseTag(r)
	case secGlobal:
		m.globals = append(m.globals, r.globalType(len(m.types)))
		m.globalsOwn++
		m.constExpr(r)
	case secExport:
		m.parseExport(r)
	case secElement:
		m.parseElem(r)
	case secCode:
		size := r.u32()
		start := r.pos
		r.bytes(size)
		m.bodies = append(m.bodies, span{start, r.pos})
	case secData:
		m.parseData(r)
	}
}

// consistent checks what concerns several sections.
func (m *module) consistent() error {
	r := &reader{buf: m.raw, end: len(m.raw), section: sectionNames[secCode]}
	r.pos = m.sections[secCode].start
	if own := len(m.funcs) - m.importedFuncs; own != len(m.bodies) {
		r.fail(r.pos, "%d functions declared, %d defined", own, len(m.bodies))
	}
	r.section = sectionNames[secMemory]
	r.pos = m.sections[secMemory].start
	if len(m.memories) > 1 {
		r.fail(r.pos, "%d memories, at most one is supported", len(m.memories))
	}
	r.section = sectionNames[secData]
	r.pos = m.sections[secData].start
	if m.dataCounted >= 0 && m.dataCounted != len(m.datas) {
		r.fail(r.pos, "%d data segments, but the data count is %d", len(m.datas), m.dataCounted)
	}
	return r.err
}

func (m *module) parseTypes(r *reader) {
	highest := 0 // one more than the highest type index used
	funcType := func(grouped bool) {
		if b := r.u8(); b != 0x60 {
			r.fail(r.pos-1, "type %#x, only functions are supported", b)
			return
		}
		t := funcType{grouped: grouped}
		for _, list := range []*[]valType{&t.params, &t.results} {
			for n := r.count(); n > 0 && r.err == nil; n-- {
				v, ref := r.valTypeRef()
				highest = max(highest, ref)
				*list = append(*list, v)
			}
		}
		m.types = append(m.types, t)
	}
	m.typeEntries = r.count()
	for n := m.typeEntries; n > 0 && r.err == nil; n-- {
		if r.more() && r.buf[r.pos] == 0x4e { // a recursion group
			r.pos++
			for n := r.count(); n > 0 && r.err == nil; n-- {
				funcType(true)
			}
			continue
		}
		funcType(false)
	}
	if highest > len(m.types) {
		r.fail(r.pos, "type %d used, there are %d", highest-1, len(m.types))
	}
}

func (m *module) parseImport(r *reader) {
	e := importEntry{module: r.name(), name: r.name(), kind: r.u8()}
	switch e.kind {
	case kindFunc:
		e.index = uint32(len(m.funcs))
		m.funcs = append(m.funcs, r.index("type", len(m.types)))
		m.importedFuncs++
	case kindTable:
		e.index = uint32(len(m.tables))
		m.tables = append(m.tables, m.tableType(r))
	case kindMemory:
		e.index = uint32(len(m.memories))
		m.memories = append(m.memories, r.limits())
		m.memImported = true
	case kindGlobal:
		e.index = uint32(len(m.globals))
		m.globals = append(m.globals, r.globalType(len(m.types)))
	case kindTag:
		e.index = uint32(m.tags)
		m.parseTag(r)
	default:
		r.fail(r.pos-1, "unknown kind of import %d", e.kind)
	}
	m.imports = append(m.imports, e)
}

func (m *module) parseTag(r *reader) {
	r.zero("tag attribute")
	r.index("type", len(m.types))
	m.tags++
}

func (m *module) parseExport(r *reader) {
	e := exportEntry{name: r.name(), kind: r.u8()}
	switch e.kind {
	case kindFunc:
		e.index = r.index("function", len(m.funcs))
	case kindTable:
		e.index = r.index("table", len(m.tables))
	case kindMemory:
		e.index = r.index("memory", len(m.memories))
	case kindGlobal:
		e.index = r.index("global", len(m.globals))
	case kindTag:
		e.index = r.index("tag", m.tags)
	default:
		r.fail(r.pos-1, "unknown kind of export %d", e.kind)
	}
	m.exports = append(m.exports, e)
}

func (m *module) tableType(r *reader) tableType {
	initialised := r.more() && r.buf[r.pos] == 0x40
	if initialised {
		r.pos++
		r.zero("table attribute")
	}
	start := r.pos
	t := tableType{elem: r.valType(len(m.types)), limits: r.limits()}
	if r.err == nil && !t.elem.isRef() {
		r.fail(start, "table of %#x, which is no reference", t.elem)
	}
	if initialised {
		m.constExpr(r)
	}
	return t
}

// parseElem reads an element segment. The three low bits of its first number say which parts it has.
func (m *module) parseElem(r *reader) {
	const (
		inactive = 1 << iota // passive or, with explicit set, declarative
		explicit             // names its table
		exprs                // lists expressions instead of function indices
	)
	start := r.pos
	flags := r.u32()
	if flags > 7 {
		r.fail(start, "unknown element segment %d", flags)
		return
	}
	if flags&inactive == 0 {
		if flags&explicit != 0 {
			r.index("table", len(m.tables))
		}
		m.constExpr(r)
	}
	switch {
	case flags&(inactive|explicit) == 0:
	case flags&exprs != 0:
		r.valType(len(m.types))
	default:
		r.zero("element kind")
	}
	for n := r.count(); n > 0 && r.err == nil; n-- {
		if flags&exprs != 0 {
			m.constExpr(r)
		} else {
			r.index("function", len(m.funcs))
		}
	}
	m.elems++
}

func (m *module) parseData(r *reader) {
	s := dataSegment{span: span{start: r.pos}}
	switch flags := r.u32(); flags {
	case 0, 2:
		if flags == 2 {
			r.zero("memory index")
		}
		m.constExpr(r)
	case 1:
		s.passive = true
	default:
		r.fail(s.start, "unknown data segment %d", flags)
	}
	r.bytes(r.u32())
	s.end = r.pos
	m.datas = append(m.datas, s)
}

// constExpr reads an initialiser, with the arithmetic of the extended-const proposal.
func (m *module) constExpr(r *reader) {
	for r.err == nil {
		start := r.pos
		switch op := r.u8(); op {
		case opEnd:
			return
		case 0x41:
			r.signed(32)
		case 0x42:
			r.signed(64)
		case 0x43:
			r.bytes(4)
		case 0x44:
			r.bytes(8)
		case 0x23:
			r.index("global", len(m.globals))
		case 0xd0:
			r.heapType(len(m.types))
		case 0xd2:
			r.index("function", len(m.funcs))
		case 0x6a, 0x6b, 0x6c, 0x7c, 0x7d, 0x7e:
		case prefixVector:
			if r.u8() != 0x0c { // v128.const, in its shortest encoding
				r.fail(start, "vector instruction in a constant expression")
			}
			r.bytes(16)
		default:
			r.fail(start, "instruction %#x in a constant expression", op)
		}
	}
}

func (r *reader) limits() limits {
	start := r.pos
	flags := r.u8()
	if flags > 3 {
		r.fail(start, "limits %#x", flags)
	}
	l := limits{min: r.u32(), hasMax: flags&1 != 0, shared: flags&2 != 0}
	if l.hasMax {
		l.max = r.u32()
	}
	return l
}

func (r *reader) globalType(types int) globalType {
	t := globalType{typ: r.valType(types)}
	switch b := r.u8(); b {
	case 0:
	case 1:
		t.mutable = true
	default:
		r.fail(r.pos-1, "mutability %#x", b)
	}
	return t
}

// valType reads a value type whose type index, if it has one, is below types.
func (r *reader) valType(types int) valType {
	start := r.pos
	v, ref := r.valTypeRef()
	if r.err == nil && ref > types {
		r.fail(start, "type %d out of range, there are %d", ref-1, types)
	}
	return v
}

// valTypeRef reads a value type, and returns the type index it names plus one.
func (r *reader) valTypeRef() (v valType, ref int) {
	start := r.pos
	switch b := r.u8(); b {
	case 0x7f, 0x7e, 0x7d, 0x7c, 0x7b, 0x70, 0x6f, 0x69:
	case 0x63, 0x64:
		at := r.pos
		if r.heapType(math.MaxInt32); r.err == nil {
			h := &reader{buf: r.buf, pos: at, end: r.pos}
			if i := h.signed(33); i >= 0 {
				ref = int(i) + 1
			}
		}
	default:
		r.fail(start, "value type %#x", b)
	}
	if r.err != nil {
		return "", 0
	}
	return valType(r.buf[start:r.pos]), ref
}

func (v valType) isRef() bool { return v[0] <= 0x70 }

func (v valType) String() string {
	switch v[0] {
	case 0x7f:
		return "i32"
	case 0x7e:
		return "i64"
	case 0x7d:
		return "f32"
	case 0x7c:
		return "f64"
	case 0x7b:
		return "v128"
	case 0x70:
		return "funcref"
	case 0x6f:
		return "externref"
	case 0x69:
		return "exnref"
	}
	r := &reader{buf: []byte(v), pos: 1, end: len(v)}
	null := ""
	if v[0] == 0x63 {
		null = "null "
	}
	switch v[1] {
	case 0x70:
		return "(ref " + null + "func)"
	case 0x6f:
		return "(ref " + null + "extern)"
	case 0x69:
		return "(ref " + null + "exn)"
	}
	return fmt.Sprintf("(ref %s%d)", null, r.signed(33))
}
