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
	st.dev, st.ino, st.nlink = uint64(sys.Dev), sys.Ino, uint64(sys.Nlink)
	st.atime = time.Unix(sys.Atim.Unix()).UnixNano()
	st.ctime = time.Unix(sys.Ctim.Unix()).UnixNano()
	return true
}

func setHostTimes(f *os.File, c timeChange) error {
	spec := func(t *time.Time) unix.Timespec {
		if t == nil {
			return unix.Timespec{Nsec: unix.UTIME_OMIT}
		}
		return unix.NsecToTimespec(t.UnixNano())
	}
	return onDescriptor(f, func(fd uintptr) error {
		times := []unix.Timespec{spec(c.atime), spec(c.mtime)}
		return unix.UtimesNanoAt(int(fd), "", times, unix.AT_EMPTY_PATH)
	})
}
