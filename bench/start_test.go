package bench

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// BenchmarkStart measures the whole process `vivarium run double.py --param value=21`,
// from its start to its end. "cold-ms" is the first run with an empty VIVARIUM_CACHE_DIR:
// the interpreter is compiled, which takes seconds of all cores. "warm-ms" is a later one,
// which a command line user waits for each time: it should be of the order of a native
// Python's start, 100 ms or less. Both are medians.
//
// One iteration is a cold run and five warm ones.
func BenchmarkStart(b *testing.B) {
	const warmRuns = 5
	goTool, err := exec.LookPath("go")
	if err != nil {
		b.Skip("the command cannot be built:", err)
	}
	binary := filepath.Join(b.TempDir(), "vivarium.exe") // a name that every system takes
	if out, err := exec.Command(goTool, "build", "-o", binary, "../cmd/vivarium").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	run := func(cacheDir string) time.Duration {
		cmd := exec.Command(binary, "run", doubleScript, "--param", "value=21")
		cmd.Env = append(os.Environ(), "VIVARIUM_CACHE_DIR="+cacheDir)
		var stderr strings.Builder
		cmd.Stderr = &stderr
		start := time.Now()
		out, err := cmd.Output()
		took := time.Since(start)
		if err != nil || string(out) != doubled+"\n" {
			b.Fatalf("%v: %v, stdout %q, stderr:\n%s", cmd.Args, err, out, stderr.String())
		}
		return took
	}
	var cold, warm samples
	for b.Loop() {
		dir := b.TempDir()
		cold = append(cold, run(dir))
		for range warmRuns {
			warm = append(warm, run(dir))
		}
	}
	b.ReportMetric(cold.at(0.5), "cold-ms")
	b.ReportMetric(warm.at(0.5), "warm-ms")
}
