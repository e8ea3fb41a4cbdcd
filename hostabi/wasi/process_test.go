package wasi

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// TestExitUnwinds: proc_exit ends the call, not the instance.
func TestExitUnwinds(t *testing.T) {
	t.Parallel()
	v := newVM(t, Config{})
	for code := range uint64(5) {
		_, err := v.try("proc_exit", code)
		var exit *ExitError
		if !errors.As(err, &exit) || exit.Code != uint32(code) {
			t.Fatalf("error is %v", err)
		}
		if v.mod.IsClosed() {
			t.Fatal("the module instance was closed")
		}
		if n, errno := v.write(fdStdout, "still here"); n != 10 || errno != success {
			t.Fatalf("after exit: %d, %v", n, errno)
		}
	}
	_, err := newBareVM(t, shared().guest).try("proc_exit", 3)
	var exit *ExitError
	if !errors.As(err, &exit) || !strings.Contains(exit.Error(), "code 3") {
		t.Fatalf("without a System: %v", err)
	}
}

func TestClocks(t *testing.T) {
	t.Parallel()
	v := newBareVM(t, shared().guest)
	get := func(id uint64) int64 {
		v.ok(v.call("clock_time_get", id, 0, 64))
		return int64(v.u64(64))
	}
	before := time.Now().UnixNano()
	if now := get(clockRealtime); now < before || now > time.Now().UnixNano() {
		t.Errorf("realtime is %d", now)
	}
	if a, b := get(clockMonotonic), get(clockMonotonic); b < a || a < started.UnixNano() {
		t.Errorf("monotonic goes from %d to %d", a, b)
	}
	v.ok(v.call("clock_res_get", clockMonotonic, 64))
	if v.u64(64) != 1 {
		t.Error("resolution")
	}
}

func TestRandom(t *testing.T) {
	t.Parallel()
	w := &fakeWaiter{}
	v := newVM(t, Config{Waiter: w})
	v.ok(v.call("random_get", 64, 16))
	v.ok(v.call("random_get", 128, 16))
	if a, b := string(v.bytes(64, 16)), string(v.bytes(128, 16)); a == b || a == strings.Repeat("\x00", 16) {
		t.Errorf("random is %x, %x", a, b)
	}
	v.ok(v.call("random_get", 0, 4<<20))
	if w.pauses == 0 {
		t.Error("a long random_get cannot be stopped")
	}
	w.answer = interrupt
	v.want(EINTR, v.call("random_get", 0, 4<<20))
	v.want(EINTR, v.call("sched_yield"))
	w.answer = nil
	v.ok(v.call("sched_yield"))
}

func TestArgsAndEnvironAreEmpty(t *testing.T) {
	t.Parallel()
	v := newBareVM(t, shared().guest)
	for _, name := range []string{"args", "environ"} {
		v.mod.Memory().WriteUint64Le(64, 1<<64-1)
		v.ok(v.call(name+"_sizes_get", 64, 68))
		if v.u64(64) != 0 {
			t.Errorf("%s are not empty", name)
		}
		v.ok(v.call(name+"_get", 64, 64))
	}
}
