//go:build !windows

package wasi

import "syscall"

// systemErrno maps the numbers that only this system has.
func systemErrno(syscall.Errno) Errno { return success }
