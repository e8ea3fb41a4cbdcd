package wasi

import (
	"syscall"

	"golang.org/x/sys/windows"
)

// systemErrno maps the numbers that only this system has.
func systemErrno(e syscall.Errno) Errno {
	switch e {
	case windows.ERROR_DIRECTORY:
		return ENOTDIR
	case windows.ERROR_DIR_NOT_EMPTY:
		return ENOTEMPTY
	case windows.ERROR_DISK_FULL, windows.ERROR_HANDLE_DISK_FULL:
		return ENOSPC
	case windows.ERROR_INVALID_NAME, windows.ERROR_INVALID_PARAMETER:
		return EINVAL
	case windows.ERROR_SHARING_VIOLATION, windows.ERROR_LOCK_VIOLATION:
		return EBUSY
	case windows.ERROR_WRITE_PROTECT:
		return EROFS
	case windows.ERROR_BROKEN_PIPE, windows.ERROR_NO_DATA:
		return EPIPE
	case windows.ERROR_FILENAME_EXCED_RANGE:
		return ENAMETOOLONG
	case windows.ERROR_NOT_SAME_DEVICE:
		return EXDEV
	case windows.ERROR_CANT_RESOLVE_FILENAME:
		return ELOOP
	}
	return success
}
