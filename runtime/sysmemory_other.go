//go:build !linux && !darwin

package runtime

// systemMemory returns 0: not known.
func systemMemory() int64 { return 0 }
