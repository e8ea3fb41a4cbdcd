package bench

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/vivarium-go/vivarium/runtime"
)

// BenchmarkABI measures what one call from the script to the host costs, "ns/call", everything
// included that Python does for it: the median over tasks that make a thousand each. "nothing" is what
// the loop takes.
func BenchmarkABI(b *testing.B) {
	ctx := context.Background()
	eng := newEngine(b, runtime.Config{
		HostFuncs: map[string]runtime.HostFunc{
			"echo": func(_ context.Context, arg []byte) ([]byte, error) { return arg, nil },
		},
		Limits: runtime.Limits{LogRecords: 1 << 20, LogBytes: 1 << 30, OutputBytes: 1 << 30},
	})
	for _, call := range []struct{ name, code string }{
		{"nothing", "pass"},
		{"clock", "time.monotonic()"},
		{"random", "os.urandom(16)"},
		{"progress", "vivarium.progress(i / 1000)"},
		{"metric", "vivarium.metric('n', i)"},
		{"log", "vivarium.log('line')"},
		{"stdout", "write('line')"},
		{"stat", "exists('/tmp/nothing')"},
		{"call", "vivarium.call('echo', n=1)"},
		{"call-1KiB", "vivarium.call('echo', text=text)"},
	} {
		b.Run(call.name, func(b *testing.B) {
			const calls = 1000
			task := runtime.Task{Params: strings.Repeat("x", 1024), Script: runtime.Source(call.name+".py", `
import os, sys, time, vivarium


def run(text):
    write, exists = sys.stderr.write, os.path.exists
    before = time.perf_counter_ns()
    for i in range(`+fmt.Sprint(calls)+`):
        `+call.code+`
    return time.perf_counter_ns() - before
`)}
			var perCall []float64
			for b.Loop() {
				res, err := eng.Run(ctx, task)
				if err != nil || !res.OK() {
					b.Fatal(err, res)
				}
				var took float64
				if err := res.Decode(&took); err != nil {
					b.Fatal(err)
				}
				perCall = append(perCall, took/calls)
			}
			slices.Sort(perCall)
			b.ReportMetric(perCall[len(perCall)/2], "ns/call")
		})
	}
}
