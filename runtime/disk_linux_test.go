package runtime_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/vivarium-go/vivarium/runtime"
)

// wantNothingHalf checks that a cache directory has entries with an index, and nothing else.
func wantNothingHalf(t *testing.T, when, dir string) {
	t.Helper()
	folders, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range folders {
		if _, err := os.Stat(filepath.Join(dir, folder.Name(), "index.json")); err != nil {
			t.Errorf("%s: %s is left over, %v", when, folder.Name(), err)
		}
	}
}

// wantWarning checks that a start has warned once, and said what about.
func wantWarning(t *testing.T, when, log string, all ...string) {
	t.Helper()
	if strings.Count(log, "level=WARN") != 1 {
		t.Errorf("%s:\n%s", when, log)
	}
	for _, text := range all {
		if !strings.Contains(log, text) {
			t.Errorf("%s, it does not say %q:\n%s", when, text, log)
		}
	}
}

// Wherever it is that a disk turns out to be full, the engine starts, says so, and leaves
// nothing half; once there is room, what is missing is stored.
func TestDiskIsFull(t *testing.T) {
	t.Parallel()
	if !inOwnProcess(t, withOwnMounts()) {
		return
	}
	disk := smallDisk(t)
	dir, filler := filepath.Join(disk, "cache"), filepath.Join(disk, "filler")
	for _, full := range []struct {
		of   string
		fill func(left int) error
	}{
		{"blocks", func(left int) error { return fillBlocks(filler, left) }},
		{"files", func(left int) error { return fillFiles(filler, left) }},
	} {
		refused := 0
		for left := 0; ; left++ {
			if err := errors.Join(os.RemoveAll(dir), os.Mkdir(dir, 0o700), os.Mkdir(filler, 0o700), full.fill(left)); err != nil {
				t.Fatal(err)
			}
			when := fmt.Sprintf("with %d %s left", left, full.of)
			log := startTiny(t, runtime.Config{CacheDir: dir})
			wantNothingHalf(t, when, dir)
			if err := os.RemoveAll(filler); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(log, "WARN") {
				break
			}
			refused++
			wantWarning(t, when, log, "the interpreter was not stored, so every start brings it up anew; set VIVARIUM_CACHE_DIR", "no space left on device")
			if log := startTiny(t, runtime.Config{CacheDir: dir}); strings.Contains(log, "WARN") {
				t.Errorf("when there is room again:\n%s", log)
			}
			if log := startTiny(t, runtime.Config{CacheDir: dir}); log != "" {
				t.Errorf("it was not stored when there was room again:\n%s", log)
			}
		}
		t.Logf("the cache was refused %d times for want of %s", refused, full.of)
		if refused < 3 {
			t.Errorf("only %d times", refused)
		}
	}
}

// So it is where it is a file that must not become as large, which no privilege is needed for.
func TestFilesCannotGrow(t *testing.T) {
	t.Parallel()
	if !inOwnProcess(t, nil) {
		return
	}
	signal.Ignore(unix.SIGXFSZ)
	var most unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &most); err != nil {
		t.Fatal(err)
	}
	limit := func(bytes uint64) {
		if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: bytes, Max: most.Max}); err != nil {
			t.Fatal(err)
		}
	}
	refused := 0
	for bytes := uint64(100); ; bytes *= 2 {
		dir, when := filepath.Join(t.TempDir(), "cache"), fmt.Sprintf("with files of %d bytes", bytes)
		limit(bytes)
		log := startTiny(t, runtime.Config{CacheDir: dir})
		limit(most.Cur)
		wantNothingHalf(t, when, dir)
		if !strings.Contains(log, "WARN") {
			break
		}
		refused++
		wantWarning(t, when, log, "the interpreter was not stored", "file too large")
		startTiny(t, runtime.Config{CacheDir: dir})
		if log := startTiny(t, runtime.Config{CacheDir: dir}); log != "" {
			t.Errorf("it was not stored when files could grow again:\n%s", log)
		}
	}
	if refused < 3 {
		t.Errorf("the cache was refused %d times", refused)
	}
}

// fillBlocks leaves so many blocks of a disk free.
func fillBlocks(dir string, left int) error {
	var disk unix.Statfs_t
	path := filepath.Join(dir, "file")
	if err := errors.Join(os.WriteFile(path, nil, 0o600), unix.Statfs(dir, &disk)); err != nil {
		return err
	}
	return os.WriteFile(path, make([]byte, (int(disk.Bfree)-left)*int(disk.Bsize)), 0o600)
}

