package bench

import (
	"context"
	"os"
	"os/exec"
	"testing"

	"github.com/vivarium-go/vivarium/runtime"
)

// BenchmarkKernels runs the CPU kernels inside and, where there is a native CPython,
// outside, in turns. It reports the geometric mean of the ratios, inside over
// native, of the best times, as "x-native", and each kernel's own ratio.
func BenchmarkKernels(b *testing.B) {
	const script = "peers/kernels.py"
	var config runtime.Config
	if path := os.Getenv("VIVARIUM_BENCH_INTERPRETER"); path != "" {
		module, err := os.ReadFile(path)
		if err != nil {
			b.Fatal(err)
		}
		config.Interpreter = module
	}
	ctx := context.Background()
	eng := newEngine(b, config)
	native := os.Getenv("VIVARIUM_BENCH_PYTHON")
	k := kernelTimes{map[string]timing{}, map[string]timing{}}
	for b.Loop() {
		res, err := eng.Run(ctx, runtime.Task{Script: runtime.File(script), Params: map[string]int{"rounds": 3}, Timeout: -1})
		if err := k.ranInside(res, err); err != nil {
			b.Fatal(err)
		}
		if native == "" {
			continue
		}
		out, err := exec.CommandContext(ctx, native, "-I", script, "3").Output()
		if err := k.ranOutside(out, err); err != nil {
			b.Fatal(err)
		}
	}
	if native == "" {
		b.Log("no comparison: VIVARIUM_BENCH_PYTHON names no native CPython")
		return
	}
	ratios, mean, err := k.ratios()
	if err != nil {
		b.Fatal(err)
	}
	for name, ratio := range ratios {
		b.ReportMetric(ratio, name+"-x")
	}
	b.ReportMetric(mean, "x-native")
}
