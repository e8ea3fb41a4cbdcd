//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	goruntime "runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vivarium-go/vivarium/runtime"
	"github.com/vivarium-go/vivarium/testdata/hostile"
)

// Each script of testdata/hostile ends as it says, also as a process of its own that a
// user has started, and what that prints is one line of JSON.
func TestHostileScriptsOnTheCommandLine(t *testing.T) {
	t.Parallel()
	ownProcess(t)
	scripts, err := hostile.Scripts()
	if err != nil {
		t.Fatal(err)
	}
	honest := attack{hostile.Script{Name: "honest.py", Source: "def run(params): return 1", Memory: hostile.DefaultMemory}}
	honest.run(t) // which compiles the interpreter, and says so, if nobody has
	usual := honest.run(t)
	if usual.ended != "value 1" {
		t.Fatalf("an honest script: %+v", usual)
	}
	for _, script := range scripts {
		if script.Host {
			continue // the command has no host functions
		}
		t.Run(strings.TrimSuffix(script.Name, ".py"), func(t *testing.T) {
			t.Parallel()
			got := attack{script}.run(t)
			if !script.Matches(got.ended) {
				t.Errorf("it ended with\n%.2000s\nand not\n%s", got.ended, script.Outcome)
			}
			if got.stderr != "" {
				t.Errorf("it printed %.1000q on stderr", got.stderr)
			}
			if growth := got.resident - usual.resident; growth > script.HostRSS {
				t.Errorf("the process took %d bytes more than with an honest script, not %d", growth, script.HostRSS)
			}
			if got.exec > script.Time+busy {
				t.Errorf("it took %v, not %v", got.exec, script.Time)
			}
		})
	}
}

// busy is how late a script may be because other tests run beside it. TestHostileScripts is the one
// that takes its time exactly.
const busy = 20 * time.Second

// attack is a hostile script that a process runs.
type attack struct{ hostile.Script }

// attacked is how that ended.
type attacked struct {
	ended    string // as an outcome is written
	stderr   string
	exec     time.Duration // the run of the script
	resident int64         // bytes that the process had at most; 0 where the system does not say
}

func (a attack) run(t *testing.T) attacked {
	t.Helper()
	dir := t.TempDir()
	fixture, err := hostile.NewFixture(dir)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), a.Name)
	if err := os.WriteFile(path, []byte(a.Source), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"run", path, "--json", "--timeout", a.Deadline().String(), "--grace", a.Grace.String(), "--memory", fmt.Sprint(a.Memory)}
	if a.Fuel > 0 {
		args = append(args, "--fuel", fmt.Sprint(a.Fuel))
	}
	if a.IO {
		args = append(args, "--type", "io")
	}
	if a.Params != "" {
		args = append(args, "--params", a.Params)
	}
	if a.Mount != "" {
		args = append(args, "--mount", fixture.Mounted()+":/data:"+a.Mount)
	}
	cmd := exec.Command("vivarium", args...)
	cmd.Env = append(os.Environ(), runtime.CacheEnv+"="+cacheDir(t))
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if strings.Contains(stdout.String()+stderr.String(), hostile.Secret) {
		t.Error("it has read what it must not")
	}
	if err := fixture.Check(a.Script); err != nil {
		t.Error(err)
	}
	var e struct {
		Value json.RawMessage
		Error *envelopeError
		Usage envelopeUsage
	}
	if strings.Count(stdout.String(), "\n") != 1 {
		t.Errorf("it printed %d lines", strings.Count(stdout.String(), "\n"))
	}
	if err := json.Unmarshal(stdout.Bytes(), &e); err != nil {
		t.Fatalf("status %d, %v: %.1000q", cmd.ProcessState.ExitCode(), err, &stdout)
	}
	got := attacked{stderr: stderr.String(), ended: endedOf(e.Value, e.Error, exitCode(cmd.ProcessState.ExitCode())), exec: time.Duration(e.Usage.ExecUS) * time.Microsecond}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok && goruntime.GOOS == "linux" {
		got.resident = usage.Maxrss << 10
	}
	return got
}

// endedOf says how a process ended as an outcome is written. What its exit code says
// otherwise is part of it.
func endedOf(value json.RawMessage, e *envelopeError, status exitCode) string {
	ended, code := "value "+string(value), exitOK
	if e != nil {
		limit := "limit " + e.Kind + " soft"
		if strings.HasSuffix(e.Message, "was stopped") {
			limit = "limit " + e.Kind + " hard"
		}
		switch e.Kind {
		case "script":
			ended, code = "exception "+e.Type+": "+e.Message, exitScript
		case "exit":
			ended, code = fmt.Sprintf("exit %d", status), status
		case "timeout":
			ended, code = limit, exitTimeout
		case "internal":
			ended, code = "died", exitInternal
			if !strings.Contains(e.Message, runtime.ErrInstanceLost.Error()) {
				ended = e.Message
			}
		default:
			ended, code = limit, exitLimit
		}
	}
	if status != code {
		ended += fmt.Sprintf(", but with status %d", status)
	}
	return ended
}
