//go:build unix

package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// startProcess runs the CLI as a process of its own on a script, and returns it
// once the script has printed its first line.
func startProcess(t *testing.T, script string, args ...string) *startedProcess {
	t.Helper()
	ownProcess(t)
	path := filepath.Join(t.TempDir(), "script.py")
	if err := os.WriteFile(path, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	p := &startedProcess{Cmd: exec.Command("vivarium", append([]string{"run", path}, args...)...)}
	p.Stderr = &p.stderr
	stdin, err := p.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.stdin = stdin
	if p.pipe, err = p.StdoutPipe(); err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Process.Kill() })
	p.stdout = bufio.NewReader(p.pipe)
	if line, err := p.stdout.ReadString('\n'); err != nil || line != "started\n" {
		t.Fatalf("first line %q, %v; stderr: %s", line, err, p.stderr.String())
	}
	return p
}

// ownProcess skips a test that starts processes in short mode: each one compiles the
// interpreter, which takes minutes under the race detector.
func ownProcess(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("starts processes of its own")
	}
}

type startedProcess struct {
	*exec.Cmd
	stdin  io.WriteCloser
	pipe   io.ReadCloser
	stdout *bufio.Reader // what follows the first line
	stderr bytes.Buffer
}

// end waits for the process and returns what it wrote after its first line, its
// exit status (-1 if a signal killed it) and how long it took from now.
func (p *startedProcess) end(t *testing.T) (stdout string, status int, took time.Duration) {
	t.Helper()
	start := time.Now()
	rest, err := io.ReadAll(p.stdout)
	if err != nil && !errors.Is(err, os.ErrClosed) {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := p.Wait(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return string(rest), p.ProcessState.ExitCode(), time.Since(start)
}

const politeLoop = `
print("started")
try:
    while True:
        pass
finally:
    print("cleaned up")
`

const stubbornLoop = `
print("started")
while True:
    try:
        while True:
            pass
    except BaseException:
        print("no")
`

func TestInterruptIsSoftFirst(t *testing.T) {
	t.Parallel()
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		p := startProcess(t, politeLoop, "--grace", "30s")
		if err := p.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		stdout, status, took := p.end(t)
		if status != int(exitInterrupted) || stdout != "cleaned up\n" {
			t.Errorf("%v: status %d, stdout %q", signal, status, stdout)
		}
		if took > 5*time.Second {
			t.Errorf("%v: took %v", signal, took)
		}
		for _, want := range []string{"vivarium.Interrupted: the task was cancelled\n", "vivarium: the task was cancelled: interrupted\n"} {
			if !strings.Contains(p.stderr.String(), want) {
				t.Errorf("%v: stderr lacks %q:\n%s", signal, want, p.stderr.String())
			}
		}
	}
}

func TestInterruptIsHardAfterGrace(t *testing.T) {
	t.Parallel()
	p := startProcess(t, stubbornLoop, "--grace", "300ms")
	if err := p.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	stdout, status, took := p.end(t)
	if status != int(exitInterrupted) || stdout != "no\n" {
		t.Errorf("status %d, stdout %q, stderr %s", status, stdout, p.stderr.String())
	}
	if took < 250*time.Millisecond || took > 5*time.Second {
		t.Errorf("took %v after the signal, want the grace period of 300ms", took)
	}
}

func TestSecondInterruptEndsAtOnce(t *testing.T) {
	t.Parallel()
	p := startProcess(t, stubbornLoop, "--grace", "10m", "--timeout", "0")
	if err := p.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if line, err := p.stdout.ReadString('\n'); err != nil || line != "no\n" {
		t.Fatalf("the first interrupt: %q, %v", line, err)
	}
	if err := p.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if _, status, took := p.end(t); status != int(exitInterrupted) || took > 5*time.Second {
		t.Errorf("status %d after %v", status, took)
	}
}

// An interrupt while the interpreter still compiles does not wait for it.
func TestInterruptWhileStarting(t *testing.T) {
	t.Parallel()
	ownProcess(t)
	script, stop, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = script.Close() }()
	cmd := exec.Command("vivarium", "run", "-")
	cmd.Stdin = script
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	// More than a pipe holds: once it is written, the process reads, and so listens for
	// signals.
	if _, err := io.WriteString(stop, "while True: pass\n#"+strings.Repeat(" ", 1<<20)); err != nil {
		t.Fatal(err)
	}
	if err := stop.Close(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // the status says it
	if status := cmd.ProcessState.ExitCode(); status != int(exitInterrupted) {
		t.Errorf("status %d", status)
	}
}

// Output arrives while the script runs, and so does input.
func TestOutputIsLive(t *testing.T) {
	t.Parallel()
	p := startProcess(t, "print('started')\nprint('got', input())\n")
	if _, err := io.WriteString(p.stdin, "a line\n"); err != nil {
		t.Fatal(err)
	}
	if stdout, status, _ := p.end(t); status != 0 || stdout != "got a line\n" {
		t.Errorf("status %d, stdout %q, stderr %s", status, stdout, p.stderr.String())
	}
}

// A reader that goes away ends the process quietly, by SIGPIPE.
func TestClosedStdout(t *testing.T) {
	t.Parallel()
	p := startProcess(t, "print('started')\nwhile True: print('x' * 1000)\n", "--max-output", "1GiB")
	if err := p.pipe.Close(); err != nil {
		t.Fatal(err)
	}
	_, status, took := p.end(t)
	if status != -1 || p.stderr.Len() > 0 || took > 5*time.Second {
		t.Errorf("status %d after %v, stderr %q", status, took, p.stderr.String())
	}
}
