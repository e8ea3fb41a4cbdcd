package modules

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
)

// CacheUsage is what a cache directory holds.
type CacheUsage struct {
	Entries int
	Bytes   int64 // of their files
	Write   error // why nothing can be stored; nil if something can
}

// Usage looks through the cache, and tries whether it can be written to, even if it was
// opened read-only.
func (c *Cache) Usage() (CacheUsage, error) {
	var u CacheUsage
	folders, err := os.ReadDir(c.dir)
	if err != nil {
		return u, fmt.Errorf("modules: the cache directory: %w", err)
	}
	for _, folder := range folders {
		if len(folder.Name()) != hex.EncodedLen(sha256.Size) {
			continue // not ours, or not finished
		}
		files, err := os.ReadDir(filepath.Join(c.dir, folder.Name()))
		if err != nil {
			continue // removed meanwhile, or another user's
		}
		u.Entries++
		for _, f := range files {
			if info, err := f.Info(); err == nil {
				u.Bytes += info.Size()
			}
		}
	}
	tmp, err := os.MkdirTemp(c.dir, tmpPattern)
	if err == nil {
		err = os.Remove(tmp)
	}
	u.Write = err
	return u, nil
}

// aFunction is a module with one function, which does nothing.
var aFunction = []byte("\x00asm\x01\x00\x00\x00\x01\x04\x01\x60\x00\x00\x03\x02\x01\x00\x0a\x04\x01\x02\x00\x0b")

// HasCompiler says whether wazero compiles to machine code on this system, by having it
// compile something; where it does not, it interprets.
func HasCompiler(ctx context.Context) (bool, error) {
	dir, err := os.MkdirTemp("", "vivarium-")
	if err != nil {
		return false, fmt.Errorf("modules: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	code, err := compileIn(ctx, dir, aFunction)
	if err != nil {
		return false, err
	}
	_, err = onlyFile(dir)
	return err == nil, code.Close(ctx)
}
