package runtime

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// A file is read again when anything about it is new, and else it is not.
func TestSourceCache(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, other := filepath.Join(dir, "script.py"), filepath.Join(dir, "other.py")
	old := time.Now().Add(-time.Hour)
	write := func(path, text string, modified time.Time) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, time.Time{}, modified); err != nil {
			t.Fatal(err)
		}
	}
	var c sourceCache
	var last *byte
	read := func(step, want string, kept bool) {
		t.Helper()
		text, err := c.read(path)
		if err != nil || string(text) != want {
			t.Fatalf("%s: %q, %v", step, text, err)
		}
		if got := &text[0] == last; got != kept {
			t.Errorf("%s: kept %t", step, got)
		}
		last = &text[0]
	}

	write(path, "one", old)
	read("first", "one", false)
	read("again", "one", true)
	write(path, "two", old.Add(time.Nanosecond*100))
	read("modified", "two", false)
	write(path, "three", old.Add(time.Nanosecond*100))
	read("of another size", "three", false)
	write(other, "four!", old.Add(time.Nanosecond*100))
	if err := os.Rename(other, path); err != nil {
		t.Fatal(err)
	}
	read("another file", "four!", false)
	read("another file, again", "four!", true)
	if err := os.Chmod(path, 0o400); err != nil {
		t.Fatal(err)
	}
	read("of another mode", "four!", false)
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}

	// What was modified just now may be modified again without another time to show.
	now := time.Now()
	write(path, "five", now)
	read("new", "five", false)
	write(path, "six!", now)
	read("new, of the same size and time", "six!", false)
	read("new, again", "six!", false)

	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := c.read(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("removed: %v", err)
	}
}

func TestSourceCacheIsBounded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	old := time.Now().Add(-time.Hour)
	text := strings.Repeat("#", maxSourceCache/10)
	var c sourceCache
	var readers sync.WaitGroup
	for n := range 25 {
		path := filepath.Join(dir, fmt.Sprintf("%d.py", n))
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			readers.Go(func() {
				if got, err := c.read(path); err != nil || len(got) != len(text) {
					t.Errorf("%d bytes, %v", len(got), err)
				}
			})
		}
	}
	readers.Wait()
	sum := 0
	for _, f := range c.files {
		sum += len(f.text)
	}
	if sum != c.bytes || sum > maxSourceCache || sum == 0 {
		t.Errorf("%d bytes are kept, %d counted, %d allowed", sum, c.bytes, maxSourceCache)
	}
}
