package wasi

import (
	"context"
	"encoding/binary"
	"errors"
	"flag"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	_ = flag.Set("rapid.nofailfile", "true") // a failure prints its seed; files would only lie about
	goleak.VerifyTestMain(m)
}

// Memory of the test guests, in pages of 64 KiB.
const (
	guestPages = 256
	smallPages = 20
	memorySize = guestPages << 16
	smallSize  = smallPages << 16
)

// guestModule is a module with so many pages of memory and one trampoline per
// function: (import …) (func (export …) local.get… call).
func guestModule(pages uint64) []byte {
	all := append(slices.Clone(functions), function{name: "proc_exit", params: []api.ValueType{i32}})
	vec := func(items [][]byte) []byte {
		return append(binary.AppendUvarint(nil, uint64(len(items))), slices.Concat(items...)...)
	}
	name := func(s string) []byte {
		return append(binary.AppendUvarint(nil, uint64(len(s))), s...)
	}
	var types, imports, funcs, exports, codes [][]byte
	for i, f := range all {
		params := append(binary.AppendUvarint([]byte{0x60}, uint64(len(f.params))), f.params...)
		if f.name == "proc_exit" {
			types = append(types, append(params, 0))
		} else {
			types = append(types, append(params, 1, i32))
		}
		index := binary.AppendUvarint(nil, uint64(i))
		imports = append(imports, slices.Concat(name(ModuleName), name(f.name), []byte{0}, index))
		funcs = append(funcs, index)
		exports = append(exports, slices.Concat(name(f.name), []byte{0}, binary.AppendUvarint(nil, uint64(len(all)+i))))
		body := []byte{0}
		for p := range f.params {
			body = append(body, 0x20, byte(p))
		}
		body = slices.Concat(body, []byte{0x10}, index, []byte{0x0b})
		codes = append(codes, append(binary.AppendUvarint(nil, uint64(len(body))), body...))
	}
	section := func(id byte, body []byte) []byte {
		return slices.Concat([]byte{id}, binary.AppendUvarint(nil, uint64(len(body))), body)
	}
	out := slices.Concat([]byte("\x00asm\x01\x00\x00\x00"),
		section(1, vec(types)), section(2, vec(imports)), section(3, vec(funcs)))
	if pages > 0 {
		limits := binary.AppendUvarint(binary.AppendUvarint([]byte{1}, pages), pages)
		out = append(out, section(5, vec([][]byte{limits}))...)
		exports = append(exports, slices.Concat(name("memory"), []byte{2, 0}))
	}
	return slices.Concat(out, section(7, vec(exports)), section(10, vec(codes)))
}

var shared = sync.OnceValue(func() (s struct {
	rt         wazero.Runtime
	guest      wazero.CompiledModule
	small      wazero.CompiledModule
	memoryless wazero.CompiledModule
}) {
	ctx := context.Background()
	s.rt = wazero.NewRuntime(ctx)
	if err := Instantiate(ctx, s.rt); err != nil {
		panic(err)
	}
	for pages, module := range map[uint64]*wazero.CompiledModule{
		guestPages: &s.guest, smallPages: &s.small, 0: &s.memoryless,
	} {
		var err error
		if *module, err = s.rt.CompileModule(ctx, guestModule(pages)); err != nil {
			panic(err)
		}
	}
	return s
})

// vm is a guest with its System. Helpers put their arguments at the start of
// its memory, anew each time.
type vm struct {
	t    testing.TB
	ctx  context.Context
	sys  *System
	mod  api.Module
	heap uint32
}

func newVM(t testing.TB, cfg Config) *vm {
	t.Helper()
	return newVMOf(t, shared().guest, cfg)
}

func newVMOf(t testing.TB, module wazero.CompiledModule, cfg Config) *vm {
	t.Helper()
	sys, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	v := newBareVM(t, module)
	v.sys, v.ctx = sys, WithSystem(v.ctx, sys)
	t.Cleanup(func() { _ = sys.Close() })
	return v
}

// newBareVM has no System.
func newBareVM(t testing.TB, module wazero.CompiledModule) *vm {
	t.Helper()
	mod, err := shared().rt.InstantiateModule(context.Background(), module, wazero.NewModuleConfig().WithName(""))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = mod.Close(context.Background()) })
	return &vm{t: t, ctx: context.Background(), mod: mod}
}

func (v *vm) try(name string, args ...uint64) (Errno, error) {
	res, err := v.mod.ExportedFunction(name).Call(v.ctx, args...)
	if err != nil {
		return 0, err
	}
	return Errno(res[0]), nil
}

func (v *vm) call(name string, args ...uint64) Errno {
	v.t.Helper()
	errno, err := v.try(name, args...)
	if err != nil {
		v.t.Fatalf("%s%v: %v", name, args, err)
	}
	return errno
}

func (v *vm) ok(errno Errno) {
	v.t.Helper()
	if errno != success {
		v.t.Fatalf("errno is %v", errno)
	}
}

func (v *vm) want(want, errno Errno) {
	v.t.Helper()
	if errno != want {
		v.t.Fatalf("errno is %v, want %v", errno, want)
	}
}

