//go:build !linux && !darwin

package wasi

import (
	"errors"
	"io/fs"
	"os"
)

// openNonblock is not needed: what is mounted here has no FIFOs that block.
const openNonblock = 0

// systemStat knows nothing that fs.FileInfo does not.
func systemStat(*filestat, fs.FileInfo) bool { return false }

func setHostTimes(*os.File, timeChange) error { return errors.ErrUnsupported }
func setHostAppend(*os.File, bool) error      { return errors.ErrUnsupported }
