package runtime_test

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vivarium-go/vivarium/runtime"
)

// diagnosed returns what Diagnose finds, by name.
func diagnosed(t *testing.T, cfg runtime.Config) map[string]runtime.Finding {
	t.Helper()
	all := map[string]runtime.Finding{}
	for _, f := range runtime.Diagnose(context.Background(), cfg) {
		if _, twice := all[f.Name]; twice || f.Name == "" || f.Text == "" || strings.Contains(f.Text, "\n") {
			t.Errorf("%+v", f)
		}
		if (f.State == runtime.FindingOK) != (f.Advice == "") {
			t.Errorf("advice where none is needed, or none where it is: %+v", f)
		}
		all[f.Name] = f
	}
	return all
}

func wantFinding(t *testing.T, all map[string]runtime.Finding, name string, state runtime.FindingState, text string) {
	t.Helper()
	if f := all[name]; f.State != state || !strings.Contains(f.Text, text) {
		t.Errorf("%s is %+v; want %s with %q", name, f, state, text)
	}
}

func TestDiagnose(t *testing.T) {
	t.Parallel()
	cfg := tinyConfig(t)
	all := diagnosed(t, cfg)
	for _, name := range []string{"system", "compiler", "fast_reset", "cores", "memory"} {
		if f := all[name]; f.State == "" || f.State == runtime.FindingProblem {
			t.Errorf("%s: %+v", name, f)
		}
	}
	wantFinding(t, all, "cache", runtime.FindingNote, "is not there")
	if _, err := os.Stat(cfg.CacheDir); err == nil {
		t.Error("it made the cache directory")
	}
	readOnly := cfg
	readOnly.CacheReadOnly = true
	wantFinding(t, diagnosed(t, readOnly), "cache", runtime.FindingProblem, "")
	if err := os.Mkdir(cfg.CacheDir, 0o700); err != nil {
		t.Fatal(err)
	}
	all = diagnosed(t, cfg)
	wantFinding(t, all, "cached_code", runtime.FindingNote, "first start makes it")
	wantFinding(t, all, "cached_image", runtime.FindingNote, "first start makes it")
	all = diagnosed(t, readOnly)
	wantFinding(t, all, "cached_code", runtime.FindingProblem, "is not in the cache, which is read-only")
	report, err := runtime.WarmUp(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	before := contents(t, cfg.CacheDir)
	for _, c := range []runtime.Config{cfg, readOnly} {
		all = diagnosed(t, c)
		wantFinding(t, all, "cache", runtime.FindingOK, "2 entries")
		wantFinding(t, all, "cached_code", runtime.FindingOK, report.Code.Key)
		wantFinding(t, all, "cached_image", runtime.FindingOK, report.Image.Key)
	}
	if after := contents(t, cfg.CacheDir); len(after) != len(before) {
		t.Errorf("it has changed the cache from %v to %v", before, after)
	} else {
		delete(before, report.Dir) // where it has tried to write
		delete(after, report.Dir)
		if !maps.Equal(before, after) {
			t.Errorf("it has changed the cache from %v to %v", before, after)
		}
	}
	if err := os.WriteFile(filepath.Join(cfg.CacheDir, report.Image.Key, "image"), []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	wantFinding(t, diagnosed(t, cfg), "cached_image", runtime.FindingNote, "is made again")
	wantFinding(t, diagnosed(t, readOnly), "cached_image", runtime.FindingProblem, "cannot be used")
}

func TestDiagnoseOtherConfigurations(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		change func(*runtime.Config)
		name   string
		state  runtime.FindingState
		text   string
	}{
		{func(c *runtime.Config) { c.QueueSize = -1 }, "configuration", runtime.FindingProblem, "QueueSize"},
		{func(c *runtime.Config) { c.CacheDir = runtime.CacheOff }, "cache", runtime.FindingNote, "the cache is off"},
		{func(c *runtime.Config) { c.CacheDir = file }, "cache", runtime.FindingNote, "not a directory"},
		{func(c *runtime.Config) { c.MaxHostMemory = 100 << 10 }, "memory", runtime.FindingProblem, "too little for a single task"},
		{func(c *runtime.Config) { c.MaxHostMemory = 10 << 20 }, "memory", runtime.FindingNote, "wait for memory"},
		{func(c *runtime.Config) { c.MaxHostMemory = 20 << 20; c.IOWorkers, c.IOSlots = 1, 1 }, "memory", runtime.FindingOK, "room for 29 small ones"},
	} {
		cfg := tinyConfig(t)
		test.change(&cfg)
		wantFinding(t, diagnosed(t, cfg), test.name, test.state, test.text)
	}
}