func (v *vm) reset() { v.heap = 4096 }

func (v *vm) put(b []byte) (ptr, n uint64) {
	if !v.mod.Memory().Write(v.heap, b) {
		v.t.Fatalf("%d bytes do not fit into the test guest", len(b))
	}
	ptr = uint64(v.heap)
	v.heap += uint32(len(b)+15) &^ 7
	return ptr, uint64(len(b))
}

func (v *vm) str(s string) (ptr, n uint64) { return v.put([]byte(s)) }

// room reserves n bytes.
func (v *vm) room(n int) uint64 {
	ptr := uint64(v.heap)
	v.heap += uint32(n+15) &^ 7
	return ptr
}

func (v *vm) bytes(ptr, n uint64) []byte {
	b, ok := v.mod.Memory().Read(uint32(ptr), uint32(n))
	if !ok {
		v.t.Fatal("test reads outside of memory")
	}
	return slices.Clone(b)
}

func (v *vm) u32(ptr uint64) uint32 { return le.Uint32(v.bytes(ptr, 4)) }
func (v *vm) u64(ptr uint64) uint64 { return le.Uint64(v.bytes(ptr, 8)) }

const (
	rd = rightRead
	wr = rightWrite
	rw = rd | wr
)

func (v *vm) openat(dir uint64, path string, lookup, oflags, rights, fdflags uint64) (uint64, Errno) {
	v.reset()
	p, n := v.str(path)
	res := v.room(4)
	errno := v.call("path_open", dir, lookup, p, n, oflags, rights, rights, fdflags, res)
	return uint64(v.u32(res)), errno
}

func (v *vm) open(path string, oflags, rights uint64) (uint64, Errno) {
	return v.openat(fdRoot, path, lookupFollow, oflags, rights, 0)
}

func (v *vm) mustOpen(path string, oflags, rights uint64) uint64 {
	v.t.Helper()
	fd, errno := v.open(path, oflags, rights)
	if errno != success {
		v.t.Fatalf("open %s: %v", path, errno)
	}
	return fd
}

func (v *vm) close(fd uint64) Errno { return v.call("fd_close", fd) }

func (v *vm) iovecs(parts ...[]byte) (ptr, n uint64) {
	var vec []byte
	for _, b := range parts {
		p, l := v.put(b)
		vec = le.AppendUint32(le.AppendUint32(vec, uint32(p)), uint32(l))
	}
	ptr, _ = v.put(vec)
	return ptr, uint64(len(parts))
}

func (v *vm) write(fd uint64, parts ...string) (int, Errno) {
	v.reset()
	var bs [][]byte
	for _, p := range parts {
		bs = append(bs, []byte(p))
	}
	iov, n := v.iovecs(bs...)
	res := v.room(4)
	errno := v.call("fd_write", fd, iov, n, res)
	return int(v.u32(res)), errno
}

func (v *vm) pwrite(fd uint64, data string, off int64) (int, Errno) {
	v.reset()
	iov, n := v.iovecs([]byte(data))
	res := v.room(4)
	errno := v.call("fd_pwrite", fd, iov, n, uint64(off), res)
	return int(v.u32(res)), errno
}

func (v *vm) readInto(name string, fd uint64, n int, off ...uint64) (string, Errno) {
	v.reset()
	buf := v.room(n)
	vec, _ := v.put(le.AppendUint32(le.AppendUint32(nil, uint32(buf)), uint32(n)))
	res := v.room(4)
	args := append([]uint64{fd, vec, 1}, off...)
	errno := v.call(name, append(args, res)...)
	if errno != success {
		return "", errno
	}
	return string(v.bytes(buf, uint64(v.u32(res)))), success
}

func (v *vm) read(fd uint64, n int) (string, Errno) { return v.readInto("fd_read", fd, n) }

func (v *vm) pread(fd uint64, n int, off int64) (string, Errno) {
	return v.readInto("fd_pread", fd, n, uint64(off))
}

func (v *vm) seek(fd uint64, off int64, whence uint64) (int64, Errno) {
	v.reset()
	res := v.room(8)
	errno := v.call("fd_seek", fd, uint64(off), whence, res)
	return int64(v.u64(res)), errno
}

func (v *vm) setSize(fd uint64, n int64) Errno {
	return v.call("fd_filestat_set_size", fd, uint64(n))
}

func parseStat(b []byte) filestat {
	return filestat{
		dev: le.Uint64(b), ino: le.Uint64(b[8:]), typ: b[16], nlink: le.Uint64(b[24:]),
		size: int64(le.Uint64(b[32:])), atime: int64(le.Uint64(b[40:])),
		mtime: int64(le.Uint64(b[48:])), ctime: int64(le.Uint64(b[56:])),
	}
}

func (v *vm) fstat(fd uint64) (filestat, Errno) {
	v.reset()
	buf := v.room(filestatSize)
	errno := v.call("fd_filestat_get", fd, buf)
	return parseStat(v.bytes(buf, filestatSize)), errno
}

