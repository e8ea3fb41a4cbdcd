//go:build unix

package main

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A script is run again when it is saved, in place or by another file in its place, whether it is
// over, fails, or goes on for ever.
func TestWatch(t *testing.T) {
	t.Parallel()
	ownProcess(t)
	path := filepath.Join(t.TempDir(), "script.py")
	save := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	save("print('one')")
	cmd := exec.Command("vivarium", "run", path, "--watch")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() }) // if it has not ended
	lines := bufio.NewScanner(pipe)
	expect := func(want string) {
		t.Helper()
		if !lines.Scan() || lines.Text() != want {
			t.Fatalf("%q, want %q", lines.Text(), want)
		}
	}
	expect("one")
	save("print('two', flush=True)\nwhile True: pass")
	expect("two")
	save("print('three')\nraise ValueError('no')")
	expect("three")
	if err := os.WriteFile(path+".new", []byte("print('four')"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
	expect("four")
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if lines.Scan() {
		t.Errorf("%q", lines.Text())
	}
	err = cmd.Wait()
	if exit := new(exec.ExitError); !errors.As(err, &exit) || exit.ExitCode() != int(exitInterrupted) {
		t.Errorf("%v", err)
	}
	for _, want := range []string{"ValueError: no", "script.py was saved, running it again\n"} {
		if !strings.Contains(stderr.String(), want) {
			t.Errorf("no %q in %s", want, stderr.String())
		}
	}
}
