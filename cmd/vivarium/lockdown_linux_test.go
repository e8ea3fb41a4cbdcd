package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	goruntime "runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	ll "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"

	"github.com/vivarium-go/vivarium/runtime"
)

func init() { commands["lockdown-probe"] = probeMain } // not in the table, as only Linux has it

// surroundings is where a probe tries what it can do. Everything is there when it starts,
// and may be done without --lockdown.
type surroundings struct {
	Locked bool

	Cache    string // a directory in the cache
	Reach    reachOf
	Outside  string // a directory beside the mounts, with a file called file
	Port     int    // somebody listens
	Abstract string // and at this abstract Unix socket
}

// reachOf is a reach as JSON.
type reachOf struct{ Cache, ReadOnly, Writable, File string }

func (r reachOf) reach() reach {
	return reach{r.Cache, []runtime.Mount{
		{Host: r.ReadOnly, Guest: "/ro"},
		{Host: r.Writable, Guest: "/rw", Writable: true},
		{Host: r.File, Guest: "/file"},
	}}
}

// attempt is something a thread tries. mark is different on each thread.
type attempt struct {
	name    string
	refused int // from this ABI of landlock on; 0: it goes on working
	try     func(s surroundings, mark string) error
}

func openAs(flags int, path ...string) error {
	f, err := os.OpenFile(filepath.Join(path...), flags, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

func list(path string) error {
	_, err := os.ReadDir(path)
	return err
}

var attempts = []attempt{
	{"read /etc/passwd", 1, func(surroundings, string) error { return openAs(os.O_RDONLY, "/etc/passwd") }},
	{"read outside", 1, func(s surroundings, _ string) error { return openAs(os.O_RDONLY, s.Outside, "file") }},
	{"read outside, by a link in a mount", 1, func(s surroundings, _ string) error { return openAs(os.O_RDONLY, s.Reach.ReadOnly, "link") }},
	{"write outside", 1, func(s surroundings, _ string) error { return openAs(os.O_WRONLY, s.Outside, "file") }},
	{"truncate outside", 3, func(s surroundings, _ string) error { return os.Truncate(filepath.Join(s.Outside, "file"), 0) }},
	{"make outside", 1, func(s surroundings, mark string) error {
		return openAs(os.O_WRONLY|os.O_CREATE|os.O_EXCL, s.Outside, mark)
	}},
	{"list outside", 1, func(s surroundings, _ string) error { return list(s.Outside) }},
	{"list /proc", 1, func(surroundings, string) error { return list("/proc") }},
	{"read the own environment", 1, func(surroundings, string) error { return openAs(os.O_RDONLY, "/proc/self/environ") }},
	{"write the own memory", 1, func(surroundings, string) error { return openAs(os.O_RDWR, "/proc/self/mem") }},
	{"read another process's environment", 1, func(surroundings, string) error {
		return openAs(os.O_RDONLY, fmt.Sprintf("/proc/%d/environ", os.Getppid()))
	}},
	{"move outside", 1, func(s surroundings, mark string) error {
		from := filepath.Join(s.Reach.Writable, "to-move"+mark)
		if err := os.WriteFile(from, nil, 0o600); err != nil {
			return fmt.Errorf("not the attempt: %w", errors.ErrUnsupported)
		}
		return os.Rename(from, filepath.Join(s.Outside, "moved"+mark))
	}},
	{"connect by TCP", 4, func(s surroundings, _ string) error {
		return onSocket(unix.AF_INET, func(fd int) error {
			return unix.Connect(fd, &unix.SockaddrInet4{Port: s.Port, Addr: [4]byte{127, 0, 0, 1}})
		})
	}},
	{"listen on TCP", 4, func(surroundings, string) error {
		return onSocket(unix.AF_INET, func(fd int) error { return unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}) })
	}},
	{"connect to an abstract Unix socket", 6, func(s surroundings, _ string) error {
		return onSocket(unix.AF_UNIX, func(fd int) error { return unix.Connect(fd, &unix.SockaddrUnix{Name: s.Abstract}) })
	}},
	{"signal another process", 6, func(surroundings, string) error { return unix.Kill(os.Getppid(), 0) }},
	{"execute a program", 1, func(s surroundings, _ string) error { return execute(s.Outside) }},
	{"execute a program in the cache", 1, func(s surroundings, _ string) error {
		return execute(s.Cache)
	}},
	{"execute a program in a writable mount", 1, func(s surroundings, _ string) error {
		return execute(s.Reach.Writable)
	}},
	{"write a file of the read-only mount", 1, func(s surroundings, _ string) error { return openAs(os.O_WRONLY, s.Reach.ReadOnly, "file") }},
	{"make a file in the read-only mount", 1, func(s surroundings, mark string) error {
		return openAs(os.O_WRONLY|os.O_CREATE|os.O_EXCL, s.Reach.ReadOnly, mark)
	}},
	{"make a directory in the read-only mount", 1, func(s surroundings, mark string) error {
		return os.Mkdir(filepath.Join(s.Reach.ReadOnly, "dir"+mark), 0o700)
	}},
	{"write the mounted file", 1, func(s surroundings, _ string) error { return openAs(os.O_WRONLY, s.Reach.File) }},
	{"read beside the mounted file", 1, func(s surroundings, _ string) error {
		return openAs(os.O_RDONLY, filepath.Dir(s.Reach.File), "neighbour")
	}},
	{"make a pipe in the writable mount", 1, func(s surroundings, mark string) error {
		return unix.Mkfifo(filepath.Join(s.Reach.Writable, "pipe"+mark), 0o600)
	}},

	{"read the read-only mount", 0, func(s surroundings, _ string) error {
		return errors.Join(list(s.Reach.ReadOnly), openAs(os.O_RDONLY, s.Reach.ReadOnly, "file"), openAs(os.O_RDONLY, s.Reach.ReadOnly, "deep", "file"))
	}},
	{"read the mounted file", 0, func(s surroundings, _ string) error { return openAs(os.O_RDONLY, s.Reach.File) }},
	{"use the writable mount", 0, func(s surroundings, mark string) error { return change(s.Reach.Writable, mark) }},
	{"use the cache", 0, func(s surroundings, mark string) error {
		return errors.Join(change(s.Cache, mark), os.Symlink("anywhere", filepath.Join(s.Cache, "link"+mark)))
	}},
	{"read the own pagemap and control groups", 0, func(surroundings, string) error {
		return errors.Join(openAs(os.O_RDONLY, "/proc/self/pagemap"), openAs(os.O_RDONLY, "/proc/self/cgroup"))
	}},
	{"look whether something exists", 0, func(surroundings, string) error { _, err := os.Stat("/etc/passwd"); return err }},
}

