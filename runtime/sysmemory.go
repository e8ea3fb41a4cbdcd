package runtime

import "math"

// defaultHostMemory is three quarters of the memory that this process may use; the rest
// is for the program around the engine, and for the garbage collector.
func defaultHostMemory() int64 {
	total := systemMemory()
	if total <= 0 {
		return math.MaxInt64 // nobody knows
	}
	return total / 4 * 3
}
