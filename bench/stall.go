package bench

import (
	"context"
	"errors"
	"fmt"
	goruntime "runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vivarium-go/vivarium/runtime"
)

var stall = Benchmark{
	Name: "stall", Usage: "how late the host's goroutines are while guests spin on every core, and guests' stops", Duration: 5 * time.Second,
	measure: (*session).stalls,
	columns: []column{seriesColumn, caseColumn, {"samples", func(r Row) string { return count(r.Latency.Count) }}, p50Column, p99Column, worstColumn},
	chart: chart{title: "how late", y: "worst ms", x: func(r Row) string { return r.Case }, value: func(r Row) float64 { return r.Max / 1e3 }, bars: true,
		panel: func(r Row) string { return r.Series }},
}

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

// stallMemory is what the guests may take.
const stallMemory = 512 << 20

// A guest's time, and half a second in all.
const (
	stallTimeout = 400 * time.Millisecond
	stallGrace   = 100 * time.Millisecond
)

// stalls measures each kind of guest, and as a control the same without guests.
func (s *session) stalls() error {
	eng, _, err := s.engine(func(cfg *runtime.Config) { cfg.Limits.MemoryBytes = stallMemory })
	if err != nil {
		return err
	}
	measure := func(name string, overruns *stopwatch, work func() error) error {
		s.progress("%s", name)
		late := newStopwatch()
		for began := time.Now(); time.Since(began) < s.Duration; {
			if err := watchLateness(late, work); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		s.add(Row{Series: "goroutine late", Case: name, State: "warm", Workers: cores(), Concurrency: cores(), Tasks: late.latency().Count, SuccessRate: 1, Latency: late.latency()})
		if overruns != nil {
			l := overruns.latency()
			s.add(Row{Series: "stop late", Case: name, State: "warm", Workers: cores(), Concurrency: cores(), Tasks: l.Count, SuccessRate: 1, Latency: l})
		}
		return nil
	}
	if err := measure("control", nil, spin); err != nil {
		return err
	}
	for _, guest := range stallGuests {
		overruns := newStopwatch()
		err := measure(guest.name, overruns, func() error {
			overrun, _, err := runStaller(eng, guest.name, guest.setUp, guest.work)
			overruns.record(max(overrun, 0))
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// spin computes for as long as a guest, and lets others run as often as one.
func spin() error {
	for start := time.Now(); time.Since(start) < stallTimeout+stallGrace; {
		for visit := time.Now(); time.Since(visit) < 80*time.Microsecond; {
		}
		goruntime.Gosched()
	}
	return nil
}

// runStaller runs a guest that has to be stopped hard, and says how long after its time
// Engine.Run has returned, the reset of the instance not counted, and how long that took.
func runStaller(eng *runtime.Engine, name, setUp, work string) (overrun, reset time.Duration, err error) {
	start := time.Now()
	res, err := eng.Run(context.Background(), runtime.Task{
		Script:  runtime.Source(name+".py", fmt.Sprintf(stallScript, setUp, work)),
		Timeout: stallTimeout,
		Grace:   stallGrace,
	})
	took := time.Since(start)
	if err != nil {
		return 0, 0, err
	}
	var limit *runtime.LimitError
	if !errors.As(res.Err, &limit) || limit.Kind != runtime.LimitTime || !limit.Hard {
		return 0, 0, fmt.Errorf("the guest was not stopped hard: %w", res.Err)
	}
	return took - res.Usage.Queue - res.Usage.Reset - stallTimeout - stallGrace, res.Usage.Reset, nil
}

// watchLateness runs work on every core, and records how late a goroutine wakes up that
// wants to each millisecond, while the garbage is collected every 50 ms.
func watchLateness(late *stopwatch, work func() error) error {
	var over atomic.Bool
	var watchers, workers sync.WaitGroup
	watchers.Go(func() {
		for due := time.Now(); !over.Load(); {
			due = due.Add(time.Millisecond)
			time.Sleep(time.Until(due))
			now := time.Now()
			late.record(now.Sub(due))
			due = now
		}
	})
	watchers.Go(func() {
		for !over.Load() {
			time.Sleep(50 * time.Millisecond)
			goruntime.GC()
		}
	})
	errs := make([]error, cores())
	for i := range errs {
		workers.Go(func() { errs[i] = work() })
	}
	workers.Wait()
	over.Store(true)
	watchers.Wait()
	return errors.Join(errs...)
}
