package bench

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/vivarium-go/vivarium/runtime"
)

// timing is one kernel's best time and the value it computed.
type timing struct {
	seconds float64
	value   string // JSON
}

func (t *timing) UnmarshalJSON(data []byte) error {
	var pair [2]json.RawMessage
	if err := json.Unmarshal(data, &pair); err != nil {
		return err
	}
	t.value = string(pair[1])
	return json.Unmarshal(pair[0], &t.seconds)
}

// BenchmarkKernels runs the CPU kernels inside and, where there is a native CPython,
// outside, in turns. It reports the geometric mean of the ratios, inside over
// native, of the best times, as "x-native", and each kernel's own ratio.
func BenchmarkKernels(b *testing.B) {
	const script = "testdata/kernels.py"
	var config runtime.Config
	if path := os.Getenv("VIVARIUM_BENCH_INTERPRETER"); path != "" {
		module, err := os.ReadFile(path)
		if err != nil {
			b.Fatal(err)
		}
		config.Interpreter = module
	}
	ctx := context.Background()
	eng, err := runtime.New(ctx, config)
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := eng.Close(ctx); err != nil {
			b.Error(err)
		}
	}()
	native := os.Getenv("VIVARIUM_BENCH_PYTHON")
	inside, outside := map[string]timing{}, map[string]timing{}
	for b.Loop() {
		res, err := eng.Run(ctx, runtime.Task{Script: runtime.File(script), Params: map[string]int{"rounds": 3}, Timeout: -1})
		if err != nil || !res.OK() {
			b.Fatal(err, res)
		}
		var found map[string]timing
		if err := res.Decode(&found); err != nil {
			b.Fatal(err)
		}
		keepBest(inside, found)
		if native == "" {
			continue
		}
		out, err := exec.CommandContext(ctx, native, "-I", script, "3").Output()
		if err != nil {
			b.Fatal(err)
		}
		if err := json.Unmarshal(out, &found); err != nil {
			b.Fatal(err)
		}
		keepBest(outside, found)
	}
	if native == "" {
		b.Log("no comparison: VIVARIUM_BENCH_PYTHON names no native CPython")
		return
	}
	logs := 0.0
	for name, in := range inside {
		out := outside[name]
		if !sameValue(in.value, out.value) {
			b.Fatalf("%s: %s inside, %s outside", name, in.value, out.value)
		}
		ratio := in.seconds / out.seconds
		b.ReportMetric(ratio, name+"-x")
		logs += math.Log(ratio)
	}
	b.ReportMetric(math.Exp(logs/float64(len(inside))), "x-native")
}

// sameValue compares JSON texts but for white space.
func sameValue(a, b string) bool {
	return strings.Join(strings.Fields(a), "") == strings.Join(strings.Fields(b), "")
}

func keepBest(best, found map[string]timing) {
	for name, t := range found {
		if old, ok := best[name]; !ok || t.seconds < old.seconds {
			best[name] = t
		}
	}
}
