package wasm

// Module is what a module needs and offers.
type Module struct {
	Imports  []Import `json:"imports"`
	Exports  []Export `json:"exports"`
	Memories []Memory `json:"memories"`
	Tables   []Table  `json:"tables"`
	// Globals are the mutable ones: with the memory and the tables they are the state of an instance.
	Globals []Global `json:"mutable_globals"`
	// Start tells whether there is a start function.
	Start bool `json:"start"`
}

// Import is something the module needs.
type Import struct {
	Module string `json:"module"`
	Name   string `json:"name"`
	Kind   string `json:"kind"` // function, table, memory, global or tag
	Type   string `json:"type"` // such as "(i32,i32)->(i64)" for a function, "mut i32" for a global
}

// Export is something the module offers.
type Export struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
	Type string `json:"type"`
}

// Memory is a linear memory. Sizes are in pages of 64 KiB.
type Memory struct {
	Min      uint32  `json:"min"`
	Max      *uint32 `json:"max,omitempty"`
	Shared   bool    `json:"shared,omitempty"`
	Imported bool    `json:"imported,omitempty"`
}

// Table is a table of references.
type Table struct {
	Type string  `json:"type"`
	Min  uint32  `json:"min"`
	Max  *uint32 `json:"max,omitempty"`
}

// Global is a mutable global.
type Global struct {
	Index    uint32   `json:"index"`
	Type     string   `json:"type"`
	Exports  []string `json:"exports"` // the names it is exported under
	Imported bool     `json:"imported,omitempty"`
}

// Hidden returns the mutable globals that the host can neither read nor set.
func (m *Module) Hidden() []Global {
	var hidden []Global
	for _, g := range m.Globals {
		if len(g.Exports) == 0 && !g.Imported {
			hidden = append(hidden, g)
		}
	}
	return hidden
}

// Inspect reads what module needs and offers. It does not read the code.
func Inspect(module []byte) (*Module, error) {
	m, err := parse(module)
	if err != nil {
		return nil, err
	}
	out := &Module{
		Imports: []Import{}, Exports: []Export{}, Memories: []Memory{}, Tables: []Table{}, Globals: []Global{},
		Start: m.sections[secStart].present,
	}
	importedGlobals := uint32(0)
	for _, e := range m.imports {
		out.Imports = append(out.Imports, Import{e.module, e.name, kindName(e.kind), m.typeOf(e.kind, e.index)})
		if e.kind == kindGlobal {
			importedGlobals++
		}
	}
	names := map[uint32][]string{}
	for _, e := range m.exports {
		out.Exports = append(out.Exports, Export{e.name, kindName(e.kind), m.typeOf(e.kind, e.index)})
		if e.kind == kindGlobal {
			names[e.index] = append(names[e.index], e.name)
		}
	}
	for _, l := range m.memories {
		out.Memories = append(out.Memories, Memory{l.min, l.maxPtr(), l.shared, m.memImported})
	}
	for _, t := range m.tables {
		out.Tables = append(out.Tables, Table{t.elem.String(), t.min, t.maxPtr()})
	}
	for i, g := range m.globals {
		if i := uint32(i); g.mutable {
			out.Globals = append(out.Globals, Global{i, g.typ.String(), append([]string{}, names[i]...), i < importedGlobals})
		}
	}
	return out, nil
}

func (l limits) maxPtr() *uint32 {
	if !l.hasMax {
		return nil
	}
	return &l.max
}

// typeOf describes the type of something by its kind and index.
func (m *module) typeOf(kind byte, index uint32) string {
	switch kind {
	case kindFunc:
		return m.types[m.funcs[index]].String()
	case kindTable:
		return m.tables[index].elem.String()
	case kindGlobal:
		g := m.globals[index]
		if g.mutable {
			return "mut " + g.typ.String()
		}
		return g.typ.String()
	}
	return ""
}
