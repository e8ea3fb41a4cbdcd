package bench

import (
	"sync"
	"testing"

	"github.com/vivarium-go/vivarium/runtime"
)

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
	b.Run("control", func(b *testing.B) { benchmarkLateness(b, spin) })
	eng := newEngine(b, runtime.Config{Limits: runtime.Limits{MemoryBytes: stallMemory}})
	for _, guest := range stallGuests {
		b.Run(guest.name, func(b *testing.B) {
			var mu sync.Mutex
			var overruns, resets samples
			benchmarkLateness(b, func() error {
				overrun, reset, err := runStaller(eng, guest.name, guest.setUp, guest.work)
				mu.Lock()
				defer mu.Unlock()
				overruns, resets = append(overruns, overrun), append(resets, reset)
				return err
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
	late := newStopwatch()
	for b.Loop() {
		if err := watchLateness(late, work); err != nil {
			b.Fatal(err)
		}
	}
	l := late.latency()
	b.ReportMetric(l.P99/1e3, "p99-ms")
	b.ReportMetric(l.Max/1e3, "worst-ms")
}
