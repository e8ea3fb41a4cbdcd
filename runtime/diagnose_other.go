//go:build !linux

package runtime

// kernelRelease is known on Linux only.
func kernelRelease() string { return "" }

// cpuQuota returns 0: control groups are Linux's.
func cpuQuota() float64 { return 0 }

// machineMemory returns the machine's memory in bytes, 0 if that is not known.
func machineMemory() int64 { return systemMemory() }

// groupMemory returns 0: control groups are Linux's.
func groupMemory() int64 { return 0 }

// systemLimits looks at limits of Linux's.
func (d *diagnosis) systemLimits(Config) {}
