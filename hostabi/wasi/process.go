package wasi

import (
	"context"
	"crypto/rand"
	"fmt"
	"runtime"
	"time"

	"github.com/tetratelabs/wazero/api"
)

// ExitError is what proc_exit panics with. wazero recovers it; the error of the
// guest's Call then matches it under errors.As. The module instance stays open.
type ExitError struct{ Code uint32 }

func (e *ExitError) Error() string { return fmt.Sprintf("guest exited with code %d", e.Code) }

// procExit unwinds the call. It needs no System: a guest that exits must not
// run on.
func procExit(_ context.Context, _ api.Module, stack []uint64) {
	panic(&ExitError{Code: uint32(stack[0])})
}

// procRaise refuses: wasi-libc emulates signals inside the guest.
func procRaise(*System, guest, []uint64) Errno { return ENOSYS }

func schedYield(s *System, g guest, _ []uint64) Errno {
	runtime.Gosched()
	if s == nil {
		return success
	}
	if interrupted := s.pause(g); interrupted {
		return EINTR
	}
	return success
}

// Arguments and environment are empty: params and variables reach the script
// through Vivarium's own ABI.

func argsGet(*System, guest, []uint64) Errno    { return success }
func environGet(*System, guest, []uint64) Errno { return success }

func argsSizesGet(_ *System, g guest, p []uint64) Errno {
	if errno := g.putUint32(uint32(p[0]), 0); errno != success {
		return errno
	}
	return g.putUint32(uint32(p[1]), 0)
}

func environSizesGet(s *System, g guest, p []uint64) Errno { return argsSizesGet(s, g, p) }

// started is the origin of the monotonic clock. The clock begins at the wall
// time of that moment rather than at zero, so that a guest whose memory comes
// from an image made by an earlier process still never sees it go back.
var started = time.Now()

// wallClock is the clock that may jump; tests make it do so.
var wallClock = time.Now

func realtime() uint64 { return uint64(wallClock().UnixNano()) }

func monotonic() uint64 {
	return uint64(started.UnixNano()) + uint64(time.Since(started))
}

func clockResGet(_ *System, g guest, p []uint64) Errno {
	switch uint32(p[0]) {
	case clockRealtime, clockMonotonic:
		return g.putUint64(uint32(p[1]), 1)
	}
	return EINVAL
}

func clockTimeGet(_ *System, g guest, p []uint64) Errno {
	switch uint32(p[0]) {
	case clockRealtime:
		return g.putUint64(uint32(p[2]), realtime())
	case clockMonotonic:
		return g.putUint64(uint32(p[2]), monotonic())
	}
	return EINVAL
}

// randomGet fills a buffer from the system's generator, piece by piece so that
// asking for all of memory does not keep a call from stopping.
func randomGet(s *System, g guest, p []uint64) Errno {
	ptr, n := uint32(p[0]), uint32(p[1])
	if _, errno := g.bytes(ptr, n); errno != success {
		return errno
	}
	for n > 0 {
		step := min(n, ioStep/4)
		b, errno := g.bytes(ptr, step)
		if errno != success {
			return errno
		}
		_, _ = rand.Read(b) // never fails: it would rather crash the program
		ptr, n = ptr+step, n-step
		if n > 0 && s != nil && s.pause(g) {
			return EINTR
		}
	}
	return success
}
