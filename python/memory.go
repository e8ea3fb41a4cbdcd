package python

import "errors"

// linearMemory backs one instance's memory with the Go heap and refuses to grow
// beyond max bytes. It belongs to one instance.
type linearMemory struct {
	max   uint64
	bytes []byte
}

// Reallocate implements experimental.LinearMemory; nil makes memory.grow answer -1.
func (m *linearMemory) Reallocate(size uint64) []byte {
	if size > m.max {
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

// view returns the memory in use.
func (m *linearMemory) view() []byte { return m.bytes }

// limit is for memories of images; a boot has one limit.
func (m *linearMemory) limit(uint64, func(int64) bool) error { return nil }

// private is for memories of images.
func (m *linearMemory) private() (int64, error) { return int64(len(m.bytes)), nil }

// settle is for memories of images.
func (m *linearMemory) settle() error { return nil }

// restore is for memories of images.
func (m *linearMemory) restore(bool) (restored, error) {
	return restored{}, errors.New("python: a booted memory has no image")
}
