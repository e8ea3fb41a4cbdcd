package runtime_test

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/vivarium-go/vivarium/runtime"
)

// startTiny makes an engine with a tiny interpreter, runs a task on it, closes it and
// returns what it logged.
func startTiny(t *testing.T, cfg runtime.Config) string {
	t.Helper()
	return startTinyThat(t, cfg, answerOK)
}

// startTinyThat is startTiny with an interpreter that runs what body says.
func startTinyThat(t *testing.T, cfg runtime.Config, body string) string {
	t.Helper()
	ctx := context.Background()
	var log bytes.Buffer
	cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
	cfg.Interpreter = tinyInterpreter(answerOK, body, "")
	eng, err := runtime.New(ctx, cfg)
	if err != nil {
		t.Error(err)
		return ""
	}
	if res, err := eng.Run(ctx, runtime.Task{Script: source("anything")}); err != nil || !res.OK() {
		t.Errorf("%v, %+v", err, res)
	}
	if err := eng.Close(ctx); err != nil {
		t.Error(err)
	}
	return log.String()
}

// cached lists the files of all entries of a cache directory.
func cached(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestSecondStartFindsEverything(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "cache")
	log := startTiny(t, runtime.Config{CacheDir: dir})
	for _, want := range []string{"compiling the interpreter", "later starts find it in " + dir, "compiled the interpreter", "booted the interpreter"} {
		if !strings.Contains(log, want) {
			t.Errorf("the first start does not say %q:\n%s", want, log)
		}
	}
	if log := startTiny(t, runtime.Config{CacheDir: dir}); log != "" {
		t.Errorf("the second start says\n%s", log)
	}
	// Other modules to import are another image of the same code.
	log = startTiny(t, runtime.Config{CacheDir: dir, Preimport: []string{"turtle"}})
	if strings.Contains(log, "compiling") || !strings.Contains(log, "booted") {
		t.Errorf("with another preimport:\n%s", log)
	}
}

// Whatever is wrong with a file, the engine starts, says so once, and puts it right.
func TestDamagedCacheIsMadeAgain(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "cache")
	startTiny(t, runtime.Config{CacheDir: dir})
	files := cached(t, dir)
	if len(files) != 5 { // two indexes, stub, code, image
		t.Fatalf("%d files: %v", len(files), files)
	}
	flip := func(file string) error {
		content, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		content[len(content)/2] ^= 0x10
		return os.WriteFile(file, content, 0o600)
	}
	for _, file := range files {
		for name, damage := range map[string]func(string) error{"changed": flip, "removed": os.Remove} {
			if err := damage(file); err != nil {
				t.Fatal(err)
			}
			if log := startTiny(t, runtime.Config{CacheDir: dir}); strings.Count(log, "level=WARN") != 1 {
				t.Errorf("%s %s:\n%s", filepath.Base(file), name, log)
			}
			if log := startTiny(t, runtime.Config{CacheDir: dir}); log != "" {
				t.Errorf("after %s was %s, and made again:\n%s", filepath.Base(file), name, log)
			}
		}
	}
}

func TestStartsAtOnce(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "cache")
	var group sync.WaitGroup
	for range 6 {
		group.Go(func() {
			if log := startTiny(t, runtime.Config{CacheDir: dir}); strings.Contains(log, "level=WARN") {
				t.Errorf("one of several:\n%s", log)
			}
		})
	}
	group.Wait()
	if log := startTiny(t, runtime.Config{CacheDir: dir}); log != "" {
		t.Errorf("after them:\n%s", log)
	}
	if files := cached(t, dir); len(files) != 5 {
		t.Errorf("%d files: %v", len(files), files)
	}
}

func TestStartsWithoutCache(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if log := startTiny(t, runtime.Config{CacheDir: file}); strings.Count(log, "level=WARN") != 1 || !strings.Contains(log, "not a directory") {
		t.Errorf("a cache directory that is a file:\n%s", log)
	}
	if log := startTiny(t, runtime.Config{CacheDir: runtime.CacheOff}); strings.Contains(log, "WARN") || !strings.Contains(log, "compiling") {
		t.Errorf("without one:\n%s", log)
	}
	if _, err := os.Stat(runtime.CacheOff); err == nil {
		t.Errorf("there is a directory %q", runtime.CacheOff)
	}
}

// hashOf starts an engine and returns what hash of a string is in it.
func hashOf(t *testing.T, cfg runtime.Config) string {
	t.Helper()
	ctx := context.Background()
	eng, err := runtime.New(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := eng.Close(ctx); err != nil {
			t.Error(err)
		}
	}()
	res, err := eng.Run(ctx, runtime.Task{Script: source("def run(p): return hash('vivarium')")})
	if err != nil || !res.OK() {
		t.Fatal(err, res)
	}
	return string(res.Value)
}

// The seed of string hashes belongs to an image; a fresh image has a seed of its own and
// leaves nothing on disk.
func TestFreshImageHasItsOwnHashSeed(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "cache")
	fresh := hashOf(t, runtime.Config{CacheDir: dir, FreshImage: true})
	if files := cached(t, dir); len(files) != 3 { // of the code
		t.Errorf("a fresh image left %v", files)
	}
	stored := hashOf(t, runtime.Config{CacheDir: dir})
	if again := hashOf(t, runtime.Config{CacheDir: dir}); again != stored {
		t.Errorf("one image, hashes %s and %s", stored, again)
	}
	if again := hashOf(t, runtime.Config{CacheDir: dir, FreshImage: true}); again == stored || again == fresh || fresh == stored {
		t.Errorf("hashes %s, %s, %s", fresh, stored, again)
	}
}
