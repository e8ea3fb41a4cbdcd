package wasi

import (
	"context"
	"errors"
	"time"

	"github.com/tetratelabs/wazero/api"
)

// ErrInterrupted is what [Waiter.Wait] returns when a soft interrupt ended the
// wait. The guest sees EINTR.
var ErrInterrupted = errors.New("wasi: interrupted")

// Waiter parks the goroutine of a guest that waits. The owner of the call
// implements it, because only that one knows when the call is to stop.
//
// Wait returns when ready is closed (fired), when d has passed (not fired), or
// when the call is interrupted (ErrInterrupted). d < 0 means for ever, d == 0
// means only look; ready may be nil. To stop the call for good it panics, which
// unwinds the guest. It is also called with d == 0 between the pieces of a long
// transfer, so that case must be cheap.
type Waiter interface {
	Wait(ctx context.Context, mod api.Module, d time.Duration, ready <-chan struct{}) (fired bool, err error)
}

// contextWaiter serves a Config without a Waiter: only the context ends a wait,
// by a panic with its cause.
type contextWaiter struct{}

func (contextWaiter) Wait(ctx context.Context, _ api.Module, d time.Duration, ready <-chan struct{}) (bool, error) {
	if ctx.Err() != nil {
		panic(context.Cause(ctx))
	}
	if d == 0 {
		select {
		case <-ready:
			return true, nil
		default:
			return false, nil
		}
	}
	var expired <-chan time.Time
	if d > 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		expired = t.C
	}
	select {
	case <-ready:
		return true, nil
	case <-expired:
		return false, nil
	case <-ctx.Done():
		panic(context.Cause(ctx))
	}
}
