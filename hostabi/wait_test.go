package hostabi_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vivarium-go/vivarium/hostabi"
)

// A guest is audited once in each wait of more than a millisecond, and settles once in each of
// more than a tenth of a second. It waits as long as it asked for.
func TestChoresOfWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		audited, settled := 0, 0
		call := hostabi.NewCall(hostabi.CallConfig{
			Audit: func() {
				audited++
				time.Sleep(30 * time.Microsecond)
			},
			Settle: func() {
				settled++
				time.Sleep(3 * time.Millisecond)
			},
		})
		defer call.End()
		for _, test := range []struct {
			d, ready time.Duration // negative: never
			audited  int
			settled  int
			took     time.Duration
		}{
			{time.Millisecond, -1, 0, 0, time.Millisecond},
			{-1, 900 * time.Microsecond, 0, 0, 900 * time.Microsecond},
			{50 * time.Millisecond, -1, 1, 0, 50 * time.Millisecond},
			{100 * time.Millisecond, -1, 1, 0, 100 * time.Millisecond},
			{10 * time.Second, -1, 1, 1, 10 * time.Second},
			{10 * time.Second, 99 * time.Millisecond, 1, 0, 99 * time.Millisecond},
			{10 * time.Second, time.Second, 1, 1, time.Second},
			{-1, 99 * time.Millisecond, 1, 0, 99 * time.Millisecond},
			{-1, time.Hour, 1, 1, time.Hour},
		} {
			ready := make(chan struct{})
			if test.ready >= 0 {
				time.AfterFunc(test.ready, func() { close(ready) })
			}
			audited, settled = 0, 0
			began := time.Now()
			fired, err := call.Wait(context.Background(), nil, test.d, ready)
			if fired != (test.ready >= 0) || err != nil {
				t.Errorf("%+v: %t, %v", test, fired, err)
			}
			if took := time.Since(began); took != test.took || audited != test.audited || settled != test.settled {
				t.Errorf("%+v: audited %d times, settled %d times in %v", test, audited, settled, took)
			}
		}
		time.AfterFunc(time.Second, call.Stop)
		defer func() {
			if err, _ := recover().(error); !errors.Is(err, hostabi.ErrStopped) {
				t.Errorf("after settling, a stop is %v", err)
			}
		}()
		_, err := call.Wait(context.Background(), nil, -1, nil)
		t.Errorf("after a stop: %v", err)
	})
}
