package runtime_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vivarium-go/vivarium/runtime"
)

// sharedImage says that engines with the same VIVARIUM_CACHE_DIR start from one image.
// Each image has a seed for the hashes of strings, so fuel is comparable across engines,
// and processes, only then.
const sharedImage = false

// fuelChildEnv names the file in which a child process leaves what it counted. Only
// with it, the test is that child.
const fuelChildEnv = "VIVARIUM_TEST_FUEL_CHILD"

// fuelMemory is the limit of all scripts, so that they find the instance of the one
// before reusable.
const fuelMemory = 128 << 20

// fuelScript is a file of testdata/fuel: it looks at no clock, no entropy and no host
// function, so that only the script itself decides what it costs.
type fuelScript struct {
	name string
	task runtime.Task
}

func fuelScripts(t *testing.T) []fuelScript {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "fuel", "*.py"))
	if err != nil || len(files) < 50 {
		t.Fatal(len(files), "scripts", err)
	}
	scripts := make([]fuelScript, len(files))
	for i, file := range files {
		scripts[i] = fuelScript{filepath.Base(file), runtime.Task{
			Script: runtime.File(file),
			Limits: runtime.Limits{MemoryBytes: fuelMemory},
		}}
	}
	return scripts
}

// fuelRun is what must be the same whenever and wherever a script is run.
type fuelRun struct {
	Fuel    uint64
	Outcome string // the value, the output or the error
	From    string // where it was counted
}

// fuelBook holds the first run of each script, which all others are compared with.
type fuelBook map[string]fuelRun

func (b fuelBook) compare(t *testing.T, script string, got fuelRun) {
	t.Helper()
	want, ok := b[script]
	switch {
	case !ok:
		b[script] = got
	case got.Fuel != want.Fuel:
		t.Errorf("%s: fuel %d, %s; %d, %s; a difference of %d", script, want.Fuel, want.From, got.Fuel, got.From, int64(got.Fuel)-int64(want.Fuel))
	case got.Outcome != want.Outcome:
		t.Errorf("%s: %.300s, %s; %.300s, %s", script, want.Outcome, want.From, got.Outcome, got.From)
	}
}

// fuelBench is an engine of its own: nobody else may take the instance that the next
// script is to find.
type fuelBench struct {
	*runtime.Engine
	name string
}

