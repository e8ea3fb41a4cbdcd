package bench

import (
	"context"
	"errors"
	"fmt"
	goruntime "runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vivarium-go/vivarium/runtime"
)

// stallGuests try to hold a core for themselves: they do work again and again, after setUp.
var stallGuests = []struct{ name, setUp, work string }{
	{"loop", "pass", "while True: pass"},
	{"copies", "pass", "bytes(bytearray(150 << 20))"},
	{"fill", "b = bytearray(210 << 20)", "b[:] = b"},
	{"bigint", "n = 7 ** 200_000", "n * n"},
	{"sort", "import random; a = [random.random() for _ in range(300_000)]", "sorted(a)"},
	{"regex", "import re; text = 'a' * 28 + 'b'", "re.match(r'(a+)+$', text)"},
	{"zlib", "import zlib; b = bytes(64 << 20)", "zlib.compress(b)"},
}

const stallScript = `
def run(params):
    while True:
        try:
            %s
            while True:
                %s
        except BaseException:
            pass
`

// BenchmarkStall measures what hostile guests do to the Go process around them. On
// every core a guest does one thing for ever and swallows its interrupt; meanwhile
// runtime.GC is called every 50 ms, and a goroutine wants to wake up every millisecond.
// "p99-ms" and "worst-ms" say how late it wakes: at most 3 and 25 are good, as a busy Go
// program has that too. More would mean that guests run native code which neither the
// scheduler nor the collector can interrupt, and everybody waits for.
//
// Every guest has a deadline and a grace period, and is stopped hard after it.
// "overrun-ms" is the worst of the times from then to the return of Engine.Run, the reset
// of the instance not counted, which is "reset-ms" and gives back up to 512 MiB. An
// overrun of at most 20 is good: then a time limit is one.
//
// "control" is the same without guests: on every core a goroutine spins that lets others run
// as often as a guest. What it reports is the machine's and Go's share.
//
// One iteration is a window of half a second: -benchtime 20x measures for ten seconds.
// On a machine that has other work to do, "control" is bad too, and nothing can be said.
func BenchmarkStall(b *testing.B) {
	const (
		timeout = 400 * time.Millisecond
		grace   = 100 * time.Millisecond
	)
	b.Run("control", func(b *testing.B) {
		benchmarkLateness(b, func() error {
			for start := time.Now(); time.Since(start) < timeout+grace; {
				for visit := time.Now(); time.Since(visit) < 80*time.Microsecond; {
				}
				goruntime.Gosched()
			}
			return nil
		})
	})
	eng := newEngine(b, runtime.Config{Limits: runtime.Limits{MemoryBytes: 512 << 20}})
	for _, guest := range stallGuests {
		b.Run(guest.name, func(b *testing.B) {
			task := runtime.Task{
				Script:  runtime.Source(guest.name+".py", fmt.Sprintf(stallScript, guest.setUp, guest.work)),
				Timeout: timeout,
				Grace:   grace,
			}
			var mu sync.Mutex
			var overruns, resets samples
			benchmarkLateness(b, func() error {
				start := time.Now()
				res, err := eng.Run(context.Background(), task)
				took := time.Since(start)
				if err != nil {
					return err
				}
				var limit *runtime.LimitError
				if !errors.As(res.Err, &limit) || limit.Kind != runtime.LimitTime || !limit.Hard {
					return fmt.Errorf("the guest was not stopped hard: %w", res.Err)
				}
				mu.Lock()
				defer mu.Unlock()
				overruns = append(overruns, took-res.Usage.Queue-res.Usage.Reset-timeout-grace)
				resets = append(resets, res.Usage.Reset)
				return nil
			})
			b.ReportMetric(overruns.at(1), "overrun-ms")
			b.ReportMetric(resets.at(1), "reset-ms")
		})
	}
}

// benchmarkLateness runs work, which takes half a second, on every core in each iteration,
// and reports how late other goroutines were meanwhile.
func benchmarkLateness(b *testing.B, work func() error) {
	b.Helper()
	var late samples
	for b.Loop() {
		var over atomic.Bool
		var watchers, workers sync.WaitGroup
		watchers.Go(func() {
			for due := time.Now(); !over.Load(); {
				due = due.Add(time.Millisecond)
				time.Sleep(time.Until(due))
				now := time.Now()
				late = append(late, now.Sub(due))
				due = now
			}
		})
		watchers.Go(func() {
			for !over.Load() {
				time.Sleep(50 * time.Millisecond)
				goruntime.GC()
			}
		})
		failed := make(chan error, goruntime.GOMAXPROCS(0))
		for range cap(failed) {
			workers.Go(func() { failed <- work() })
		}
		workers.Wait()
		over.Store(true)
		watchers.Wait()
		for range cap(failed) {
			if err := <-failed; err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(late.at(0.99), "p99-ms")
	b.ReportMetric(late.at(1), "worst-ms")
}
