package wasi

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestOutput(t *testing.T) {
	t.Parallel()
	var out, errs bytes.Buffer
	v := newVM(t, Config{Stdout: &out, Stderr: &errs})
	if n, errno := v.write(fdStdout, "hello, ", "", "world"); n != 12 || errno != success {
		t.Fatalf("%d, %v", n, errno)
	}
	if n, errno := v.write(fdStderr); n != 0 || errno != success {
		t.Fatalf("no iovecs: %d, %v", n, errno)
	}
	_, _ = v.write(fdStderr, "oops")
	if out.String() != "hello, world" || errs.String() != "oops" {
		t.Errorf("%q, %q", &out, &errs)
	}
	silent := newVM(t, Config{})
	if n, errno := silent.write(fdStdout, "x"); n != 1 || errno != success {
		t.Errorf("discarding: %d, %v", n, errno)
	}
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestOutputErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		err  error
		n    int
		want Errno
	}{
		{ENOSPC, 0, ENOSPC},
		{os.NewSyscallError("write", syscall.EPIPE), 0, EPIPE},
		{os.ErrClosed, 0, EBADF},
		{errTest, 0, EIO},
		{nil, 0, EIO},
		{errTest, 2, success},
		{nil, 99, success},
		{nil, -1, EIO},
	}
	for _, tt := range tests {
		v := newVM(t, Config{Stdout: writerFunc(func([]byte) (int, error) { return tt.n, tt.err })})
		n, errno := v.write(fdStdout, "abc")
		if errno != tt.want || errno == success && n != min(tt.n, 3) {
			t.Errorf("writer answers %d, %v: guest sees %d, %v", tt.n, tt.err, n, errno)
		}
	}
}

func TestStdinFromMemory(t *testing.T) {
	t.Parallel()
	for name, r := range map[string]io.Reader{
		"strings": strings.NewReader("abcdef"),
		"bytes":   bytes.NewReader([]byte("abcdef")),
		"buffer":  bytes.NewBufferString("abcdef"),
		"other":   io.MultiReader(strings.NewReader("abcdef")),
	} {
		v := newVM(t, Config{Stdin: r})
		for _, want := range []string{"abcd", "ef", "", ""} {
			if got, errno := v.read(fdStdin, 4); got != want || errno != success {
				t.Errorf("%s: %q, %v, want %q", name, got, errno, want)
			}
		}
	}
	v := newVM(t, Config{})
	if got, errno := v.read(fdStdin, 4); got != "" || errno != success {
		t.Errorf("nil: %q, %v", got, errno)
	}
}

func TestStdinWaits(t *testing.T) {
	t.Parallel()
	pr, pw := io.Pipe()
	defer pw.Close()
	w := &fakeWaiter{}
	v := newVM(t, Config{Stdin: pr, Waiter: w})
	go func() { _, _ = pw.Write([]byte("first")) }()
	if got, errno := v.read(fdStdin, 100); got != "first" || errno != success {
		t.Fatalf("%q, %v", got, errno)
	}
	if len(w.waits) == 0 || w.waits[0] >= 0 {
		t.Errorf("waits are %v", w.waits)
	}
	// An interrupt ends the wait; what arrives later is not lost.
	w.answer = interrupt
	_, errno := v.read(fdStdin, 100)
	v.want(EINTR, errno)
	// Nor does a descriptor that must not block wait.
	v.ok(v.call("fd_fdstat_set_flags", fdStdin, flagNonblock))
	_, errno = v.read(fdStdin, 100)
	v.want(EAGAIN, errno)
	v.ok(v.call("fd_fdstat_set_flags", fdStdin, 0))
	w.answer = nil
	go func() { _, _ = pw.Write([]byte("second")) }()
	if got, errno := v.read(fdStdin, 100); got != "second" || errno != success {
		t.Fatalf("%q, %v", got, errno)
	}
	go func() { _ = pw.CloseWithError(errTest) }()
	_, errno = v.read(fdStdin, 100)
	v.want(EIO, errno)
}

// TestHardStopUnwindsAWait: a Waiter that panics ends the call; the instance
// and its System stay usable.
func TestHardStopUnwindsAWait(t *testing.T) {
	t.Parallel()
	pr, pw := io.Pipe()
	w := &fakeWaiter{answer: func(time.Duration, <-chan struct{}) (bool, error) { panic(errTest) }}
	v := newVM(t, Config{Stdin: pr, Waiter: w})
	vec, _ := v.put(le.AppendUint32(le.AppendUint32(nil, 64), 8))
	if _, err := v.try("fd_read", fdStdin, vec, 1, 128); !errors.Is(err, errTest) {
		t.Fatalf("error is %v", err)
	}
	if _, errno := v.write(fdStdout, "x"); errno != success {
		t.Errorf("afterwards: %v", errno)
	}
	_ = pw.Close()
}

