package runtime_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/vivarium-go/vivarium/runtime"
)

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
		Script: source("x = b'x' * (16 << 20)\ny = {i: str(i) for i in range(5000)}"),
		Limits: runtime.Limits{MemoryBytes: fuelMemory},
	}
	stoppedHard = runtime.Task{
		Script: source("import json\nd = {}\nwhile True:\n  try:\n    while True: d[len(d) % 5000] = json.dumps([len(d)])\n  except BaseException: pass"),
		Limits: runtime.Limits{MemoryBytes: fuelMemory, Fuel: 500_000}, // not a time-out: it must have begun
		Grace:  -1,
	}
	// What has grown beyond the scripts' limit is replaced by a new instance. Reading
	// nothing into so large a buffer grows the memory without the cost of clearing it.
	outgrowing = runtime.Task{
		Script: source("import os\nos.read(0, 140 << 20)"),
		Limits: runtime.Limits{MemoryBytes: 2 * fuelMemory},
	}
)

// between is a kind of task that ran on the instance before a script does.
type between struct {
	name string
	task runtime.Task
	hard bool // it must end in a hard stop, else well
}

var (
	afterDirt   = between{"after one that dirtied much", dirtying, false}
	afterStop   = between{"after one that was stopped hard", stoppedHard, true}
	newInstance = between{"on a new instance", outgrowing, false}
)

// after runs every script after a task of some kind, of which they take turns.
func (b fuelBench) after(t *testing.T, scripts []fuelScript, book fuelBook, kinds ...between) {
	t.Helper()
	for i, script := range scripts {
		kind := kinds[i%len(kinds)]
		res, err := b.Run(context.Background(), kind.task)
		if err != nil {
			t.Fatal(kind.name, err)
		}
		var limit *runtime.LimitError
		if hard := errors.As(res.Err, &limit) && limit.Hard; hard != kind.hard || !hard && res.Err != nil {
			t.Fatalf("%s: but that one ended with: %v", kind.name, res.Err)
		}
		book.compare(t, script.name, b.run(t, script, kind.name))
	}
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
	fullRunOnly(t)
	scripts := fuelScripts(t)
	if file := os.Getenv(fuelChildEnv); file != "" {
		leaveFuels(t, scripts, file)
		return
	}
	t.Setenv("VIVARIUM_CACHE_DIR", t.TempDir())
	book := fuelBook{}
	first := newFuelBench(t, "the first engine")
	for _, script := range scripts {
		book.compare(t, script.name, first.run(t, script, "compiled"))
		book.compare(t, script.name, first.run(t, script, "from the code cache"))
	}
	first.after(t, scripts, book, afterDirt)
	first.after(t, scripts, book, afterStop)
	first.after(t, scripts, book, newInstance)
	first.besideAnother(t, scripts, book)

	// Through the cache directory these start from the same image, and so with the same
	// seed for the hashes of strings.
	t.Setenv("VIVARIUM_RESET", "copy")
	copying := newFuelBench(t, "an engine that copies")
	for _, script := range scripts {
		book.compare(t, script.name, copying.run(t, script, "compiled"))
	}
	copying.after(t, scripts, book, afterDirt, afterStop, newInstance)
	t.Setenv("VIVARIUM_RESET", "")
	fuels := fuelsOfAnotherProcess(t)
	if len(fuels) != len(scripts) {
		t.Fatalf("the other process ran %d scripts of %d", len(fuels), len(scripts))
	}
	for script, run := range fuels {
		book.compare(t, script, run)
	}
}

// leaveFuels is the other process's part.
func leaveFuels(t *testing.T, scripts []fuelScript, file string) {
	t.Helper()
	b, fuels := newFuelBench(t, "another process"), map[string]fuelRun{}
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

// Fuel is exact: one more turn of a loop costs always the same, however near it is.
func TestFuelCountsEveryTurn(t *testing.T) {
	fullRunOnly(t)
	t.Parallel()
	fuel := func(n int) uint64 {
		res := runTask(t, runtime.Task{Script: source("def run(n):\n  for i in range(n): pass"), Params: n})
		if !res.OK() {
			t.Fatal(res.Err)
		}
		return res.Usage.Fuel
	}
	// Numbers of so many digits all cost the same to read and to write.
	last := fuel(1000)
	for n := 1001; n < 1010; n++ {
		if next := fuel(n); next-last < 1 || next-last > 100 {
			t.Errorf("%d turns cost %d, one fewer %d", n, next, last)
		} else {
			last = next
		}
	}
}
