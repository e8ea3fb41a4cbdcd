package runtime_test

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vivarium-go/vivarium/runtime"
)

// contents returns all files below a directory, with when they were changed.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		all[path] = info.ModTime().Format(time.RFC3339Nano)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// wantMiss wants New to fail with ErrCacheMiss, and a text that says all of what.
func wantMiss(t *testing.T, cfg runtime.Config, what ...string) {
	t.Helper()
	cfg.Interpreter = tinyInterpreter(answerOK, answerOK, "")
	cfg.CacheReadOnly = true
	eng, err := runtime.New(context.Background(), cfg)
	if err == nil {
		_ = eng.Close(context.Background())
	}
	if !errors.Is(err, runtime.ErrCacheMiss) {
		t.Fatalf("got %v, want ErrCacheMiss", err)
	}
	for _, part := range append(what, "run `vivarium warmup`") {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error does not say %q: %v", part, err)
		}
	}
}

func TestReadOnlyCacheIsNotWritten(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "cache")
	wantMiss(t, runtime.Config{CacheDir: dir}, "cannot be used", dir)
	if _, err := os.Stat(dir); err == nil {
		t.Error("a read-only start made the directory")
	}
	startTiny(t, runtime.Config{CacheDir: dir})
	before := contents(t, dir)
	if log := startTiny(t, runtime.Config{CacheDir: dir, CacheReadOnly: true}); log != "" {
		t.Errorf("a read-only start says\n%s", log)
	}
	wantMiss(t, runtime.Config{CacheDir: dir, Preimport: []string{"turtle"}}, "has no image, key ")
	if log := startTiny(t, runtime.Config{CacheDir: dir, CacheReadOnly: true, FreshImage: true}); !strings.Contains(log, "booted") || strings.Contains(log, "WARN") {
		t.Errorf("a read-only start with a fresh image says\n%s", log)
	}
	if after := contents(t, dir); !maps.Equal(before, after) {
		t.Errorf("the directory was\n%v\nand is\n%v", before, after)
	}
}

func TestReadOnlyCacheMissesWhatIsDamaged(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "cache")
	startTiny(t, runtime.Config{CacheDir: dir})
	for _, file := range cached(t, dir) {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, content[:len(content)/2], 0o600); err != nil {
			t.Fatal(err)
		}
		wantMiss(t, runtime.Config{CacheDir: dir}, "cannot use its ", filepath.Base(filepath.Dir(file)))
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if log := startTiny(t, runtime.Config{CacheDir: dir, CacheReadOnly: true}); log != "" {
		t.Errorf("put right again, it says\n%s", log)
	}
}

func TestReadOnlyNeedsACache(t *testing.T) {
	t.Parallel()
	_, err := runtime.New(context.Background(), runtime.Config{CacheReadOnly: true, CacheDir: runtime.CacheOff})
	if !errors.Is(err, runtime.ErrInvalidConfig) || !strings.Contains(err.Error(), "CacheReadOnly needs a cache") {
		t.Errorf("got %v", err)
	}
}
