package wasi

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"
)

// The model test does the same random operations on a guest's file system and
// on a directory of the host, by bare system calls, and compares every answer:
// errno, data, sizes, link counts, listings. Paths are relative to a directory
// three levels deep, so that no sequence of ".." reaches what differs.

type modelFS interface {
	mkdir(path string) Errno
	rmdir(path string) Errno
	unlink(path string) Errno
	rename(from, to string) Errno
	link(from, to string) Errno
	symlink(target, path string) Errno
	readlink(path string) (string, Errno)
	stat(path string, follow bool) (string, Errno)
	open(slot int, path string, oflags, rights, fdflags uint64, follow bool) Errno
	close(slot int) Errno
	write(slot int, data string) (int, Errno)
	pwrite(slot int, data string, off int64) (int, Errno)
	read(slot, n int) (string, Errno)
	pread(slot, n int, off int64) (string, Errno)
	seek(slot int, off int64, whence int) (int64, Errno)
	truncate(slot int, size int64) Errno
	allocate(slot int, off, n int64) Errno
	appendMode(slot int, on bool) Errno
	fstat(slot int) (string, Errno)
	list(slot int) (string, Errno)
}

const modelSlots = 4

// guestModel is the file system under test.
type guestModel struct {
	v    *vm
	base string
	fds  [modelSlots]uint64
}

func (m *guestModel) at(p string) string {
	if p == "" || p[0] == '/' {
		return p
	}
	return m.base + "/" + p
}

func (m *guestModel) mkdir(p string) Errno     { return m.v.mkdir(m.at(p)) }
func (m *guestModel) rmdir(p string) Errno     { return m.v.rmdir(m.at(p)) }
func (m *guestModel) unlink(p string) Errno    { return m.v.unlink(m.at(p)) }
func (m *guestModel) rename(a, b string) Errno { return m.v.rename(m.at(a), m.at(b)) }
func (m *guestModel) link(a, b string) Errno   { return m.v.link(m.at(a), m.at(b)) }

func (m *guestModel) symlink(target, p string) Errno {
	if rest, ok := strings.CutPrefix(target, "BASE"); ok {
		target = m.base + rest
	}
	return m.v.symlink(target, m.at(p))
}

func (m *guestModel) readlink(p string) (string, Errno) {
	s, errno := m.v.readlink(m.at(p), 1000)
	return strings.Replace(s, m.base, "BASE", 1), errno
}

func show(typ uint8, size int64, nlink uint64) string {
	if typ == typeDirectory { // sizes and link counts of directories differ from one system to the next
		return "directory"
	}
	return fmt.Sprintf("type %d, size %d, %d links", typ, size, nlink)
}

func (m *guestModel) stat(p string, follow bool) (string, Errno) {
	lookup := uint64(0)
	if follow {
		lookup = lookupFollow
	}
	st, errno := m.v.statat(fdRoot, m.at(p), lookup)
	if st.typ == typeSymlink {
		st.size = 0 // absolute targets differ in length
	}
	return show(st.typ, st.size, st.nlink), errno
}

func (m *guestModel) open(slot int, p string, oflags, rights, fdflags uint64, follow bool) Errno {
	lookup := uint64(0)
	if follow {
		lookup = lookupFollow
	}
	fd, errno := m.v.openat(fdRoot, m.at(p), lookup, oflags, rights, fdflags)
	if errno == success {
		m.fds[slot] = fd
	}
	return errno
}

func (m *guestModel) close(slot int) Errno { return m.v.close(m.fds[slot]) }

func (m *guestModel) write(slot int, data string) (int, Errno) {
	return m.v.write(m.fds[slot], data[:len(data)/2], data[len(data)/2:])
}

func (m *guestModel) pwrite(slot int, data string, off int64) (int, Errno) {
	return m.v.pwrite(m.fds[slot], data, off)
}
func (m *guestModel) read(slot, n int) (string, Errno) { return m.v.read(m.fds[slot], n) }

func (m *guestModel) pread(slot, n int, off int64) (string, Errno) {
	return m.v.pread(m.fds[slot], n, off)
}

func (m *guestModel) seek(slot int, off int64, whence int) (int64, Errno) {
	return m.v.seek(m.fds[slot], off, uint64(whence))
}
func (m *guestModel) truncate(slot int, size int64) Errno { return m.v.setSize(m.fds[slot], size) }

func (m *guestModel) allocate(slot int, off, n int64) Errno {
	return m.v.call("fd_allocate", m.fds[slot], uint64(off), uint64(n))
}

