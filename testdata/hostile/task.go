package hostile

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/vivarium-go/vivarium/runtime"
)

// Task returns the task that runs the script, with fixture at /data if it asks for that.
func (s Script) Task(fixture Fixture) runtime.Task {
	task := runtime.Task{
		Script:  runtime.Source(s.Name, s.Source),
		Timeout: s.Deadline(),
		Grace:   s.Grace,
		Limits:  runtime.Limits{MemoryBytes: s.Memory, Fuel: s.Fuel},
	}
	if s.IO {
		task.Type = runtime.IOBound
	}
	if s.Params != "" {
		task.Params = json.RawMessage(s.Params)
	}
	if s.Mount != "" {
		task.Mounts = []runtime.Mount{{Host: fixture.Mounted(), Guest: "/data", Writable: s.Mount == "rw"}}
	}
	return task
}

// HostFuncs are the host functions that some scripts call. What they wait for ends with
// stop.
func HostFuncs(stop context.Context) map[string]runtime.HostFunc {
	return map[string]runtime.HostFunc{
		// echo returns its argument.
		"echo": func(_ context.Context, arg []byte) ([]byte, error) { return arg, nil },
		// slow returns after its task has ended.
		"slow": func(ctx context.Context, _ []byte) ([]byte, error) {
			<-ctx.Done()
			return nil, context.Cause(ctx)
		},
		// stuck does not even notice that its task has ended.
		"stuck": func(context.Context, []byte) ([]byte, error) {
			<-stop.Done()
			return []byte("null"), nil
		},
		// panics does so.
		"panics": func(context.Context, []byte) ([]byte, error) { panic("a host function's fault") },
		// flood returns more than a script may get.
		"flood": func(context.Context, []byte) ([]byte, error) {
			return json.Marshal(make([]byte, 8<<20))
		},
	}
}

// Fixture is a directory of the host with something to mount, and something beside that
// nobody may see.
type Fixture string

// Secret is what the file beside the mount holds, and no script may ever get.
const Secret = "the neighbour's secret"

// kept are the fixture's files that no script may change, and what they hold: with "mount: ro"
// those in the mount, always those beside it.
var kept = map[string]string{
	"secret.txt":          Secret,
	"mounted/data.txt":    "data\n",
	"mounted/sub/deep.py": "print('hello')\n",
}

// NewFixture makes a fixture in an empty directory.
func NewFixture(dir string) (Fixture, error) {
	f := Fixture(dir)
	for name, text := range kept {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return "", err
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return "", err
		}
	}
	links := map[string]string{
		"up":       "..",
		"secret":   "../secret.txt",
		"absolute": filepath.Join(dir, "secret.txt"),
		"proc":     "/proc/self/environ",
		"inside":   "sub/deep.py",
		"circle":   "circle",
	}
	for name, target := range links {
		if err := os.Symlink(target, filepath.Join(f.Mounted(), name)); err != nil {
			return "", err
		}
	}
	return f, nil
}

// Mounted returns the directory that is mounted.
func (f Fixture) Mounted() string { return filepath.Join(string(f), "mounted") }

// Check says what a script has changed that it may not.
func (f Fixture) Check(s Script) error {
	var errs []error
	for name, want := range kept {
		if name != "secret.txt" && s.Mount == "rw" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(string(f), filepath.FromSlash(name)))
		if err == nil && string(text) != want {
			err = fmt.Errorf("%s now holds %.100q", name, text)
		}
		errs = append(errs, err)
	}
	beside, err := fs.Glob(os.DirFS(string(f)), "*")
	if err == nil && len(beside) != 2 {
		err = fmt.Errorf("beside the mount are now %q", beside)
	}
	return errors.Join(append(errs, err)...)
}

// CanarySource is a script that notices whether the interpreter, the file system or the host
// functions are other than they were for the first task.
//
//go:embed canary.txt
var CanarySource string

// Canary returns a task whose result is the same each time, whatever ran before it on
// its instance. It calls the host function "meet".
func Canary() runtime.Task {
	return runtime.Task{Script: runtime.Source("canary.py", CanarySource), Params: map[string]string{"canary": "sings"}, Timeout: time.Minute}
}

// Neighbour returns a task that waits a millisecond and then has the result
// NeighbourValue.
func Neighbour() runtime.Task {
	return runtime.Task{
		Script: runtime.Source("neighbour.py", "import time\ndef run(params):\n    time.sleep(0.001)\n    return sum(params)\n"),
		Params: []int{1, 2, 3}, Type: runtime.IOBound, Timeout: time.Minute,
	}
}

// NeighbourValue is the result of Neighbour.
const NeighbourValue = "6"
