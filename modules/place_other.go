//go:build !linux

package modules

import (
	"errors"
	"io"
	"os"
	"path/filepath"
)

// placeCode puts an entry's machine code, checked, where wazero looks for it: in a file
// of a folder that only this user may enter.
func placeCode(entry *Entry, path string) (_ io.Closer, err error) {
	from, err := entry.Open(codeFile)
	if err != nil {
		return nil, err
	}
	defer func() { _ = from.Close() }() // only read
	to, err := os.OpenFile(filepath.Clean(path), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	if _, err := io.Copy(to, from); err != nil {
		return nil, errors.Join(err, to.Close())
	}
	return io.NopCloser(nil), to.Close()
}