func (m *guestModel) appendMode(slot int, on bool) Errno {
	flags := uint64(0)
	if on {
		flags = flagAppend
	}
	return m.v.call("fd_fdstat_set_flags", m.fds[slot], flags)
}

func (m *guestModel) fstat(slot int) (string, Errno) {
	st, errno := m.v.fstat(m.fds[slot])
	return show(st.typ, st.size, st.nlink), errno
}

func (m *guestModel) list(slot int) (string, Errno) {
	if _, _, errno := m.v.readdir(m.fds[slot], 0, 100); errno != success {
		return "", errno
	}
	names := m.v.names(m.fds[slot], 100)
	slices.Sort(names)
	return strings.Join(names, " "), success
}

// hostModel is the reference.
type hostModel struct {
	base string
	fds  [modelSlots]int
}

func (m *hostModel) at(p string) string { return m.base + "/" + p }

func (m *hostModel) mkdir(p string) Errno     { return errnoOf(unix.Mkdir(m.at(p), 0o777)) }
func (m *hostModel) rmdir(p string) Errno     { return errnoOf(unix.Rmdir(m.at(p))) }
func (m *hostModel) unlink(p string) Errno    { return errnoOf(unix.Unlink(m.at(p))) }
func (m *hostModel) rename(a, b string) Errno { return errnoOf(unix.Rename(m.at(a), m.at(b))) }
func (m *hostModel) link(a, b string) Errno   { return errnoOf(unix.Link(m.at(a), m.at(b))) }

func (m *hostModel) symlink(target, p string) Errno {
	return errnoOf(unix.Symlink(strings.Replace(target, "BASE", m.base, 1), m.at(p)))
}

func (m *hostModel) readlink(p string) (string, Errno) {
	buf := make([]byte, 1000)
	n, err := unix.Readlink(m.at(p), buf)
	return strings.Replace(string(buf[:max(n, 0)]), m.base, "BASE", 1), errnoOf(err)
}

func showUnix(st *unix.Stat_t) string {
	typ := uint8(typeUnknown)
	size := st.Size
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFDIR:
		typ = typeDirectory
	case unix.S_IFREG:
		typ = typeRegular
	case unix.S_IFLNK:
		typ, size = typeSymlink, 0
	}
	return show(typ, size, uint64(st.Nlink))
}

func (m *hostModel) stat(p string, follow bool) (string, Errno) {
	var st unix.Stat_t
	call := unix.Lstat
	if follow {
		call = unix.Stat
	}
	err := call(m.at(p), &st)
	return showUnix(&st), errnoOf(err)
}

func (m *hostModel) open(slot int, p string, oflags, rights, fdflags uint64, follow bool) Errno {
	flags := unix.O_RDONLY
	switch rights & rw {
	case rw:
		flags = unix.O_RDWR
	case wr:
		flags = unix.O_WRONLY
	}
	for _, f := range []struct {
		ours uint64
		host int
	}{{openCreate, unix.O_CREAT}, {openExclusive, unix.O_EXCL}, {openTruncate, unix.O_TRUNC}, {openDirectory, unix.O_DIRECTORY}} {
		if oflags&f.ours != 0 {
			flags |= f.host
		}
	}
	if fdflags&flagAppend != 0 {
		flags |= unix.O_APPEND
	}
	if !follow {
		flags |= unix.O_NOFOLLOW
	}
	fd, err := unix.Open(m.at(p), flags|unix.O_CLOEXEC, 0o666)
	if err == nil {
		m.fds[slot] = fd
	}
	return errnoOf(err)
}

func (m *hostModel) close(slot int) Errno { return errnoOf(unix.Close(m.fds[slot])) }

func clamp(n int) int { return max(n, 0) }

func (m *hostModel) write(slot int, data string) (int, Errno) {
	n, err := unix.Write(m.fds[slot], []byte(data))
	return clamp(n), errnoOf(err)
}

func (m *hostModel) pwrite(slot int, data string, off int64) (int, Errno) {
	n, err := unix.Pwrite(m.fds[slot], []byte(data), off)
	return clamp(n), errnoOf(err)
}

func (m *hostModel) read(slot, n int) (string, Errno) {
	buf := make([]byte, n)
	n, err := unix.Read(m.fds[slot], buf)
	return string(buf[:clamp(n)]), errnoOf(err)
}

