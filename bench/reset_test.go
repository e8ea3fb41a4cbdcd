package bench

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"testing"

	"github.com/vivarium-go/vivarium/python"
	"github.com/vivarium-go/vivarium/runtime"
)

const dirtyScript = `
def run(params):
    return len(b"x" * params["bytes"])
`

// BenchmarkReset measures what it costs to put an instance back after a task that wrote
// to so much memory, for each of the reset methods that the system has: "reset-ms" is the
// median of Usage.Reset. "dirty-MiB" is what was found to be written to. For "scan" and
// "pagemap" the cost should follow that; "copy" compares the whole image first.
//
// One iteration is three tasks.
func BenchmarkReset(b *testing.B) {
	const tasks = 3
	for _, method := range []string{"scan", "pagemap", "copy"} {
		b.Run(method, func(b *testing.B) {
			b.Setenv(python.ResetEnv, method)
			ctx := context.Background()
			eng, err := runtime.New(ctx, runtime.Config{Limits: runtime.Limits{MemoryBytes: 512 << 20}})
			if err != nil && method != "copy" {
				b.Skip(err) // not on this system
			}
			if err != nil {
				b.Fatal(err)
			}
			defer func() {
				if err := eng.Close(ctx); err != nil {
					b.Error(err)
				}
			}()
			for _, size := range []float64{0.1, 1, 10, 50, 100, 200} {
				b.Run(strconv.FormatFloat(size, 'g', -1, 64)+"MiB", func(b *testing.B) {
					n := int(size * (1 << 20))
					task := runtime.Task{Script: runtime.Source("dirty.py", dirtyScript), Params: map[string]int{"bytes": n}}
					var resets samples
					var dirty uint64
					for b.Loop() {
						for range tasks {
							res, err := eng.Run(ctx, task)
							if err != nil || string(res.Value) != fmt.Sprint(n) {
								b.Fatal(err, res)
							}
							resets = append(resets, res.Usage.Reset)
							dirty = res.Usage.DirtyPages * uint64(os.Getpagesize())
						}
					}
					if dirty < uint64(n) {
						b.Errorf("%d bytes were written to, %d found", n, dirty)
					}
					b.ReportMetric(resets.at(0.5), "reset-ms")
					b.ReportMetric(float64(dirty)/(1<<20), "dirty-MiB")
				})
			}
		})
	}
}
