package wasi

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestRootDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	v := newVM(t, Config{Mounts: []Mount{{Guest: "/data/in", Host: dir}, {Guest: "/data/out", Host: dir, Writable: true}}})
	if got := v.ls("/"); got != "data tmp" {
		t.Errorf("/ lists %s", got)
	}
	if got := v.ls("/data"); got != "in out" {
		t.Errorf("/data lists %s", got)
	}
	entries, _, errno := v.readdir(fdRoot, 0, 4096)
	v.ok(errno)
	root, _ := v.stat("/")
	tmp, _ := v.stat("/tmp")
	if entries[0].name != "." || entries[0].ino != root.ino || entries[1].name != ".." || entries[1].ino != root.ino {
		t.Errorf("dots are %v", entries[:2])
	}
	if e := entries[2]; e.name != "tmp" || e.ino != tmp.ino || e.typ != typeDirectory {
		t.Errorf("tmp is %v, its stat %v", e, tmp)
	}
	for _, path := range []string{"/", ".", "/.", "/..", "/../..", "/tmp/..", "/data/in/../..", "//", "tmp/../data/.."} {
		if st, errno := v.stat(path); errno != success || st.ino != root.ino || st.dev != root.dev {
			t.Errorf("%s is %v, %v", path, st, errno)
		}
	}
	tests := []struct {
		what        string
		errno, want Errno
	}{
		{"mkdir in /", v.mkdir("/x"), EROFS},
		{"mkdir /tmp", v.mkdir("/tmp"), EEXIST},
		{"mkdir /data", v.mkdir("/data"), EEXIST},
		{"mkdir in /data", v.mkdir("/data/x"), EROFS},
		{"mkdir /", v.mkdir("/"), EEXIST},
		{"mkdir .", v.mkdir("."), EEXIST},
		{"rmdir /tmp", v.rmdir("/tmp"), EBUSY},
		{"rmdir /", v.rmdir("/"), EBUSY},
		{"rmdir mount", v.rmdir("/data/in"), EBUSY},
		{"rmdir missing", v.rmdir("/x"), ENOENT},
		{"unlink /tmp", v.unlink("/tmp"), EISDIR},
		{"unlink missing", v.unlink("/x"), ENOENT},
		{"rename /tmp", v.rename("/tmp", "/x"), EBUSY},
		{"rename into /", v.rename("/data/in", "/x"), EBUSY},
		{"symlink in /", v.symlink("tmp", "/x"), EROFS},
		{"symlink over", v.symlink("tmp", "/tmp"), EEXIST},
		{"link in /", v.link("/tmp", "/x"), EROFS},
		{"below missing", v.mkdir("/x/y"), ENOENT},
	}
	for _, tt := range tests {
		if tt.errno != tt.want {
			t.Errorf("%s: %v, want %v", tt.what, tt.errno, tt.want)
		}
	}
	_, errno = v.open("/x", openCreate, rw)
	v.want(EROFS, errno)
	_, errno = v.open("/", 0, rw)
	v.want(EISDIR, errno)
	_, errno = v.open("/", openCreate, rd)
	v.want(EISDIR, errno)
	_, errno = v.open("/", openCreate|openExclusive, rd)
	v.want(EEXIST, errno)
	v.create("/tmp/f", "")
	v.want(EROFS, v.rename("/tmp/f", "/f"))
	v.want(EBUSY, v.rename("/tmp/f", "/data"))
}

func TestPaths(t *testing.T) {
	t.Parallel()
	v := newVM(t, Config{})
	v.create("/tmp/f", "x")
	v.ok(v.mkdir("/tmp/d"))
	tests := []struct {
		path string
		want Errno
	}{
		{"/tmp/f", success}, {"tmp//f", success}, {"/tmp/./d/../f", success},
		{"/tmp/f/", ENOTDIR}, {"/tmp/f/x", ENOTDIR}, {"/tmp/f/..", ENOTDIR}, {"/tmp/f/.", ENOTDIR},
		{"/tmp/d/", success}, {"/tmp/d//", success}, {"/tmp/no", ENOENT}, {"/tmp/no/x", ENOENT},
		{"/tmp/no/..", ENOENT}, {"/tmp/no/", ENOENT}, {"\xff", EILSEQ}, {"a\x00b", EINVAL},
		{"/tmp/" + strings.Repeat("x", 255), ENOENT}, {"/tmp/" + strings.Repeat("x", 256), ENAMETOOLONG},
		{strings.Repeat("/", pathMax), success}, {strings.Repeat("/", pathMax+1), ENAMETOOLONG}, {"", ENOENT},
	}
	for _, tt := range tests {
		if _, errno := v.stat(tt.path); errno != tt.want {
			t.Errorf("stat %.40q: %v, want %v", tt.path, errno, tt.want)
		}
	}
	v.want(ENAMETOOLONG, v.mkdir("/tmp/"+strings.Repeat("x", 256)))
	v.want(ENOTDIR, v.unlink("/tmp/f/"))
	_, errno := v.open("/tmp/new/", openCreate, rw)
	v.want(EISDIR, errno)
	v.ok(v.mkdir("/tmp/new/"))
}