// change makes, writes, moves, truncates and removes.
func change(dir, mark string) error {
	at := func(name string) string { return filepath.Join(dir, mark, name) }
	if err := os.MkdirAll(at("sub"), 0o700); err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(at("a"), []byte("text"), 0o600),
		os.Truncate(at("a"), 1),
		os.Rename(at("a"), at("b")),
		os.Rename(at("b"), filepath.Join(dir, mark, "sub", "c")), // into another directory
		os.RemoveAll(filepath.Join(dir, mark)),
	)
}

// execute executes an empty program. The kernel takes it and finds that there is nothing
// to execute; any other program would need files that are closed, too.
func execute(dir string) error {
	path := filepath.Join(dir, "program")
	p, err := os.StartProcess(path, []string{path}, new(os.ProcAttr))
	if errors.Is(err, unix.ENOEXEC) {
		return nil
	}
	if err == nil {
		err = errors.Join(errors.New("it is no program"), p.Kill())
	}
	return err
}

func onSocket(family int, do func(fd int) error) error {
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }()
	return do(fd)
}

// findings is what a probe found out.
type findings struct {
	Threads map[string]map[string]string // outcome, by thread and attempt
	Engine  engineFindings
}

type engineFindings struct {
	Value  string
	Reset  string
	Memory float64
}

const (
	works   = "works"
	refused = "refused"
)

// probeMain tries everything on several threads, most of which are there before the
// process is locked down, and prints findings.
func probeMain() {
	var s surroundings
	if err := json.Unmarshal([]byte(os.Args[1]), &s); err != nil {
		panic(err)
	}
	var (
		found        = findings{Threads: make(map[string]map[string]string)}
		mu           sync.Mutex
		threads      sync.WaitGroup
		ready, start sync.WaitGroup
	)
	thread := func(name string) {
		goruntime.LockOSThread()
		ready.Done()
		start.Wait()
		mu.Lock() // one after the other
		defer mu.Unlock()
		found.Threads[name] = s.tryAll(name)
	}
	start.Add(1)
	for i := range 3 {
		ready.Add(1)
		threads.Go(func() { thread(fmt.Sprintf("before%d", i)) })
	}
	ready.Wait()
	if s.Locked {
		if _, err := restrict(s.Reach.reach()); err != nil {
			panic(err)
		}
	}
	ready.Add(1)
	threads.Go(func() { thread("after") })
	start.Done()
	threads.Wait()
	var err error
	if found.Engine, err = s.runEngine(); err != nil {
		panic(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(found); err != nil {
		panic(err)
	}
}

func (s surroundings) tryAll(thread string) map[string]string {
	outcomes := make(map[string]string)
	for _, a := range attempts {
		switch err := a.try(s, thread); {
		case err == nil:
			outcomes[a.name] = works
		case errors.Is(err, fs.ErrPermission) || errors.Is(err, unix.EXDEV): // the latter is a move's
			outcomes[a.name] = refused
		default:
			outcomes[a.name] = err.Error()
		}
	}
	set, err := unix.PrctlRetInt(unix.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)
	outcomes["no_new_privs"] = fmt.Sprint(set, err)
	return outcomes
}

// runEngine runs a script, with the mounts and the cache.
func (s surroundings) runEngine() (f engineFindings, err error) {
	ctx := context.Background()
	eng, err := runtime.New(ctx, runtime.Config{CacheDir: s.Reach.Cache})
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, eng.Close(ctx)) }()
	res, err := eng.Run(ctx, runtime.Task{
		Script: runtime.Source("probe.py", `
import os
def run(params):
    with open("/rw/from-the-script", "w") as f:
        f.write("text")
    os.remove("/rw/from-the-script")
    return [open(p).read() for p in ("/ro/deep/file", "/file")]
`),
		Mounts: s.Reach.reach().mounts,
	})
	if err == nil {
		err = res.Err
	}
	if err != nil {
		return f, err
	}
	f.Value = string(res.Value)
	executor, _ := eng.ComponentStatus("executor")
	f.Reset = executor.Info["reset"]
	pool, _ := eng.ComponentStatus("process_pool")
	f.Memory = pool.Metrics["host_memory_limit_bytes"]
	return f, nil
}

