package modules

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/cespare/xxhash/v2"
)

// Cache is a directory of what is expensive to make and the same every time: one
// folder per key. It may be used by several goroutines and by several processes.
//
// A folder appears whole, by a rename, and is not changed after that. Its index holds
// the size and the digest of each file, and what is read is checked against it.
type Cache struct {
	dir      string
	readOnly bool
}

// Key names an entry: the SHA-256, in hex, of everything the entry depends on.
type Key string

// KeyOf returns the key of an entry that depends on the given parts, in this order.
func KeyOf(parts ...string) Key {
	h := sha256.New()
	for _, part := range parts {
		fmt.Fprintf(h, "%d:%s\n", len(part), part) // the length keeps ("ab", "c") and ("a", "bc") apart
	}
	return Key(hex.EncodeToString(h.Sum(nil)))
}

const (
	indexName     = "index.json"
	tmpPattern    = "vivarium-tmp-*"    // a name that nothing of the user's has
	tmpAge        = time.Hour           // so old a temporary folder belongs to a process that was killed, as does one of the future
	entryAge      = 30 * 24 * time.Hour // an entry that nobody used for so long is removed
	maxIndexBytes = 64 << 10
)

// OpenCache returns the cache in a directory, which it makes, for its owner alone, if it
// is not there. It refuses one that somebody else may write to: what is in there is
// executed.
func OpenCache(dir string) (*Cache, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("modules: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("modules: making the cache directory: %w", err)
	}
	// What a link leads to may change; what it led to now is checked.
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return nil, fmt.Errorf("modules: the cache directory: %w", err)
	}
	if err := checkPrivate(dir); err != nil {
		return nil, err
	}
	c := &Cache{dir: dir}
	c.tidy()
	return c, nil
}

// OpenCacheReadOnly returns the cache in a directory that is there already, and never
// changes anything in it. It refuses the directories that OpenCache refuses. The error is
// fs.ErrNotExist's if there is none.
func OpenCacheReadOnly(dir string) (*Cache, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("modules: %w", err)
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return nil, fmt.Errorf("modules: the cache directory: %w", err)
	}
	if err := checkPrivate(dir); err != nil {
		return nil, err
	}
	return &Cache{dir: dir, readOnly: true}, nil
}

// errReadOnly is the error of what would change a cache that was opened read-only.
var errReadOnly = errors.New("modules: the cache directory was opened read-only")

// checkPrivate checks that nobody else may change a directory.
func checkPrivate(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil {
		return fmt.Errorf("modules: the cache directory: %w", err)
	}
	if !info.IsDir() {
		return fmt.Errorf("modules: the cache directory %s is not a directory", dir)
	}
	if err := private(info); err != nil {
		return fmt.Errorf("modules: the cache directory %s %w", dir, err)
	}
	return nil
}

// openPrivate opens a file that nobody else may change. It looks at what it has opened:
// the path may lead elsewhere by now, if somebody else may write to a directory above.
func openPrivate(path string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Clean(path), os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe would wait for its writer
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("is no regular file")
	}
	if err == nil {
		err = private(info)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s %w", path, err), f.Close())
	}
	return f, nil
}

// Dir returns the directory.
func (c *Cache) Dir() string { return c.dir }

// index is index.json.
type index struct {
	Files map[string]fileEntry `json:"files"`
	Notes map[string]string    `json:"notes,omitempty"`
}

type fileEntry struct {
	Size  int64  `json:"size"`
	XXH64 string `json:"xxh64"`
}

// Entry is one folder of a cache.
type Entry struct {
	dir   string
	index index
}

