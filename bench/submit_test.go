package bench

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/vivarium-go/vivarium/python"
	"github.com/vivarium-go/vivarium/runtime"
)

// doubleTask returns double.py, its source in memory, as a task and as a bare script.
func doubleTask(b *testing.B) (runtime.Task, python.Script, []byte) {
	b.Helper()
	source, err := os.ReadFile(doubleScript)
	if err != nil {
		b.Fatal(err)
	}
	params := []byte(`{"value":21}`)
	return runtime.Task{Script: runtime.Source("double.py", string(source)), Params: params},
		python.Script{Name: "double.py", Source: source}, params
}

// submitAndFetch takes a task the whole way through an engine.
func submitAndFetch(eng *runtime.Engine, task runtime.Task) error {
	ctx := context.Background()
	id, err := eng.Submit(ctx, task)
	if err != nil {
		return err
	}
	res, err := eng.Result(ctx, id)
	if err != nil || string(res.Value) != doubled {
		return fmt.Errorf("task %d: %+v, %w", id, res, err)
	}
	return nil
}

// BenchmarkOverhead measures what an engine adds to an instance that is used directly:
// queue, worker, limits, events, metrics, result store. Both run double.py on one goroutine,
// 100 tasks by turns, so that each has warm caches as it would alone. "overhead-p50-us" is by
// how much the median of Submit and Result is longer than that of running and resetting a bare
// instance, "run-overhead-p50-us" the same for Engine.Run: at most 40 is good. One iteration
// is a turn of each.
func BenchmarkOverhead(b *testing.B) {
	b.ReportAllocs()
	const turn = 100
	eng := newEngine(b, runtime.Config{})
	instance := bareInstance(b, bareInterpreter(b, eng))
	task, script, params := doubleTask(b)
	sides := []struct {
		name string
		do   func() error
		p50s samples // of each turn
	}{
		{name: "bare-p50-us", do: func() error { return runBare(instance, script, params, doubled) }},
		{name: "overhead-p50-us", do: func() error { return submitAndFetch(eng, task) }},
		{name: "run-overhead-p50-us", do: func() error { return checkDoubled(eng.Run(context.Background(), task)) }},
	}
	for b.Loop() {
		for i := range sides {
			var took samples
			for range turn {
				start := time.Now()
				if err := sides[i].do(); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(start))
			}
			p50 := seconds(took.at(0.5) / 1e3)
			if i > 0 {
				p50 -= sides[0].p50s[len(sides[0].p50s)-1]
			}
			sides[i].p50s = append(sides[i].p50s, p50)
		}
	}
	for _, side := range sides {
		b.ReportMetric(side.p50s.at(0.5)*1e3, side.name)
	}
}

func checkDoubled(res *runtime.Result, err error) error {
	if err != nil || string(res.Value) != doubled {
		return fmt.Errorf("double.py: %+v, %w", res, err)
	}
	return nil
}

// BenchmarkSubmitters measures an engine's throughput and latency for so many goroutines
// that each submit a task, fetch its result, and go on: "tasks/s", "p50-us" and "p99-us"
// from before Submit until after Result. From two submitters on both cores are busy; more
// than that wait in the queue, so their latency grows and the rate should not fall.
//
// "x-bare" compares the rate with that of two goroutines that use an instance each,
// without an engine, in turns of a second: at least 0.9 is good.
func BenchmarkSubmitters(b *testing.B) {
	const turn = time.Second
	interpreter := bareInterpreter(b, newEngine(b, runtime.Config{}))
	instances := []*python.Instance{bareInstance(b, interpreter), bareInstance(b, interpreter)}
	task, script, params := doubleTask(b)
	bare := func(worker int) error { return runBare(instances[worker], script, params, doubled) }
	for n := 1; n <= 64; n *= 2 {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			eng := newEngine(b, runtime.Config{})
			through := func(int) error { return submitAndFetch(eng, task) }
			var took samples
			var rates, ratios samples
			for b.Loop() {
				bareRate, _, err := rate(len(instances), turn, bare)
				if err != nil {
					b.Fatal(err)
				}
				engineRate, each, err := rate(n, turn, through)
				if err != nil {
					b.Fatal(err)
				}
				took = append(took, each...)
				rates = append(rates, seconds(engineRate))
				ratios = append(ratios, seconds(engineRate/bareRate))
			}
			b.ReportMetric(rates.at(0.5)/1e3, "tasks/s")
			b.ReportMetric(took.at(0.5)*1e3, "p50-us")
			b.ReportMetric(took.at(0.99)*1e3, "p99-us")
			b.ReportMetric(ratios.at(0.5)/1e3, "x-bare")
		})
	}
}

// seconds makes a number a sample.
// rate does something on n goroutines for some time. It returns how often a second, and
// how long each took.
func rate(n int, d time.Duration, do func(worker int) error) (perSecond float64, took samples, err error) {
	var (
		mu    sync.Mutex
		group sync.WaitGroup
	)
	start := time.Now()
	for worker := range n {
		group.Go(func() {
			var mine samples
			var failed error
			for failed == nil && time.Since(start) < d {
				began := time.Now()
				failed = do(worker)
				mine = append(mine, time.Since(began))
			}
			mu.Lock()
			defer mu.Unlock()
			took = append(took, mine...)
			if failed != nil {
				err = failed
			}
		})
	}
	group.Wait()
	return float64(len(took)) / time.Since(start).Seconds(), took, err
}

// BenchmarkQueued measures what a long queue costs. As many tasks as it holds are
// submitted before, then one is submitted for each that has ended, so that always so many
// wait. "x-cost" is the time a task takes with 100,000 in the queue over that with 100, each
// in a new engine: at most 1.15 is good. One iteration is 4,000 tasks of each.
func BenchmarkQueued(b *testing.B) {
	const tasks = 4000
	task, _, _ := doubleTask(b)
	var few, many, ratios samples
	for b.Loop() {
		f := benchmarkQueue(b, 100, tasks, task)
		m := benchmarkQueue(b, 100_000, tasks, task)
		few, many = append(few, f), append(many, m)
		ratios = append(ratios, seconds(float64(m)/float64(f)))
	}
	b.ReportMetric(few.at(0.5)*1e3, "us/task-100-queued")
	b.ReportMetric(many.at(0.5)*1e3, "us/task-100000-queued")
	b.ReportMetric(ratios.at(0.5)/1e3, "x-cost")
}

// benchmarkQueue returns the time that each of n tasks takes, with so many in the queue.
func benchmarkQueue(b *testing.B, queued, n int, task runtime.Task) time.Duration {
	b.Helper()
	ctx := context.Background()
	eng, err := runtime.New(ctx, runtime.Config{QueueSize: queued + 10, ResultStoreSize: queued + 100})
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		ended, cancel := context.WithCancel(ctx)
		cancel()
		if err := eng.Close(ended); err != nil {
			b.Error(err)
		}
	}()
	var ids []runtime.TaskID
	submit := func() {
		id, err := eng.Submit(ctx, task)
		if err != nil {
			b.Fatal(err)
		}
		ids = append(ids, id)
	}
	var start time.Time
	for i := range 2 * n { // the first half is to warm up
		if i == n {
			start = time.Now()
		}
		for len(ids) < queued {
			submit()
		}
		res, err := eng.Result(ctx, ids[0])
		if err := checkDoubled(res, err); err != nil {
			b.Fatal(err)
		}
		ids = ids[1:]
	}
	return time.Since(start) / time.Duration(n)
}
