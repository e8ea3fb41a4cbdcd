package bench

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/vivarium-go/vivarium/runtime"
)

// BenchmarkTask runs double.py, its code cached, in a fresh sandbox each time, on one
// goroutine, in an engine that has run long enough to have its machine code on huge pages. It
// reports medians: "exec-p50-us", "reset-p50-us" and their sum.
func BenchmarkTask(b *testing.B) {
	ctx := context.Background()
	eng, err := runtime.New(ctx, runtime.Config{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := eng.Close(ctx); err != nil {
			b.Error(err)
		}
	}()
	task := runtime.Task{Script: runtime.File("../testdata/scripts/double.py"), Params: map[string]int{"value": 21}}
	run := func() *runtime.Result {
		res, err := eng.Run(ctx, task)
		if err != nil || string(res.Value) != `{"result":42,"status":"ok"}` {
			b.Fatal(err, res)
		}
		return res
	}
	for range 5000 { // from then on, at the next sweep, which comes each second
		run()
	}
	time.Sleep(1500 * time.Millisecond)
	var exec, reset, both []time.Duration
	for b.Loop() {
		res := run()
		exec = append(exec, res.Usage.Exec)
		reset = append(reset, res.Usage.Reset)
		both = append(both, res.Usage.Exec+res.Usage.Reset)
	}
	for name, durations := range map[string][]time.Duration{"exec-p50-us": exec, "reset-p50-us": reset, "exec+reset-p50-us": both} {
		slices.Sort(durations)
		b.ReportMetric(float64(durations[len(durations)/2].Nanoseconds())/1e3, name)
	}
}
