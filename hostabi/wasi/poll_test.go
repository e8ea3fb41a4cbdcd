package wasi

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func subClock(user uint64, id uint32, timeout uint64, flags uint16) []byte {
	b := make([]byte, subscriptionSize)
	le.PutUint64(b, user)
	b[8] = eventClock
	le.PutUint32(b[16:], id)
	le.PutUint64(b[24:], timeout)
	le.PutUint16(b[40:], flags)
	return b
}

func subFd(user uint64, tag byte, fd uint32) []byte {
	b := make([]byte, subscriptionSize)
	le.PutUint64(b, user)
	b[8] = tag
	le.PutUint32(b[16:], fd)
	return b
}

type event struct {
	user   uint64
	errno  Errno
	tag    uint8
	nbytes uint64
	flags  uint16
}

func (v *vm) poll(subs ...[]byte) ([]event, Errno) {
	v.reset()
	in, _ := v.put(slices.Concat(subs...))
	out, res := v.room(eventSize*len(subs)), v.room(4)
	if errno := v.call("poll_oneoff", in, out, uint64(len(subs)), res); errno != success {
		return nil, errno
	}
	var events []event
	for i := range uint64(v.u32(res)) {
		b := v.bytes(out+i*eventSize, eventSize)
		events = append(events, event{
			le.Uint64(b), Errno(le.Uint16(b[8:])), b[10], le.Uint64(b[16:]), le.Uint16(b[24:]),
		})
	}
	return events, success
}

func TestPollClocks(t *testing.T) {
	t.Parallel()
	var w fakeWaiter
	v := newVM(t, Config{Waiter: &w})
	const ms = uint64(time.Millisecond)
	soon := func(ns uint64) uint64 { return uint64(time.Now().UnixNano()) + ns }
	for _, tt := range []struct {
		name string
		sub  func() []byte
		want time.Duration // the wait, about
	}{
		{"relative", func() []byte { return subClock(7, clockMonotonic, 5*ms, 0) }, 5 * time.Millisecond},
		{"relative realtime", func() []byte { return subClock(7, clockRealtime, 5*ms, 0) }, 5 * time.Millisecond},
		{"zero", func() []byte { return subClock(7, clockMonotonic, 0, 0) }, 0},
		{"absolute realtime", func() []byte { return subClock(7, clockRealtime, soon(15*ms), clockAbsolute) }, 15 * time.Millisecond},
		{"absolute monotonic", func() []byte { return subClock(7, clockMonotonic, monotonic()+15*ms, clockAbsolute) }, 15 * time.Millisecond},
		{"past", func() []byte { return subClock(7, clockMonotonic, 12, clockAbsolute) }, 0},
	} {
		w.waits, w.pauses = nil, 0
		events, errno := v.poll(tt.sub())
		v.ok(errno)
		if len(events) != 1 || events[0] != (event{user: 7, tag: eventClock}) {
			t.Errorf("%s: events are %v", tt.name, events)
		}
		switch {
		case tt.want == 0 && (len(w.waits) > 0 || w.pauses == 0):
			t.Errorf("%s: waits %v, pauses %d", tt.name, w.waits, w.pauses)
		case tt.want > 0 && (len(w.waits) == 0 || w.waits[0] > tt.want || w.waits[0] < tt.want/3):
			t.Errorf("%s: waits %v", tt.name, w.waits)
		}
	}
	_, errno := v.poll(subClock(1, clockMonotonic, 0, 2))
	v.want(EINVAL, errno)
	events, errno := v.poll(subClock(1, 2, 0, 0))
	v.ok(errno)
	if len(events) != 1 || events[0].errno != ENOTSUP {
		t.Errorf("CPU clock: %v", events)
	}
	bad := subClock(1, 0, 0, 0)
	bad[8] = 3
	_, errno = v.poll(bad)
	v.want(EINVAL, errno)
}

// TestPollWhenTheClockJumps: whatever the wall clock does while a guest waits, it waits as
// long as it said it would, and its monotonic clock goes on. Not parallel: all guests share
// the clock.
func TestPollWhenTheClockJumps(t *testing.T) {
	defer func() { wallClock = time.Now }()
	const wait = 15 * time.Millisecond
	for _, jump := range []time.Duration{0, time.Hour, -time.Hour, 100 * 365 * 24 * time.Hour} {
		for name, sub := range map[string]func() []byte{
			"absolute realtime":  func() []byte { return subClock(7, clockRealtime, realtime()+uint64(wait), clockAbsolute) },
			"absolute monotonic": func() []byte { return subClock(7, clockMonotonic, monotonic()+uint64(wait), clockAbsolute) },
			"relative realtime":  func() []byte { return subClock(7, clockRealtime, uint64(wait), 0) },
		} {
			wallClock = time.Now
			w := &fakeWaiter{}
			w.answer = func(d time.Duration, _ <-chan struct{}) (bool, error) {
				wallClock = func() time.Time { return time.Now().Add(jump) }
				time.Sleep(d)
				return false, nil
			}
			v := newVM(t, Config{Waiter: w})
			before := monotonic()
			events, errno := v.poll(sub())
			v.ok(errno)
			if len(events) != 1 || events[0] != (event{user: 7, tag: eventClock}) {
				t.Errorf("%s, a jump of %v: events are %v", name, jump, events)
			}
			for _, d := range w.waits {
				if d <= 0 || d > wait {
					t.Errorf("%s, a jump of %v: waits %v", name, jump, w.waits)
				}
			}
			if passed := time.Duration(monotonic() - before); passed < wait/3 || passed > time.Minute {
				t.Errorf("%s, a jump of %v: %v have passed", name, jump, passed)
			}
			wallClock = time.Now
		}
	}
}

