package runtime_test

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vivarium-go/vivarium/modules"
	"github.com/vivarium-go/vivarium/runtime"
)

const (
	killDir  = "VIVARIUM_TEST_KILL_DIR"  // the cache directory of a process that is to be killed
	killFull = "VIVARIUM_TEST_KILL_FULL" // it starts the interpreter that is built in
)

// Processes that are killed while they start leave a cache that is whole, and nothing that
// is not cleared away later.
func TestKilledWhileStarting(t *testing.T) {
	t.Parallel()
	if dir := os.Getenv(killDir); dir != "" {
		startForEver(t, dir)
	}
	rounds := 12
	if testing.Short() {
		rounds = 3
	}
	dir := filepath.Join(t.TempDir(), "cache")
	random := rand.New(rand.NewPCG(2026, 13))
	for range rounds {
		killWhileStarting(t, random, dir, 3, 80*time.Millisecond)
		wantWholeEntries(t, dir)
		if log := startTiny(t, runtime.Config{CacheDir: dir}); strings.Contains(log, "WARN") {
			t.Errorf("the next start:\n%s", log)
		}
		if log := startTiny(t, runtime.Config{CacheDir: dir}); log != "" {
			t.Errorf("the one after it:\n%s", log)
		}
		wantTidied(t, dir)
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
}

// So it is with the interpreter that is built in.
func TestKilledWhileStartingInFull(t *testing.T) {
	t.Parallel()
	fullRunOnly(t)
	if dir := os.Getenv(killDir); dir != "" {
		startForEver(t, dir)
	}
	dir := filepath.Join(t.TempDir(), "cache")
	random := rand.New(rand.NewPCG(2026, 14))
	for range 3 {
		killWhileStarting(t, random, dir, 2, 2*time.Second, killFull+"=1")
		wantWholeEntries(t, dir)
	}
	sumOf(t, runtime.Config{CacheDir: dir})
	wantTidied(t, dir)
	wantWholeEntries(t, dir)
}

// startForEver starts engines, each of which has to make its entries, until it is killed.
func startForEver(t *testing.T, dir string) {
	t.Helper()
	fmt.Println("\nstarting") // the other process waits for that
	for i := 0; ; i++ {
		if os.Getenv(killFull) != "" {
			sumOf(t, runtime.Config{CacheDir: dir, Preimport: slices.Repeat([]string{"string"}, i)})
			continue
		}
		// The same for all processes: they make one entry at the same time.
		startTinyThat(t, runtime.Config{CacheDir: dir}, strings.Repeat("\x01", i%100)+answerOK)
	}
}

// killWhileStarting kills processes some time, at most that long, after they have begun to start.
func killWhileStarting(t *testing.T, random *rand.Rand, dir string, processes int, most time.Duration, environ ...string) {
	t.Helper()
	var all []*exec.Cmd
	for range processes {
		cmd := ownProcess(t, append(environ, killDir+"="+dir)...)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = cmd.Process.Kill() }) // if it is still there
		all = append(all, cmd)
		lines := bufio.NewScanner(out)
		for lines.Scan() && lines.Text() != "starting" {
			continue
		}
	}
	for _, cmd := range all {
		time.Sleep(time.Duration(random.Int64N(int64(most))))
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err == nil || err.Error() != "signal: killed" {
			t.Errorf("it has ended before: %v", err)
		}
	}
}

// wantWholeEntries checks that each entry of a cache directory is whole.
func wantWholeEntries(t *testing.T, dir string) {
	t.Helper()
	cache, err := modules.OpenCache(dir)
	if err != nil {
		t.Fatal(err)
	}
	entries := 0
	folders, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range folders {
		if strings.HasPrefix(folder.Name(), "vivarium-tmp-") {
			continue
		}
		entry, err := cache.Load(modules.Key(folder.Name()))
		if err != nil {
			t.Error(err)
			continue
		}
		entries++
		files, err := os.ReadDir(filepath.Join(dir, folder.Name()))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if file.Name() == "index.json" {
				continue
			}
			if _, err := entry.ReadFile(file.Name()); err != nil {
				t.Error(err)
			}
		}
	}
	t.Logf("%d entries are whole", entries)
}

// wantTidied checks that what killed processes have left is removed once it is old.
func wantTidied(t *testing.T, dir string) {
	t.Helper()
	left, err := filepath.Glob(filepath.Join(dir, "vivarium-tmp-*"))
	if err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-2 * time.Hour)
	for _, folder := range left {
		if err := os.Chtimes(folder, old, old); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d temporary folders were left", len(left))
	if _, err := modules.OpenCache(dir); err != nil {
		t.Fatal(err)
	}
	if left, _ = filepath.Glob(filepath.Join(dir, "vivarium-tmp-*")); len(left) > 0 {
		t.Errorf("%v are still there", left)
	}
}
