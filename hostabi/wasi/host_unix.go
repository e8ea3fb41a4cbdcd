//go:build linux || darwin

package wasi

import (
	"os"

	"golang.org/x/sys/unix"
)

// openNonblock keeps the opening of what became a FIFO from blocking.
const openNonblock = unix.O_NONBLOCK

func onDescriptor(f *os.File, do func(fd uintptr) error) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	if err := raw.Control(func(fd uintptr) { inner = do(fd) }); err != nil {
		return err
	}
	return inner
}

func setHostAppend(f *os.File, on bool) error {
	return onDescriptor(f, func(fd uintptr) error {
		flags, err := unix.FcntlInt(fd, unix.F_GETFL, 0)
		if err != nil {
			return err
		}
		flags &^= unix.O_APPEND
		if on {
			flags |= unix.O_APPEND
		}
		_, err = unix.FcntlInt(fd, unix.F_SETFL, flags)
		return err
	})
}
