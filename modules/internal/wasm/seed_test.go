package wasm

import "testing"

// seed adds the modules of the other tests to a fuzz corpus.
func seed(f *testing.F) {
	f.Add([]byte{})
	f.Add(header)
	f.Add(withTick().bytes())
	f.Add(bulkGuest().bytes())
}
