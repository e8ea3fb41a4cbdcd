package bench

import (
	"context"
	"errors"
	"fmt"
	goruntime "runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/vivarium-go/vivarium/runtime"
)

// BenchmarkBacklog measures whether tasks that compute delay tasks that wait. All CPU
// slots spin, each guest doing one thing for ever, and more of the same are queued; meanwhile an
// IO-bound task that sleeps for 1 ms is run again and again. "p50-ms" and "p99-ms" say how long that
// takes as a whole: a p99 of at most 25 is good. More would mean that whoever computes keeps the
// cores from whoever waits.
//
// "control" is the same without guests. One iteration is one such task: -benchtime 10s
// is as long as the engine's promise.
func BenchmarkBacklog(b *testing.B) {
	b.Run("control", func(b *testing.B) { benchmarkNaps(b, newEngine(b, runtime.Config{})) })
	for _, guest := range stallGuests {
		b.Run(guest.name, func(b *testing.B) {
			eng := newEngine(b, runtime.Config{Limits: runtime.Limits{MemoryBytes: 512 << 20}})
			spin := runtime.Task{
				Script:  runtime.Source(guest.name+".py", fmt.Sprintf(stallScript, guest.setUp, guest.work)),
				Timeout: -1,
				Grace:   -1,
			}
			stop := backlog(b, eng, 4*goruntime.GOMAXPROCS(0), spin)
			defer stop()
			time.Sleep(200 * time.Millisecond) // they have set up
			benchmarkNaps(b, eng)
		})
	}
}

// benchmarkNaps runs tasks that sleep for 1 ms, and reports how long they take.
func benchmarkNaps(b *testing.B, eng *runtime.Engine) {
	b.Helper()
	nap := runtime.Task{Script: runtime.Source("nap.py", "import time\ndef run(params):\n    time.sleep(0.001)\n    return 1"), Type: runtime.IOBound}
	var took samples
	for b.Loop() {
		start := time.Now()
		res, err := eng.Run(context.Background(), nap)
		if err != nil || string(res.Value) != "1" {
			b.Fatal(err, res)
		}
		took = append(took, time.Since(start))
	}
	b.ReportMetric(took.at(0.5), "p50-ms")
	b.ReportMetric(took.at(0.99), "p99-ms")
}

// backlog runs n tasks until stop is called.
func backlog(b *testing.B, eng *runtime.Engine, n int, task runtime.Task) (stop func()) {
	b.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var group sync.WaitGroup
	for range n {
		group.Go(func() {
			if res, err := eng.Run(ctx, task); !errors.Is(err, context.Canceled) && (err != nil || !errors.Is(res.Err, context.Canceled)) {
				b.Error(err, res)
			}
		})
	}
	return func() {
		cancel()
		group.Wait()
	}
}

// BenchmarkMistyped measures what tasks do that say they wait, IOBound, and compute
// instead. CPU-bound tasks of some 5 ms run on every core, in turns of half a second with 100 such
// tasks beside them and without. "x-p50" is by how much the median of their time grows: at most 2 is
// good, and means that a wrong type of task cannot take the cores from those that have the right one.
// One iteration is one turn of each.
func BenchmarkMistyped(b *testing.B) {
	const turn = 500 * time.Millisecond
	eng := newEngine(b, runtime.Config{})
	burner := runtime.Task{Script: runtime.Source("burner.py", "while True: pass"), Type: runtime.IOBound, Timeout: -1}
	compute := runtime.Task{Script: runtime.Source("compute.py", "def run(params):\n    s = 0\n    for i in range(60_000): s += i\n    return s")}
	measure := func() float64 {
		var (
			mu    sync.Mutex
			took  samples
			group sync.WaitGroup
		)
		end := time.Now().Add(turn)
		for range goruntime.GOMAXPROCS(0) {
			group.Go(func() {
				for time.Now().Before(end) {
					start := time.Now()
					res, err := eng.Run(context.Background(), compute)
					if err != nil || string(res.Value) != "1799970000" {
						b.Error(err, res)
						return
					}
					mu.Lock()
					took = append(took, time.Since(start))
					mu.Unlock()
				}
			})
		}
		group.Wait()
		return took.at(0.5)
	}
	var alone, beside, ratios []float64
	for b.Loop() {
		a := measure()
		stop := backlog(b, eng, 100, burner)
		time.Sleep(100 * time.Millisecond) // they burn
		with := measure()
		stop()
		alone, beside, ratios = append(alone, a), append(beside, with), append(ratios, with/a)
	}
	for name, values := range map[string][]float64{"alone-p50-ms": alone, "beside-p50-ms": beside, "x-p50": ratios} {
		slices.Sort(values)
		b.ReportMetric(values[len(values)/2], name)
	}
}
