package runtime_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/vivarium-go/vivarium/runtime"
)

// tinyConfig is a configuration with a tiny interpreter, and a cache directory of its own
// that is not there yet.
func tinyConfig(t *testing.T) runtime.Config {
	t.Helper()
	return runtime.Config{
		Interpreter: tinyInterpreter(answerOK, answerOK, ""),
		CacheDir:    filepath.Join(t.TempDir(), "cache"),
	}
}

func TestWarmUp(t *testing.T) {
	t.Parallel()
	ctx, cfg := context.Background(), tinyConfig(t)
	if _, err := runtime.VerifyCache(ctx, cfg); !errors.Is(err, runtime.ErrCacheMiss) {
		t.Errorf("verifying nothing: %v", err)
	}
	first, err := runtime.WarmUp(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	for name, e := range map[string]runtime.CacheEntry{"code": first.Code, "image": first.Image} {
		if len(e.Key) != 64 || e.Bytes <= 0 || e.Found || e.Took <= 0 {
			t.Errorf("%s: %+v", name, e)
		}
		if _, err := os.Stat(filepath.Join(first.Dir, e.Key)); err != nil {
			t.Error(err)
		}
	}
	again, err := runtime.WarmUp(ctx, cfg)
	if err != nil || !again.Code.Found || !again.Image.Found || again.Code.Key != first.Code.Key || again.Image.Bytes != first.Image.Bytes {
		t.Errorf("again: %+v, %v", again, err)
	}
	if log := startTiny(t, runtime.Config{CacheDir: cfg.CacheDir, CacheReadOnly: true}); log != "" {
		t.Errorf("a start says\n%s", log)
	}
	before := contents(t, cfg.CacheDir)
	verified, err := runtime.VerifyCache(ctx, cfg)
	if err != nil || verified.Code.Key != first.Code.Key || verified.Image.Key != first.Image.Key || !verified.Code.Found {
		t.Errorf("%+v, %v", verified, err)
	}
	if after := contents(t, cfg.CacheDir); !maps.Equal(before, after) {
		t.Errorf("verifying has changed the cache from\n%v to\n%v", before, after)
	}
	// What is damaged is found, and made again.
	for _, key := range []string{first.Code.Key, first.Image.Key} {
		file := filepath.Join(cfg.CacheDir, key, map[string]string{first.Code.Key: "code", first.Image.Key: "image"}[key])
		if err := os.WriteFile(file, []byte("damaged"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := runtime.VerifyCache(ctx, cfg); !errors.Is(err, runtime.ErrCacheMiss) || !strings.Contains(err.Error(), key) {
			t.Errorf("verifying what is damaged: %v", err)
		}
		report, err := runtime.WarmUp(ctx, cfg)
		if err != nil || report.Code.Found == (key == first.Code.Key) || report.Image.Found == (key == first.Image.Key) {
			t.Errorf("%+v, %v", report, err)
		}
	}
}

func TestWarmUpWithFreshImage(t *testing.T) {
	t.Parallel()
	ctx, cfg := context.Background(), tinyConfig(t)
	cfg.FreshImage = true
	report, err := runtime.WarmUp(ctx, cfg)
	if err != nil || report.Code.Key == "" || report.Image != (runtime.CacheEntry{}) {
		t.Errorf("%+v, %v", report, err)
	}
	if files := cached(t, cfg.CacheDir); len(files) != 3 {
		t.Errorf("%v", files)
	}
	var archive bytes.Buffer
	if _, err := runtime.ExportCache(ctx, cfg, &archive); err != nil {
		t.Fatal(err)
	}
	cfg.FreshImage = false
	if _, err := runtime.ImportCache(ctx, cfg, &archive, ""); !errors.Is(err, runtime.ErrArchive) || !strings.Contains(err.Error(), `needs ["code" "image"]`) {
		t.Errorf("an archive without an image: %v", err)
	}
}

func TestWarmUpNeedsACache(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*runtime.Config){
		"CacheDir is":              func(c *runtime.Config) { c.CacheDir = runtime.CacheOff },
		"CacheReadOnly":            func(c *runtime.Config) { c.CacheReadOnly = true },
		"not a directory":          func(c *runtime.Config) { c.CacheDir = file },
		"QueueSize":                func(c *runtime.Config) { c.QueueSize = -1 },
		"no module name in Preimp": func(c *runtime.Config) { c.Preimport = []string{""} },
	} {
		cfg := tinyConfig(t)
		change(&cfg)
		if _, err := runtime.WarmUp(ctx, cfg); !errors.Is(err, runtime.ErrInvalidConfig) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := runtime.ImportCache(ctx, cfg, strings.NewReader(""), ""); !errors.Is(err, runtime.ErrInvalidConfig) {
			t.Errorf("import, %s: %v", name, err)
		}
	}
	cfg := tinyConfig(t)
	cfg.Interpreter = []byte("no module")
	if _, err := runtime.WarmUp(ctx, cfg); err == nil {
		t.Error("there is no interpreter")
	}
}

func TestExportAndImportCache(t *testing.T) {
	t.Parallel()
	ctx, cfg := context.Background(), tinyConfig(t)
	if _, err := runtime.ExportCache(ctx, cfg, io.Discard); !errors.Is(err, runtime.ErrCacheMiss) {
		t.Errorf("exporting nothing: %v", err)
	}
	if _, err := runtime.WarmUp(ctx, cfg); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	report, err := runtime.ExportCache(ctx, cfg, &b)
	if err != nil {
		t.Fatal(err)
	}
	archive := b.Bytes()
	if sum := sha256.Sum256(archive); report.SHA256 != hex.EncodeToString(sum[:]) || report.Bytes != int64(len(archive)) {
		t.Errorf("%+v", report)
	}
	to := tinyConfig(t)
	imported, err := runtime.ImportCache(ctx, to, bytes.NewReader(archive), report.SHA256)
	if err != nil || imported.Code.Found || imported.Image.Found || imported.Image.Key != report.Image.Key || imported.Code.Bytes != report.Code.Bytes {
		t.Fatalf("%+v, %v", imported, err)
	}
	if log := startTiny(t, runtime.Config{CacheDir: to.CacheDir, CacheReadOnly: true}); log != "" {
		t.Errorf("a start says\n%s", log)
	}
	if _, err := runtime.VerifyCache(ctx, to); err != nil {
		t.Error(err)
	}
	if imported, err = runtime.ImportCache(ctx, to, bytes.NewReader(archive), ""); err != nil || !imported.Code.Found || !imported.Image.Found {
		t.Errorf("again: %+v, %v", imported, err)
	}
	// Another configuration needs another image.
	to.Preimport = []string{"turtle"}
	_, err = runtime.ImportCache(ctx, to, bytes.NewReader(archive), "")
	if !errors.Is(err, runtime.ErrArchive) || !strings.Contains(err.Error(), report.Image.Key) || !strings.Contains(err.Error(), "turtle") {
		t.Errorf("another configuration: %v", err)
	}
	// And another interpreter other code.
	to.Interpreter = append(to.Interpreter, 0, 2, 1, 'x')
	_, err = runtime.ImportCache(ctx, to, bytes.NewReader(archive), "")
	if !errors.Is(err, runtime.ErrArchive) || !strings.Contains(err.Error(), report.Code.Key) || !strings.Contains(err.Error(), "interpreter: there") {
		t.Errorf("another interpreter: %v", err)
	}
}

var errNoSpace = errors.New("no space left")

func TestExportAndImportThatFail(t *testing.T) {
	t.Parallel()
	ctx, cfg := context.Background(), tinyConfig(t)
	if _, err := runtime.WarmUp(ctx, cfg); err != nil {
		t.Fatal(err)
	}
	if _, err := runtime.ExportCache(ctx, cfg, failingWriter{}); !errors.Is(err, errNoSpace) || errors.Is(err, runtime.ErrCacheMiss) {
		t.Errorf("a writer that fails: %v", err)
	}
	if _, err := runtime.ImportCache(ctx, cfg, iotest.ErrReader(errNoSpace), ""); !errors.Is(err, errNoSpace) || errors.Is(err, runtime.ErrArchive) {
		t.Errorf("a reader that fails: %v", err)
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := runtime.ExportCache(gone, cfg, io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("export, cancelled: %v", err)
	}
	if _, err := runtime.ImportCache(gone, cfg, strings.NewReader("x"), ""); !errors.Is(err, context.Canceled) {
		t.Errorf("import, cancelled: %v", err)
	}
	// Damage is found on the way.
	report, err := runtime.WarmUp(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(cfg.CacheDir, report.Image.Key, "image"), []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := runtime.ExportCache(ctx, cfg, io.Discard); !errors.Is(err, runtime.ErrCacheMiss) || !strings.Contains(err.Error(), report.Image.Key) {
		t.Errorf("a damaged image: %v", err)
	}
}

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, errNoSpace }
