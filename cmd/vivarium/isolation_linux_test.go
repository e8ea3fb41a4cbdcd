//go:build amd64 || arm64

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	goruntime "runtime"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/vivarium-go/vivarium/runtime"
)

func init() { commands["under-seccomp"] = underSeccomp }

// The unit in docs/isolation.md is one that systemd reads without a remark.
func TestIsolationUnitIsValid(t *testing.T) {
	t.Parallel()
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("this machine has no systemd-analyze: ", err)
	}
	const installed = "/usr/local/bin/vivarium"
	unit := isolationUnit(t)
	if !strings.Contains(unit, "ExecStart="+installed+" ") {
		t.Fatalf("the unit does not start %s", installed)
	}
	program, err := os.Executable() // what is started has to exist
	if err != nil {
		t.Fatal(err)
	}
	unit = strings.ReplaceAll(unit, installed, program)
	// verify reads other units, too, and may have something to say about those.
	remarks := func(unit string) (about []string) {
		path := filepath.Join(t.TempDir(), "vivarium@.service")
		if err := os.WriteFile(path, []byte(unit), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(analyze, "verify", "--man=no", path).CombinedOutput()
		for line := range strings.Lines(string(out)) {
			if strings.Contains(line, "vivarium@") {
				about = append(about, line)
			}
		}
		t.Logf("systemd-analyze verify: %v\n%s", err, out)
		return about
	}
	if remarks(unit+"NoSuchSetting=yes\n") == nil {
		t.Skip("systemd-analyze does not even complain about a setting that there is none of: it cannot verify units on this machine")
	}
	if about := remarks(unit); about != nil {
		t.Errorf("%q", about)
	}
}

// Its system calls are enough for all that a run does, from the first one on: any other
// ends the process.
func TestIsolationUnitHasTheSystemCalls(t *testing.T) {
	t.Parallel()
	ownProcess(t)
	dir := t.TempDir()
	script := filepath.Join(dir, "script.py")
	const text = `
import os, time
def run(params):
    os.mkdir("/rw/d")
    with open("/rw/a", "w+") as f:
        f.write("text")
        f.flush()
        os.fsync(f.fileno())
        f.truncate(2)
        f.seek(0)
        read = f.read()
    os.rename("/rw/a", "/rw/d/b")
    os.link("/rw/d/b", "/rw/c")
    os.utime("/rw/c", (1, 1))
    found = sorted(os.listdir("/rw"))
    os.unlink("/rw/d/b")
    os.unlink("/rw/c")
    os.rmdir("/rw/d")
    time.sleep(0.01)
    return [read, found, len(os.urandom(8))]
`
	for path, text := range map[string]string{script: text, filepath.Join(dir, "loop.py"): "while True: pass"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "rw"), 0o700); err != nil {
		t.Fatal(err)
	}
	mount := filepath.Join(dir, "rw") + ":/rw:rw"
	cache := runtime.CacheEnv + "=" + filepath.Join(dir, "cache")
	only := seccomp{Calls: unitCalls(t), Others: unix.SECCOMP_RET_KILL_PROCESS}
	const value = `["te",["c","d"],8]` + "\n"
	for _, tc := range []struct {
		name   string
		filter seccomp
		args   []string
		env    string
		status int
		stdout string
	}{
		{"cold", only, []string{script, "--lockdown", "--mount", mount}, cache, 0, value},
		{"warm", only, []string{script, "--lockdown", "--mount", mount}, cache, 0, value},
		{"not locked down", only, []string{script, "--mount", mount}, cache, 0, value},
		{"fresh image", only, []string{script, "--fresh-image", "--mount", mount}, cache, 0, value},
		{"stopped", only, []string{filepath.Join(dir, "loop.py"), "--timeout", "100ms"}, cache, int(exitTimeout), ""},
	} {
		stdout, stderr, status := tc.filter.run(t, tc.env, tc.args...)
		if status != tc.status || stdout != tc.stdout {
			t.Errorf("%s: status %d, stdout %q, stderr %s", tc.name, status, stdout, stderr)
		}
	}
	// Were the filter not there, this would end well, too.
	less := only
	less.Calls = nil
	for _, nr := range only.Calls {
		if nr != unix.SYS_MEMFD_CREATE {
			less.Calls = append(less.Calls, nr)
		}
	}
	if _, stderr, status := less.run(t, cache, script, "--mount", mount); status != -1 {
		t.Errorf("without memfd_create: status %d, stderr %s; the filter does nothing", status, stderr)
	}
}

