package runtime_test

import (
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"golang.org/x/sys/unix"
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

// othersCompute returns a function that says whether other processes have had more than a
// tenth of the processors' time since.
func othersCompute() func() bool {
	all, own := busyTime()
	start := time.Now()
	return func() bool {
		allNow, ownNow := busyTime()
		return (allNow-all)-(ownNow-own) > time.Since(start)/10
	}
}

// busyTime returns the time that the machine's processors have worked, and that they have
// worked for this process. See proc_stat(5): in hundredths of a second, idle and iowait left out.
func busyTime() (all, own time.Duration) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, 0
	}
	var user, nice, system, idle, iowait, irq, softirq, steal int64
	if _, err := fmt.Sscanf(string(text), "cpu %d %d %d %d %d %d %d %d", &user, &nice, &system, &idle, &iowait, &irq, &softirq, &steal); err != nil {
		return 0, 0
	}
	var usage unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err != nil {
		return 0, 0
	}
	return time.Duration(user+nice+system+irq+softirq+steal) * 10 * time.Millisecond,
		time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
