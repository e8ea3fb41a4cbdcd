//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// writeTasks writes a file of n tasks that each return their number.
func writeTasks(t *testing.T, n int, source string) string {
	t.Helper()
	var text bytes.Buffer
	for i := range n {
		line, err := json.Marshal(map[string]any{"id": i, "source": source, "params": i})
		if err != nil {
			t.Fatal(err)
		}
		text.Write(append(line, '\n'))
	}
	path := filepath.Join(t.TempDir(), "tasks.jsonl")
	if err := os.WriteFile(path, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// wantEachOnce checks that a file has the right result of each of n tasks, once.
func wantEachOnce(t *testing.T, path string, n int) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	seen := make([]int, n)
	for line := range bytes.Lines(text) {
		var result struct {
			Line  int    `json:"line"`
			ID    string `json:"id"`
			OK    bool   `json:"ok"`
			Value int    `json:"value"`
		}
		if err := json.Unmarshal(line, &result); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if want := result.Line - 1; !result.OK || result.Value != want || result.ID != fmt.Sprint(want) {
			t.Fatalf("%s", line)
		}
		seen[result.Value]++
	}
	for i, times := range seen {
		if times != 1 {
			t.Errorf("task %d has %d results", i, times)
		}
	}
}

const returns = "def run(number): return number"

// Killed again and again, at any moment, a batch ends with each task exactly once in its output.
func TestBatchIsCrashSafe(t *testing.T) {
	t.Parallel()
	ownProcess(t)
	const n = 4000
	tasks := writeTasks(t, n, returns)
	out := filepath.Join(t.TempDir(), "results.jsonl")
	kills := 0
	for {
		batch := exec.Command("vivarium", "batch", tasks, "--out", out, "--resume")
		var stderr bytes.Buffer
		batch.Stderr = &stderr
		if err := batch.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(time.Duration(100+rand.IntN(300))*time.Millisecond, func() {
			_ = batch.Process.Kill() // it may have ended
		})
		err := batch.Wait()
		timer.Stop()
		if err == nil {
			break
		}
		if kills++; batch.ProcessState.ExitCode() >= 0 || kills > 500 {
			t.Fatalf("%v after %d kills: %s", err, kills, stderr.String())
		}
	}
	t.Logf("%d kills", kills)
	if kills == 0 {
		t.Error("it was over before it could be killed")
	}
	wantEachOnce(t, out, n)
}

// So it does wherever its output was cut off.
func TestBatchGoesOnAfterAnyByte(t *testing.T) {
	t.Parallel()
	const n = 5
	tasks := writeTasks(t, n, returns)
	out := filepath.Join(t.TempDir(), "results.jsonl")
	if stderr, code := batchHere("batch", tasks, "--out", out); code != exitOK {
		t.Fatalf("%d: %s", code, stderr)
	}
	whole, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	for cut := 0; cut <= len(whole); cut += 1 + rand.IntN(40) {
		if err := os.WriteFile(out, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		if stderr, code := batchHere("batch", tasks, "--out", out, "--resume"); code != exitOK {
			t.Fatalf("cut at %d of %d: %d: %s", cut, len(whole), code, stderr)
		}
		wantEachOnce(t, out, n)
	}
}

// batchHere runs the CLI in this process.
func batchHere(args ...string) (stderr string, code exitCode) {
	var said bytes.Buffer
	p := process{stdin: strings.NewReader(""), stdout: io.Discard, stderr: &said, newEngine: sharedEngine}
	code = p.mainIn(here, append([]string{"vivarium"}, args...))
	return said.String(), code
}

// An interrupt ends a batch: what was running has no result, and --resume gets it.
func TestBatchIsInterrupted(t *testing.T) {
	t.Parallel()
	ownProcess(t)
	const n = 400
	tasks := writeTasks(t, n, "import time\ndef run(number):\n    time.sleep(0.02)\n    return number")
	out := filepath.Join(t.TempDir(), "results.jsonl")
	args := []string{"batch", tasks, "--out", out, "--concurrency", "cpu=2"}
	batch := exec.Command("vivarium", args...)
	var stderr bytes.Buffer
	batch.Stderr = &stderr
	if err := batch.Start(); err != nil {
		t.Fatal(err)
	}
	awaitLines(t, out, 10)
	if err := batch.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	err := batch.Wait()
	if exit := new(exec.ExitError); !errors.As(err, &exit) || exit.ExitCode() != int(exitInterrupted) {
		t.Errorf("%v: %s", err, stderr.String())
	}
	if !strings.Contains(stderr.String(), "the same command with --resume goes on") || !strings.Contains(stderr.String(), " tasks in ") {
		t.Errorf("stderr: %s", stderr.String())
	}
	if text, err := exec.Command("vivarium", append(args, "--resume", "--concurrency", "cpu=8")...).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, text)
	}
	wantEachOnce(t, out, n)
}

// awaitLines waits until a file has so many lines.
func awaitLines(t *testing.T, path string, n int) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if text, err := os.ReadFile(path); err == nil && bytes.Count(text, []byte("\n")) >= n {
			return
		}
	}
	t.Fatalf("%s does not grow", path)
}

// Two batches do not write to one file, and while one runs a monitoring system may look at it.
func TestBatchIsAloneAndWatched(t *testing.T) {
	t.Parallel()
	ownProcess(t)
	tasks := writeTasks(t, 1, "import time\ndef run(number):\n    time.sleep(60)\n    return number")
	out := filepath.Join(t.TempDir(), "results.jsonl")
	addr := freeAddress(t)
	args := []string{"batch", tasks, "--out", out, "--metrics-listen", addr}
	batch := exec.Command("vivarium", args...)
	if err := batch.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = batch.Process.Kill()
		_ = batch.Wait() // it was killed
	}()
	for path, want := range map[string]string{
		"/metrics": `\nvivarium_tasks_accepted_total`,
		"/healthz": `^(unknown|healthy)\n$`, // the former before the first check
		"/status":  `"process_pool":`,
	} {
		if got := fetch(t, "http://"+addr+path); !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("%s has no %q: %.300s", path, want, got)
		}
	}
	text, err := exec.Command("vivarium", append(args, "--resume")...).CombinedOutput()
	if exit := new(exec.ExitError); !errors.As(err, &exit) || exit.ExitCode() != int(exitUsage) || !strings.Contains(string(text), "another batch is writing to it") {
		t.Errorf("%v: %s", err, text)
	}
}

// fetch gets a page that may not be there yet.
func fetch(t *testing.T, url string) string {
	t.Helper()
	var last error
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		response, err := http.Get(url)
		if err != nil {
			last = err
			continue
		}
		text, err := io.ReadAll(response.Body)
		if err := errors.Join(err, response.Body.Close()); err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	t.Fatal(last)
	return ""
}