// Load returns an entry. The error is fs.ErrNotExist's if there is none.
func (c *Cache) Load(key Key) (*Entry, error) {
	e := &Entry{dir: filepath.Join(c.dir, string(key))}
	if _, err := os.Lstat(e.dir); errors.Is(err, fs.ErrNotExist) { // a link that leads nowhere is there
		return nil, fmt.Errorf("modules: no entry %s: %w", e.dir, fs.ErrNotExist)
	}
	// The directory may have been open to others before it was made private.
	if err := checkPrivate(e.dir); err != nil {
		return nil, err
	}
	path := filepath.Join(e.dir, indexName)
	f, err := openPrivate(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("modules: %s is missing", path)
	}
	if err != nil {
		return nil, fmt.Errorf("modules: %w", err)
	}
	defer func() { _ = f.Close() }() // only read
	text, err := io.ReadAll(io.LimitReader(f, maxIndexBytes))
	if err != nil {
		return nil, fmt.Errorf("modules: %w", err)
	}
	if err := json.Unmarshal(text, &e.index); err != nil {
		return nil, fmt.Errorf("modules: %s: %w", path, err)
	}
	// The time says that the entry is in use. It is only for tidying, and the
	// directory may well be read-only.
	if !c.readOnly {
		now := time.Now()
		_ = os.Chtimes(path, now, now)
	}
	return e, nil
}

// Bytes returns the size of the entry's files, its index not included.
func (e *Entry) Bytes() (n int64) {
	for _, f := range e.index.Files {
		n += f.Size
	}
	return n
}

// Note returns a short text stored with the entry.
func (e *Entry) Note(name string) string { return e.index.Notes[name] }

