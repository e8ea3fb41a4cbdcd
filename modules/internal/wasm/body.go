package wasm

import "strings"

// body returns a reader at the first instruction of own function f.
func (m *module) body(f int) (*instrReader, error) {
	s := m.bodies[f]
	r := &instrReader{reader: reader{buf: m.raw, pos: s.start, end: s.end, section: sectionNames[secCode]}, m: m}
	r.locals = uint64(len(m.types[m.funcs[m.importedFuncs+f]].params))
	for n := r.count(); n > 0 && r.err == nil; n-- {
		r.locals += uint64(r.u32())
		r.valType(len(m.types))
	}
	if r.locals > 1<<32-1 {
		r.fail(s.start, "%d locals", r.locals)
	}
	r.start = r.pos
	return r, r.err
}

func (t funcType) String() string {
	var b strings.Builder
	list := func(vs []valType) {
		b.WriteByte('(')
		for i, v := range vs {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(v.String())
		}
		b.WriteByte(')')
	}
	list(t.params)
	b.WriteString("->")
	list(t.results)
	return b.String()
}

func kindName(kind byte) string {
	return [...]string{"function", "table", "memory", "global", "tag"}[kind]
}
