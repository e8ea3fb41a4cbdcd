//go:build linux || darwin

package wasi

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestSpecialFiles: what is neither file nor directory is seen, never opened,
// and opening it never blocks.
func TestSpecialFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := unix.Mkfifo(filepath.Join(dir, "fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	hostTree(t, dir, "link -> fifo", "null -> /dev/null")
	v := newVM(t, Config{Mounts: []Mount{{Guest: "/data", Host: dir, Writable: true}}})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for _, path := range []string{"/data/fifo", "/data/link"} {
			for _, rights := range []uint64{rd, wr, rw} {
				if _, errno := v.open(path, 0, rights); errno != EACCES {
					t.Errorf("open %s: %v", path, errno)
				}
				if _, errno := v.open(path, openCreate|openTruncate, rights); errno != EACCES {
					t.Errorf("create %s: %v", path, errno)
				}
			}
		}
	}()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("opening a FIFO blocks")
	}
	if st, errno := v.stat("/data/fifo"); errno != success || st.typ != typeUnknown {
		t.Errorf("stat: %v, %v", st, errno)
	}
	if got := v.ls("/data"); got != "fifo link null" {
		t.Errorf("lists %s", got)
	}
	v.ok(v.unlink("/data/fifo"))
	if _, err := New(Config{Mounts: []Mount{{Guest: "/data", Host: "/dev/null"}}}); err == nil {
		t.Error("a device was mounted")
	}
}

// TestNamesThatAreNotText are left out of listings: they could not be given back.
func TestNamesThatAreNotText(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	hostTree(t, dir, "good")
	if err := os.WriteFile(filepath.Join(dir, "bad\xff"), nil, 0o600); err != nil {
		t.Skip("the host refuses such names:", err)
	}
	v := newVM(t, Config{Mounts: []Mount{{Guest: "/data", Host: dir}}})
	if got := v.ls("/data"); got != "good" {
		t.Errorf("lists %q", got)
	}
}
