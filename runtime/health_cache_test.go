package runtime_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vivarium-go/vivarium/runtime"
)

// These are apart from the other tests of health because they compile an interpreter, and
// so take a tiny one.

// healthOfTiny returns what the first check of an engine with a tiny interpreter finds, and
// its status.
func healthOfTiny(t *testing.T, cfg runtime.Config) (runtime.Health, runtime.Status) {
	t.Helper()
	ctx := context.Background()
	cfg.Interpreter = tinyInterpreter(answerOK, answerOK, "")
	cfg.HealthCheckInterval = time.Millisecond
	eng, err := runtime.New(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := eng.Close(ctx); err != nil {
			t.Error(err)
		}
	}()
	for deadline := time.Now().Add(20 * time.Second); eng.Health().CheckedAt.IsZero(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("nothing was checked")
		}
	}
	return eng.Health(), eng.Status()
}

func TestHealthWithoutCache(t *testing.T) {
	t.Parallel()
	health, status := healthOfTiny(t, runtime.Config{CacheDir: runtime.CacheOff})
	if c := health.Components["executor"]; c.State != runtime.Degraded || !strings.Contains(c.Reason, "without a cache directory") {
		t.Errorf("%+v", c)
	}
	if s := status.Components["module_cache"]; s.Health != runtime.Healthy || s.Info["enabled"] != "false" || s.Metrics["compile_seconds"] == 0 {
		t.Errorf("%+v", s)
	}
}

func TestHealthOfModuleCache(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "cache")
	for start, loaded := range []float64{0, 1} {
		health, status := healthOfTiny(t, runtime.Config{CacheDir: dir})
		if c := health.Components["module_cache"]; c.State != runtime.Healthy {
			t.Errorf("start %d: %+v", start, c)
		}
		if c := health.Components["executor"]; strings.Contains(c.Reason, "cache") {
			t.Errorf("start %d: %+v", start, c)
		}
		s := status.Components["module_cache"]
		if s.Metrics["code_loaded"] != loaded || s.Metrics["image_loaded"] != loaded || s.Info["directory"] != dir || s.Info["enabled"] != "true" {
			t.Errorf("start %d: %+v", start, s)
		}
		if code, image := s.Metrics["code_load_seconds"] > 0, s.Metrics["image_load_seconds"] > 0; code != (loaded == 1) || image != (loaded == 1) {
			t.Errorf("loading: %v", s.Metrics)
		}
		if compiled, booted := s.Metrics["compile_seconds"] > 0, s.Metrics["boot_seconds"] > 0; compiled == (loaded == 1) || booted == (loaded == 1) {
			t.Errorf("start %d: %+v", start, s)
		}
	}
}

// vanishing removes a directory when the engine says that it compiles: from then on nothing
// can be stored there, not even by root.
type vanishing struct {
	slog.Handler
	t   *testing.T
	dir string
}

func (v vanishing) Handle(_ context.Context, r slog.Record) error {
	if strings.HasPrefix(r.Message, "compiling") {
		if err := os.RemoveAll(v.dir); err != nil {
			v.t.Error(err)
		}
	}
	return nil
}

func (vanishing) Enabled(context.Context, slog.Level) bool { return true }

func TestHealthOfModuleCacheThatCannotStore(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "cache")
	health, status := healthOfTiny(t, runtime.Config{CacheDir: dir, Logger: slog.New(vanishing{slog.DiscardHandler, t, dir})})
	if c := health.Components["module_cache"]; c.State != runtime.Degraded || !strings.HasPrefix(c.Reason, "not stored: ") || !strings.Contains(c.Reason, "no such file") {
		t.Errorf("%+v", c)
	}
	if s := status.Components["module_cache"]; s.Metrics["code_loaded"] != 0 || s.Health != runtime.Degraded {
		t.Errorf("%+v", s)
	}
}
