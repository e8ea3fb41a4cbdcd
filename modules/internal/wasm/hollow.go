package wasm

import "fmt"

// Hollow returns module without what runs or writes memory at instantiation: active data segments become
// empty, the start function goes. The memory starts with memoryPages pages, for the host to map a snapshot
// of an initialised instance onto.
//
// All else is kept. Active element segments are applied again, so that tables look as they did right after
// instantiation; a guest that changes its tables or keeps state in globals that are not exported (see
// [Module.Hidden]) cannot be snapshotted. Passive data segments are kept with their content: the guest may
// yet use them.
func Hollow(module []byte, memoryPages uint32) ([]byte, error) {
	m, err := parse(module)
	if err != nil {
		return nil, err
	}
	switch {
	case len(m.memories) == 0:
		return nil, fmt.Errorf("wasm: the module has no memory to take a snapshot of")
	case m.memImported:
		return nil, fmt.Errorf("wasm: the memory is imported, so its size is not for the module to set")
	}
	mem := m.memories[0]
	if memoryPages < mem.min {
		return nil, fmt.Errorf("wasm: %d pages are less than the module's minimum of %d", memoryPages, mem.min)
	}
	if mem.hasMax && memoryPages > mem.max {
		return nil, fmt.Errorf("wasm: %d pages are more than the module's maximum of %d", memoryPages, mem.max)
	}
	out := make([]byte, 0, len(module))
	out = append(out, header...)
	for _, id := range sectionOrder {
		s := m.sections[id]
		switch {
		case !s.present:
		case id == secStart:
		case id == secMemory:
			mem.min = memoryPages
			out = appendSection(out, id, appendLimits([]byte{1}, mem))
		case id == secData:
			out = appendSection(out, id, m.hollowData())
		default:
			out = appendSection(out, id, m.raw[s.start:s.end])
		}
	}
	return out, nil
}

// hollowData returns the content of the data section without active segments. Segments keep their numbers
// if there is a data count section, since code may then refer to them.
func (m *module) hollowData() []byte {
	if m.dataCounted < 0 {
		return []byte{0}
	}
	out := appendU32(nil, uint32(len(m.datas)))
	for _, s := range m.datas {
		if s.passive {
			out = append(out, m.raw[s.start:s.end]...)
		} else {
			out = append(out, 1, 0) // passive and empty, as an active segment is once it has been applied
		}
	}
	return out
}

func appendLimits(b []byte, l limits) []byte {
	var flags byte
	if l.hasMax {
		flags |= 1
	}
	if l.shared {
		flags |= 2
	}
	b = appendU32(append(b, flags), l.min)
	if l.hasMax {
		b = appendU32(b, l.max)
	}
	return b
}
