package wasm

import "fmt"

// Segment is an active data segment: bytes that instantiation would copy to Offset.
type Segment struct {
	Offset uint32
	Bytes  []byte // shares memory with the module
}

// Data returns the active data segments of module, in order: what Hollow leaves out.
// Their offsets must be constants, as a linker of static modules writes them.
func Data(module []byte) ([]Segment, error) {
	m, err := parse(module)
	if err != nil {
		return nil, err
	}
	var segments []Segment
	for i, s := range m.datas {
		if s.passive {
			continue
		}
		r := &reader{buf: module, pos: s.start, end: s.end, section: sectionNames[secData]}
		if r.u32() == 2 {
			r.zero("memory index")
		}
		if r.u8() != 0x41 { // i32.const
			return nil, fmt.Errorf("wasm: data segment %d has an offset that is not a constant", i)
		}
		offset := uint32(int32(r.signed(32)))
		if r.u8() != opEnd {
			return nil, fmt.Errorf("wasm: data segment %d has an offset that is not a constant", i)
		}
		bytes := r.bytes(r.u32())
		if r.err != nil {
			return nil, r.err
		}
		segments = append(segments, Segment{offset, bytes})
	}
	return segments, nil
}