// TestLongTransfers: a transfer is done whole, in pieces that can be stopped.
func TestLongTransfers(t *testing.T) {
	t.Parallel()
	const size = 3<<20 + 17
	dir := t.TempDir()
	for _, path := range []string{"/tmp/big", "/data/big"} {
		w := &fakeWaiter{}
		v := newVM(t, Config{Waiter: w, Mounts: []Mount{{Guest: "/data", Host: dir, Writable: true}}})
		fd := v.mustOpen(path, openCreate, rw)
		data := strings.Repeat("0123456789abcde", size/15+1)[:size]
		w.pauses = 0
		if n, errno := v.write(fd, data); n != size || errno != success {
			t.Fatalf("write: %d, %v", n, errno)
		}
		if w.pauses != 3 {
			t.Errorf("%d pauses", w.pauses)
		}
		if got, errno := v.pread(fd, size+5, 0); got != data || errno != success {
			t.Fatalf("pread: %d bytes, %v", len(got), errno)
		}
		// Interrupted, it is short; what was done counts.
		w.answer = interrupt
		if n, errno := v.pwrite(fd, data, 0); n != ioStep || errno != success {
			t.Errorf("interrupted: %d, %v", n, errno)
		}
	}
	if info, err := os.Stat(filepath.Join(dir, "big")); err != nil || info.Size() != size {
		t.Error(info, err)
	}
}

// A guest that does nothing but walk through the tree computes little, and ticks rarely: each
// of its steps can be stopped.
func TestHardStopUnwindsALookup(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := &fakeWaiter{}
	v := newVM(t, Config{Waiter: w, Mounts: []Mount{{Guest: "/data", Host: dir}}})
	w.answer = func(time.Duration, <-chan struct{}) (bool, error) { panic(errTest) }
	for _, path := range []string{"/", "/tmp", "/data", "/nowhere"} {
		ptr, n := v.put([]byte(path))
		if _, err := v.try("path_filestat_get", fdRoot, 0, ptr, n, 512); !errors.Is(err, errTest) {
			t.Errorf("%s: %v", path, err)
		}
	}
	w.answer = interrupt // which the guest hears of, but not from this call
	ptr, n := v.put([]byte("/tmp"))
	v.ok(v.call("path_filestat_get", fdRoot, 0, ptr, n, 512))
}

func TestSeekAndTell(t *testing.T) {
	t.Parallel()
	v := newVM(t, Config{})
	fd := v.mustOpen("/tmp/f", openCreate, rw)
	_, _ = v.write(fd, "0123456789")
	for _, tt := range []struct {
		off    int64
		whence uint64
		want   int64
		errno  Errno
	}{
		{3, 0, 3, 0}, {2, 1, 5, 0}, {-5, 1, 0, 0}, {-1, 1, 0, EINVAL}, {-1, 2, 9, 0},
		{1 << 62, 1, 9 + 1<<62, 0}, {1 << 62, 1, 0, EOVERFLOW}, {4, 0, 4, 0},
	} {
		got, errno := v.seek(fd, tt.off, tt.whence)
		if errno != tt.errno || errno == success && got != tt.want {
			t.Errorf("seek %d from %d: %d, %v", tt.off, tt.whence, got, errno)
		}
	}
	v.ok(v.call("fd_tell", fd, 64))
	if v.u64(64) != 4 {
		t.Errorf("tell is %d", v.u64(64))
	}
	// A write far behind the end is refused before memory is taken.
	_, _ = v.seek(fd, 1<<62, 0)
	_, errno := v.write(fd, "x")
	v.want(EFBIG, errno)
	_, errno = v.pwrite(fd, "xx", 1<<63-2)
	v.want(EFBIG, errno)
	if got, errno := v.read(fd, 4); got != "" || errno != success {
		t.Errorf("read behind the end: %q, %v", got, errno)
	}
}

