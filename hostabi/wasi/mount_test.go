package wasi

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
)

// hostTree makes files and directories ("name/") and links ("name -> target").
func hostTree(t *testing.T, dir string, entries ...string) {
	t.Helper()
	for _, e := range entries {
		name, target, isLink := strings.Cut(e, " -> ")
		path := filepath.Join(dir, filepath.FromSlash(name))
		var err error
		switch {
		case isLink:
			if err = os.Symlink(target, path); err != nil && runtime.GOOS == "windows" {
				t.Skip("no symbolic links here:", err)
			}
		case strings.HasSuffix(name, "/"):
			err = os.MkdirAll(path, 0o755)
		default:
			err = os.WriteFile(path, []byte("in "+name), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestReadOnlyMount(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	hostTree(t, dir, "f", "d/", "d/g", "e/", "l -> d/g", "dl -> d")
	v := newVM(t, Config{Mounts: []Mount{{Guest: "/data", Host: dir}}})
	if got := v.ls("/data"); got != "d dl e f l" {
		t.Errorf("lists %s", got)
	}
	for path, want := range map[string]string{
		"/data/f": "in f", "/data/d/g": "in d/g", "/data/l": "in d/g", "/data/dl/g": "in d/g",
		"/data/dl/../f": "in f", "/data/d/../../data/f": "in f", "/tmp/../data/f": "in f",
	} {
		if got := v.content(path); got != want {
			t.Errorf("%s holds %q", path, got)
		}
	}
	v.create("/tmp/f", "")
	v.ok(v.symlink("../data/f", "/tmp/l"))
	if got := v.content("/tmp/l"); got != "in f" {
		t.Errorf("through a link in /tmp: %q", got)
	}
	if got, errno := v.readlink("/data/l", 10); got != "d/g" || errno != success {
		t.Errorf("readlink: %q, %v", got, errno)
	}
	_, errno := v.readlink("/data/f", 10)
	v.want(EINVAL, errno)
	open := func(path string, oflags, rights uint64) Errno {
		fd, errno := v.open(path, oflags, rights)
		if errno == success {
			v.ok(v.close(fd))
		}
		return errno
	}
	times := func(path string) Errno {
		v.reset()
		p, n := v.str(path)
		return v.call("path_filestat_set_times", fdRoot, 1, p, n, 0, 0, setAtimeNow)
	}
	fd := v.mustOpen("/data/f", 0, rd)
	tests := []struct {
		what        string
		errno, want Errno
	}{
		{"open for writing", open("/data/f", 0, wr), EROFS},
		{"open for both", open("/data/f", 0, rw), EROFS},
		{"truncate", open("/data/f", openTruncate, rd), EROFS},
		{"create", open("/data/new", openCreate, rw), EROFS},
		{"create what is there", open("/data/f", openCreate, rd), success},
		{"create exclusively", open("/data/f", openCreate|openExclusive, rd), EEXIST},
		{"open missing", open("/data/no", 0, rd), ENOENT},
		{"open below a file", open("/data/f/x", 0, rd), ENOTDIR},
		{"open a file as a directory", open("/data/f", openDirectory, rd), ENOTDIR},
		{"open a file with a slash", open("/data/f/", 0, rd), ENOTDIR},
		{"open a directory", open("/data/d", 0, rd), success},
		{"open a directory with a slash", open("/data/d/", 0, rd), success},
		{"open a directory for writing", open("/data/d", 0, rw), EISDIR},
		{"mkdir", v.mkdir("/data/new"), EROFS},
		{"mkdir over", v.mkdir("/data/d"), EEXIST},
		{"rmdir", v.rmdir("/data/e"), EROFS},
		{"rmdir missing", v.rmdir("/data/no"), ENOENT},
		{"unlink", v.unlink("/data/f"), EROFS},
		{"unlink missing", v.unlink("/data/no"), ENOENT},
		{"rename", v.rename("/data/f", "/data/g"), EROFS},
		{"rename in", v.rename("/tmp/f", "/data/g"), EXDEV},
		{"rename out", v.rename("/data/f", "/tmp/g"), EXDEV},
		{"link", v.link("/data/f", "/data/g"), EROFS},
		{"link in", v.link("/tmp/f", "/data/g"), EXDEV},
		{"link out", v.link("/data/f", "/tmp/g"), EXDEV},
		{"symlink", v.symlink("f", "/data/g"), EROFS},
		{"times", times("/data/f"), EROFS},
		{"times missing", times("/data/no"), ENOENT},
		{"times of a descriptor", v.call("fd_filestat_set_times", fd, 0, 0, setAtimeNow), EROFS},
		{"size of a descriptor", v.setSize(fd, 0), EINVAL},
		{"allocate", v.call("fd_allocate", fd, 0, 100), EBADF},
		{"dots", func() Errno { _, e := v.stat("/data/f/.."); return e }(), ENOTDIR},
		{"dots below missing", func() Errno { _, e := v.stat("/data/no/.."); return e }(), ENOENT},
	}
	for _, tt := range tests {
		if tt.errno != tt.want {
			t.Errorf("%s: %v, want %v", tt.what, tt.errno, tt.want)
		}
	}
	if n, errno := v.write(fd, "x"); errno != EBADF {
		t.Errorf("write: %d, %v", n, errno)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "f")); err != nil || string(b) != "in f" {
		t.Errorf("the host's file holds %q, %v", b, err)
	}
}

func TestWritableMount(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	v := newVM(t, Config{Mounts: []Mount{{Guest: "/data", Host: dir, Writable: true}}})
	v.create("/data/f", "one")
	v.ok(v.mkdir("/data/d"))
	v.want(EEXIST, v.mkdir("/data/d"))
	v.ok(v.mkdir("/data/e"))
	v.ok(v.rename("/data/f", "/data/d/f"))
	v.ok(v.link("/data/d/f", "/data/g"))
	v.want(EPERM, v.link("/data/d", "/data/h"))
	a, _ := v.stat("/data/d/f")
	b, _ := v.stat("/data/g")
	if a != b || runtime.GOOS != "windows" && a.nlink != 2 {
		t.Errorf("%v and %v", a, b)
	}
	v.want(EPERM, v.symlink("/etc/passwd", "/data/s"))
	v.want(EPERM, v.symlink("g", "/data/s"))
	v.want(EISDIR, v.unlink("/data/d"))
	v.want(ENOTDIR, v.rmdir("/data/g"))
	v.want(ENOTEMPTY, v.rmdir("/data/d"))
	v.want(ENOTEMPTY, v.rename("/data/e", "/data/d"))
	v.ok(v.rename("/data/d", "/data/e"))
	v.ok(v.unlink("/data/e/f"))
	v.ok(v.rmdir("/data/e"))
	v.want(ENOTDIR, v.unlink("/data/g/"))
	v.want(ENOTDIR, v.rename("/data/g/", "/data/h"))
	v.want(EBUSY, v.rmdir("/data"))
	fd := v.mustOpen("/data/g", openTruncate, rw)
	v.ok(v.setSize(fd, 100))
	v.ok(v.call("fd_allocate", fd, 0, 200))
	v.ok(v.call("fd_allocate", fd, 0, 50))
	if st, _ := v.fstat(fd); st.size != 200 {
		t.Errorf("size is %d", st.size)
	}
	if got := v.ls("/data"); got != "g" {
		t.Errorf("lists %s", got)
	}
	v.ok(v.call("fd_sync", v.mustOpen("/data", openDirectory, rd)))
}

func TestFileMount(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	hostTree(t, dir, "in", "out", "other")
	v := newVM(t, Config{Mounts: []Mount{
		{Guest: "/in.txt", Host: filepath.Join(dir, "in")},
		{Guest: "/etc/out", Host: filepath.Join(dir, "out"), Writable: true},
	}})
	if got := v.content("/in.txt"); got != "in in" {
		t.Errorf("holds %q", got)
	}
	v.create("/etc/out", "new")
	if b, _ := os.ReadFile(filepath.Join(dir, "out")); string(b) != "new" {
		t.Errorf("the host's file holds %q", b)
	}
	if st, errno := v.stat("/in.txt"); errno != success || st.typ != typeRegular || st.size != 5 {
		t.Errorf("stat: %v, %v", st, errno)
	}
	for _, path := range []string{"/in.txt/other", "/in.txt/../other", "/etc/other", "/in.txt/", "/in.txt/."} {
		if _, errno := v.stat(path); errno != ENOTDIR && errno != ENOENT {
			t.Errorf("%s: %v", path, errno)
		}
	}
	v.want(EBUSY, v.unlink("/in.txt"))
	v.want(EBUSY, v.unlink("/etc/out"))
	v.want(EEXIST, v.mkdir("/etc/out"))
	_, errno := v.open("/in.txt", 0, wr)
	v.want(EROFS, errno)
	entries, _, _ := v.readdir(fdRoot, 2, 4096)
	for _, e := range entries {
		if e.name == "in.txt" && e.typ != typeRegular {
			t.Errorf("listed as %v", e)
		}
	}
}

// TestNoEscape: neither dots nor links lead out of a mount.
func TestNoEscape(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	hostTree(t, top, "secret", "in/", "in/d/", "in/f",
		"in/up -> ..", "in/upfile -> ../secret", "in/abs -> "+filepath.Join(top, "secret"),
		"in/absdir -> "+top, "in/d/deep -> ../../secret", "in/around -> ../in/f", "in/chain -> d/deep")
	for _, writable := range []bool{false, true} {
		v := newVM(t, Config{Mounts: []Mount{{Guest: "/data", Host: filepath.Join(top, "in"), Writable: writable}}})
		for _, path := range []string{
			"/data/up/secret", "/data/upfile", "/data/abs", "/data/absdir/secret", "/data/d/deep",
			"/data/around", "/data/chain", "/data/up", "/data/absdir",
		} {
			if _, errno := v.stat(path); errno != EPERM {
				t.Errorf("stat %s: %v", path, errno)
			}
			if _, errno := v.open(path, 0, rd); errno != EPERM {
				t.Errorf("open %s: %v", path, errno)
			}
			if _, errno := v.lstat(strings.TrimSuffix(path, "/secret")); errno != success {
				t.Errorf("lstat %s: %v", path, errno)
			}
		}
		// Dots lead to the guest's root at most, never to the host's parent.
		for _, path := range []string{"/data/../secret", "/data/../../secret", "/data/d/../../secret"} {
			if _, errno := v.stat(path); errno != ENOENT {
				t.Errorf("stat %s: %v", path, errno)
			}
		}
		for _, path := range []string{"/data/absdir/..", "/data/absdir/../secret"} {
			if _, errno := v.stat(path); errno != EPERM {
				t.Errorf("stat %s: %v", path, errno)
			}
		}
		// "up/.." is what ".." of the guest's root is: the root.
		if _, errno := v.stat("/data/up/../secret"); errno == success {
			t.Error("up/.. leads out")
		}
		dir := v.mustOpen("/data/d", openDirectory, rd)
		for _, path := range []string{"../../secret", "../../../secret", "deep"} {
			if _, errno := v.openat(dir, path, 1, 0, rd, 0); errno == success {
				t.Errorf("%s leads out", path)
			}
		}
		if !writable {
			continue
		}
		for what, errno := range map[string]Errno{
			"create":      func() Errno { _, e := v.open("/data/up/new", openCreate, rw); return e }(),
			"mkdir":       v.mkdir("/data/up/new"),
			"unlink":      v.unlink("/data/up/secret"),
			"rename out":  v.rename("/data/f", "/data/up/new"),
			"rename in":   v.rename("/data/up/secret", "/data/new"),
			"link in":     v.link("/data/up/secret", "/data/new"),
			"rmdir":       v.rmdir("/data/absdir/in"),
			"over a link": func() Errno { _, e := v.open("/data/upfile", openTruncate, wr); return e }(),
		} {
			if errno != EPERM {
				t.Errorf("%s: %v", what, errno)
			}
		}
	}
	if b, err := os.ReadFile(filepath.Join(top, "secret")); err != nil || string(b) != "in secret" {
		t.Errorf("the secret is %q, %v", b, err)
	}
	if entries, _ := os.ReadDir(top); len(entries) != 2 {
		t.Errorf("outside there is now %v", entries)
	}
}

// TestNoEscapeByRace swaps a directory for a link that leads out while the
// guest walks through it.
func TestNoEscapeByRace(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	hostTree(t, top, "out/", "in/", "in/d/")
	const secret, public = "secret", "public"
	if err := os.WriteFile(filepath.Join(top, "out", "f"), []byte(secret), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(top, "in", "d", "f"), []byte(public), 0o600); err != nil {
		t.Fatal(err)
	}
	hostTree(t, top, "link -> out") // skips where there are no links
	v := newVM(t, Config{Mounts: []Mount{{Guest: "/data", Host: filepath.Join(top, "in"), Writable: true}}})
	d, aside := filepath.Join(top, "in", "d"), filepath.Join(top, "aside")
	var stop atomic.Bool
	done := make(chan int)
	go func() {
		swaps := 0
		for ; !stop.Load(); swaps++ {
			_ = os.Rename(d, aside)
			_ = os.Symlink(filepath.Join("..", "out"), d)
			_ = os.Remove(d)
			_ = os.Rename(aside, d)
		}
		done <- swaps
	}()
	for range 3000 {
		if fd, errno := v.open("/data/d/f", 0, rd); errno == success {
			if got, _ := v.read(fd, 100); got != public {
				t.Errorf("read %q", got)
			}
			v.ok(v.close(fd))
		}
		if st, errno := v.stat("/data/d/../d/f"); errno == success && st.typ != typeRegular {
			t.Errorf("stat: %v", st)
		}
		_ = v.mkdir("/data/d/new")
		_ = v.unlink("/data/d/none")
	}
	stop.Store(true)
	if swaps := <-done; swaps < 10 {
		t.Logf("only %d swaps", swaps)
	}
	if entries, _ := os.ReadDir(filepath.Join(top, "out")); len(entries) != 1 {
		t.Errorf("outside there is now %v", entries)
	}
}

// TestLargeHostDirectory needs several windows, and goes back in between.
func TestLargeHostDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const n = 2*listWindow + 100
	for i := range n {
		if err := os.WriteFile(filepath.Join(dir, strings.Repeat("x", i%7)+strconv.Itoa(i)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	v := newVM(t, Config{Mounts: []Mount{{Guest: "/data", Host: dir}}})
	fd := v.mustOpen("/data", openDirectory, rd)
	for range 2 {
		seen := map[string]bool{}
		for _, name := range v.names(fd, 4096) {
			seen[name] = true
		}
		if len(seen) != n {
			t.Errorf("%d names of %d", len(seen), n)
		}
	}
	last := v.names(fd, 1<<20)
	entries, _, errno := v.readdir(fd, n, 4096) // the cookie of the n-2nd name
	v.ok(errno)
	if len(entries) != 2 || entries[1].name != last[n-1] {
		t.Errorf("from the end: %v", entries)
	}
	entries, _, errno = v.readdir(fd, 2, 200)
	v.ok(errno)
	if len(entries) == 0 || entries[0].name != last[0] {
		t.Errorf("from the start: %v", entries)
	}
}

// TestMountGoneLater: what New saw may be gone when the guest looks.
func TestMountGoneLater(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "d")
	hostTree(t, dir, "./", "x/")
	v := newVM(t, Config{Mounts: []Mount{{Guest: "/data", Host: dir}}})
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	_, errno := v.stat("/data")
	v.want(ENOENT, errno)
	if got := v.ls("/"); got != "data tmp" {
		t.Errorf("/ lists %s", got)
	}
}

// TestMountDepthIsBounded: the host walks every directory of a path, so a guest
// must not make one call walk too many.
func TestMountDepthIsBounded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	v := newVM(t, Config{Mounts: []Mount{{Guest: "/data", Host: dir, Writable: true}}})
	at := v.mustOpen("/data", openDirectory, rd)
	depth := 0
	for ; depth <= mountDepthMax; depth++ {
		v.reset()
		p, n := v.str("d")
		if errno := v.call("path_create_directory", at, p, n); errno != success {
			v.want(ENAMETOOLONG, errno)
			break
		}
		next, errno := v.openat(at, "d", 0, openDirectory, rd, 0)
		v.ok(errno)
		v.ok(v.close(at))
		at = next
	}
	if depth != mountDepthMax {
		t.Errorf("%d levels deep", depth)
	}
	if _, errno := v.stat("/data/" + strings.Repeat("d/../", mountDotsMax)); errno != success {
		t.Errorf("few dots: %v", errno)
	}
	_, errno := v.stat("/data/" + strings.Repeat("d/../", mountDotsMax+1))
	v.want(ENAMETOOLONG, errno)
}

// TestHostDirectoryCanBeStopped: a listing of a directory of any size asks the
// Waiter on its way.
func TestHostDirectoryCanBeStopped(t *testing.T) {
	t.Parallel()
	w := &fakeWaiter{}
	v := newVM(t, Config{Waiter: w, Mounts: []Mount{{Guest: "/data", Host: t.TempDir()}}})
	fd := v.mustOpen("/data", openDirectory, rd)
	w.answer = interrupt
	_, _, errno := v.readdir(fd, 0, 1000)
	v.want(EINTR, errno)
	w.answer = nil
	entries, _, errno := v.readdir(fd, 0, 1000)
	v.ok(errno)
	if len(entries) != 2 {
		t.Errorf("lists %v", entries)
	}
}

func TestMountTimes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	hostTree(t, dir, "f", "d/", "l -> f")
	v := newVM(t, Config{Mounts: []Mount{{Guest: "/data", Host: dir, Writable: true}}})
	const at = 1_000_000_000_000_000_000
	set := func(path string, lookup uint64) Errno {
		v.reset()
		p, n := v.str(path)
		return v.call("path_filestat_set_times", fdRoot, lookup, p, n, 0, at, setMtime)
	}
	v.want(ENOTSUP, set("/data/l", 0))
	v.ok(set("/data/l", 1))
	v.ok(set("/data/d", 0))
	v.want(ENOTDIR, set("/data/f/", 1))
	v.want(EROFS, set("/", 1))
	v.want(ENOENT, set("/tmp/no", 1))
	for _, path := range []string{"/data/f", "/data/d"} {
		if st, _ := v.stat(path); st.mtime != at {
			t.Errorf("%s: %+v", path, st)
		}
	}
	fd := v.mustOpen("/data/d", openDirectory, rd)
	v.ok(v.call("fd_filestat_set_times", fd, 0, at+1e9, setMtime))
	if st, _ := v.fstat(fd); st.mtime != at+1e9 {
		t.Errorf("%+v", st)
	}
	v.want(ENOTSUP, func() Errno {
		v.reset()
		p, n := v.str("/data/l")
		q, m := v.str("/data/l2")
		return v.call("path_link", fdRoot, lookupFollow, p, n, fdRoot, q, m)
	}())
	v.ok(v.link("/data/l", "/data/l2"))
	if st, errno := v.lstat("/data/l2"); errno != success || st.typ != typeSymlink {
		t.Errorf("link to a link: %v, %v", st, errno)
	}
	v.want(EEXIST, v.symlink("x", "/data/l"))
}

// TestPathIno: where the host has no inode numbers, paths stand in.
func TestPathIno(t *testing.T) {
	t.Parallel()
	seen := map[uint64][]string{}
	for _, parts := range [][]string{{"/a", "", "b"}, {"/a", "b", ""}, {"/ab", "", ""}, {"/a", "", "c"}} {
		ino := pathIno(parts...)
		if ino == 0 || ino != pathIno(parts...) || seen[ino] != nil {
			t.Errorf("%v and %v are %d", parts, seen[ino], ino)
		}
		seen[ino] = parts
	}
}