func TestSymlinks(t *testing.T) {
	t.Parallel()
	v := newVM(t, Config{})
	v.ok(v.mkdir("/tmp/d"))
	v.create("/tmp/d/f", "data")
	for path, target := range map[string]string{
		"/tmp/rel": "d/f", "/tmp/abs": "/tmp/d/f", "/tmp/dir": "d", "/tmp/up": "../tmp/d",
		"/tmp/top": "/", "/tmp/out": "../../../..", "/tmp/dangling": "d/new",
		"/tmp/loop": "loop", "/tmp/ping": "pong", "/tmp/pong": "ping", "/tmp/slash": "d/f/",
	} {
		v.ok(v.symlink(target, path))
		if got, errno := v.readlink(path, 100); got != target || errno != success {
			t.Errorf("readlink %s: %q, %v", path, got, errno)
		}
		if st, errno := v.lstat(path); errno != success || st.typ != typeSymlink || st.size != int64(len(target)) {
			t.Errorf("lstat %s: %v, %v", path, st, errno)
		}
	}
	for _, path := range []string{"/tmp/rel", "/tmp/abs", "/tmp/dir/f", "/tmp/up/f", "/tmp/top/tmp/d/f", "/tmp/out/tmp/rel"} {
		if got := v.content(path); got != "data" {
			t.Errorf("%s holds %q", path, got)
		}
	}
	for path, want := range map[string]Errno{
		"/tmp/loop": ELOOP, "/tmp/ping/x": ELOOP, "/tmp/dangling": ENOENT, "/tmp/slash": ENOTDIR,
	} {
		if _, errno := v.stat(path); errno != want {
			t.Errorf("stat %s: %v, want %v", path, errno, want)
		}
	}
	_, errno := v.openat(fdRoot, "/tmp/rel", 0, 0, rd, 0)
	v.want(ELOOP, errno)
	_, errno = v.open("/tmp/dangling", openCreate|openExclusive, rw)
	v.want(EEXIST, errno)
	v.create("/tmp/dangling", "made")
	if got := v.content("/tmp/d/new"); got != "made" {
		t.Errorf("through a dangling link: %q", got)
	}
	if got, errno := v.readlink("/tmp/rel", 2); got != "d/" || errno != success {
		t.Errorf("short readlink: %q, %v", got, errno)
	}
	v.ok(v.unlink("/tmp/dir"))
	v.want(ENOTDIR, v.rmdir("/tmp/up"))
	if got := v.ls("/tmp/d"); got != "f new" {
		t.Errorf("/tmp/d lists %s", got)
	}
	// Forty links one after the other are too many, thirty-nine are not.
	v.create("/tmp/l0", "end")
	for i := range 45 {
		v.ok(v.symlink(fmt.Sprintf("l%d", i), fmt.Sprintf("/tmp/l%d", i+1)))
	}
	if got := v.content("/tmp/l39"); got != "end" {
		t.Error(got)
	}
	_, errno = v.stat("/tmp/l41")
	v.want(ELOOP, errno)
}