func TestFdstat(t *testing.T) {
	t.Parallel()
	v := newVM(t, Config{})
	r := v.mustOpen("/tmp/f", openCreate, rd)
	w, errno := v.openat(fdRoot, "/tmp/f", 0, 0, wr, flagAppend)
	v.ok(errno)
	none := v.mustOpen("/tmp/f", 0, 0)
	for _, tt := range []struct {
		fd          uint64
		typ         uint8
		flags       uint16
		read, write bool
	}{
		{fdStdin, typeCharDevice, 0, true, false},
		{fdStdout, typeCharDevice, 0, false, true},
		{fdStderr, typeCharDevice, 0, false, true},
		{fdRoot, typeDirectory, 0, true, false},
		{r, typeRegular, 0, true, false},
		{w, typeRegular, flagAppend, false, true},
		{none, typeRegular, 0, true, false},
	} {
		v.ok(v.call("fd_fdstat_get", tt.fd, 64))
		b := v.bytes(64, fdstatSize)
		rights := le.Uint64(b[8:])
		if b[0] != tt.typ || le.Uint16(b[2:]) != tt.flags ||
			(rights&rightRead != 0) != tt.read || (rights&rightWrite != 0) != tt.write {
			t.Errorf("fdstat of %d is % x", tt.fd, b)
		}
		const seek = 1 << 2
		if rights&seek == 0 {
			t.Errorf("%d would be taken for a terminal", tt.fd)
		}
	}
	v.ok(v.call("fd_fdstat_set_rights", r, 0, 0))
}

func TestPrestat(t *testing.T) {
	t.Parallel()
	v := newVM(t, Config{})
	v.ok(v.call("fd_prestat_get", fdRoot, 64))
	if b := v.bytes(64, 8); b[0] != 0 || le.Uint32(b[4:]) != 1 {
		t.Errorf("prestat is % x", b)
	}
	v.ok(v.call("fd_prestat_dir_name", fdRoot, 64, 1))
	if got := v.bytes(64, 1); got[0] != '/' {
		t.Errorf("name is %q", got)
	}
	v.want(EBADF, v.call("fd_prestat_get", firstFree, 64))
}

func TestDescriptorNumbers(t *testing.T) {
	t.Parallel()
	v := newVM(t, Config{MaxOpenFiles: 20})
	var fds []uint64
	for {
		fd, errno := v.open("/tmp/f", openCreate, rw)
		if errno != success {
			v.want(EMFILE, errno)
			break
		}
		fds = append(fds, fd)
	}
	if len(fds) != 16 || fds[0] != 4 || fds[15] != 19 {
		t.Fatalf("descriptors are %v", fds)
	}
	// The lowest free number comes first; a full table creates no file.
	_, errno := v.open("/tmp/new", openCreate, rw)
	v.want(EMFILE, errno)
	if _, errno := v.stat("/tmp/new"); errno != ENOENT {
		t.Errorf("created a file without a descriptor: %v", errno)
	}
	v.ok(v.close(9))
	v.ok(v.close(6))
	v.ok(v.close(fdStdin))
	for _, want := range []uint64{0, 6, 9} {
		if fd := v.mustOpen("/tmp/f", 0, rw); fd != want {
			t.Errorf("got %d, want %d", fd, want)
		}
	}
	// Renumber moves onto open and onto free numbers.
	v.ok(v.close(7))
	if n, errno := v.write(0, "marked"); n != 6 || errno != success {
		t.Fatal(n, errno)
	}
	v.ok(v.call("fd_renumber", 0, 8))
	v.want(EBADF, v.close(0))
	v.ok(v.call("fd_renumber", 8, 7))
	v.want(EBADF, v.close(8))
	v.ok(v.call("fd_renumber", 7, 7))
	if got, errno := v.pread(7, 10, 0); got != "marked" || errno != success {
		t.Errorf("moved descriptor reads %q, %v", got, errno)
	}
	v.ok(v.call("fd_renumber", 7, 19))
	v.ok(v.call("fd_renumber", 19, fdStdout))
}

func TestAllocationFreeWrite(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	v := newVM(t, Config{Stdout: io.Discard})
	fn := v.mod.ExportedFunction("fd_write")
	vec, _ := v.put(le.AppendUint32(le.AppendUint32(nil, 1024), 100))
	stack := []uint64{fdStdout, vec, 1, 64}
	n := testing.AllocsPerRun(100, func() {
		stack[0], stack[1], stack[2], stack[3] = fdStdout, vec, 1, 64
		if err := fn.CallWithStack(v.ctx, stack); err != nil || stack[0] != 0 {
			t.Fatal(err, stack[0])
		}
	})
	if n != 0 {
		t.Errorf("fd_write allocates %v times", n)
	}
}

func TestStreamsAreNoFiles(t *testing.T) {
	t.Parallel()
	v := newVM(t, Config{})
	inos := map[uint64]bool{}
	for fd := range uint64(4) {
		st, errno := v.fstat(fd)
		if errno != success || st.nlink == 0 || st.ino == 0 {
			t.Errorf("%d: %+v, %v", fd, st, errno)
		}
		inos[st.ino] = true
	}
	if len(inos) != 4 {
		t.Errorf("inode numbers are %v", inos)
	}
}
