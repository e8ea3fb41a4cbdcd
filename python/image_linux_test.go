package python

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// newMapped returns a mapping of a small image, whatever method the tests are run with.
func newMapped(t *testing.T) *mapping {
	t.Helper()
	img := smallImage(t)
	if img.method == resetCopy {
		t.Skip("there are no mappings")
	}
	mem, err := img.newMapping(64 << 20)
	if err != nil {
		t.Fatal(err)
	}
	m := mem.(*mapping)
	t.Cleanup(m.Free)
	return m
}

// The system has a bound on mappings per process, 65,530 by default: with at most three
// each, and one for the native stack, 16,000 instances fit.
func TestInstanceHasAtMostThreeMappings(t *testing.T) {
	m := newMapped(t)
	b := m.Reallocate(8 << 20)
	for at := 0; at < len(b); at += 5 * pageSize {
		b[at]++
	}
	if _, err := m.restore(false); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }() // only read
	first, found := uintptr(unsafe.Pointer(&m.region[0])), 0
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var start, end uintptr
		if _, err := fmt.Sscanf(lines.Text(), "%x-%x", &start, &end); err != nil {
			t.Fatal(err)
		}
		if start < first+uintptr(len(m.region)) && end > first {
			found++
		}
	}
	if found == 0 || found > 3 {
		t.Errorf("%d mappings", found)
	}
}

// Nobody can change an image that instances share.
func TestImageIsSealed(t *testing.T) {
	t.Parallel()
	m := newMapped(t)
	fd := m.img.file.fd
	if _, err := unix.Pwrite(fd, []byte{1}, 0); !errors.Is(err, unix.EPERM) {
		t.Errorf("writing: %v", err)
	}
	if err := unix.Ftruncate(fd, 0); !errors.Is(err, unix.EPERM) {
		t.Errorf("truncating: %v", err)
	}
	if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != nil || flags&unix.FD_CLOEXEC == 0 {
		t.Errorf("a child process would have it: %#x, %v", flags, err)
	}
}

// Whatever goes wrong when the dirty pages are looked for is an error: the instance is
// then replaced.
func TestRestoreFailsWithoutPagemap(t *testing.T) {
	m := newMapped(t)
	m.Reallocate(8 << 20)
	if err := m.img.file.pagemap.Close(); err != nil {
		t.Fatal(err)
	}
	m.img.file.pagemapFd = ^uintptr(0)
	if _, err := m.restore(false); err == nil {
		t.Error("no error")
	}
}

// Swapped-out pages are dirty, too: "present" alone would miss them, and they would be
// in the next task's memory.
func TestSwappedPagesAreDirty(t *testing.T) {
	m := newMapped(t)
	b := m.Reallocate(8 << 20)
	for at := 0; at < len(b); at += 2 * pageSize {
		b[at+9] = 77
	}
	// Without swap this does nothing, and the test is that of any other restore.
	if err := unix.Madvise(m.region[:8<<20], unix.MADV_PAGEOUT); err != nil {
		t.Log(err)
	}
	if _, err := m.restore(false); err != nil {
		t.Fatal(err)
	}
	if err := m.img.verify(m); err != nil {
		t.Error(err)
	}
}
