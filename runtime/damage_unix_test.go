//go:build unix

package runtime_test

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/vivarium-go/vivarium/runtime"
)

// damages is what may happen to a file of the cache, at a place in it, that modules'
// FuzzCacheEntry knows more of.
var damages = map[string]func(path string, content []byte, at int) error{
	"a bit": func(path string, content []byte, at int) error {
		content[at] ^= 1 << (at % 8)
		return os.WriteFile(path, content, 0o600)
	},
	"truncated": func(path string, content []byte, at int) error { return os.WriteFile(path, content[:at], 0o600) },
	"extended": func(path string, content []byte, at int) error {
		return os.WriteFile(path, slices.Concat(content, content[at:]), 0o600)
	},
	"a hole": func(path string, content []byte, at int) error {
		if hole := content[at:min(at+4096, len(content))]; len(strings.Trim(string(hole), "\x00")) > 0 {
			clear(hole)
		} else {
			hole[0] = 1
		}
		return os.WriteFile(path, content, 0o600)
	},
	"a directory": func(path string, _ []byte, _ int) error {
		return errors.Join(os.Remove(path), os.Mkdir(path, 0o700))
	},
	"a link": func(path string, _ []byte, _ int) error {
		return errors.Join(os.Remove(path), os.Symlink(filepath.Base(path), path))
	},
	"a pipe": func(path string, _ []byte, _ int) error {
		return errors.Join(os.Remove(path), syscall.Mkfifo(path, 0o600))
	},
}

// damageOne damages a file of a cache directory at random, or the one of that name. It
// returns what it did.
func damageOne(t *testing.T, random *rand.Rand, dir, name string) string {
	t.Helper()
	files := cached(t, dir)
	if len(files) != 5 {
		t.Fatalf("%d files: %v", len(files), files)
	}
	path := files[random.IntN(len(files))]
	for _, file := range files {
		if filepath.Base(file) == name {
			path = file
		}
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	names := slices.Sorted(maps.Keys(damages))
	how := names[random.IntN(len(names))]
	if err := damages[how](path, content, random.IntN(len(content))); err != nil {
		t.Fatal(err)
	}
	return filepath.Base(path) + ": " + how
}

// Whatever happens to a file, and wherever: the engine starts and works, says so once, and
// the next start finds everything again.
func TestDamageAnywhereIsMadeGood(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "cache")
	startTiny(t, runtime.Config{CacheDir: dir})
	random := rand.New(rand.NewPCG(2026, 11))
	for range 60 {
		what := damageOne(t, random, dir, "")
		log := startTiny(t, runtime.Config{CacheDir: dir})
		// What a bit makes of an index may be one that says the same, or nothing, of the entry.
		if warnings := strings.Count(log, "level=WARN"); warnings > 1 || warnings == 0 && !strings.HasPrefix(what, "index.json: ") {
			t.Errorf("%s:\n%s", what, log)
		}
		if strings.Contains(log, "level=WARN") && !strings.Contains(log, "an entry of the cache is of no use and is made again") {
			t.Errorf("%s:\n%s", what, log)
		}
		if log := startTiny(t, runtime.Config{CacheDir: dir}); log != "" {
			t.Fatalf("after %s, and made again:\n%s", what, log)
		}
	}
}

// So it is with the interpreter that is built in, and with the directory of an entry.
func TestDamageToTheInterpreterIsMadeGood(t *testing.T) {
	t.Parallel()
	fullRunOnly(t)
	dir := filepath.Join(t.TempDir(), "cache")
	cfg := runtime.Config{CacheDir: dir}
	want := sumOf(t, cfg)
	random := rand.New(rand.NewPCG(2026, 12))
	for _, file := range []string{"code", "image", "image", "image"} {
		what := damageOne(t, random, dir, file)
		if got := sumOf(t, cfg); got != want {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
	}
	for _, file := range cached(t, dir) { // an image is faster made than code
		if filepath.Base(file) != "image" {
			continue
		}
		entry := filepath.Dir(file)
		if err := errors.Join(os.RemoveAll(entry), os.Symlink("nowhere", entry)); err != nil {
			t.Fatal(err)
		}
		if got := sumOf(t, cfg); got != want {
			t.Errorf("a link that leads nowhere: %s, want %s", got, want)
		}
		if info, err := os.Lstat(entry); err != nil || info.Mode().Type() != fs.ModeDir {
			t.Errorf("it is still there: %v, %v", info, err)
		}
	}
}

// sumOf starts an engine and returns what a script computes with much of the interpreter.
func sumOf(t *testing.T, cfg runtime.Config) string {
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
	res, err := eng.Run(ctx, runtime.Task{Script: source(`
import decimal, hashlib, json, re, sqlite3, zlib
def run(params):
    text = json.dumps([str(decimal.Decimal(n).sqrt()) for n in range(200)])
    rows = sqlite3.connect(":memory:").execute("select sum(value) from json_each('[1, 2, 3]')").fetchall()
    return [hashlib.sha256(zlib.compress(text.encode())).hexdigest(), rows, len(re.findall(r"\d+\.4", text))]
`)})
	if err != nil || !res.OK() {
		t.Fatal(err, res)
	}
	return string(res.Value)
}