func newFuelBench(t *testing.T, name string) fuelBench {
	t.Helper()
	eng, err := runtime.New(context.Background(), runtime.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := eng.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return fuelBench{eng, name}
}

func (b fuelBench) run(t *testing.T, script fuelScript, circumstances string) fuelRun {
	t.Helper()
	res, err := b.Run(context.Background(), script.task)
	if err != nil {
		t.Fatal(script.name, err)
	}
	if res.Usage.Fuel == 0 {
		t.Errorf("%s: no fuel counted", script.name)
	}
	return fuelRun{res.Usage.Fuel, fmt.Sprintf("%s %s %v", res.Value, res.Stdout, res.Err), b.name + ": " + circumstances}
}

// The tasks in between, each of which does to the instance what its name says.
var (
	dirtying = runtime.Task{
		Script: source("x = bytearray(40 << 20)\nfor i in range(0, len(x), 1000): x[i] = 255\ny = {i: str(i) for i in range(20000)}"),
		Limits: runtime.Limits{MemoryBytes: fuelMemory},
	}
	stoppedHard = runtime.Task{
		Script:  source("import json\nd = {}\nwhile True:\n  try:\n    while True: d[len(d) % 5000] = json.dumps([len(d)])\n  except BaseException: pass"),
		Limits:  runtime.Limits{MemoryBytes: fuelMemory},
		Timeout: 5 * time.Millisecond,
		Grace:   -1,
	}
	// What has grown beyond the scripts' limit is replaced by a new instance. Reading
	// nothing into so large a buffer grows the memory without the cost of clearing it.
	outgrowing = runtime.Task{
		Script: source("import os\nos.read(0, 140 << 20)"),
		Limits: runtime.Limits{MemoryBytes: 2 * fuelMemory},
	}
)

// fill compares the fuel of every script in every circumstance that one engine offers.
func (b fuelBench) fill(t *testing.T, scripts []fuelScript, book fuelBook) {
	t.Helper()
	for _, script := range scripts {
		book.compare(t, script.name, b.run(t, script, "compiled"))
		book.compare(t, script.name, b.run(t, script, "from the code cache"))
	}
	for _, between := range []struct {
		name    string
		task    runtime.Task
		expects func(error) bool
	}{
		{"after one that dirtied much", dirtying, func(err error) bool { return err == nil }},
		{"after one that was stopped hard", stoppedHard, func(err error) bool {
			var limit *runtime.LimitError
			return errors.As(err, &limit) && limit.Hard
		}},
		{"on a new instance", outgrowing, func(err error) bool { return err == nil }},
	} {
		for _, script := range scripts {
			if res, err := b.Run(context.Background(), between.task); err != nil || !between.expects(res.Err) {
				t.Fatalf("%s: the task between: %v, %v", between.name, err, res)
			}
			book.compare(t, script.name, b.run(t, script, between.name))
		}
	}
	b.besideAnother(t, scripts, book)
}

// besideAnother runs every script while another task holds the instance that was used
// last.
func (b fuelBench) besideAnother(t *testing.T, scripts []fuelScript, book fuelBook) {
	t.Helper()
	held, release, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		res, err := b.Run(context.Background(), runtime.Task{
			Script:     source("import vivarium\nvivarium.progress(0)"),
			Limits:     runtime.Limits{MemoryBytes: fuelMemory},
			OnProgress: func(runtime.Progress) { close(held); <-release },
		})
		if err == nil {
			err = res.Err
		}
		ended <- err
	}()
	<-held
	for _, script := range scripts {
		book.compare(t, script.name, b.run(t, script, "beside another"))
	}
	close(release)
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// Fuel depends on the script alone: not on whether it had to be compiled, on what ran
// before, on which instance, by which way of resetting, or in which process.
func TestFuelDependsOnTheScriptAlone(t *testing.T) { // not parallel: it sets the environment
	scripts := fuelScripts(t)
	if file := os.Getenv(fuelChildEnv); file != "" {
		leaveFuels(t, scripts, file)
		return
	}
	t.Setenv("VIVARIUM_CACHE_DIR", t.TempDir())
	book := fuelBook{}
	newFuelBench(t, "the first engine").fill(t, scripts, book)

	if !sharedImage {
		book = fuelBook{}
	}
	t.Setenv("VIVARIUM_RESET", "copy")
	newFuelBench(t, "an engine that copies").fill(t, scripts, book)
	if !sharedImage {
		return
	}
	for _, method := range []string{"", "copy"} {
		t.Setenv("VIVARIUM_RESET", method)
		fuels := fuelsOfAnotherProcess(t)
		if names := slices.Sorted(maps.Keys(fuels)); len(names) != len(scripts) {
			t.Fatalf("the other process counted %s", strings.Join(names, ", "))
		}
		for script, run := range fuels {
			book.compare(t, script, run)
		}
	}
}

// leaveFuels is the other process's part.
func leaveFuels(t *testing.T, scripts []fuelScript, file string) {
	t.Helper()
	b, fuels := newFuelBench(t, "another process, VIVARIUM_RESET="+os.Getenv("VIVARIUM_RESET")), map[string]fuelRun{}
	for _, script := range scripts {
		fuels[script.name] = b.run(t, script, "compiled")
	}
	data, err := json.Marshal(fuels)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func fuelsOfAnotherProcess(t *testing.T) (fuels map[string]fuelRun) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "fuels.json")
	child := exec.Command(self, "-test.run=^"+t.Name()+"$")
	child.Env = append(os.Environ(), fuelChildEnv+"="+file)
	if out, err := child.CombinedOutput(); err != nil {
		t.Fatalf("the other process: %v\n%s", err, out)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &fuels); err != nil {
		t.Fatal(err)
	}
	return fuels
}
