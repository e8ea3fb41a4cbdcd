//go:build unix

package modules

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// errNotEmpty is what renaming over an entry gives.
const errNotEmpty = syscall.ENOTEMPTY

// private checks that a file or directory is this user's, and that nobody else may write
// to it.
func private(info fs.FileInfo) error {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && int(stat.Uid) != os.Geteuid() {
		return fmt.Errorf("belongs to user %d, and this process is user %d's; use another directory", stat.Uid, os.Geteuid())
	}
	if mode := info.Mode().Perm(); mode&0o022 != 0 {
		return fmt.Errorf("has mode %#o, so others may write to it; use another directory, or empty it and chmod 700 it", mode)
	}
	return nil
}
