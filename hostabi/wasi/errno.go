package wasi

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"syscall"
)

// Errno is an error number of WASI preview 1. A [Config] writer may return one
// to choose what the guest sees.
type Errno uint16

// The error numbers in use, in the order of the standard.
const (
	success        Errno = 0
	E2BIG          Errno = 1
	EACCES         Errno = 2
	EAGAIN         Errno = 6
	EBADF          Errno = 8
	EBUSY          Errno = 10
	EEXIST         Errno = 20
	EFAULT         Errno = 21
	EFBIG          Errno = 22
	EILSEQ         Errno = 25
	EINTR          Errno = 27
	EINVAL         Errno = 28
	EIO            Errno = 29
	EISDIR         Errno = 31
	ELOOP          Errno = 32
	EMFILE         Errno = 33
	EMLINK         Errno = 34
	ENAMETOOLONG   Errno = 37
	ENFILE         Errno = 41
	ENODEV         Errno = 43
	ENOENT         Errno = 44
	ENOMEM         Errno = 48
	ENOSPC         Errno = 51
	ENOSYS         Errno = 52
	ENOTDIR        Errno = 54
	ENOTEMPTY      Errno = 55
	ENOTSOCK       Errno = 57
	ENOTSUP        Errno = 58
	ENOTTY         Errno = 59
	ENXIO          Errno = 60
	EOVERFLOW      Errno = 61
	EPERM          Errno = 63
	EPIPE          Errno = 64
	ERANGE         Errno = 68
	EROFS          Errno = 69
	ESPIPE         Errno = 70
	ETIMEDOUT      Errno = 73
	ETXTBSY        Errno = 74
	EXDEV          Errno = 75
	lastKnownErrno Errno = 76
)

var errnoNames = map[Errno]string{
	success: "success", E2BIG: "E2BIG", EACCES: "EACCES", EAGAIN: "EAGAIN", EBADF: "EBADF",
	EBUSY: "EBUSY", EEXIST: "EEXIST", EFAULT: "EFAULT", EFBIG: "EFBIG", EILSEQ: "EILSEQ",
	EINTR: "EINTR", EINVAL: "EINVAL", EIO: "EIO", EISDIR: "EISDIR", ELOOP: "ELOOP",
	EMFILE: "EMFILE", EMLINK: "EMLINK", ENAMETOOLONG: "ENAMETOOLONG", ENFILE: "ENFILE",
	ENODEV: "ENODEV", ENOENT: "ENOENT", ENOMEM: "ENOMEM", ENOSPC: "ENOSPC", ENOSYS: "ENOSYS",
	ENOTDIR: "ENOTDIR", ENOTEMPTY: "ENOTEMPTY", ENOTSOCK: "ENOTSOCK", ENOTSUP: "ENOTSUP",
	ENOTTY: "ENOTTY", ENXIO: "ENXIO", EOVERFLOW: "EOVERFLOW", EPERM: "EPERM", EPIPE: "EPIPE",
	ERANGE: "ERANGE", EROFS: "EROFS", ESPIPE: "ESPIPE", ETIMEDOUT: "ETIMEDOUT",
	ETXTBSY: "ETXTBSY", EXDEV: "EXDEV",
}

// Error gives the POSIX name.
func (e Errno) Error() string {
	if name, ok := errnoNames[e]; ok {
		return name
	}
	return "errno " + strconv.Itoa(int(e))
}

// hostErrnos is searched in order; a slice, because on some systems two names
// share a number.
var hostErrnos = []struct {
	host syscall.Errno
	wasi Errno
}{
	{syscall.ENOENT, ENOENT},
	{syscall.EEXIST, EEXIST},
	{syscall.EACCES, EACCES},
	{syscall.EPERM, EPERM},
	{syscall.ENOTDIR, ENOTDIR},
	{syscall.EISDIR, EISDIR},
	{syscall.ENOTEMPTY, ENOTEMPTY},
	{syscall.EINVAL, EINVAL},
	{syscall.EBADF, EBADF},
	{syscall.ENOSPC, ENOSPC},
	{syscall.EDQUOT, ENOSPC},
	{syscall.EROFS, EROFS},
	{syscall.ELOOP, ELOOP},
	{syscall.ENAMETOOLONG, ENAMETOOLONG},
	{syscall.EXDEV, EXDEV},
	{syscall.EMLINK, EMLINK},
	{syscall.EBUSY, EBUSY},
	{syscall.ETXTBSY, ETXTBSY},
	{syscall.EFBIG, EFBIG},
	{syscall.ENFILE, ENFILE},
	{syscall.EMFILE, ENFILE}, // the host process ran out, not the guest
	{syscall.ENOMEM, ENOMEM},
	{syscall.EINTR, EINTR},
	{syscall.EAGAIN, EAGAIN},
	{syscall.EPIPE, EPIPE},
	{syscall.ESPIPE, ESPIPE},
	{syscall.ENXIO, ENXIO},
	{syscall.ENODEV, ENODEV},
	{syscall.EILSEQ, EILSEQ},
	{syscall.EOVERFLOW, EOVERFLOW},
	{syscall.ERANGE, ERANGE},
	{syscall.ENOTTY, ENOTTY},
	{syscall.ENOTSUP, ENOTSUP},
	{syscall.EOPNOTSUPP, ENOTSUP},
	{syscall.ENOSYS, ENOSYS},
	{syscall.ETIMEDOUT, ETIMEDOUT},
}

// errnoOf maps an error of the host to what the guest is told. What has no
// counterpart is EIO; the host's own text never reaches the guest.
func errnoOf(err error) Errno {
	if err == nil {
		return success
	}
	var own Errno
	if errors.As(err, &own) && own != success {
		return own
	}
	var host syscall.Errno
	if errors.As(err, &host) {
		for _, e := range hostErrnos {
			if e.host == host {
				return e.wasi
			}
		}
		if e := systemErrno(host); e != success {
			return e
		}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return ENOENT
	case errors.Is(err, fs.ErrExist):
		return EEXIST
	case errors.Is(err, fs.ErrPermission):
		return EACCES
	case errors.Is(err, fs.ErrInvalid):
		return EINVAL
	case errors.Is(err, os.ErrClosed):
		return EBADF
	case errors.Is(err, errors.ErrUnsupported):
		return ENOTSUP
	case isEscape(err):
		return EPERM
	}
	return EIO
}
