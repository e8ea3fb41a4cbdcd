package python

import (
	"bytes"
	"testing"
)

func TestLinearMemory(t *testing.T) {
	t.Parallel()
	m := &linearMemory{max: 1 << 20}
	if got := m.Reallocate(1<<20 + 1); got != nil {
		t.Errorf("grew to %d bytes, beyond the maximum", len(got))
	}
	b := m.Reallocate(100)
	copy(b, "kept")
	for size := uint64(200); size <= 1<<20; size *= 2 {
		b = m.Reallocate(size)
		if uint64(len(b)) != size || !bytes.HasPrefix(b, []byte("kept")) {
			t.Fatalf("at %d: %d bytes, %q", size, len(b), b[:4])
		}
		if bytes.ContainsFunc(b[4:], func(r rune) bool { return r != 0 }) {
			t.Fatalf("at %d: new memory is not zero", size)
		}
	}
	m.Free()
}