func TestUnlinkedFileLives(t *testing.T) {
	t.Parallel()
	v := newVM(t, Config{})
	fd := v.mustOpen("/tmp/f", openCreate, rw)
	_, _ = v.write(fd, "kept")
	v.ok(v.unlink("/tmp/f"))
	_, errno := v.stat("/tmp/f")
	v.want(ENOENT, errno)
	if st, errno := v.fstat(fd); errno != success || st.nlink != 0 || st.size != 4 {
		t.Errorf("fstat: %v, %v", st, errno)
	}
	_, _ = v.write(fd, "!")
	if got, _ := v.pread(fd, 10, 0); got != "kept!" {
		t.Errorf("holds %q", got)
	}
	if v.sys.ScratchBytes() == 0 {
		t.Error("an open file costs nothing")
	}
	v.ok(v.close(fd))
	if n := v.sys.ScratchBytes(); n != 0 {
		t.Errorf("%d bytes leak", n)
	}
	// A removed directory is empty and takes nothing in.
	v.ok(v.mkdir("/tmp/d"))
	dir := v.mustOpen("/tmp/d", openDirectory, rd)
	v.ok(v.rmdir("/tmp/d"))
	_, errno = v.openat(dir, "f", 0, openCreate, rw, 0)
	v.want(ENOENT, errno)
	if names := v.names(dir, 4096); len(names) != 0 {
		t.Errorf("lists %v", names)
	}
	if _, errno := v.statat(dir, "..", 1); errno != success {
		t.Errorf("..: %v", errno)
	}
}

func TestHardLinks(t *testing.T) {
	t.Parallel()
	v := newVM(t, Config{})
	v.create("/tmp/a", "data")
	v.ok(v.mkdir("/tmp/d"))
	v.ok(v.link("/tmp/a", "/tmp/d/b"))
	a, _ := v.stat("/tmp/a")
	b, _ := v.stat("/tmp/d/b")
	if a != b || a.nlink != 2 {
		t.Errorf("%v and %v", a, b)
	}
	v.want(EEXIST, v.link("/tmp/a", "/tmp/d/b"))
	v.want(EPERM, v.link("/tmp/d", "/tmp/e"))
	v.want(ENOENT, v.link("/tmp/x", "/tmp/e"))
	v.want(ENOENT, v.link("/tmp/a", "/tmp/e/"))
	v.ok(v.rename("/tmp/a", "/tmp/d/b")) // nothing happens
	v.ok(v.unlink("/tmp/a"))
	if got := v.content("/tmp/d/b"); got != "data" {
		t.Errorf("holds %q", got)
	}
	if d, _ := v.stat("/tmp"); d.nlink != 3 {
		t.Errorf("/tmp has %d links", d.nlink)
	}
}

func TestRename(t *testing.T) {
	t.Parallel()
	v := newVM(t, Config{})
	for _, d := range []string{"/tmp/d", "/tmp/d/sub", "/tmp/empty", "/tmp/full"} {
		v.ok(v.mkdir(d))
	}
	v.create("/tmp/full/x", "")
	v.create("/tmp/f", "f")
	v.create("/tmp/g", "gg")
	for _, tt := range []struct {
		from, to string
		want     Errno
	}{
		{"/tmp/no", "/tmp/x", ENOENT},
		{"/tmp/f", "/tmp/no/x", ENOENT},
		{"/tmp/f", "/tmp/d", EISDIR},
		{"/tmp/d", "/tmp/f", ENOTDIR},
		{"/tmp/d", "/tmp/full", ENOTEMPTY},
		{"/tmp/d", "/tmp/d/sub/x", EINVAL},
		{"/tmp/d", "/tmp/d/x", EINVAL},
		{"/tmp/d/sub", "/tmp/d", ENOTEMPTY},
		{"/tmp/f/", "/tmp/x", ENOTDIR},
		{"/tmp/f", "/tmp/x/", ENOTDIR},
		{"/tmp/d/.", "/tmp/x", EBUSY},
		{"/tmp/f", "/tmp/d/..", EBUSY},
		{"/tmp/d/", "/tmp/empty/", success},
		{"/tmp/f", "/tmp/g", success},
		{"/tmp/g", "/tmp/g", success},
		{"/tmp/empty/sub", "/tmp/top", success},
	} {
		if errno := v.rename(tt.from, tt.to); errno != tt.want {
			t.Errorf("rename %s to %s: %v, want %v", tt.from, tt.to, errno, tt.want)
		}
	}
	if got := v.ls("/tmp"); got != "empty full g top" {
		t.Errorf("left: %s", got)
	}
	if got := v.content("/tmp/g"); got != "f" {
		t.Errorf("g holds %q", got)
	}
	tmp, _ := v.stat("/tmp")
	if up, errno := v.stat("/tmp/top/.."); errno != success || up.ino != tmp.ino {
		t.Error("a moved directory keeps its old parent")
	}
}

