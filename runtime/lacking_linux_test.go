package runtime_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vivarium-go/vivarium/runtime"
)

// pagemapScan is PAGEMAP_SCAN of linux/fs.h.
const pagemapScan = 0xc0606610

// resetMethod is how an engine resets its instances.
func resetMethod(t *testing.T, eng *runtime.Engine) string {
	t.Helper()
	s, ok := eng.ComponentStatus("executor")
	if !ok {
		t.Fatal("no executor")
	}
	return s.Info["reset"]
}

// Where the system lacks, or refuses, what makes it fast, an engine starts and gives the same
// results, and finds what it has stored.
func TestSystemThatLacksSomething(t *testing.T) {
	t.Parallel()
	fullRunOnly(t)
	if os.Getenv("VIVARIUM_RESET") != "" {
		t.Skip("what the engine makes of it is forced")
	}
	const resetHere, valueHere = "VIVARIUM_TEST_RESET", "VIVARIUM_TEST_VALUE"
	var reset, value string
	if os.Getenv(alone) == "" { // else the engine must not be there before something lacks
		reset, value = resetMethod(t, sharedEngine(t)), sumOf(t, runtime.Config{})
	}
	for _, test := range []struct {
		name  string
		lacks []refusal
		reset string // resets that remain; empty if all do
	}{
		{"memfd_create is unknown", []refusal{{unix.SYS_MEMFD_CREATE, every, unix.ENOSYS}}, "copy"},
		{"memfd_create is forbidden", []refusal{{unix.SYS_MEMFD_CREATE, every, unix.EPERM}}, "copy"},
		{"memory that may be executed is forbidden", []refusal{{unix.SYS_MEMFD_CREATE, lacks(unix.MFD_NOEXEC_SEAL), unix.EACCES}}, ""},
		{"memory that may not be executed is unknown", []refusal{{unix.SYS_MEMFD_CREATE, has(unix.MFD_NOEXEC_SEAL), unix.EINVAL}}, ""},
		{"PAGEMAP_SCAN is unknown", []refusal{{unix.SYS_IOCTL, equal(pagemapScan), unix.ENOTTY}}, "pagemap"},
		{"PAGEMAP_SCAN is another call", []refusal{{unix.SYS_IOCTL, equal(pagemapScan), unix.EINVAL}}, "pagemap"},
		{"the pagemap is hidden", nil, "copy"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var attr *syscall.SysProcAttr
			if test.lacks == nil {
				attr = withOwnMounts()
			}
			if !inOwnProcess(t, attr, resetHere+"="+reset, valueHere+"="+value) {
				return
			}
			if test.lacks == nil {
				hidden := filepath.Join(t.TempDir(), "pagemap")
				if err := os.WriteFile(hidden, nil, 0o600); err != nil {
					t.Fatal(err)
				}
				mount(t, hidden, fmt.Sprintf("/proc/%d/pagemap", os.Getpid()), "bind", unix.MS_BIND, "")
			} else {
				refuse(t, test.lacks...)
			}
			eng := sharedEngine(t) // which verifies each reset
			want := test.reset
			if want == "" || os.Getenv(resetHere) != "scan" && want == "pagemap" {
				want = os.Getenv(resetHere)
			}
			if got := resetMethod(t, eng); got != want {
				t.Errorf("instances are reset by %q, want %q", got, want)
			}
			if s, _ := eng.ComponentStatus("module_cache"); s.Metrics["code_loaded"] != 1 || s.Metrics["image_loaded"] != 1 {
				t.Errorf("the cache was of no use: %v", s.Metrics)
			}
			for range 3 {
				res := runTask(t, runtime.Task{Script: source("import sys\nhold = bytearray(50 << 20)\nsys.left = hasattr(sys, 'left')\ndef run(params): return sys.left")})
				if string(res.Value) != "false" {
					t.Errorf("%s, %v", res.Value, res.Err)
				}
			}
			if got := sumOf(t, runtime.Config{}); got != os.Getenv(valueHere) {
				t.Errorf("%s, elsewhere %s", got, os.Getenv(valueHere))
			}
		})
	}
}