// TestClocksWhenTheWallClockJumps: the guest sees the jump, and on the monotonic clock none.
func TestClocksWhenTheWallClockJumps(t *testing.T) {
	defer func() { wallClock = time.Now }()
	v := newVM(t, Config{})
	now := func(clock uint64) time.Duration {
		at := v.room(8)
		v.ok(v.call("clock_time_get", clock, 0, at))
		return time.Duration(v.u64(at))
	}
	wall, steady := now(clockRealtime), now(clockMonotonic)
	const back = -time.Hour
	wallClock = func() time.Time { return time.Now().Add(back) }
	if jumped := now(clockRealtime) - wall; jumped < back || jumped > back+time.Minute {
		t.Errorf("the wall clock went on by %v", jumped)
	}
	if passed := now(clockMonotonic) - steady; passed < 0 || passed > time.Minute {
		t.Errorf("the monotonic clock went on by %v", passed)
	}
}

// TestPollForeverIsLong: the longest timeout does not overflow into a short one.
func TestPollForeverIsLong(t *testing.T) {
	t.Parallel()
	w := &fakeWaiter{answer: interrupt}
	v := newVM(t, Config{Waiter: w})
	for _, flags := range []uint16{0, clockAbsolute} {
		_, errno := v.poll(subClock(1, clockRealtime, 1<<64-1, flags))
		v.want(EINTR, errno)
	}
	for _, d := range w.waits {
		if d < 100*365*24*time.Hour {
			t.Errorf("waits for %v", d)
		}
	}
}

func TestPollFiles(t *testing.T) {
	t.Parallel()
	w := &fakeWaiter{}
	v := newVM(t, Config{Stdin: strings.NewReader("abc"), Waiter: w})
	v.create("/tmp/f", "12345")
	fd := uint32(v.mustOpen("/tmp/f", 0, rd))
	events, errno := v.poll(
		subFd(1, eventFdRead, fd), subFd(2, eventFdWrite, fdStdout), subFd(3, eventFdRead, 99),
		subClock(4, clockMonotonic, uint64(time.Hour), 0), subFd(5, eventFdRead, fdStdin),
		subFd(6, eventFdWrite, 1<<31), subFd(7, eventFdRead, fdRoot), subClock(8, clockMonotonic, 0, 0),
	)
	v.ok(errno)
	want := []event{
		{1, success, eventFdRead, 5, 0},
		{2, success, eventFdWrite, 1, 0},
		{3, EBADF, eventFdRead, 0, 0},
		{5, success, eventFdRead, 1, 0},
		{6, EBADF, eventFdWrite, 0, 0},
		{7, success, eventFdRead, 1, 0},
		{8, success, eventClock, 0, 0},
	}
	if len(events) != len(want) {
		t.Fatalf("events are %v", events)
	}
	for i := range want {
		if events[i] != want[i] {
			t.Errorf("event is %v, want %v", events[i], want[i])
		}
	}
	if len(w.waits) != 0 {
		t.Errorf("waited %v", w.waits)
	}
}

func TestPollStdin(t *testing.T) {
	t.Parallel()
	pr, pw := io.Pipe()
	v := newVM(t, Config{Stdin: pr, Waiter: &fakeWaiter{}})
	// A time-out first, then data, then the end.
	events, errno := v.poll(subFd(1, eventFdRead, fdStdin), subClock(2, clockMonotonic, uint64(time.Millisecond), 0))
	v.ok(errno)
	if len(events) != 1 || events[0].user != 2 {
		t.Fatalf("events are %v", events)
	}
	go func() { _, _ = pw.Write([]byte("hey")) }()
	events, errno = v.poll(subFd(1, eventFdRead, fdStdin))
	v.ok(errno)
	if len(events) != 1 || events[0] != (event{1, success, eventFdRead, 3, 0}) {
		t.Fatalf("events are %v", events)
	}
	if got, _ := v.read(fdStdin, 10); got != "hey" {
		t.Errorf("read %q", got)
	}
	go func() { _ = pw.Close() }()
	events, errno = v.poll(subFd(1, eventFdRead, fdStdin))
	v.ok(errno)
	if len(events) != 1 || events[0].flags != eventHangup {
		t.Fatalf("events are %v", events)
	}
}

func TestContextWaiter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(context.Background())
		var w contextWaiter
		start := time.Now()
		if fired, err := w.Wait(ctx, nil, time.Minute, nil); fired || err != nil || time.Since(start) != time.Minute {
			t.Error(fired, err)
		}
		ready := make(chan struct{})
		if fired, err := w.Wait(ctx, nil, 0, ready); fired || err != nil {
			t.Error(fired, err)
		}
		time.AfterFunc(time.Second, func() { close(ready) })
		if fired, err := w.Wait(ctx, nil, -1, ready); !fired || err != nil {
			t.Error(fired, err)
		}
		if fired, err := w.Wait(ctx, nil, 0, ready); !fired || err != nil {
			t.Error(fired, err)
		}
		stopped := func(d time.Duration) (cause error) {
			defer func() { cause, _ = recover().(error) }()
			_, _ = w.Wait(ctx, nil, d, nil)
			return nil
		}
		time.AfterFunc(time.Second, func() { cancel(errTest) })
		for _, d := range []time.Duration{-1, 0, time.Hour} {
			if err := stopped(d); !errors.Is(err, errTest) {
				t.Errorf("stopped with %v", err)
			}
		}
	})
}