func (v *vm) statat(dir uint64, path string, follow uint64) (filestat, Errno) {
	v.reset()
	p, n := v.str(path)
	buf := v.room(filestatSize)
	errno := v.call("path_filestat_get", dir, follow, p, n, buf)
	return parseStat(v.bytes(buf, filestatSize)), errno
}

func (v *vm) stat(path string) (filestat, Errno)  { return v.statat(fdRoot, path, 1) }
func (v *vm) lstat(path string) (filestat, Errno) { return v.statat(fdRoot, path, 0) }

// onPath calls a function that takes a descriptor and a path.
func (v *vm) onPath(name string, path string) Errno {
	v.reset()
	p, n := v.str(path)
	return v.call(name, fdRoot, p, n)
}

func (v *vm) mkdir(path string) Errno  { return v.onPath("path_create_directory", path) }
func (v *vm) rmdir(path string) Errno  { return v.onPath("path_remove_directory", path) }
func (v *vm) unlink(path string) Errno { return v.onPath("path_unlink_file", path) }

func (v *vm) rename(from, to string) Errno {
	v.reset()
	p, n := v.str(from)
	q, m := v.str(to)
	return v.call("path_rename", fdRoot, p, n, fdRoot, q, m)
}

func (v *vm) link(from, to string) Errno {
	v.reset()
	p, n := v.str(from)
	q, m := v.str(to)
	return v.call("path_link", fdRoot, 0, p, n, fdRoot, q, m)
}

func (v *vm) symlink(target, path string) Errno {
	v.reset()
	p, n := v.str(target)
	q, m := v.str(path)
	return v.call("path_symlink", p, n, fdRoot, q, m)
}

func (v *vm) readlink(path string, size int) (string, Errno) {
	v.reset()
	p, n := v.str(path)
	buf, res := v.room(size), v.room(4)
	errno := v.call("path_readlink", fdRoot, p, n, buf, uint64(size), res)
	if errno != success {
		return "", errno
	}
	return string(v.bytes(buf, uint64(v.u32(res)))), success
}

// readdir lists from cookie on, in one buffer of size bytes; a cut-off entry at
// its end is left out.
func (v *vm) readdir(fd, cookie uint64, size int) (entries []dirent, full bool, errno Errno) {
	v.reset()
	buf, res := v.room(size), v.room(4)
	if errno = v.call("fd_readdir", fd, buf, uint64(size), cookie, res); errno != success {
		return nil, false, errno
	}
	b := v.bytes(buf, uint64(v.u32(res)))
	full = len(b) == size
	for len(b) >= direntSize {
		n := int(le.Uint32(b[16:]))
		if len(b) < direntSize+n {
			break
		}
		entries = append(entries, dirent{
			next: le.Uint64(b), ino: le.Uint64(b[8:]), typ: b[20], name: string(b[direntSize:][:n]),
		})
		b = b[direntSize+n:]
	}
	return entries, full, success
}

// names lists a whole directory without the dots, through buffers of that size.
func (v *vm) names(fd uint64, size int) []string {
	v.t.Helper()
	var names []string
	cookie := uint64(0)
	for {
		entries, full, errno := v.readdir(fd, cookie, size)
		v.ok(errno)
		for _, e := range entries {
			cookie = e.next
			if e.name != "." && e.name != ".." {
				names = append(names, e.name)
			}
		}
		if !full {
			return names
		}
		if len(entries) == 0 {
			v.t.Fatal("no entry fits the buffer")
		}
	}
}

func (v *vm) ls(path string) string {
	v.t.Helper()
	fd := v.mustOpen(path, openDirectory, rd)
	names := v.names(fd, 4096)
	v.ok(v.close(fd))
	slices.Sort(names)
	return strings.Join(names, " ")
}

func (v *vm) create(path, data string) {
	v.t.Helper()
	fd := v.mustOpen(path, openCreate|openTruncate, rw)
	if n, errno := v.write(fd, data); errno != success || n != len(data) {
		v.t.Fatalf("write %s: %d, %v", path, n, errno)
	}
	v.ok(v.close(fd))
}

func (v *vm) content(path string) string {
	v.t.Helper()
	fd := v.mustOpen(path, 0, rd)
	defer v.close(fd)
	s, errno := v.read(fd, 1<<20)
	v.ok(errno)
	return s
}

// fakeWaiter answers without waiting and remembers what it was asked.
type fakeWaiter struct {
	waits  []time.Duration
	pauses int
	answer func(d time.Duration, ready <-chan struct{}) (bool, error)
}

func (w *fakeWaiter) Wait(_ context.Context, _ api.Module, d time.Duration, ready <-chan struct{}) (bool, error) {
	if d == 0 {
		w.pauses++
	} else {
		w.waits = append(w.waits, d)
	}
	if w.answer != nil {
		return w.answer(d, ready)
	}
	if d < 0 {
		<-ready
		return true, nil
	}
	if d > 0 {
		time.Sleep(min(d, 20*time.Millisecond))
	}
	return false, nil
}

var errTest = errors.New("test")

// interrupt is a fakeWaiter's answer to everything.
func interrupt(time.Duration, <-chan struct{}) (bool, error) { return false, ErrInterrupted }
