//go:build unix

package modules

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// errNotEmpty is what renaming over an entry gives.
const errNotEmpty = syscall.ENOTEMPTY

// private checks that a directory is this user's, and that nobody else may write to it.
func private(info fs.FileInfo) error {
	if !info.IsDir() {
		return errors.New("is not a directory")
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && int(stat.Uid) != os.Geteuid() {
		return fmt.Errorf("belongs to user %d, and this process is user %d's; use another directory", stat.Uid, os.Geteuid())
	}
	if mode := info.Mode().Perm(); mode&0o022 != 0 {
		return fmt.Errorf("has mode %#o, so others may write to it; use another directory, or empty it and chmod 700 it", mode)
	}
	return nil
}

// checkParents checks that nobody but this user and root may put another directory in a
// directory's place.
func checkParents(dir string) error {
	for parent := filepath.Dir(dir); ; parent = filepath.Dir(parent) {
		info, err := os.Stat(parent)
		if err != nil {
			return fmt.Errorf("modules: above the cache directory: %w", err)
		}
		mode := info.Mode()
		if stat, ok := info.Sys().(*syscall.Stat_t); ok && stat.Uid != 0 && int(stat.Uid) != os.Geteuid() {
			return fmt.Errorf("modules: %s, above the cache directory, belongs to user %d; use another directory", parent, stat.Uid)
		}
		// A group may well be the user's own, as many systems have it.
		if mode.Perm()&0o002 != 0 && mode&fs.ModeSticky == 0 {
			return fmt.Errorf("modules: %s, above the cache directory, has mode %#o, so others may replace the directory; use another one", parent, mode.Perm())
		}
		if parent == filepath.Dir(parent) {
			return nil
		}
	}
}
