package bench

import (
	"bytes"
	"fmt"
	"os"
	"strings"
)

// ask asks /proc, see proc(5).
func (f *Footprint) ask() {
	if open, err := os.ReadDir("/proc/self/fd"); err == nil {
		f.Descriptors = len(open) - 1 // the directory itself
	}
	if maps, err := os.ReadFile("/proc/self/maps"); err == nil {
		f.Mappings = bytes.Count(maps, []byte("\n"))
	}
	f.PrivateBytes = privateBytes()
	if statm, err := os.ReadFile("/proc/self/statm"); err == nil {
		var total, resident int64
		if _, err := fmt.Sscan(string(statm), &total, &resident); err == nil {
			f.ResidentBytes = resident * int64(os.Getpagesize())
		}
	}
}

// privateBytes adds up the private lines of smaps_rollup: "Private_Dirty:  123 kB".
func privateBytes() (total int64) {
	rollup, err := os.ReadFile("/proc/self/smaps_rollup")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(rollup)) {
		var kib int64
		name, value, _ := strings.Cut(line, ":")
		if _, err := fmt.Sscanf(value, "%d kB", &kib); err == nil && (name == "Private_Clean" || name == "Private_Dirty") {
			total += kib << 10
		}
	}
	return total
}
