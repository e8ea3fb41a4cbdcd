package bench

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vivarium-go/vivarium/runtime"
)

var density = Benchmark{
	Name: "density", Usage: "the memory of tasks that wait", Duration: time.Second,
	measure: (*session).density,
	columns: []column{seriesColumn, concurrencyColumn, successColumn,
		{"private KiB a task", func(r Row) string { return figure(float64(r.PrivateBytes) / 1024) }},
		{"asleep after ms", func(r Row) string { return milliseconds(r.Max) }}},
	chart: chart{title: "density", y: "private KiB a task", x: func(r Row) string { return fmt.Sprint(r.Concurrency) },
		value: func(r Row) float64 { return float64(r.PrivateBytes) / 1024 }, bars: true},
}

// sleeperScript sleeps until the host says that the night is over.
const sleeperScript = `
import time, vivarium


def run(params):
    seconds = vivarium.call("good_night")
    while seconds:
        time.sleep(seconds)
        seconds = vivarium.call("nap")
    return params
`

// density lets tasks fall asleep and looks at what the process holds then.
func (s *session) density() error {
	if FootprintNow().PrivateBytes == 0 {
		s.note("skipped: this system does not tell what memory a process has for itself")
		return nil
	}
	for _, n := range []int{100, 1000} {
		s.progress("%d tasks", n)
		row, err := s.sleepers(n)
		if err != nil {
			return err
		}
		s.add(row)
	}
	return nil
}

// sleepers measures n tasks that wait at the same time.
func (s *session) sleepers(n int) (Row, error) {
	var night dormitory
	eng, stop, err := s.engine(night.config(n))
	if err != nil {
		return Row{}, err
	}
	if err := night.sleep(s.ctx, eng, 1, nil); err != nil { // its code is compiled, and what is used once is there
		return Row{}, err
	}
	before := FootprintAtRest()
	var during Footprint
	start := time.Now()
	asleep := time.Duration(0)
	err = night.sleep(s.ctx, eng, n, func() {
		asleep = time.Since(start)
		time.Sleep(200 * time.Millisecond) // the last ones have yet to get from the host function to their sleep
		during = FootprintAtRest()
	})
	if err != nil {
		return Row{}, err
	}
	watch := newStopwatch()
	watch.record(asleep)
	return Row{
		Series: "io", State: "warm", Workers: n, Concurrency: n, Tasks: int64(n), SuccessRate: 1, Latency: watch.latency(),
		PrivateBytes: (during.PrivateBytes - before.PrivateBytes) / int64(n),
	}, stop()
}

// dormitory is where tasks sleep until all do.
type dormitory struct {
	awake     atomic.Int64
	over      atomic.Bool
	allAsleep chan struct{}
	nap       string
}

// config makes an engine's configuration one for n sleepers.
func (d *dormitory) config(n int) func(*runtime.Config) {
	d.nap = fmt.Sprintf("%f", max(float64(n)/500, 1)) // rare enough not to keep the cores busy, and to be asleep most of the time
	nap := func() []byte {
		if d.over.Load() {
			return []byte("0")
		}
		return []byte(d.nap)
	}
	return func(cfg *runtime.Config) {
		cfg.IOWorkers, cfg.IOSlots, cfg.QueueSize = (n+19)/20, 20, n
		cfg.HostFuncs = map[string]runtime.HostFunc{
			"nap": func(context.Context, []byte) ([]byte, error) { return nap(), nil },
			"good_night": func(context.Context, []byte) ([]byte, error) {
				if d.awake.Add(-1) == 0 {
					close(d.allAsleep)
				}
				return nap(), nil
			},
		}
	}
}

// sleep lets n tasks fall asleep, calls look when all do, and wakes them up.
func (d *dormitory) sleep(ctx context.Context, eng *runtime.Engine, n int, look func()) error {
	d.allAsleep = make(chan struct{})
	d.awake.Store(int64(n))
	d.over.Store(look == nil)
	failed := make(chan error, n)
	var tasks sync.WaitGroup
	for number := range n {
		tasks.Go(func() {
			res, err := eng.Run(ctx, runtime.Task{
				Script: runtime.Source("sleeper.py", sleeperScript),
				Params: number, Type: runtime.IOBound, Timeout: -1,
			})
			if err := right(workload{want: fmt.Sprint(number)})(res, err); err != nil {
				failed <- err
			}
		})
	}
	var err error
	select {
	case <-d.allAsleep:
		if look != nil {
			look()
		}
	case err = <-failed:
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	d.over.Store(true)
	tasks.Wait()
	select {
	case late := <-failed:
		return late
	default:
		return err
	}
}
