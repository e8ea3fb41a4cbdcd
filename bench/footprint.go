package bench

import (
	goruntime "runtime"
	"runtime/debug"
)

// Footprint is what a process holds. Zero is unknown, on systems that do not tell.
type Footprint struct {
	Goroutines    int   `json:"goroutines"`
	Descriptors   int   `json:"descriptors"`
	Mappings      int   `json:"mappings"`
	ResidentBytes int64 `json:"resident_bytes"`
	PrivateBytes  int64 `json:"private_bytes"` // that no other process, and no file, shares
}

// FootprintNow returns what this process holds.
func FootprintNow() Footprint {
	f := Footprint{Goroutines: goruntime.NumGoroutine()}
	f.ask()
	return f
}

// FootprintAtRest is FootprintNow once what is no longer used is given back to the
// system.
func FootprintAtRest() Footprint {
	debug.FreeOSMemory()
	return FootprintNow()
}
