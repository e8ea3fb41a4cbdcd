package runtime_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	goruntime "runtime"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// alone is set, to the test's name, in a process that has nothing else to do.
const alone = "VIVARIUM_TEST_ALONE"

// inOwnProcess says whether this is a process of the test's own. If it is not, it starts
// one, as attr says and with more of an environment, and ends the test as that ends.
func inOwnProcess(t *testing.T, attr *syscall.SysProcAttr, environ ...string) bool {
	t.Helper()
	if os.Getenv(alone) == t.Name() {
		return true
	}
	cmd := ownProcess(t, environ...)
	cmd.SysProcAttr = attr
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	var ran *exec.ExitError
	switch {
	case err != nil && attr != nil && !errors.As(err, &ran):
		t.Skip("there are no such processes here: ", err)
	case err != nil:
		t.Error(err)
	case bytes.Contains(out, []byte("--- SKIP")):
		t.Skip("the process has skipped it")
	case !bytes.Contains(out, []byte("--- PASS")):
		t.Error("the process did not run it")
	}
	return false
}

// ownProcess is the process that inOwnProcess starts.
func ownProcess(t *testing.T, environ ...string) *exec.Cmd {
	t.Helper()
	pattern := "^" + strings.ReplaceAll(t.Name(), "/", "$/^") + "$"
	// The path of the test binary may be closed to another user.
	cmd := exec.Command("/proc/self/exe", "-test.run="+pattern, "-test.v", "-test.timeout=10m")
	cmd.Env = append(append(os.Environ(), alone+"="+t.Name()), environ...)
	return cmd
}

// asNobody is a process without any privileges.
func asNobody() *syscall.SysProcAttr {
	if os.Geteuid() != 0 {
		return nil
	}
	const nobody = 65534
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
}

// withOwnMounts is a process that can mount what nobody else sees.
func withOwnMounts() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNS}
	if uid := os.Geteuid(); uid != 0 {
		attr.Cloneflags |= unix.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{HostID: uid, Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getegid(), Size: 1}}
	}
	return attr
}

// mount mounts something in a process withOwnMounts.
func mount(t *testing.T, source, target, kind string, flags uintptr, options string) {
	t.Helper()
	if err := unix.Mount("none", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		t.Skip("mounts cannot be made private: ", err)
	}
	if err := unix.Mount(source, target, kind, flags, options); err != nil {
		t.Skipf("mounting %s: %v", kind, err)
	}
}

// smallDisk mounts a file system of a MiB, and returns its directory.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "disk")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	mount(t, "small", dir, "tmpfs", 0, "size=1m,nr_inodes=100,mode=700")
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// refusal is a system call that a process must not make any more.
type refusal struct {
	call  uint32
	with  func(jump uint8) []unix.SockFilter // the argument's low word is loaded; jump over so much if it is not this one
	errno unix.Errno
}

// every is any argument.
func every(uint8) []unix.SockFilter { return nil }

// equal is an argument of this value.
func equal(value uint32) func(uint8) []unix.SockFilter {
	return func(jump uint8) []unix.SockFilter {
		return []unix.SockFilter{{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: value, Jf: jump}}
	}
}

// has is an argument with this bit, lacks is one without it.
func has(bit uint32) func(uint8) []unix.SockFilter {
	return func(jump uint8) []unix.SockFilter {
		return []unix.SockFilter{{Code: unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K, K: bit, Jf: jump}}
	}
}

func lacks(bit uint32) func(uint8) []unix.SockFilter {
	return func(jump uint8) []unix.SockFilter {
		return []unix.SockFilter{{Code: unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K, K: bit, Jt: jump}}
	}
}

// refuse makes the kernel refuse system calls, by their second argument, to all threads of
// this process, for ever: it must be inOwnProcess.
func refuse(t *testing.T, refusals ...refusal) {
	t.Helper()
	const number, secondArgument = 0, 16 + 8 // in struct seccomp_data; the low word comes first
	load := func(at uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: at}
	}
	answer := func(what uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: what}
	}
	var filter []unix.SockFilter
	for _, r := range refusals {
		with := r.with(1)
		filter = append(filter, load(number), unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: r.call, Jf: uint8(len(with) + 2)}, load(secondArgument))
		filter = append(append(filter, with...), answer(unix.SECCOMP_RET_ERRNO|uint32(r.errno)))
	}
	filter = append(filter, answer(unix.SECCOMP_RET_ALLOW))
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	goruntime.LockOSThread()
	defer goruntime.UnlockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		t.Skip(err)
	}
	if _, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&program))); errno != 0 {
		t.Skip("no system call can be refused here: ", errno)
	}
}
