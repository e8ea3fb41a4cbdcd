//go:build unix

package runtime

import "golang.org/x/sys/unix"

// openFilesLimit returns how many files the process may have open.
func openFilesLimit() (limit uint64, known bool) {
	var l unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &l) != nil {
		return 0, false
	}
	return uint64(l.Cur), true //nolint:unconvert // int64 on some systems
}