func TestQuota(t *testing.T) {
	t.Parallel()
	const quota = 256 << 10
	v := newVM(t, Config{ScratchBytes: quota})
	fd := v.mustOpen("/tmp/f", openCreate, rw)
	n, errno := v.write(fd, strings.Repeat("x", quota+100))
	if n != quota || errno != success {
		t.Errorf("wrote %d, %v", n, errno)
	}
	_, errno = v.write(fd, "x")
	v.want(ENOSPC, errno)
	v.want(ENOSPC, v.symlink("x", "/tmp/l"))
	other := v.mustOpen("/tmp/g", openCreate, rw)
	_, errno = v.write(other, "x")
	v.want(ENOSPC, errno)
	if n, errno := v.pwrite(fd, "over", 10); n != 4 || errno != success {
		t.Errorf("overwriting costs: %d, %v", n, errno)
	}
	v.ok(v.setSize(fd, quota/2))
	if got := v.sys.ScratchBytes(); got != quota/2 {
		t.Errorf("%d in use after truncation", got)
	}
	if n, errno := v.write(other, "abc"); n != 3 || errno != success {
		t.Errorf("wrote %d, %v", n, errno)
	}
	v.ok(v.close(fd))
	v.ok(v.unlink("/tmp/f"))
	v.ok(v.close(other))
	v.ok(v.unlink("/tmp/g"))
	if got := v.sys.ScratchBytes(); got != 0 {
		t.Errorf("%d bytes leak", got)
	}
	// The last bytes of the quota can be used although chunks are larger.
	small := newVM(t, Config{ScratchBytes: 700})
	fd = small.mustOpen("/tmp/f", openCreate, rw)
	for want := 700; want > 0; want -= 100 {
		if n, errno := small.write(fd, strings.Repeat("x", 100)); n != 100 || errno != success {
			t.Fatalf("%d left: wrote %d, %v", want, n, errno)
		}
	}
	_, errno = small.write(fd, "x")
	small.want(ENOSPC, errno)
	none := newVM(t, Config{ScratchBytes: -1})
	fd = none.mustOpen("/tmp/f", openCreate, rw)
	_, errno = none.write(fd, "x")
	none.want(ENOSPC, errno)
	none.want(ENOSPC, none.call("fd_allocate", fd, 0, 1))
}

func TestSparseFiles(t *testing.T) {
	t.Parallel()
	w := &fakeWaiter{}
	v := newVM(t, Config{ScratchBytes: 1 << 20, Waiter: w})
	fd := v.mustOpen("/tmp/f", openCreate, rw)
	if n, errno := v.pwrite(fd, "end", 1<<40); n != 3 || errno != success {
		t.Fatalf("wrote %d, %v", n, errno)
	}
	if got := v.sys.ScratchBytes(); got > 2*chunkSize {
		t.Errorf("three bytes cost %d", got)
	}
	if got, _ := v.pread(fd, 6, 1<<40-3); got != "\x00\x00\x00end" {
		t.Errorf("read %q", got)
	}
	v.ok(v.setSize(fd, 1<<45))
	if st, _ := v.fstat(fd); st.size != 1<<45 {
		t.Errorf("size is %d", st.size)
	}
	v.ok(v.setSize(fd, 2))
	v.ok(v.setSize(fd, 10))
	if got, _ := v.pread(fd, 100, 0); got != strings.Repeat("\x00", 10) {
		t.Errorf("read %q", got)
	}
	// Shrinking and growing shows zeros, not what was there.
	_, _ = v.pwrite(fd, "0123456789", 0)
	v.ok(v.setSize(fd, 4))
	v.ok(v.setSize(fd, 8))
	if got, _ := v.pread(fd, 100, 0); got != "0123\x00\x00\x00\x00" {
		t.Errorf("read %q", got)
	}
	// Allocation is all or nothing, and can be stopped.
	v.ok(v.call("fd_allocate", fd, 0, 512<<10))
	if st, _ := v.fstat(fd); st.size != 512<<10 || v.sys.ScratchBytes() < 512<<10 {
		t.Errorf("size %d, charged %d", st.size, v.sys.ScratchBytes())
	}
	before := v.sys.ScratchBytes()
	v.want(ENOSPC, v.call("fd_allocate", fd, 0, 1<<20+1))
	w.answer = interrupt
	v.want(EINTR, v.call("fd_allocate", fd, 512<<10, 256<<10))
	w.answer = nil
	if got := v.sys.ScratchBytes(); got < before || got > before+chunkSize {
		t.Errorf("charged %d, then %d", before, got)
	}
	v.ok(v.setSize(fd, 0))
	if got := v.sys.ScratchBytes(); got != 0 {
		t.Errorf("%d bytes leak", got)
	}
}

