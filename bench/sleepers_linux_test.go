package bench

import (
	"context"
	"os"
	goruntime "runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vivarium-go/vivarium/runtime"
)

// slotsPerWorker is the engine's default.
const slotsPerWorker = 20

// BenchmarkSleepers measures what a task costs that waits: so many IOBound tasks sleep at
// the same time. "private-KiB/task" is the memory that the process needs for each of them
// and shares with nobody, after a garbage collection: at most 614 (0.6 MiB) is good, a fifteenth of a
// native Python. "heap-KiB/task" and "stack-KiB/task" are the parts of it that are Go's;
// "pagetable-KiB/task" is the kernel's and comes on top. "asleep-ms" is how long it takes
// from the first Engine.Run until all sleep.
//
// One iteration lets all fall asleep once and checks that each returns its own value. Ten
// thousand are only run if VIVARIUM_BENCH_LARGE is set: they take ten times as long and
// up to 10 GiB.
func BenchmarkSleepers(b *testing.B) {
	for _, n := range []int{1000, 10_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			if n > 1000 && os.Getenv("VIVARIUM_BENCH_LARGE") == "" {
				b.Skip("set VIVARIUM_BENCH_LARGE to run it")
			}
			benchmarkSleepers(b, n)
		})
	}
}

func benchmarkSleepers(b *testing.B, n int) {
	ctx := context.Background()
	var night dormitory
	cfg := runtime.Config{}
	night.config(n)(&cfg)
	eng := newEngine(b, cfg)
	// The script's code is cached: what is measured is not how it is compiled.
	if err := night.sleep(ctx, eng, 1, nil); err != nil {
		b.Fatal(err)
	}
	before := memoryInUse(b)
	var asleep samples
	use := map[string]int64{}
	for b.Loop() {
		start := time.Now()
		err := night.sleep(ctx, eng, n, func() {
			asleep = append(asleep, time.Since(start))
			time.Sleep(200 * time.Millisecond) // the last ones have yet to get from the host function to their sleep
			for name, bytes := range memoryInUse(b) {
				use[name] = bytes - before[name]
			}
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(asleep.at(0.5), "asleep-ms")
	for name, bytes := range use {
		b.ReportMetric(float64(bytes)/1024/float64(n), name+"-KiB/task")
	}
}

// memoryInUse returns this process's bytes by what they are for, without garbage.
func memoryInUse(b *testing.B) map[string]int64 {
	b.Helper()
	debug.FreeOSMemory()
	var stats goruntime.MemStats
	goruntime.ReadMemStats(&stats)
	return map[string]int64{
		"private":   FootprintNow().PrivateBytes,
		"heap":      int64(stats.HeapInuse),
		"stack":     int64(stats.StackInuse),
		"pagetable": procBytes(b, "/proc/self/status")["VmPTE"],
	}
}

// BenchmarkNight measures how long it takes until ten thousand tasks, all started at once,
// that sleep for ten seconds each have all ended, from before the first is submitted until after the last
// result was fetched: "all-s". At most 20 is good, which is 10 s for all that is not sleep. "private-GiB" is
// the memory that the process has for itself while all sleep, which may be 12.
//
// Half of the time is the system's, for the first touch of each page. On a virtual machine that is
// several times as slow once the memory is used up that its host has at hand.
//
// It is only run if VIVARIUM_BENCH_LARGE is set.
func BenchmarkNight(b *testing.B) {
	const n, night = 10_000, 10
	if os.Getenv("VIVARIUM_BENCH_LARGE") == "" {
		b.Skip("set VIVARIUM_BENCH_LARGE to run it")
	}
	ctx := context.Background()
	eng := newEngine(b, runtime.Config{IOWorkers: n / slotsPerWorker, IOSlots: slotsPerWorker})
	task := runtime.Task{
		Script:  runtime.Source("night.py", "import time\ndef run(params):\n    time.sleep(params['seconds'])\n    return params['number']"),
		Type:    runtime.IOBound,
		Timeout: time.Minute,
	}
	var took samples
	var private int64
	for b.Loop() {
		start := time.Now()
		ids := make([]runtime.TaskID, n)
		for i := range ids {
			var err error
			task.Params = map[string]int{"seconds": night, "number": i}
			if ids[i], err = eng.Submit(ctx, task); err != nil {
				b.Fatal(err)
			}
		}
		for i, id := range ids {
			res, err := eng.Result(ctx, id)
			if err != nil || string(res.Value) != strconv.Itoa(i) {
				b.Fatal(i, err, res)
			}
			if i == 0 { // the others have begun, or are about to end
				private = max(private, procBytes(b, "/proc/self/status")["RssAnon"])
			}
		}
		took = append(took, time.Since(start))
	}
	b.ReportMetric(took.at(0.5)/1e3, "all-s")
	b.ReportMetric(float64(private)/(1<<30), "private-GiB")
}

// procBytes reads the lines "name: number kB" of a file of /proc.
func procBytes(b *testing.B, path string) map[string]int64 {
	b.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	found := map[string]int64{}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		if fields := strings.Fields(value); len(fields) == 2 && fields[1] == "kB" {
			if kib, err := strconv.ParseInt(fields[0], 10, 64); err == nil {
				found[name] = kib << 10
			}
		}
	}
	return found
}
