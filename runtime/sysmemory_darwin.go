package runtime

import "golang.org/x/sys/unix"

// systemMemory returns the machine's memory in bytes, 0 if that is not known.
func systemMemory() int64 {
	size, err := unix.SysctlUint64("hw.memsize")
	if err != nil {
		return 0
	}
	return int64(size)
}