// haveLandlock skips a test where the kernel has no landlock, and returns its ABI.
func haveLandlock(t *testing.T) int {
	t.Helper()
	abi, err := ll.LandlockGetABIVersion()
	if err != nil {
		t.Skipf("this kernel has no landlock, or it is switched off: %v", err)
	}
	return abi
}

// A process that is locked down is refused, on all its threads, what it may do
// otherwise, and an engine works in it as in any other.
func TestLockdown(t *testing.T) {
	t.Parallel()
	ownProcess(t)
	abi := haveLandlock(t)
	free, locked := probe(t, false), probe(t, true)
	for name, found := range map[string]findings{"free": free, "locked": locked} {
		if got := slices.Sorted(maps.Keys(found.Threads)); !slices.Equal(got, []string{"after", "before0", "before1", "before2"}) {
			t.Errorf("%s: threads %q", name, got)
		}
	}
	for thread, outcomes := range free.Threads {
		for _, a := range attempts {
			if got := outcomes[a.name]; got != works {
				t.Errorf("not locked, %s: %s: %s", thread, a.name, got)
			}
		}
	}
	for thread, outcomes := range locked.Threads {
		for _, a := range attempts {
			want := works
			if a.refused > 0 && a.refused <= abi {
				want = refused
			}
			if got := outcomes[a.name]; got != want {
				t.Errorf("locked, %s: %s: %s, want %s", thread, a.name, got, want)
			}
		}
		if got := outcomes["no_new_privs"]; got != "1 <nil>" {
			t.Errorf("locked, %s: no_new_privs is %s", thread, got)
		}
	}
	if free.Engine != locked.Engine || locked.Engine.Value != `["deep","mounted"]` || locked.Engine.Reset == "" || locked.Engine.Memory == 0 {
		t.Errorf("the engine was %+v without and %+v with --lockdown", free.Engine, locked.Engine)
	}
}

// probe runs a probe in surroundings of its own.
func probe(t *testing.T, locked bool) (found findings) {
	t.Helper()
	top := t.TempDir()
	cache := cacheDir(t)
	if err := os.MkdirAll(cache, 0o700); err != nil {
		t.Fatal(err)
	}
	// The cache tidies it up should this process be killed.
	inCache := filepath.Join(cache, fmt.Sprintf("vivarium-tmp-lockdown-%d-%t", os.Getpid(), locked))
	if err := os.Mkdir(inCache, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(inCache) })
	s := surroundings{
		Locked: locked,
		Cache:  inCache,
		Reach: reachOf{
			Cache:    cache,
			ReadOnly: filepath.Join(top, "ro"),
			Writable: filepath.Join(top, "rw"),
			File:     filepath.Join(top, "files", "mounted"),
		},
		Outside:  filepath.Join(top, "outside"),
		Abstract: fmt.Sprintf("@vivarium-test-%d-%t", os.Getpid(), locked),
	}
	for path, text := range map[string]string{
		filepath.Join(s.Outside, "file"):             "outside",
		filepath.Join(s.Reach.ReadOnly, "file"):      "read-only",
		filepath.Join(s.Reach.ReadOnly, "deep/file"): "deep",
		filepath.Join(s.Reach.Writable, "program"):   "",
		filepath.Join(s.Outside, "program"):          "",
		filepath.Join(s.Cache, "program"):            "",
		s.Reach.File:                                 "mounted",
		filepath.Join(top, "files", "neighbour"):     "neighbour",
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join(s.Outside, "file"), filepath.Join(s.Reach.ReadOnly, "link")); err != nil {
		t.Fatal(err)
	}
	s.Port = listen(t, "tcp4", "127.0.0.1:0").(*net.TCPAddr).Port
	listen(t, "unix", s.Abstract)
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var stderr strings.Builder
	cmd := exec.Command("lockdown-probe", string(text))
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("the probe: %v\n%s", err, stderr.String())
	}
	if err := json.Unmarshal(out, &found); err != nil {
		t.Fatalf("the probe printed %q: %v", out, err)
	}
	return found
}

func listen(t *testing.T, network, address string) net.Addr {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l.Addr()
}
