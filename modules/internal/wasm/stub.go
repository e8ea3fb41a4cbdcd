package wasm

// Stub returns module with every function body replaced by a trap: the least that has
// the same types, imports, exports and indices.
//
// It is for machine code that is there already. A host that validates a module before
// it takes the code from its cache reads only the stub, a hundredth of the module.
func Stub(module []byte) ([]byte, error) {
	m, err := parse(module)
	if err != nil {
		return nil, err
	}
	var out []byte
	out = append(out, header...)
	for _, id := range sectionOrder {
		s := m.sections[id]
		switch {
		case !s.present:
		case id == secCode:
			bodies := appendU32(nil, uint32(len(m.bodies)))
			for range m.bodies {
				bodies = append(bodies, 3, 0, byte(opcUnreachable), opEnd)
			}
			out = appendSection(out, id, bodies)
		default:
			out = appendSection(out, id, m.raw[s.start:s.end])
		}
	}
	return out, nil
}
