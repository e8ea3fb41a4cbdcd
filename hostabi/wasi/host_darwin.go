package wasi

import (
	"io/fs"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// systemStat fills in what only this system's stat knows.
func systemStat(st *filestat, info fs.FileInfo) bool {
	sys, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return false
	}
	st.dev, st.ino, st.nlink = uint64(uint32(sys.Dev)), sys.Ino, uint64(sys.Nlink)
	st.atime = time.Unix(sys.Atimespec.Unix()).UnixNano()
	st.ctime = time.Unix(sys.Ctimespec.Unix()).UnixNano()
	return true
}

func setHostTimes(f *os.File, c timeChange) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	var st filestat
	systemStat(&st, info)
	at, mt := time.Unix(0, st.atime), info.ModTime()
	if c.atime != nil {
		at = *c.atime
	}
	if c.mtime != nil {
		mt = *c.mtime
	}
	return onDescriptor(f, func(fd uintptr) error {
		return unix.Futimes(int(fd), []unix.Timeval{
			unix.NsecToTimeval(at.UnixNano()), unix.NsecToTimeval(mt.UnixNano()),
		})
	})
}