func (m *hostModel) pread(slot, n int, off int64) (string, Errno) {
	buf := make([]byte, n)
	n, err := unix.Pread(m.fds[slot], buf, off)
	return string(buf[:clamp(n)]), errnoOf(err)
}

func (m *hostModel) seek(slot int, off int64, whence int) (int64, Errno) {
	n, err := unix.Seek(m.fds[slot], off, whence)
	return n, errnoOf(err)
}

func (m *hostModel) truncate(slot int, size int64) Errno {
	return errnoOf(unix.Ftruncate(m.fds[slot], size))
}

func (m *hostModel) allocate(slot int, off, n int64) Errno {
	return errnoOf(unix.Fallocate(m.fds[slot], 0, off, n))
}

func (m *hostModel) appendMode(slot int, on bool) Errno {
	flags := 0
	if on {
		flags = unix.O_APPEND
	}
	_, err := unix.FcntlInt(uintptr(m.fds[slot]), unix.F_SETFL, flags)
	return errnoOf(err)
}

func (m *hostModel) fstat(slot int) (string, Errno) {
	var st unix.Stat_t
	err := unix.Fstat(m.fds[slot], &st)
	return showUnix(&st), errnoOf(err)
}

func (m *hostModel) list(slot int) (string, Errno) {
	if _, err := unix.Seek(m.fds[slot], 0, 0); err != nil {
		return "", errnoOf(err)
	}
	var names []string
	buf := make([]byte, 8192)
	for {
		n, err := unix.Getdents(m.fds[slot], buf)
		if err != nil {
			return "", errnoOf(err)
		}
		if n <= 0 {
			break
		}
		_, _, names = unix.ParseDirent(buf[:n], -1, names)
	}
	slices.Sort(names)
	return strings.Join(names, " "), success
}

