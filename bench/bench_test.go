package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vivarium-go/vivarium/runtime"
)

// builtCommand builds the vivarium program.
func builtCommand(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "vivarium.exe") // a name that every system takes
	if out, err := exec.Command("go", "build", "-o", path, "../cmd/vivarium").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// Each benchmark measures something, and says so in a table, in JSON with the same keys for ever, and in
// a picture.
func TestBenchmarks(t *testing.T) {
	if testing.Short() {
		t.Skip("the full run has it")
	}
	// Small ones: what is large in them is for people who wait.
	small := func(t *testing.T, b Benchmark) Benchmark {
		switch b.Name {
		case "batch":
			defer func(sizes []int) { t.Cleanup(func() { batchSizes = sizes }) }(batchSizes)
			batchSizes = []int{1, 10, 1000}
		case "scalability":
			defer func(n []int) { t.Cleanup(func() { waiting = n }) }(waiting)
			waiting = []int{1, 10, 100}
		case "coldstart":
			defer func(n int) { t.Cleanup(func() { colds = n }) }(colds)
			colds = 1
		case "throughput", "latency":
			defer func(a, b []int64) { t.Cleanup(func() { payloadSizes, scriptSizes = a, b }) }(payloadSizes, scriptSizes)
			payloadSizes, scriptSizes = payloadSizes[:1], scriptSizes[:1]
		}
		return b
	}
	for _, b := range All() {
		t.Run(b.Name, func(t *testing.T) {
			told := 0
			report, err := small(t, b).Run(context.Background(), Options{
				Duration: 20 * time.Millisecond,
				Compare:  Peers,
				Command:  builtCommand(t),
				Progress: func(string) { told++ },
			})
			if err != nil {
				t.Fatal(err)
			}
			var table, machine, picture bytes.Buffer
			if err := report.WriteText(&table); err != nil {
				t.Fatal(err)
			}
			t.Logf("%s", &table)
			if err := json.NewEncoder(&machine).Encode(report); err != nil {
				t.Fatal(err)
			}
			var keys struct {
				Benchmark string
				Rows      []map[string]any
			}
			if err := json.Unmarshal(machine.Bytes(), &keys); err != nil {
				t.Fatal(err)
			}
			if keys.Benchmark != b.Name || len(keys.Rows) == 0 || told == 0 {
				t.Errorf("%q, %d rows, told %d times", keys.Benchmark, len(keys.Rows), told)
			}
			for i, row := range keys.Rows {
				for _, key := range []string{"series", "state", "workers", "concurrency", "tasks", "success_rate", "tasks_per_s", "p50_us", "p95_us", "p99_us"} {
					if _, ok := row[key]; !ok {
						t.Errorf("row %d has no %q", i, key)
					}
				}
				if row["success_rate"] != 1.0 || row["tasks"] == 0.0 || row["state"] != "cold" && row["state"] != "warm" {
					t.Errorf("row %d: %v", i, row)
				}
			}
			if err := report.WriteSVG(&picture); err != nil {
				t.Fatal(err)
			}
			for dec := xml.NewDecoder(&picture); ; {
				if _, err := dec.Token(); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// A wrong result is an error, never a row.
func TestWrongResultsAreErrors(t *testing.T) {
	t.Parallel()
	s := &session{ctx: context.Background(), dir: t.TempDir(), Options: Options{Duration: time.Millisecond}}
	defer func() {
		if err := s.close(); err != nil {
			t.Error(err)
		}
	}()
	eng, _, err := s.engine(nil)
	if err != nil {
		t.Fatal(err)
	}
	for script, want := range map[string]string{
		"def run(p): return 1":       "a wrong result: \"1\"",
		"def run(p): raise KeyError": "KeyError",
		"def run(p) return":          "SyntaxError",
	} {
		path, err := s.script(script)
		if err != nil {
			t.Fatal(err)
		}
		err = s.interleave(true, s.ours(eng, workload{path: path, want: "2"}, runtime.CPUBound, 2))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", script, err)
		}
	}
	if len(s.report.Rows) != 0 {
		t.Errorf("%+v", s.report.Rows)
	}
}

// What is not on the machine is left out with a note.
func TestPeersThatAreNotThere(t *testing.T) {
	t.Parallel()
	s := &session{ctx: context.Background(), dir: t.TempDir(), Options: Options{Compare: Peers, Python: filepath.Join(t.TempDir(), "python")}}
	s.findPython()
	if err := s.startPeers(); err != nil {
		t.Fatal(err)
	}
	if len(s.peers) != 0 || len(s.report.Notes) != 1 || !strings.HasPrefix(s.report.Notes[0], "nothing is compared: there is no native CPython") {
		t.Errorf("%d peers, %q", len(s.peers), s.report.Notes)
	}
}

func TestScriptsOfSizes(t *testing.T) {
	t.Parallel()
	s := &session{dir: t.TempDir()}
	for _, size := range scriptSizes {
		w, err := s.padded(size)
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(w.path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() < size || info.Size() > size+1000 {
			t.Errorf("%d bytes, want %d", info.Size(), size)
		}
	}
}
