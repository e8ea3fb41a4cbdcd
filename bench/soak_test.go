package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vivarium-go/vivarium/runtime"
)

// A short soak does everything that a long one does, and finds nothing.
func TestSoak(t *testing.T) {
	if testing.Short() {
		t.Skip("the full run has it")
	}
	progress := 0
	report, err := Soak(context.Background(), SoakConfig{
		Duration: 5 * time.Second,
		Seed:     1,
		Progress: func(SoakReport) { progress++ },
	})
	if err != nil {
		t.Fatal(err)
	}
	var text, machine bytes.Buffer
	if err := report.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	t.Logf("%s", &text)
	if !report.OK() {
		t.Errorf("%d failures", report.FailureCount)
	}
	for _, kind := range []string{"honest", "batch", "neighbour", "sleeper", "canary", "cancelled", "hostile", "after a start"} {
		if report.Tasks[kind] == 0 {
			t.Errorf("no task of the kind %q", kind)
		}
	}
	if s := report.Stops; s.Soft+s.Hard == 0 || report.Resets == 0 || report.Engines == 0 || report.Samples == 0 || progress == 0 {
		t.Errorf("%+v, %d reports of progress", report, progress)
	}
	if err := json.NewEncoder(&machine).Encode(report); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"machine", "began", "seconds", "seed", "tasks", "tasks_per_s", "stops", "resets", "engines", "latencies", "before", "after", "slopes_per_hour", "failure_count", "failures", "p99_us", "artefact_sha256"} {
		if !strings.Contains(machine.String(), `"`+key+`":`) {
			t.Errorf("the JSON has no %q: %s", key, &machine)
		}
	}
}

// What is wrong is found.
func TestSoakFindsFaults(t *testing.T) {
	t.Parallel()
	s := &soak{began: time.Now(), watches: map[string]*stopwatch{}}
	s.expect("kind", "value 1", &runtime.Result{Value: json.RawMessage("2")}, nil)
	s.expect("kind", "value 1", nil, runtime.ErrClosed)
	s.expect("kind", "value 1", &runtime.Result{Value: json.RawMessage("1")}, nil)
	for range 2 * failuresKept {
		s.fail("again")
	}
	if s.failed != 2+2*failuresKept || len(s.failures) != failuresKept || !strings.Contains(s.failures[0], "value 2") || s.tasks.Load() != 1 {
		t.Errorf("%d failures, %d kept, the first %q; %d tasks", s.failed, len(s.failures), s.failures[0], s.tasks.Load())
	}
	held := Footprint{Goroutines: 5, Descriptors: 5, Mappings: 50, ResidentBytes: 1 << 20}
	for name, change := range map[string]func(*SoakReport){
		"goroutines":     func(r *SoakReport) { r.After.Goroutines++ },
		"descriptors":    func(r *SoakReport) { r.After.Descriptors++ },
		"mappings":       func(r *SoakReport) { r.After.Mappings += mappingsOfGo + 1 },
		"resident bytes": func(r *SoakReport) { r.After.ResidentBytes += leakedBytes + 1 },
		"2 tasks were":   func(r *SoakReport) { r.accepted++ },
		"":               func(*SoakReport) {},
	} {
		report := SoakReport{Before: held, After: held, accepted: 1, finished: 1}
		change(&report)
		report.judge()
		if report.OK() != (name == "") || !strings.Contains(strings.Join(report.Failures, ""), name) {
			t.Errorf("%s: %q", name, report.Failures)
		}
	}
}

func TestSlopes(t *testing.T) {
	t.Parallel()
	var samples []sample
	for i := range 100 {
		f := Footprint{Goroutines: 7, Descriptors: 2 * i, Mappings: 100 - i, ResidentBytes: int64(1000 * i)}
		if i < 25 {
			f.Goroutines = 1000 // it warms up
		}
		samples = append(samples, sample{time.Duration(i) * time.Minute, f})
	}
	got := slopes(samples)
	for i, pair := range [][2]float64{{got.Goroutines, 0}, {got.Descriptors, 120}, {got.Mappings, -60}, {got.ResidentBytes, 60_000}} {
		if math.Abs(pair[0]-pair[1]) > 1e-6 {
			t.Errorf("slope %d: %v, want %v", i, pair[0], pair[1])
		}
	}
	if got := slopes(nil); got != (Slopes{}) {
		t.Errorf("without samples: %+v", got)
	}
}

func TestStopwatch(t *testing.T) {
	t.Parallel()
	w := newStopwatch()
	for i := range 1000 {
		w.record(time.Duration(i+1) * time.Millisecond)
	}
	w.record(24 * time.Hour)
	l := w.latency()
	for i, pair := range [][2]float64{{l.P50, 501e3}, {l.P95, 951e3}, {l.P99, 991e3}, {l.Max, 3600e6}} {
		if math.Abs(pair[0]/pair[1]-1) > 0.002 {
			t.Errorf("%d: %v us, want %v", i, pair[0], pair[1])
		}
	}
	if l.Count != 1001 {
		t.Errorf("%d of them", l.Count)
	}
}

// damage changes one bit of one file.
func TestDamage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	before := bytes.Repeat([]byte("x"), 1000)
	path := filepath.Join(dir, "entry", "file")
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := damage(dir); err == nil {
		t.Error("there was nothing to damage")
	}
	if err := os.WriteFile(path, slices.Clone(before), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := damage(dir); err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	bits := 0
	for i := range after {
		for b := after[i] ^ before[i]; b != 0; b &= b - 1 {
			bits++
		}
	}
	if len(after) != len(before) || bits != 1 {
		t.Errorf("%d bytes, %d bits are different", len(after), bits)
	}
}