// runModel draws operations until rapid has enough.
func runModel(t *rapid.T, got, want modelFS, links bool) {
	component := rapid.SampledFrom([]string{"a", "b", "c", "a", "b", "c", ".", ".."})
	pathOf := rapid.Custom(func(t *rapid.T) string {
		parts := rapid.SliceOfN(component, 1, 3).Draw(t, "parts")
		up := 0
		for i, p := range parts {
			if p == ".." {
				if up++; up > 2 {
					parts[i] = "."
				}
			}
		}
		p := strings.Join(parts, "/")
		if rapid.IntRange(0, 7).Draw(t, "slash") == 0 {
			p += "/"
		}
		return p
	})
	targetOf := rapid.SampledFrom([]string{"a", "b", "c", "a/b", "b/c", "./a", ".", "BASE/a", "BASE/b/c", "BASE", "c/", "no"})
	slot := rapid.IntRange(0, modelSlots-1)
	var open, isDir, writes [modelSlots]bool
	data := rapid.Custom(func(t *rapid.T) string {
		n := rapid.SampledFrom([]int{0, 1, 5, 100, 511, 513, 5000, 70_000}).Draw(t, "n")
		return strings.Repeat(rapid.StringMatching("[a-z]{3}").Draw(t, "data"), n/3+1)[:n]
	})
	offset := rapid.SampledFrom([]int64{0, 1, 4, 500, 512, 5000, chunkSize - 1, chunkSize, 3*chunkSize + 7})
	same := func(op string, a, b any, ea, eb Errno) {
		t.Helper()
		if ea != eb {
			t.Fatalf("%s: %v, the host says %v", op, ea, eb)
		}
		if ea == success && a != b {
			t.Fatalf("%s: %.200v, the host says %.200v", op, a, b)
		}
	}
	onPath := func(op string, f func(modelFS, string) Errno) func(*rapid.T) {
		return func(t *rapid.T) {
			p := pathOf.Draw(t, "path")
			same(op+" "+p, nil, nil, f(got, p), f(want, p))
		}
	}
	openSlot := func(t *rapid.T) int {
		i := slot.Draw(t, "slot")
		if !open[i] {
			t.Skip("not open")
		}
		return i
	}
	actions := map[string]func(*rapid.T){
		"mkdir":  onPath("mkdir", modelFS.mkdir),
		"mkdir2": onPath("mkdir", modelFS.mkdir),
		"rmdir":  onPath("rmdir", modelFS.rmdir),
		"unlink": onPath("unlink", modelFS.unlink),
		"rename": func(t *rapid.T) {
			a, b := pathOf.Draw(t, "from"), pathOf.Draw(t, "to")
			same("rename "+a+" to "+b, nil, nil, got.rename(a, b), want.rename(a, b))
		},
		"link": func(t *rapid.T) {
			a, b := pathOf.Draw(t, "from"), pathOf.Draw(t, "to")
			same("link "+a+" to "+b, nil, nil, got.link(a, b), want.link(a, b))
		},
		"symlink": func(t *rapid.T) {
			if !links {
				t.Skip("no links")
			}
			a, b := targetOf.Draw(t, "target"), pathOf.Draw(t, "path")
			same("symlink "+a+" at "+b, nil, nil, got.symlink(a, b), want.symlink(a, b))
		},
		"readlink": func(t *rapid.T) {
			p := pathOf.Draw(t, "path")
			a, ea := got.readlink(p)
			b, eb := want.readlink(p)
			same("readlink "+p, a, b, ea, eb)
		},
		"stat": func(t *rapid.T) {
			p, follow := pathOf.Draw(t, "path"), rapid.Bool().Draw(t, "follow")
			a, ea := got.stat(p, follow)
			b, eb := want.stat(p, follow)
			same("stat "+p, a, b, ea, eb)
		},
		"open": func(t *rapid.T) {
			i := slot.Draw(t, "slot")
			if open[i] {
				same("close", nil, nil, got.close(i), want.close(i))
				open[i] = false
			}
			p := pathOf.Draw(t, "path")
			oflags := rapid.SampledFrom([]uint64{0, 0, openCreate, openCreate, openCreate | openExclusive,
				openTruncate, openCreate | openTruncate, openDirectory}).Draw(t, "oflags")
			rights := rapid.SampledFrom([]uint64{rd, rd, rw, wr}).Draw(t, "rights")
			fdflags := rapid.SampledFrom([]uint64{0, 0, flagAppend}).Draw(t, "fdflags")
			follow := rapid.Bool().Draw(t, "follow")
			ea := got.open(i, p, oflags, rights, fdflags, follow)
			eb := want.open(i, p, oflags, rights, fdflags, follow)
			same(fmt.Sprintf("open %s oflags %d rights %d", p, oflags, rights), nil, nil, ea, eb)
			if open[i] = ea == success; open[i] {
				st, _ := want.fstat(i)
				isDir[i], writes[i] = st == "directory", rights&wr != 0
			}
		},
		"close": func(t *rapid.T) {
			i := openSlot(t)
			same("close", nil, nil, got.close(i), want.close(i))
			open[i] = false
		},
		"write": func(t *rapid.T) {
			i, d := openSlot(t), data.Draw(t, "data")
			a, ea := got.write(i, d)
			b, eb := want.write(i, d)
			same("write", a, b, ea, eb)
		},
		"pwrite": func(t *rapid.T) {
			i, d, off := openSlot(t), data.Draw(t, "data"), offset.Draw(t, "off")
			if isDir[i] {
				t.Skip("ours is EISDIR, the host's EBADF")
			}
			a, ea := got.pwrite(i, d, off)
			b, eb := want.pwrite(i, d, off)
			same("pwrite", a, b, ea, eb)
		},
		"read": func(t *rapid.T) {
			i, n := openSlot(t), rapid.SampledFrom([]int{0, 1, 100, 100_000}).Draw(t, "n")
			if isDir[i] {
				t.Skip("which errno depends on the kernel")
			}
			a, ea := got.read(i, n)
			b, eb := want.read(i, n)
			same("read", a, b, ea, eb)
		},
		"pread": func(t *rapid.T) {
			i, n, off := openSlot(t), rapid.SampledFrom([]int{1, 100, 100_000}).Draw(t, "n"), offset.Draw(t, "off")
			if isDir[i] {
				t.Skip("which errno depends on the kernel")
			}
			a, ea := got.pread(i, n, off)
			b, eb := want.pread(i, n, off)
			same("pread", a, b, ea, eb)
		},
		"seek": func(t *rapid.T) {
			i, off, whence := openSlot(t), offset.Draw(t, "off"), rapid.IntRange(0, 3).Draw(t, "whence")
			if isDir[i] || whence == 3 && off < 0 {
				t.Skip("a directory cannot be sought here")
			}
			if whence == 3 { // SEEK_DATA there, nothing here
				whence, off = 1, -off
			}
			a, ea := got.seek(i, off, whence)
			b, eb := want.seek(i, off, whence)
			same("seek", a, b, ea, eb)
		},
		"truncate": func(t *rapid.T) {
			i, size := openSlot(t), offset.Draw(t, "size")
			if isDir[i] {
				t.Skip("ours is EISDIR, the host's EINVAL")
			}
			same("truncate", nil, nil, got.truncate(i, size), want.truncate(i, size))
		},
		"allocate": func(t *rapid.T) {
			i, off, n := openSlot(t), offset.Draw(t, "off"), offset.Draw(t, "n")
			if isDir[i] {
				t.Skip("a directory")
			}
			eb := want.allocate(i, off, n)
			if eb == ENOTSUP {
				t.Skip("the host cannot")
			}
			same("allocate", nil, nil, got.allocate(i, off, n), eb)
		},
		"append": func(t *rapid.T) {
			i, on := openSlot(t), rapid.Bool().Draw(t, "on")
			if isDir[i] {
				t.Skip("a directory")
			}
			same("append", nil, nil, got.appendMode(i, on), want.appendMode(i, on))
		},
		"fstat": func(t *rapid.T) {
			i := openSlot(t)
			a, ea := got.fstat(i)
			b, eb := want.fstat(i)
			same("fstat", a, b, ea, eb)
		},
		"list": func(t *rapid.T) {
			i := openSlot(t)
			if !isDir[i] {
				t.Skip("no directory")
			}
			a, ea := got.list(i)
			b, eb := want.list(i)
			if eb == ENOENT {
				eb = success // a removed directory: glibc, too, turns this into an empty listing
			}
			same("list", a, b, ea, eb)
		},
	}
	t.Repeat(actions)
	for i := range open {
		if open[i] {
			same("close", nil, nil, got.close(i), want.close(i))
		}
	}
}

