package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/vivarium-go/vivarium/runtime"
)

func TestMissingOfLandlock(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		abi  int
		want string
	}{
		{-1, "this kernel has no landlock, or it is switched off; only no_new_privs is set"},
		{0, "this kernel has no landlock, or it is switched off; only no_new_privs is set"},
		{1, "this kernel's landlock is of ABI 1, which does not restrict truncating files, TCP, device ioctls, abstract Unix sockets and signals"},
		{3, "this kernel's landlock is of ABI 3, which does not restrict TCP, device ioctls, abstract Unix sockets and signals"},
		{5, "this kernel's landlock is of ABI 5, which does not restrict abstract Unix sockets and signals"},
		{6, ""},
		{7, ""},
		{100, ""},
	} {
		if got := missingOf(tc.abi); got != tc.want {
			t.Errorf("ABI %d: %q, want %q", tc.abi, got, tc.want)
		}
	}
}

// order records what a run does, and stops it before there is an engine.
type order struct {
	*process
	stdout, stderr bytes.Buffer
	did            []string
	reach          reach
	config         runtime.Config
}

var errNoEngine = errors.New("no engine")

func newOrder(missing string, failure error, environ ...string) *order {
	o := new(order)
	o.process = &process{
		stdin:   strings.NewReader("def run(params): return 1"),
		stdout:  &o.stdout,
		stderr:  &o.stderr,
		environ: environ,
		restrict: func(r reach) (string, error) {
			o.did, o.reach = append(o.did, "restrict"), r
			return missing, failure
		},
		newEngine: func(_ context.Context, c runtime.Config) (engine, error) {
			o.did, o.config = append(o.did, "engine"), c
			return nil, errNoEngine
		},
	}
	return o
}

// run runs the command line, and checks its exit code and what was done until then.
func (o *order) run(t *testing.T, want exitCode, did string, args ...string) {
	t.Helper()
	code := o.mainIn(here, append([]string{"vivarium", "run"}, args...))
	if got := strings.Join(o.did, " "); code != want || got != did {
		t.Errorf("%q: exit code %d after %q, want %d after %q; stderr: %s", args, code, got, want, did, o.stderr.String())
	}
}

func TestLockdownStandsBetweenTheInputsAndTheEngine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	interpreter := filepath.Join(dir, "python.wasm")
	if err := os.WriteFile(interpreter, []byte("bytes"), 0o600); err != nil {
		t.Fatal(err)
	}
	gone := filepath.Join(dir, "gone")
	newOrder("", nil).run(t, exitInternal, "engine", "-")
	newOrder("", nil).run(t, exitInternal, "restrict engine", "-", "--lockdown")
	newOrder("", nil).run(t, exitUsage, "", gone, "--lockdown")
	newOrder("", nil).run(t, exitUsage, "", "-", "--lockdown", "--params-file", gone)
	newOrder("", nil).run(t, exitUsage, "", "-", "--lockdown", "--config", gone)
	newOrder("", nil).run(t, exitUsage, "", "-", "--lockdown", "--interpreter", gone)

	o := newOrder("", nil)
	o.run(t, exitUsage, "restrict engine", "-", "--lockdown", "--interpreter", interpreter)
	if string(o.config.Interpreter) != "bytes" {
		t.Errorf("the engine has the interpreter %q", o.config.Interpreter)
	}

	// What cannot be enforced although the kernel could is no reason to go on without.
	o = newOrder("", errors.New("too many layers"))
	o.run(t, exitInternal, "restrict", "-", "--lockdown")
	if got := o.stderr.String(); got != "vivarium: --lockdown: too many layers\n" {
		t.Errorf("stderr %q", got)
	}
}

func TestLockdownSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	o := newOrder("half of it", nil)
	o.run(t, exitInternal, "restrict engine", "-", "--lockdown", "--json")
	if got := o.stderr.String(); !strings.HasPrefix(got, "vivarium: --lockdown: half of it\n") {
		t.Errorf("stderr %q", got)
	}
	if !json.Valid(o.stdout.Bytes()) {
		t.Errorf("stdout %q", o.stdout.String())
	}
}

// The engine's cache directory is the one that stays within reach.
func TestLockdownKeepsTheCacheAndTheMounts(t *testing.T) {
	t.Parallel()
	standard, err := os.UserCacheDir()
	if err != nil {
		t.Skip(err)
	}
	standard = filepath.Join(standard, "vivarium")
	mount := []string{"--mount", "data:/data", "--mount", "out:/out:rw"}
	mounts := []runtime.Mount{{Host: "data", Guest: "/data"}, {Host: "out", Guest: "/out", Writable: true}}
	given := filepath.Join(t.TempDir(), "cache")
	for _, tc := range []struct {
		environ string
		args    []string
		config  string
		want    reach
	}{
		{"", nil, standard, reach{cache: standard}},
		{"VIVARIUM_CACHE_DIR=" + given, nil, given, reach{cache: given}},
		{"VIVARIUM_CACHE_DIR=off", nil, runtime.CacheOff, reach{}},
		{"VIVARIUM_CACHE_DIR=off", mount, runtime.CacheOff, reach{mounts: mounts}},
	} {
		o := newOrder("", nil, tc.environ)
		o.run(t, exitInternal, "restrict engine", append(tc.args, "-", "--lockdown")...)
		if !reflect.DeepEqual(o.reach, tc.want) || o.config.CacheDir != tc.config {
			t.Errorf("%s %q: %+v and an engine with the cache %q, want %+v and %q", tc.environ, tc.args, o.reach, o.config.CacheDir, tc.want, tc.config)
		}
	}
}