// fillFiles leaves so many inodes of a disk free.
func fillFiles(dir string, left int) error {
	var disk unix.Statfs_t
	if err := unix.Statfs(dir, &disk); err != nil {
		return err
	}
	for i := range int(disk.Ffree) - left {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(i)), nil, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// A mount whose disk is full is the script's problem, and nobody else's.
func TestDiskOfAMountIsFull(t *testing.T) {
	t.Parallel()
	fullRunOnly(t)
	sharedEngine(t) // so that the process finds it in the cache
	if !inOwnProcess(t, withOwnMounts()) {
		return
	}
	disk := smallDisk(t)
	res := runTask(t, runtime.Task{Mounts: []runtime.Mount{{Host: disk, Guest: "/data", Writable: true}}, Script: source(`
import errno, os
def fill(path, most):
    with open(path, "wb", buffering=0) as f:
        n = 0
        while n < most: n += f.write(b"x" * 65536)
def run(params):
    refused = []
    for path, do in (("/data/full", lambda: fill("/data/full", 1 << 22)), ("/data/directory", lambda: [os.mkdir(f"/data/{n}") for n in range(1000)])):
        try: do()
        except OSError as e: refused.append([errno.errorcode[e.errno], e.strerror])
    os.remove("/data/full")
    fill("/data/again", 65536)
    return refused + [os.path.getsize("/data/again")]
`)})
	if want := `[["ENOSPC","No space left on device"],["ENOSPC","No space left on device"],65536]`; string(res.Value) != want {
		t.Errorf("%s, want %s; %v", res.Value, want, res.Err)
	}
	if info, err := os.Stat(filepath.Join(disk, "again")); err != nil || info.Size() != 65536 {
		t.Errorf("%v, %v", info, err)
	}
	if res := runTask(t, quick); string(res.Value) != "7" {
		t.Errorf("the next task: %+v", res)
	}
}

// A cache directory that nobody may write to is of use if it was filled before, and no
// more than a warning if it was not.
func TestCacheIsReadOnly(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"permissions", "mount"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			attr, reason := asNobody(), "permission denied"
			if kind == "mount" {
				attr, reason = withOwnMounts(), "read-only file system"
			}
			if attr != nil && !inOwnProcess(t, attr) { // nil: it is nobody's already
				return
			}
			filled, empty := filepath.Join(t.TempDir(), "filled"), filepath.Join(t.TempDir(), "empty")
			if err := os.Mkdir(empty, 0o700); err != nil {
				t.Fatal(err)
			}
			startTiny(t, runtime.Config{CacheDir: filled})
			for _, dir := range []string{filled, empty} {
				if kind == "mount" {
					mount(t, dir, dir, "bind", unix.MS_BIND, "")
					mount(t, "none", dir, "read-only", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, "")
					t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) }) // the process ends in any case
					continue
				}
				if err := os.Chmod(dir, 0o500); err != nil { //nolint:gosec // a directory
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = os.Chmod(dir, 0o700) }) //nolint:gosec // so that it can be removed
			}
			for range 2 {
				if log := startTiny(t, runtime.Config{CacheDir: filled}); log != "" {
					t.Errorf("a filled one:\n%s", log)
				}
			}
			wantWarning(t, "an empty one", startTiny(t, runtime.Config{CacheDir: empty}), "the interpreter was not stored", reason)
			wantNothingHalf(t, "read-only", filled)
			wantNothingHalf(t, "read-only", empty)
		})
	}
}

// Of the cache directory nothing is needed any more once the engine has started.
func TestCacheGoesAwayWhileTheEngineRuns(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "cache")
	ctx := context.Background()
	eng, err := runtime.New(ctx, runtime.Config{CacheDir: dir, Interpreter: tinyInterpreter(answerOK, answerOK, "")})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	for range 3 { // nothing is read from there any more
		if res, err := eng.Run(ctx, runtime.Task{Script: source("anything")}); err != nil || !res.OK() {
			t.Errorf("%v, %+v", err, res)
		}
	}
	if err := eng.Close(ctx); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(dir); err == nil {
		t.Error("it was made again")
	}
}
