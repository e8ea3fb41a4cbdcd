//go:build unix

package modules

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// damage does something to a file, or a folder, whose content was as given. data and at
// say what exactly.
type damage struct {
	name string
	do   func(path string, content []byte, at int, data []byte) error
}

// damages is all that may happen to a file on a disk, and what somebody may put there
// by mistake.
var damages = []damage{
	{"a bit", func(path string, content []byte, at int, _ []byte) error {
		if len(content) == 0 {
			return nil
		}
		content[at/8%len(content)] ^= 1 << (at % 8)
		return os.WriteFile(path, content, 0o600)
	}},
	{"truncated", func(path string, content []byte, at int, _ []byte) error {
		return os.WriteFile(path, content[:at%(len(content)+1)], 0o600)
	}},
	{"a hole", func(path string, content []byte, at int, data []byte) error {
		from := at % (len(content) + 1)
		clear(content[from:min(from+len(data), len(content))])
		return os.WriteFile(path, content, 0o600)
	}},
	{"overwritten", func(path string, content []byte, at int, data []byte) error {
		copy(content[at%(len(content)+1):], data)
		return os.WriteFile(path, content, 0o600)
	}},
	{"inserted", func(path string, content []byte, at int, data []byte) error {
		at %= len(content) + 1
		return os.WriteFile(path, bytes.Join([][]byte{content[:at], data, content[at:]}, nil), 0o600)
	}},
	{"replaced", func(path string, _ []byte, _ int, data []byte) error { return os.WriteFile(path, data, 0o600) }},
	{"removed", func(path string, _ []byte, _ int, _ []byte) error { return os.RemoveAll(path) }},
	{"a directory", inPlaceOf(func(path string) error { return os.Mkdir(path, 0o700) })},
	{"a directory with something inside", inPlaceOf(func(path string) error {
		return errors.Join(os.Mkdir(path, 0o700), os.WriteFile(filepath.Join(path, "file"), nil, 0o600))
	})},
	{"an empty file", inPlaceOf(func(path string) error { return os.WriteFile(path, nil, 0o600) })},
	{"a pipe", inPlaceOf(func(path string) error { return unix.Mkfifo(path, 0o600) })},
	{"a link that leads nowhere", inPlaceOf(func(path string) error { return os.Symlink("nowhere", path) })},
	{"a link to itself", inPlaceOf(func(path string) error { return os.Symlink(filepath.Base(path), path) })},
	{"a link to a device", inPlaceOf(func(path string) error { return os.Symlink("/dev/zero", path) })},
	{"a link to what it was", func(path string, _ []byte, _ int, _ []byte) error {
		elsewhere := path + ".moved"
		return errors.Join(os.Rename(path, elsewhere), os.Symlink(elsewhere, path))
	}},
	{"writable for others", func(path string, _ []byte, _ int, _ []byte) error { return os.Chmod(path, 0o666) }}, //nolint:gosec // that is what is refused
}

// inPlaceOf makes a damage of what puts something else there.
func inPlaceOf(put func(path string) error) func(string, []byte, int, []byte) error {
	return func(path string, _ []byte, _ int, _ []byte) error {
		return errors.Join(os.RemoveAll(path), put(path))
	}
}

// storedCode is a cache with an entry as a start leaves it.
func storedCode(t testing.TB) (_ *Cache, key Key, files []string) {
	t.Helper()
	c, key := openTestCache(t), KeyOf("code")
	code, notStored, err := c.CompileAndStore(context.Background(), key, answer42)
	if err = errors.Join(err, notStored); err != nil {
		t.Fatal(err)
	}
	if err := code.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	entry := filepath.Join(c.Dir(), string(key))
	return c, key, []string{filepath.Join(entry, indexName), filepath.Join(entry, codeFile), filepath.Join(entry, stubFile), entry}
}

// contentOf is nil for a folder.
func contentOf(t testing.TB, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	switch {
	case errors.Is(err, unix.EISDIR):
		return nil
	case err != nil:
		t.Fatal(err)
	}
	return content
}

