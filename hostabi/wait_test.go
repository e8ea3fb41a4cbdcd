package hostabi_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vivarium-go/vivarium/hostabi"
)

// A guest settles once in each wait that lasts for more than a tenth of a second, and waits
// as long as it asked for.
func TestSettlesInLongWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		settled := 0
		call := hostabi.NewCall(hostabi.CallConfig{Settle: func() {
			settled++
			time.Sleep(3 * time.Millisecond)
		}})
		defer call.End()
		for _, test := range []struct {
			d, ready time.Duration // negative: never
			settled  int
			took     time.Duration
		}{
			{50 * time.Millisecond, -1, 0, 50 * time.Millisecond},
			{100 * time.Millisecond, -1, 0, 100 * time.Millisecond},
			{10 * time.Second, -1, 1, 10 * time.Second},
			{10 * time.Second, 99 * time.Millisecond, 0, 99 * time.Millisecond},
			{10 * time.Second, time.Second, 1, time.Second},
			{-1, 99 * time.Millisecond, 0, 99 * time.Millisecond},
			{-1, time.Hour, 1, time.Hour},
		} {
			ready := make(chan struct{})
			if test.ready >= 0 {
				time.AfterFunc(test.ready, func() { close(ready) })
			}
			settled = 0
			began := time.Now()
			fired, err := call.Wait(context.Background(), nil, test.d, ready)
			if fired != (test.ready >= 0) || err != nil {
				t.Errorf("%+v: %t, %v", test, fired, err)
			}
			if took := time.Since(began); took != test.took || settled != test.settled {
				t.Errorf("%+v: settled %d times in %v", test, settled, took)
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
