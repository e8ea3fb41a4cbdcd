package python

import "github.com/tetratelabs/wazero/experimental"

// linearMemory backs one instance's memory with the Go heap and refuses to grow
// beyond max bytes. It belongs to one instance.
type linearMemory struct {
	max     uint64
	refused uint64 // the size last refused
	bytes   []byte
}

// Allocate implements experimental.MemoryAllocator: it is asked once, by the
// instance the memory belongs to.
func (m *linearMemory) Allocate(_, _ uint64) experimental.LinearMemory { return m }

// Reallocate implements experimental.LinearMemory; nil makes memory.grow answer -1.
func (m *linearMemory) Reallocate(size uint64) []byte {
	if size > m.max {
		m.refused = size
		return nil
	}
	if size > uint64(cap(m.bytes)) {
		// A quarter more than asked, so that growing page by page stays linear.
		grown := make([]byte, size, min(size+size/4, m.max))
		copy(grown, m.bytes)
		m.bytes = grown
	}
	m.bytes = m.bytes[:size]
	return m.bytes
}

// Free implements experimental.LinearMemory.
func (m *linearMemory) Free() { m.bytes = nil }