// A kernel without landlock is a warning, and the run goes on.
func TestLockdownWithoutLandlock(t *testing.T) {
	t.Parallel()
	ownProcess(t)
	script := filepath.Join(t.TempDir(), "script.py")
	if err := os.WriteFile(script, []byte("def run(params): return 42"), 0o600); err != nil {
		t.Fatal(err)
	}
	without := seccomp{
		Calls:  []uintptr{unix.SYS_LANDLOCK_CREATE_RULESET},
		Action: unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS),
		Others: unix.SECCOMP_RET_ALLOW,
	}
	stdout, stderr, status := without.run(t, runtime.CacheEnv+"="+cacheDir(t), script, "--lockdown")
	const want = "vivarium: --lockdown: this kernel has no landlock, or it is switched off; only no_new_privs is set\n"
	if status != 0 || stdout != "42\n" || !strings.HasPrefix(stderr, want) {
		t.Errorf("status %d, stdout %q, stderr %q", status, stdout, stderr)
	}
}

// isolationUnit returns the unit of docs/isolation.md.
func isolationUnit(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(here, "..", "..", "docs", "isolation.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "\n```ini\n")
	unit, _, found := strings.Cut(rest, "\n```\n")
	if !found {
		t.Fatal("docs/isolation.md has no unit")
	}
	return unit + "\n"
}

// unitCalls returns the numbers of the system calls that the unit allows. As systemd
// does, it leaves out those that this processor's Linux does not have.
func unitCalls(t *testing.T) []uintptr {
	t.Helper()
	var numbers []uintptr
	for line := range strings.Lines(isolationUnit(t)) {
		names, ok := strings.CutPrefix(line, "SystemCallFilter=")
		if !ok {
			continue
		}
		for _, name := range strings.Fields(names) {
			nr, ok := systemCalls[name]
			switch other, legacy := amd64Calls[name]; {
			case ok:
				numbers = append(numbers, nr)
			case !legacy:
				t.Errorf("the test does not know the number of %s", name)
			case goruntime.GOARCH == "amd64":
				numbers = append(numbers, other)
			}
		}
	}
	return numbers
}

// amd64Calls are those that no newer architecture has.
var amd64Calls = map[string]uintptr{"access": 21, "arch_prctl": 158}

var systemCalls = map[string]uintptr{
	"brk":                     unix.SYS_BRK,
	"clock_gettime":           unix.SYS_CLOCK_GETTIME,
	"clock_nanosleep":         unix.SYS_CLOCK_NANOSLEEP,
	"clone":                   unix.SYS_CLONE,
	"clone3":                  unix.SYS_CLONE3,
	"close":                   unix.SYS_CLOSE,
	"epoll_create1":           unix.SYS_EPOLL_CREATE1,
	"epoll_ctl":               unix.SYS_EPOLL_CTL,
	"epoll_pwait":             unix.SYS_EPOLL_PWAIT,
	"eventfd2":                unix.SYS_EVENTFD2,
	"execve":                  unix.SYS_EXECVE,
	"exit":                    unix.SYS_EXIT,
	"exit_group":              unix.SYS_EXIT_GROUP,
	"fcntl":                   unix.SYS_FCNTL,
	"fstat":                   unix.SYS_FSTAT,
	"fsync":                   unix.SYS_FSYNC,
	"ftruncate":               unix.SYS_FTRUNCATE,
	"futex":                   unix.SYS_FUTEX,
	"getdents64":              unix.SYS_GETDENTS64,
	"geteuid":                 unix.SYS_GETEUID,
	"getpid":                  unix.SYS_GETPID,
	"getrandom":               unix.SYS_GETRANDOM,
	"gettid":                  unix.SYS_GETTID,
	"ioctl":                   unix.SYS_IOCTL,
	"landlock_add_rule":       unix.SYS_LANDLOCK_ADD_RULE,
	"landlock_create_ruleset": unix.SYS_LANDLOCK_CREATE_RULESET,
	"landlock_restrict_self":  unix.SYS_LANDLOCK_RESTRICT_SELF,
	"linkat":                  unix.SYS_LINKAT,
	"lseek":                   unix.SYS_LSEEK,
	"madvise":                 unix.SYS_MADVISE,
	"memfd_create":            unix.SYS_MEMFD_CREATE,
	"mincore":                 unix.SYS_MINCORE,
	"mkdirat":                 unix.SYS_MKDIRAT,
	"mmap":                    unix.SYS_MMAP,
	"mprotect":                unix.SYS_MPROTECT,
	"munmap":                  unix.SYS_MUNMAP,
	"nanosleep":               unix.SYS_NANOSLEEP,
	"newfstatat":              unix.SYS_NEWFSTATAT,
	"openat":                  unix.SYS_OPENAT,
	"prctl":                   unix.SYS_PRCTL,
	"pread64":                 unix.SYS_PREAD64,
	"prlimit64":               unix.SYS_PRLIMIT64,
	"pwrite64":                unix.SYS_PWRITE64,
	"read":                    unix.SYS_READ,
	"readlinkat":              unix.SYS_READLINKAT,
	"renameat":                unix.SYS_RENAMEAT,
	"restart_syscall":         unix.SYS_RESTART_SYSCALL,
	"rseq":                    unix.SYS_RSEQ,
	"rt_sigaction":            unix.SYS_RT_SIGACTION,
	"rt_sigprocmask":          unix.SYS_RT_SIGPROCMASK,
	"rt_sigreturn":            unix.SYS_RT_SIGRETURN,
	"sched_getaffinity":       unix.SYS_SCHED_GETAFFINITY,
	"sched_yield":             unix.SYS_SCHED_YIELD,
	"set_robust_list":         unix.SYS_SET_ROBUST_LIST,
	"set_tid_address":         unix.SYS_SET_TID_ADDRESS,
	"sigaltstack":             unix.SYS_SIGALTSTACK,
	"statfs":                  unix.SYS_STATFS,
	"symlinkat":               unix.SYS_SYMLINKAT,
	"sysinfo":                 unix.SYS_SYSINFO,
	"tgkill":                  unix.SYS_TGKILL,
	"tkill":                   unix.SYS_TKILL,
	"unlinkat":                unix.SYS_UNLINKAT,
	"utimensat":               unix.SYS_UTIMENSAT,
	"write":                   unix.SYS_WRITE,
}

// seccomp is a filter of system calls.
type seccomp struct {
	Calls  []uintptr
	Action uint32 // for these calls; 0 is to allow them
	Others uint32 // for all others
}

// run runs `vivarium run` under the filter. The status is -1 if a signal ended it.
func (s seccomp) run(t *testing.T, env string, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	filter, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	vivarium, err := exec.LookPath("vivarium")
	if err != nil {
		t.Fatal(err)
	}
	var out, notes strings.Builder
	cmd := exec.Command("under-seccomp", append([]string{string(filter), vivarium, "run"}, args...)...)
	cmd.Env = append(os.Environ(), env)
	cmd.Stdout, cmd.Stderr = &out, &notes
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if status = cmd.ProcessState.ExitCode(); status == noSeccomp {
		t.Skip("this system lets no process filter its system calls: ", notes.String())
	}
	return out.String(), notes.String(), status
}

// noSeccomp is the status of under-seccomp where there is none.
const noSeccomp = 99

// underSeccomp is the command
//
//	under-seccomp FILTER PROGRAM ARG...
//
// which becomes the program, under the filter.
func underSeccomp() {
	var s seccomp
	if err := json.Unmarshal([]byte(os.Args[1]), &s); err != nil {
		panic(err)
	}
	goruntime.LockOSThread() // the filter is this thread's, which is what is left by exec
	if err := s.install(); err != nil {
		fmt.Fprintln(os.Stderr, "this kernel has no seccomp:", err)
		os.Exit(noSeccomp)
	}
	panic(syscall.Exec(os.Args[2], os.Args[2:], os.Environ()))
}

// install puts this thread, and what it starts, under the filter.
func (s seccomp) install() error {
	action := s.Action
	if action == 0 {
		action = unix.SECCOMP_RET_ALLOW
	}
	// The accumulator is struct seccomp_data's number, its first field.
	program := []unix.SockFilter{{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS}}
	for _, nr := range s.Calls {
		program = append(program,
			unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jf: 1, K: uint32(nr)},
			unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: action})
	}
	program = append(program, unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: s.Others})
	fprog := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	_, _, errno := unix.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, uintptr(unsafe.Pointer(&fprog)))
	if errno != 0 {
		return errno
	}
	return nil
}