func TestNamesAreBounded(t *testing.T) {
	t.Parallel()
	v := newVM(t, Config{MaxScratchFiles: 3})
	v.create("/tmp/a", "")
	v.ok(v.mkdir("/tmp/b"))
	v.ok(v.link("/tmp/a", "/tmp/b/c"))
	v.want(ENOSPC, v.mkdir("/tmp/d"))
	v.want(ENOSPC, v.symlink("x", "/tmp/d"))
	v.want(ENOSPC, v.link("/tmp/a", "/tmp/d"))
	_, errno := v.open("/tmp/d", openCreate, rw)
	v.want(ENOSPC, errno)
	v.ok(v.rename("/tmp/a", "/tmp/d"))
	v.ok(v.rename("/tmp/d", "/tmp/b/d"))
	v.want(ENOSPC, v.mkdir("/tmp/e"))
	v.ok(v.unlink("/tmp/b/d"))
	v.ok(v.mkdir("/tmp/e"))
	none := newVM(t, Config{MaxScratchFiles: -1})
	none.want(ENOSPC, none.mkdir("/tmp/a"))
}

func TestAppend(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	v := newVM(t, Config{Mounts: []Mount{{Guest: "/data", Host: dir, Writable: true}}})
	for _, path := range []string{"/tmp/f", "/data/f"} {
		v.create(path, "start-")
		fd, errno := v.openat(fdRoot, path, 0, 0, rw, flagAppend)
		v.ok(errno)
		_, _ = v.write(fd, "a")
		if pos, _ := v.seek(fd, 0, 1); pos != 7 {
			t.Errorf("%s: position is %d", path, pos)
		}
		_, _ = v.seek(fd, 0, 0)
		_, _ = v.write(fd, "b")
		_, _ = v.pwrite(fd, "c", 0)
		if got := v.content(path); got != "start-abc" {
			t.Errorf("%s holds %q", path, got)
		}
		v.ok(v.call("fd_fdstat_set_flags", fd, 0))
		_, _ = v.seek(fd, 0, 0)
		_, _ = v.write(fd, "S")
		_, _ = v.pwrite(fd, "T", 1)
		v.ok(v.call("fd_fdstat_set_flags", fd, flagAppend))
		_, _ = v.write(fd, "d")
		if got := v.content(path); got != "STart-abcd" {
			t.Errorf("%s holds %q", path, got)
		}
		plain := v.mustOpen(path, 0, wr)
		v.ok(v.call("fd_fdstat_set_flags", plain, flagAppend))
		_, _ = v.write(plain, "e")
		if got := v.content(path); got != "STart-abcde" {
			t.Errorf("%s holds %q", path, got)
		}
		v.want(EBADF, func() Errno { _, errno := v.read(plain, 1); return errno }())
	}
}

func TestTimes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	v := newVM(t, Config{Mounts: []Mount{{Guest: "/data", Host: dir, Writable: true}}})
	for _, path := range []string{"/tmp/f", "/data/f"} {
		v.create(path, "x")
		st, _ := v.stat(path)
		if st.mtime < started.UnixNano()-int64(1e9) || st.ino == 0 || st.nlink != 1 || st.size != 1 {
			t.Errorf("%s: %+v", path, st)
		}
		const a, m = 1_000_000_000_000_000_100, 1_100_000_000_000_000_200
		v.reset()
		p, n := v.str(path)
		v.ok(v.call("path_filestat_set_times", fdRoot, 1, p, n, a, m, setAtime|setMtime))
		if st, _ := v.stat(path); st.atime != a || st.mtime != m {
			t.Errorf("%s: %+v", path, st)
		}
		fd := v.mustOpen(path, 0, rw)
		v.ok(v.call("fd_filestat_set_times", fd, 0, m+300, setMtime))
		if st, _ := v.fstat(fd); st.atime != a || st.mtime != m+300 {
			t.Errorf("%s: %+v", path, st)
		}
		v.ok(v.call("fd_filestat_set_times", fd, 0, 0, setAtimeNow|setMtimeNow))
		if st, _ := v.fstat(fd); st.atime < started.UnixNano() || st.mtime < started.UnixNano() {
			t.Errorf("%s: %+v", path, st)
		}
		v.ok(v.call("fd_sync", fd))
		v.ok(v.call("fd_datasync", fd))
		v.ok(v.call("fd_advise", fd, 0, 0, 2))
	}
}