// wantWhole checks that what is loaded, if anything is, is what was stored, and that the
// entry can be made again.
func wantWhole(t *testing.T, c *Cache, key Key) {
	t.Helper()
	ctx := context.Background()
	code, err := c.LoadCode(ctx, key)
	if err == nil {
		wantAnswer42(t, code)
	} else if _, gone := os.Lstat(filepath.Join(c.Dir(), string(key))); errors.Is(err, fs.ErrNotExist) != errors.Is(gone, fs.ErrNotExist) {
		t.Fatalf("the entry: %v; the error: %v", gone, err)
	}
	if err := c.Remove(key); err != nil {
		t.Fatal(err)
	}
	code, notStored, err := c.CompileAndStore(ctx, key, answer42)
	if err = errors.Join(err, notStored); err != nil {
		t.Fatal(err)
	}
	wantAnswer42(t, code)
	if code, err = c.LoadCode(ctx, key); err != nil {
		t.Fatalf("it was made again: %v", err)
	}
	wantAnswer42(t, code)
	if found := leftovers(t, c); len(found) > 0 {
		t.Errorf("%v is left over", found)
	}
}

// FuzzCacheEntry damages an entry with machine code: it is refused, or is what it was, and
// is made again.
func FuzzCacheEntry(f *testing.F) {
	if !hasCompiler() {
		f.Skip("wazero compiles for amd64 and arm64")
	}
	_, _, files := storedCode(f)
	index := contentOf(f, files[0])
	for how := range damages {
		for file := range files {
			f.Add(byte(file), byte(how), uint32(1234), []byte("\x00damage"))
		}
	}
	replaced := func(old, with string) {
		text := bytes.Replace(index, []byte(old), []byte(with), 1)
		if bytes.Equal(text, index) {
			f.Fatalf("no %s in %s", old, index)
		}
		f.Add(byte(0), byte(5), uint32(0), text)
	}
	replaced(`"path":"`, `"path":"../`)
	replaced(`"path":"`, `"path":"./`)
	replaced(`"path":"`, `"path":"\u0000`)
	replaced(`"path":"`, `"path":".","x":"`)
	replaced(`"path":"`, `"path":"stub","x":"`)
	replaced(`"code":`, `"../code":`)
	replaced(`"stub.wasm":`, `"code":{},"stub.wasm":`)
	replaced(`"size":`, `"size":-`)
	replaced(`"size":`, `"size":1`)
	replaced(`"files":`, `"files":null,"x":`)
	f.Fuzz(func(t *testing.T, file, how byte, at uint32, data []byte) {
		c, key, files := storedCode(t)
		path := files[int(file)%len(files)]
		content := contentOf(t, path)
		if content == nil && int(how)%len(damages) < 6 {
			return // a folder has no content
		}
		if err := damages[int(how)%len(damages)].do(path, content, int(at), data); err != nil {
			t.Fatal(err)
		}
		wantWhole(t, c, key)
	})
}

// However a file is damaged, and wherever: nothing of it is run.
func TestDamageAnywhereIsFound(t *testing.T) {
	t.Parallel()
	needCompiler(t)
	ctx := context.Background()
	c, key, files := storedCode(t)
	for _, path := range files[:3] {
		content := contentOf(t, path)
		for at := range content {
			for _, changed := range [][]byte{content[:at], flipped(content, at)} {
				if err := os.WriteFile(path, changed, 0o600); err != nil {
					t.Fatal(err)
				}
				if code, err := c.LoadCode(ctx, key); err == nil {
					if path != files[0] { // some changes of an index mean nothing: "Files" is "files"
						t.Errorf("%s, byte %d: loaded", filepath.Base(path), at)
					}
					wantAnswer42(t, code)
				}
			}
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	wantWhole(t, c, key)
}

func flipped(content []byte, at int) []byte {
	changed := bytes.Clone(content)
	changed[at] ^= 1 << (at % 8)
	return changed
}
