package wasi

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"testing"
)

func TestErrnoNames(t *testing.T) {
	t.Parallel()
	for e, name := range errnoNames {
		if e.Error() != name || e >= lastKnownErrno {
			t.Errorf("%d is %q", e, e.Error())
		}
	}
	if got := Errno(12).Error(); got != "errno 12" {
		t.Error(got)
	}
}

func TestErrnoOf(t *testing.T) {
	t.Parallel()
	tests := []struct {
		err  error
		want Errno
	}{
		{nil, success},
		{ENOSPC, ENOSPC},
		{fmt.Errorf("wrapped: %w", EROFS), EROFS},
		{&fs.PathError{Op: "open", Path: "x", Err: syscall.ENOTDIR}, ENOTDIR},
		{&os.LinkError{Op: "rename", Err: syscall.EXDEV}, EXDEV},
		{syscall.EMFILE, ENFILE},
		{syscall.Errno(9999), EIO},
		{fs.ErrNotExist, ENOENT},
		{fs.ErrExist, EEXIST},
		{fs.ErrPermission, EACCES},
		{fs.ErrInvalid, EINVAL},
		{os.ErrClosed, EBADF},
		{errors.ErrUnsupported, ENOTSUP},
		{errTest, EIO},
	}
	for _, tt := range tests {
		if got := errnoOf(tt.err); got != tt.want {
			t.Errorf("errnoOf(%v) is %v, want %v", tt.err, got, tt.want)
		}
	}
}
