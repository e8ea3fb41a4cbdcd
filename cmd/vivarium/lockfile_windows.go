package main

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// lockFile keeps a second process from writing to a file, until it is closed. What is locked is one byte
// far behind its end, as what is locked cannot be read by others.
func lockFile(f *os.File) error {
	behind := &windows.Overlapped{OffsetHigh: 1 << 30}
	err := windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, behind)
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return errors.New("another batch is writing to it")
	}
	return err
}