func newHostModel(t *testing.T, dir string) *hostModel {
	base := filepath.Join(dir, "p", "q", "r")
	if err := os.MkdirAll(base, 0o755); err != nil {
		t.Fatal(err)
	}
	return &hostModel{base: base}
}

func TestScratchModel(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	v := newVM(t, Config{})
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		host := newHostModel(t, filepath.Join(dir, fmt.Sprint(n)))
		defer os.RemoveAll(filepath.Join(dir, fmt.Sprint(n)))
		sys, err := New(Config{Waiter: &fakeWaiter{}})
		if err != nil {
			rt.Fatal(err)
		}
		defer sys.Close()
		v.sys, v.ctx = sys, WithSystem(t.Context(), sys)
		for _, d := range []string{"/tmp/p", "/tmp/p/q", "/tmp/p/q/r"} {
			v.ok(v.mkdir(d))
		}
		runModel(rt, &guestModel{v: v, base: "/tmp/p/q/r"}, host, true)
		checkScratch(rt, sys)
	})
}

// checkScratch compares the books with what is there.
func checkScratch(t *rapid.T, sys *System) {
	for _, f := range sys.table.files[firstFree:] {
		if f != nil {
			t.Fatal("a descriptor is left open")
		}
	}
	var bytes int64
	names := 0
	seen := map[*inode]bool{}
	var walk func(n *inode)
	walk = func(n *inode) {
		for name, e := range n.dir.byName {
			names++
			c := e.inode
			if e.name != name || c.opens != 0 {
				t.Fatalf("%s is kept as %s, open %d times", name, e.name, c.opens)
			}
			if c.typ == typeDirectory {
				if c.parent != n {
					t.Fatalf("%s has a wrong parent", name)
				}
				walk(c)
			}
			if !seen[c] {
				seen[c] = true
				bytes += int64(len(c.target))
				for _, chunk := range c.data.chunks {
					bytes += int64(len(chunk))
				}
			}
		}
	}
	walk(sys.tmp.top())
	if bytes != sys.tmp.bytes || names != sys.tmp.names {
		t.Fatalf("%d bytes and %d names are charged, %d and %d are there",
			sys.tmp.bytes, sys.tmp.names, bytes, names)
	}
}

func TestMountModel(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	v := newVM(t, Config{})
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		top := filepath.Join(dir, fmt.Sprint(n))
		host := newHostModel(t, filepath.Join(top, "host"))
		newHostModel(t, filepath.Join(top, "guest"))
		defer os.RemoveAll(top)
		sys, err := New(Config{Waiter: &fakeWaiter{}, Mounts: []Mount{
			{Guest: "/data", Host: filepath.Join(top, "guest"), Writable: true},
		}})
		if err != nil {
			rt.Fatal(err)
		}
		defer sys.Close()
		v.sys, v.ctx = sys, WithSystem(t.Context(), sys)
		runModel(rt, &guestModel{v: v, base: "/data/p/q/r"}, host, false)
	})
}
