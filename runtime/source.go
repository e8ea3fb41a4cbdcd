package runtime

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// load returns the script's source text, which must not be changed.
func (s Script) load(from *sourceCache) (source []byte, err error) {
	if s.source != nil {
		return s.source, nil
	}
	if source, err = from.read(s.path); err != nil {
		return nil, fmt.Errorf("Task.Script: %w", err)
	}
	return source, checkSourceSize(s.name, int64(len(source)))
}

// checkRegular refuses what a script cannot be read from, or not without waiting for
// somebody: a pipe, a device.
func checkRegular(path string, info fs.FileInfo) error {
	switch mode := info.Mode(); {
	case mode.IsDir():
		return &fs.PathError{Op: "read", Path: path, Err: errors.New("is a directory; name a .py file")}
	case !mode.IsRegular():
		return &fs.PathError{Op: "read", Path: path, Err: errors.New("is no regular file; read it yourself, and use runtime.Source")}
	}
	return nil
}

// readScript reads a file, and says what it was before.
func readScript(path string) (fs.FileInfo, []byte, error) {
	f, err := os.OpenFile(filepath.Clean(path), os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe would wait for its writer
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = f.Close() }() // only read
	info, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	if err := checkRegular(path, info); err != nil {
		return nil, nil, err
	}
	// The file may be no longer what it was just now.
	text := bytes.NewBuffer(make([]byte, 0, min(info.Size(), maxSourceBytes)+bytes.MinRead))
	_, err = text.ReadFrom(io.LimitReader(f, maxSourceBytes+1))
	return info, text.Bytes(), err
}

// sourceCache keeps the text of scripts as long as their files look the same: to ask for that
// takes a tenth of the time that reading takes. Several goroutines may use it.
type sourceCache struct {
	mu    sync.Mutex
	files map[string]sourceFile
	bytes int // of all text
}

// sourceFile is a file that was read.
type sourceFile struct {
	info fs.FileInfo // from before
	text []byte
}

const (
	// settled is the age from which a file's time of modification tells it from a later version: a
	// file system may count in steps of two seconds, and a file be written twice in one. (Git has the same
	// problem with its index, see racy-git in its documentation.)
	settled = 3 * time.Second

	// maxSourceCache bounds what all kept scripts have together, in bytes.
	maxSourceCache = 16 * mib
)

// read returns the text of the script in a file.
func (c *sourceCache) read(path string) ([]byte, error) {
	c.mu.Lock()
	kept, ok := c.files[path]
	c.mu.Unlock()
	if ok {
		if info, err := os.Stat(path); err == nil && kept.is(info) {
			return kept.text, nil
		}
	}
	now := time.Now()
	info, text, err := readScript(path)
	if err != nil {
		return nil, err
	}
	c.keep(path, sourceFile{info, text}, now.Sub(info.ModTime()) > settled)
	return text, nil
}

// is says whether the file is still the one that was read.
func (f sourceFile) is(now fs.FileInfo) bool {
	return os.SameFile(f.info, now) && f.info.Mode() == now.Mode() && f.info.Size() == now.Size() && f.info.ModTime().Equal(now.ModTime())
}

// keep puts a file in place of what was kept of it, or of nothing if it is not to be trusted.
func (c *sourceCache) keep(path string, f sourceFile, trusted bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bytes -= len(c.files[path].text)
	delete(c.files, path)
	if !trusted || len(f.text) > maxSourceCache {
		return
	}
	if c.bytes+len(f.text) > maxSourceCache {
		clear(c.files) // those in use are read again
		c.bytes = 0
	}
	if c.files == nil {
		c.files = map[string]sourceFile{}
	}
	c.files[path] = f
	c.bytes += len(f.text)
}
