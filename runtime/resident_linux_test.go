package runtime_test

import (
	"fmt"
	"os"
	"runtime/debug"
	"strings"
)

// residentGrowth returns a function that says by how many bytes the process has grown at
// most since.
func residentGrowth() func() int64 {
	debug.FreeOSMemory()
	before := residentKiB("VmRSS")
	// "5" makes the high-water mark begin anew, see proc_pid_clear_refs(5).
	if os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) != nil {
		return func() int64 { return 0 }
	}
	return func() int64 { return (residentKiB("VmHWM") - before) << 10 }
}

// residentKiB returns a line of /proc/self/status.
func residentKiB(name string) (kib int64) {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if _, err := fmt.Sscanf(line, name+": %d kB", &kib); err == nil {
			return kib
		}
	}
	return 0
}
