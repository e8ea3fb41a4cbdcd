package bench

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
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
	native := startPool(b, path)
	vivarium := turns{run: func(n int) (time.Duration, error) { return runPair(eng, n) }}
	pool := turns{run: func(n int) (time.Duration, error) { return native.run(n, 1, false) }}
	kept := turns{run: func(n int) (time.Duration, error) { return native.run(n, 1, true) }}
	chunked := turns{run: func(n int) (time.Duration, error) { return native.run(n, 16, true) }}
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

// nativePool is a process of peers/processpool.py.
type nativePool struct {
	commands *json.Encoder
	answers  *json.Decoder
}

func startPool(b *testing.B, python string) *nativePool {
	b.Helper()
	cmd := exec.Command(python, "-I", "peers/processpool.py", "2")
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		// The end of its input ends it.
		if err := stdin.Close(); err != nil {
			b.Error(err)
		}
		if _, err := io.Copy(io.Discard, stdout); err != nil {
			b.Error(err)
		}
		if err := cmd.Wait(); err != nil {
			b.Error("processpool.py:", err)
		}
	})
	return &nativePool{json.NewEncoder(stdin), json.NewDecoder(bufio.NewReader(stdout))}
}

// run runs n tasks, so many to a message. keep is for workers that keep the code.
func (p *nativePool) run(n, chunk int, keep bool) (time.Duration, error) {
	// The more in flight the faster, up to about a hundred.
	command := map[string]any{"path": doubleScript, "params": map[string]int{"value": 21}, "tasks": n, "chunk": chunk, "window": 128, "keep": keep}
	if err := p.commands.Encode(command); err != nil {
		return 0, fmt.Errorf("processpool.py: %w", err)
	}
	var answer struct {
		Seconds float64
		Value   string
		Wrong   int
	}
	if err := p.answers.Decode(&answer); err != nil {
		return 0, fmt.Errorf("processpool.py: %w", err)
	}
	if answer.Value != doubled || answer.Wrong > 0 {
		return 0, fmt.Errorf("processpool.py: %d tasks returned %q, %d did not", n-answer.Wrong, answer.Value, answer.Wrong)
	}
	return time.Duration(answer.Seconds * float64(time.Second)), nil
}