// Open opens a file of the entry. Its content may be trusted once it has been read to
// its end: when it is not what the index says, reading ends with an error, never with
// io.EOF.
func (e *Entry) Open(name string) (io.ReadCloser, error) {
	f, err := e.open(name)
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (e *Entry) open(name string) (*checkedFile, error) {
	want, ok := e.index.Files[name]
	if !ok {
		return nil, fmt.Errorf("modules: %s lists no file %q", filepath.Join(e.dir, indexName), name)
	}
	f, err := openPrivate(filepath.Join(e.dir, filepath.Base(name)))
	if errors.Is(err, fs.ErrNotExist) { // which would be the error of an entry that is not there
		return nil, fmt.Errorf("modules: %s lists a file %q that is missing", filepath.Join(e.dir, indexName), name)
	}
	if err != nil {
		return nil, fmt.Errorf("modules: %w", err)
	}
	return &checkedFile{file: f, want: want, left: want.Size, sum: xxhash.New()}, nil
}

// ReadFile returns the content of a file of the entry, checked.
func (e *Entry) ReadFile(name string) ([]byte, error) {
	f, err := e.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	return io.ReadAll(f)
}

// checkedFile reads a file and checks its size and digest at the end. It has no methods
// but these: os.File's WriteTo would go past the check.
type checkedFile struct {
	file *os.File
	want fileEntry
	left int64
	sum  hash.Hash
}

// Read implements io.Reader.
func (f *checkedFile) Read(p []byte) (int, error) {
	n, err := f.file.Read(p)
	f.sum.Write(p[:n])
	f.left -= int64(n)
	switch {
	case f.left < 0:
		return 0, f.corrupt("is longer than")
	case !errors.Is(err, io.EOF):
		return n, err
	case f.left > 0:
		return n, f.corrupt("is shorter than")
	case hex.EncodeToString(f.sum.Sum(nil)) != f.want.XXH64:
		return n, f.corrupt("has not the digest that")
	default:
		return n, io.EOF
	}
}

// Close implements io.Closer.
func (f *checkedFile) Close() error { return f.file.Close() }

func (f *checkedFile) corrupt(how string) error {
	return fmt.Errorf("modules: %s %s its index says; it is not used", f.file.Name(), how)
}

// EntryWriter makes an entry. It belongs to one goroutine.
type EntryWriter struct {
	dir   string
	index index
}

// Note adds a short text to the entry.
func (w *EntryWriter) Note(name, text string) { w.index.Notes[name] = text }

// Create adds a file that write writes.
func (w *EntryWriter) Create(name string, write func(io.Writer) error) (err error) {
	f, err := os.OpenFile(filepath.Join(w.dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	sum := xxhash.New()
	if err := write(io.MultiWriter(f, sum)); err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	w.index.Files[name] = fileEntry{info.Size(), hex.EncodeToString(sum.Sum(nil))}
	return nil
}

// Store makes an entry. When there is one already, which another process was faster to
// make, that one is kept; a damaged one must be removed first.
func (c *Cache) Store(key Key, fill func(*EntryWriter) error) (err error) {
	tmp, err := c.tempDir()
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(tmp) }() // what is left is for the next tidying
	w, err := newEntry(filepath.Join(tmp, "entry"))
	if err != nil {
		return err
	}
	if err := fill(w); err != nil {
		return fmt.Errorf("modules: storing an entry in the cache: %w", err)
	}
	if err := w.finish(); err != nil {
		return err
	}
	_, err = c.place(w, key)
	return err
}

// newEntry makes the folder of an entry that is to be written.
func newEntry(dir string) (*EntryWriter, error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, fmt.Errorf("modules: %w", err)
	}
	return &EntryWriter{dir, index{map[string]fileEntry{}, map[string]string{}}}, nil
}

// finish writes the index.
func (w *EntryWriter) finish() error {
	text, err := json.Marshal(w.index)
	if err != nil {
		return fmt.Errorf("modules: %w", err)
	}
	// There is no fsync: what a crash leaves unwritten does not have its digest.
	if err := os.WriteFile(filepath.Join(w.dir, indexName), text, 0o600); err != nil {
		return fmt.Errorf("modules: %w", err)
	}
	return nil
}

// place makes a finished entry visible, unless there is one already.
func (c *Cache) place(w *EntryWriter, key Key) (placed bool, err error) {
	err = os.Rename(w.dir, filepath.Join(c.dir, string(key)))
	if errors.Is(err, fs.ErrExist) || errors.Is(err, errNotEmpty) {
		return false, nil
	}
	return err == nil, err
}

// Remove takes an entry out of the cache.
func (c *Cache) Remove(key Key) error {
	tmp, err := c.tempDir()
	if err != nil {
		return err
	}
	// Renamed first, so that nobody finds half of it.
	err = os.Rename(filepath.Join(c.dir, string(key)), filepath.Join(tmp, "removed"))
	if errors.Is(err, fs.ErrNotExist) {
		err = nil // by somebody else
	}
	return errors.Join(err, os.RemoveAll(tmp))
}

// tempDir makes a temporary folder in the cache.
func (c *Cache) tempDir() (string, error) {
	if c.readOnly {
		return "", errReadOnly
	}
	dir, err := os.MkdirTemp(c.dir, tmpPattern)
	if err != nil {
		return "", fmt.Errorf("modules: the cache directory: %w", err)
	}
	return dir, nil
}

// tidy removes what killed processes left and what nobody uses any more. It is best
// effort: another process may do the same.
func (c *Cache) tidy() {
	folders, err := os.ReadDir(c.dir)
	if err != nil {
		return
	}
	for _, f := range folders {
		path, age := filepath.Join(c.dir, f.Name()), entryAge
		used := filepath.Join(path, indexName)
		switch {
		case !f.IsDir():
			continue
		case strings.HasPrefix(f.Name(), strings.TrimSuffix(tmpPattern, "*")):
			used, age = path, tmpAge
		case len(f.Name()) != hex.EncodedLen(sha256.Size):
			continue // not ours
		}
		info, err := os.Stat(used)
		if err != nil {
			info, err = f.Info() // an entry without an index
		}
		if err != nil {
			continue
		}
		since := time.Since(info.ModTime())
		// A clock that was wrong, and was put right, would keep a temporary folder for years. An
		// entry is dated again whenever it is used.
		if since > age || used == path && since < -age {
			_ = os.RemoveAll(path)
		}
	}
}
