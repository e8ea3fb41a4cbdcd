package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/vivarium-go/vivarium/runtime"
)

// here is this package's directory; the tests in ../../testdata/cli change the
// working directory.
var here, _ = os.Getwd()

// commands are the programs that tests start as processes of their own.
var commands = map[string]func(){
	"vivarium": func() { os.Exit(realMain()) },
}

func TestMain(m *testing.M) { testscript.Main(m, commands) }

// TestCLI runs testdata/cli. Its scripts have one command of their own,
//
//	cli STATUS [<FILE] ARG...
//
// which runs the CLI in this process, with FILE as stdin, and fails unless it exits
// with STATUS. All of them share one engine, because compiling takes seconds; `exec
// vivarium` is a process of its own, left out in short mode.
func TestCLI(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                filepath.Join(here, "..", "..", "testdata", "cli"),
		RequireUniqueNames: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv(runtime.CacheEnv, cacheDir(t))
			env.Setenv("SCRIPTS", filepath.Join(here, "..", "..", "testdata", "scripts"))
			return nil
		},
		RequireExplicitExec: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"cli": cliCommand,
		},
	})
}

// cacheDir is the cache directory of processes that tests start: this process's, which
// the environment of a testscript hides.
func cacheDir(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv(runtime.CacheEnv); dir != "" {
		return dir
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "vivarium")
}

func cliCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: cli STATUS [<FILE] ARG...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	args = args[1:]
	var stdin string
	if len(args) > 0 && strings.HasPrefix(args[0], "<") {
		stdin = ts.ReadFile(args[0][1:])
		args = args[1:]
	}
	p := process{
		stdin:     strings.NewReader(stdin),
		stdout:    ts.Stdout(),
		stderr:    ts.Stderr(),
		environ:   settingsOf(ts),
		newEngine: sharedEngine,
		restrict: func(reach) (string, error) {
			return "", errors.New("that would hold for all tests of this process; use exec")
		},
	}
	code := p.mainIn(ts.MkAbs("."), append([]string{"vivarium"}, args...))
	if int(code) != want {
		ts.Fatalf("exit status %d, want %d", code, want)
	}
}

// settingsOf returns the part of a script's environment that the CLI reads.
func settingsOf(ts *testscript.TestScript) (environ []string) {
	for _, s := range settings {
		environ = append(environ, s.variable()+"="+ts.Getenv(s.variable()))
	}
	return environ
}

// workingDirectory is the process's, as are variables of urfave/cli.
var workingDirectory sync.Mutex

// mainIn runs main in a working directory, one at a time.
func (p *process) mainIn(dir string, args []string) exitCode {
	workingDirectory.Lock()
	defer workingDirectory.Unlock()
	if err := os.Chdir(dir); err != nil {
		panic(err)
	}
	defer func() {
		if err := os.Chdir(here); err != nil {
			panic(err)
		}
	}()
	return p.main(context.Background(), args)
}

var embedded = sync.OnceValues(func() (*runtime.Engine, error) {
	return runtime.New(context.Background(), runtime.Config{})
})

// sharedEngine is newEngine with one engine for everybody who wants the one of the
// zero configuration. It lives as long as the test binary.
func sharedEngine(ctx context.Context, cfg runtime.Config) (engine, error) {
	common := cfg
	common.Logger, common.CacheDir = nil, ""
	if !reflect.DeepEqual(common, runtime.Config{}) {
		return newEngine(ctx, cfg)
	}
	eng, err := embedded()
	if err != nil {
		return nil, err
	}
	return unclosed{eng}, nil
}

type unclosed struct{ engine }

func (unclosed) Close(context.Context) error { return nil }

// The README's exit codes are those of the table.
func TestReadmeHasTheExitCodes(t *testing.T) {
	t.Parallel()
	for _, row := range exitCodes {
		wantInReadme(t, fmt.Sprintf("| %d | %s |", row.code, row.means))
	}
}

// So are its settings.
func TestReadmeHasTheSettings(t *testing.T) {
	t.Parallel()
	for _, s := range settings {
		wantInReadme(t, fmt.Sprintf("| `%s` | `%s` | %s | %s |", s.key, s.variable(), s.means, s.standard))
	}
}

func wantInReadme(t *testing.T, line string) {
	t.Helper()
	readme, err := os.ReadFile(filepath.Join(here, "..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(readme), "\n"+line+"\n") {
		t.Errorf("README.md lacks the line\n%s", line)
	}
}