// TestListingIsStable: names that stay are listed once, whatever happens to
// others between two calls.
func TestListingIsStable(t *testing.T) {
	t.Parallel()
	v := newVM(t, Config{})
	var stay []string
	for i := range 300 {
		name := fmt.Sprintf("stay%03d", i)
		v.create("/tmp/"+name, "")
		for j := range 3 {
			v.create(fmt.Sprintf("/tmp/go%03d", 3*i+j), "")
		}
		stay = append(stay, name)
	}
	fd := v.mustOpen("/tmp", openDirectory, rd)
	seen := map[string]int{}
	cookie, step := uint64(0), 0
	for {
		entries, full, errno := v.readdir(fd, cookie, 400)
		v.ok(errno)
		for _, e := range entries {
			cookie = e.next
			seen[e.name]++
		}
		if !full {
			break
		}
		for range 40 { // so many that the list is compacted meanwhile
			if step < 900 {
				v.ok(v.unlink(fmt.Sprintf("/tmp/go%03d", step)))
			}
			if step < 90 {
				v.create(fmt.Sprintf("/tmp/late%03d", step), "")
			}
			step++
		}
	}
	if n := len(v.sys.tmp.root.dir.inOrder); n > 800 {
		t.Errorf("the list was not compacted: %d", n)
	}
	for _, name := range append(stay, ".", "..") {
		if seen[name] != 1 {
			t.Errorf("%s was listed %d times", name, seen[name])
		}
	}
	for name, n := range seen {
		if n != 1 {
			t.Errorf("%s was listed %d times", name, n)
		}
	}
	// The smallest buffers still give something: the head of an entry.
	v.reset()
	buf, res := v.room(64), v.room(4)
	for _, size := range []uint64{0, 1, 23, 24} {
		v.ok(v.call("fd_readdir", fd, buf, size, 0, res))
		if got := v.u32(res); uint64(got) != size {
			t.Errorf("a buffer of %d holds %d", size, got)
		}
	}
	entries, _, errno := v.readdir(fd, 1<<63, 4096)
	v.ok(errno)
	if len(entries) != 0 {
		t.Errorf("behind the end: %v", entries)
	}
}

func TestDirectoryDescriptors(t *testing.T) {
	t.Parallel()
	v := newVM(t, Config{})
	v.ok(v.mkdir("/tmp/d"))
	dir := v.mustOpen("/tmp/d", openDirectory, rd)
	fd, errno := v.openat(dir, "f", 0, openCreate, rw, 0)
	v.ok(errno)
	_, errno = v.write(fd, "x")
	v.ok(errno)
	v.ok(v.rename("/tmp/d", "/tmp/e"))
	if st, errno := v.statat(dir, "f", 0); errno != success || st.size != 1 {
		t.Errorf("after the move: %v, %v", st, errno)
	}
	if st, errno := v.statat(dir, "../e/./f", 0); errno != success || st.size != 1 {
		t.Errorf("through ..: %v, %v", st, errno)
	}
	_, errno = v.openat(fd, "f", 0, 0, rd, 0)
	v.want(ENOTDIR, errno)
	_, errno = v.open("/tmp/e/f", openDirectory, rd)
	v.want(ENOTDIR, errno)
	_, errno = v.open("/tmp/e", 0, wr)
	v.want(EISDIR, errno)
	v.want(EEXIST, v.mkdir("/tmp/e"))
	v.want(ENOTEMPTY, v.rmdir("/tmp/e"))
	v.want(ENOTDIR, v.rmdir("/tmp/e/f"))
	v.want(EISDIR, v.unlink("/tmp/e"))
	v.want(EINVAL, v.rmdir("/tmp/e/."))
	v.want(ENOTEMPTY, v.rmdir("/tmp/e/.."))
	_, errno = v.open("/tmp/e/f", openCreate|openExclusive, rw)
	v.want(EEXIST, errno)
	v.ok(v.call("fd_fdstat_set_flags", dir, 0))
	if names := v.names(dir, 4096); !slices.Equal(names, []string{"f"}) {
		t.Errorf("lists %v", names)
	}
}
