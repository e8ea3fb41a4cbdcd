package bench

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/vivarium-go/vivarium/runtime"
)

const (
	doubleScript = "../testdata/scripts/double.py"
	doubled      = `{"result":42,"status":"ok"}`
)

// BenchmarkPool measures throughput next to what people would use without Vivarium: a
// warm concurrent.futures.ProcessPoolExecutor of two native processes, which isolates
// nothing. Both run double.py, its code cached, two at a time: here each task gets a
// fresh sandbox, there a new namespace. They take turns of half a second, so that what
// else the machine does hits both. One iteration is one turn of each.
//
// It reports the tasks a second of both ("vivarium-tasks/s", "pool-tasks/s") and the
// median of their ratio in each iteration, Vivarium over the pool, as "x-pool". 1 or more
// is good: then nobody gives up isolation for speed. Both look at the script's file for
// each task; the pool loads it as Python programs do, by importlib, whose bytecode cache
// is warm. It sends one task a message, as Engine.Run does, with as many in flight as suits
// it best.
//
// What a pool can do that knows more beforehand is for the reader to see: "pool-kept-tasks/s"
// is one whose workers keep a script's code and never look at its file again, "x-pool-kept"
// the ratio to that, and "pool-kept-chunk16-tasks/s" the same with 16 tasks a message.
//
// It needs a native CPython: VIVARIUM_BENCH_PYTHON, or else the python3 on PATH.
func BenchmarkPool(b *testing.B) {
	const turn = 500 * time.Millisecond
	path, err := exec.LookPath(cmp.Or(os.Getenv("VIVARIUM_BENCH_PYTHON"), "python3"))
	if err != nil {
		b.Skip("no comparison: no native CPython:", err)
	}
	eng := newEngine(b, runtime.Config{})
	native, stop, err := startNativePool(path, "peers/processpool.py", 2)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := stop(); err != nil {
			b.Error("processpool.py:", err)
		}
	})
	runNative := func(n, chunk int, keep bool) (time.Duration, error) {
		// The more in flight the faster, up to about a hundred.
		_, all, err := native.run(workload{doubleScript, []byte(`{"value":21}`), doubled}, nativeRun{Tasks: n, Chunk: chunk, Window: 128, Keep: keep})
		return all, err
	}
	vivarium := turns{run: func(n int) (time.Duration, error) { return runPair(eng, n) }}
	pool := turns{run: func(n int) (time.Duration, error) { return runNative(n, 1, false) }}
	kept := turns{run: func(n int) (time.Duration, error) { return runNative(n, 1, true) }}
	chunked := turns{run: func(n int) (time.Duration, error) { return runNative(n, 16, true) }}
	// An engine that has run long enough has its machine code on huge pages.
	if _, err := vivarium.run(5000); err != nil {
		b.Fatal(err)
	}
	time.Sleep(1500 * time.Millisecond)
	sides := []*turns{&pool, &vivarium, &kept, &chunked}
	for _, side := range sides {
		if err := side.warmUp(turn / 5); err != nil {
			b.Fatal(err)
		}
	}
	var ratios, ratiosKept []float64
	for b.Loop() {
		for _, side := range sides {
			if err := side.next(turn); err != nil {
				b.Fatal(err)
			}
		}
		ratios = append(ratios, vivarium.last/pool.last)
		ratiosKept = append(ratiosKept, vivarium.last/kept.last)
		slices.Reverse(sides) // nobody is always the first
	}
	slices.Sort(ratios)
	slices.Sort(ratiosKept)
	b.ReportMetric(ratios[len(ratios)/2], "x-pool")
	b.ReportMetric(ratiosKept[len(ratios)/2], "x-pool-kept")
	b.ReportMetric(vivarium.rate(), "vivarium-tasks/s")
	b.ReportMetric(pool.rate(), "pool-tasks/s")
	b.ReportMetric(kept.rate(), "pool-kept-tasks/s")
	b.ReportMetric(chunked.rate(), "pool-kept-chunk16-tasks/s")
}

// turns runs tasks in turns of about the same time.
type turns struct {
	run func(tasks int) (time.Duration, error)

	last  float64 // tasks a second of the last turn
	tasks int     // of all turns
	time  time.Duration
}

// warmUp finds out how many tasks fit into a turn.
func (t *turns) warmUp(d time.Duration) error {
	t.last = 1000
	for range 2 {
		if err := t.next(d); err != nil {
			return err
		}
	}
	t.tasks, t.time = 0, 0
	return nil
}

func (t *turns) next(d time.Duration) error {
	n := max(int(t.last*d.Seconds()), 1)
	took, err := t.run(n)
	if err != nil {
		return err
	}
	t.last = float64(n) / took.Seconds()
	t.tasks += n
	t.time += took
	return nil
}

func (t *turns) rate() float64 { return float64(t.tasks) / t.time.Seconds() }

// runPair runs n tasks on two goroutines.
func runPair(eng *runtime.Engine, n int) (time.Duration, error) {
	ctx := context.Background()
	task := runtime.Task{Script: runtime.File(doubleScript), Params: map[string]int{"value": 21}}
	var failed [2]error
	var workers sync.WaitGroup
	start := time.Now()
	for w := range failed {
		workers.Go(func() {
			for range (n + w) / 2 {
				res, err := eng.Run(ctx, task)
				if err != nil || string(res.Value) != doubled {
					failed[w] = fmt.Errorf("double.py: %+v, %w", res, err)
					return
				}
			}
		})
	}
	workers.Wait()
	return time.Since(start), cmp.Or(failed[0], failed[1])
}