// When the system refuses, all of a sudden, what instances are reset with, they are
// replaced: tasks keep their results, are not run again, and leave nothing behind.
func TestScanFailsAtRunTime(t *testing.T) {
	t.Parallel()
	fullRunOnly(t)
	if resetMethod(t, sharedEngine(t)) != "scan" {
		t.Skip("instances are reset otherwise")
	}
	if !inOwnProcess(t, nil) {
		return
	}
	var log bytes.Buffer
	eng := newGated(t, runtime.Config{CPUWorkers: 1, HealthCheckInterval: 5 * time.Millisecond, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	var runs atomic.Int64
	task := runtime.Task{
		Script:  source("import sys, vivarium\nsys.left = hasattr(sys, 'left')\ndef run(params):\n    vivarium.log('running')\n    return [sys.left, params]"),
		Retries: 5,
		OnLog:   func(runtime.LogRecord) { runs.Add(1) },
	}
	const tasks = 5
	ctx := context.Background()
	for i := range 2 * tasks {
		if i == tasks {
			refuse(t, refusal{unix.SYS_IOCTL, equal(pagemapScan), unix.EPERM})
		}
		task.Params = i
		if res, err := eng.Run(ctx, task); err != nil || !res.OK() || string(res.Value) != fmt.Sprintf("[false,%d]", i) || res.Usage.Retries != 0 {
			t.Errorf("task %d: %+v, %v", i, res, err)
		}
	}
	if n := runs.Load(); n != 2*tasks {
		t.Errorf("%d tasks were run %d times", 2*tasks, n)
	}
	if worker, _ := eng.ComponentStatus("cpu_worker_0"); worker.Metrics["lost_instances_total"] != tasks {
		t.Errorf("%v", worker.Metrics)
	}
	for health := eng.Health(); ; health = eng.Health() {
		if worker := health.Components["cpu_worker_0"]; worker.State == runtime.Unhealthy && strings.Contains(worker.Reason, "instances lost within") {
			break
		}
		time.Sleep(time.Millisecond)
	}
	// A new script has to be compiled first, and the instance that did so cannot be reset. It
	// has not begun, so it is told so, once, or run again if that is allowed.
	for _, retries := range []int{0, 1} {
		res, err := eng.Run(ctx, runtime.Task{Script: source(fmt.Sprintf("def run(params): return %d", retries)), Retries: retries})
		if retries == 0 && (err == nil || !strings.Contains(err.Error(), "the task was not started: python: PAGEMAP_SCAN")) {
			t.Errorf("%+v, %v", res, err)
		}
		if retries == 1 && (err != nil || string(res.Value) != "1") {
			t.Errorf("%+v, %v", res, err)
		}
	}
	if err := eng.Close(ctx); err != nil {
		t.Error(err)
	}
	if n := strings.Count(log.String(), "resetting an instance, which is replaced: python: PAGEMAP_SCAN: operation not permitted"); n < tasks {
		t.Errorf("it was said %d times:\n%s", n, &log)
	}
}

// While there is no address space for another instance, those that there are do their work,
// and who needs another one is told why not; once there is some, nothing else is needed.
func TestNoAddressSpace(t *testing.T) {
	t.Parallel()
	fullRunOnly(t)
	sharedEngine(t) // so that the process finds it in the cache
	if !inOwnProcess(t, nil) {
		return
	}
	const tasks = 6
	eng := newGated(t, runtime.Config{CPUWorkers: 1, IOWorkers: 1, IOSlots: tasks, HealthCheckInterval: 5 * time.Millisecond})
	if resetMethod(t, eng.Engine) == "copy" {
		t.Skip("no address space is reserved")
	}
	ctx := context.Background()
	healing := func() float64 {
		pool, _ := eng.ComponentStatus("io_pool")
		return pool.Metrics["healing_slots"]
	}
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_AS, &limit); err != nil {
		t.Fatal(err)
	}
	// Enough for Go, and less than an instance reserves.
	scarce := unix.Rlimit{Cur: addressSpace(t) + 200<<20, Max: limit.Max}
	if err := unix.Setrlimit(unix.RLIMIT_AS, &scarce); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if res, err := eng.Run(ctx, quick); err != nil || string(res.Value) != "7" {
			t.Errorf("on the instance that there is: %+v, %v", res, err)
		}
	}
	var ids []runtime.TaskID
	for range tasks {
		ids = append(ids, eng.submit(t, runtime.Task{Script: source(waits), Type: runtime.IOBound}))
	}
	<-eng.started // the one that has the instance
	for healing() < tasks-1 {
		time.Sleep(time.Millisecond)
	}
	for health := eng.Health(); ; health = eng.Health() {
		if pool := health.Components["io_pool"]; pool.State == runtime.Degraded && pool.Reason == fmt.Sprintf("%d of %d slots heal", tasks-1, tasks) {
			break
		}
		time.Sleep(time.Millisecond)
	}
	late := eng.submit(t, runtime.Task{Script: source(waits), Type: runtime.IOBound}) // waits for a slot
	if _, err := eng.TryResult(late); !errors.Is(err, runtime.ErrNotFinished) {
		t.Errorf("a task for which there is no slot: %v", err)
	}
	if err := unix.Setrlimit(unix.RLIMIT_AS, &limit); err != nil {
		t.Fatal(err)
	}
	<-eng.started // healed
	eng.open()
	ended := 0
	for _, id := range append(ids, late) {
		switch res := eng.result(t, id); {
		case res.OK():
			ended++
		case !strings.Contains(res.Err.Error(), "the task was not started: python: reserving 268435456 bytes of address space: cannot allocate memory"):
			t.Errorf("%v", res.Err)
		}
	}
	if ended != 2 {
		t.Errorf("%d tasks were run", ended)
	}
	for healing() > 0 {
		time.Sleep(time.Millisecond)
	}
	for range tasks {
		ids = append(ids, eng.submit(t, runtime.Task{Script: source(waits), Type: runtime.IOBound}))
	}
	for _, id := range ids[tasks:] {
		if res := eng.result(t, id); !res.OK() {
			t.Errorf("afterwards: %v", res.Err)
		}
	}
}

// addressSpace is how much of it this process has, in bytes.
func addressSpace(t *testing.T) uint64 {
	t.Helper()
	var pages uint64
	if _, err := fmt.Sscan(procFile(t, "statm"), &pages); err != nil {
		t.Fatal(err)
	}
	return pages * uint64(os.Getpagesize())
}
