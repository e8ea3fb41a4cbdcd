package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vivarium-go/vivarium/runtime"
)

// settingTests has a row for every setting: what may be written, the largest value
// if there is one, what the configuration is then, and what may not be written.
var settingTests = []struct {
	key, text string
	set       func(*config)
	bad       []string
}{
	{"interpreter", somewhere, func(c *config) { c.interpreter.path = somewhere }, nil},
	{"preimport", "decimal, xml.sax", func(c *config) { c.Preimport = []string{"decimal", "xml.sax"} }, []string{",", "a,,b", " "}},
	{"cache_dir", somewhere, func(c *config) { c.CacheDir = somewhere }, nil},
	{"cache_dir", "off", func(c *config) { c.CacheDir = runtime.CacheOff }, nil},
	{"cache_readonly", "true", func(c *config) { c.CacheReadOnly = true }, []string{"yes", "1"}},
	{"cache_readonly", "false", func(*config) {}, nil},
	{"fresh_image", "true", func(c *config) { c.FreshImage = true }, []string{"yes", "1", "TRUE"}},
	{"fresh_image", "false", func(*config) {}, nil},
	{"limits.memory_bytes", "4294901760", func(c *config) { c.Limits.MemoryBytes = 4<<30 - 64<<10 }, []string{"lots", "0", "-1", "4GiB", "1e9"}},
	{"limits.fuel", "4611686018427387904", func(c *config) { c.Limits.Fuel = 1 << 62 }, []string{"0", "-1", "1.5", "1e9", "4611686018427387905", "9223372036854775808"}},
	{"limits.output_bytes", "1GiB", func(c *config) { c.Limits.OutputBytes = 1 << 30 }, []string{"0", "1073741825"}},
	{"limits.result_bytes", "1GiB", func(c *config) { c.Limits.ResultBytes = 1 << 30 }, []string{"0", "2GiB"}},
	{"limits.log_records", "1073741824", func(c *config) { c.Limits.LogRecords = 1 << 30 }, []string{"0", "1073741825"}},
	{"limits.log_bytes", "1GiB", func(c *config) { c.Limits.LogBytes = 1 << 30 }, []string{"0", "2GiB"}},
	{"limits.metric_series", "1048576", func(c *config) { c.Limits.MetricSeries = 1 << 20 }, []string{"0", "1048577"}},
	{"limits.call_bytes", "1GiB", func(c *config) { c.Limits.CallBytes = 1 << 30 }, []string{"0", "2GiB"}},
	{"limits.scratch_bytes", "1024GiB", func(c *config) { c.Limits.ScratchBytes = 1 << 40 }, []string{"0", "1025GiB"}},
	{"limits.open_files", "65536", func(c *config) { c.Limits.OpenFiles = 1 << 16 }, []string{"0", "65537"}},
	{"max_host_memory", "8GiB", func(c *config) { c.MaxHostMemory = 8 << 30 }, []string{"0", "-1", "all"}},
	{"timeout", "2m", func(c *config) { c.Timeout = 2 * time.Minute }, []string{"30", "-1s", "soon"}},
	{"timeout", "0", func(c *config) { c.Timeout = -1 }, nil},
	{"total_timeout", "1h", func(c *config) { c.TotalTimeout = time.Hour }, []string{"30", "-1s"}},
	{"grace", "100ms", func(c *config) { c.Grace = 100 * time.Millisecond }, []string{"30", "-1s"}},
	{"grace", "0s", func(c *config) { c.Grace = -1 }, nil},
	{"queue_size", "1073741824", func(c *config) { c.QueueSize = 1 << 30 }, []string{"many", "0", "-1", "1073741825", "0x10", "1_000"}},
	{"queue_full_retries", "1073741824", func(c *config) { c.QueueFullRetries = 1 << 30 }, []string{"-1", "1073741825"}},
	{"queue_full_retries", "0", func(c *config) { c.QueueFullRetries = -1 }, nil},
	{"queue_full_wait", "250ms", func(c *config) { c.QueueFullWait = 250 * time.Millisecond }, []string{"0", "-1s", "never"}},
	{"queue_full_wait", "forever", func(c *config) { c.QueueFullWait = -1 }, nil},
	{"result_store_size", "1073741824", func(c *config) { c.ResultStoreSize = 1 << 30 }, []string{"0", "1073741825"}},
	{"result_ttl", "24h", func(c *config) { c.ResultTTL = 24 * time.Hour }, []string{"0", "1d"}},
	{"result_ttl", "forever", func(c *config) { c.ResultTTL = -1 }, nil},
	{"cpu_workers", "65536", func(c *config) { c.CPUWorkers = 1 << 16 }, []string{"0", "65537"}},
	{"cpu_slots", "65536", func(c *config) { c.CPUSlots = 1 << 16 }, []string{"0", "65537"}},
	{"io_workers", "65536", func(c *config) { c.IOWorkers = 1 << 16 }, []string{"0", "65537"}},
	{"io_slots", "65536", func(c *config) { c.IOSlots = 1 << 16 }, []string{"0", "65537"}},
	{"idle_instances", "1048576", func(c *config) { c.IdleInstances = 1 << 20 }, []string{"-1", "1048577"}},
	{"idle_instances", "0", func(c *config) { c.IdleInstances = -1 }, nil},
	{"health_check_interval", "1s", func(c *config) { c.HealthCheckInterval = time.Second }, []string{"-1s", "1"}},
	{"health_check_interval", "0", func(c *config) { c.HealthCheckInterval = -1 }, nil},
	{"metrics", "false", func(c *config) { c.MetricsOff = true }, []string{"off"}},
	{"metrics", "true", func(*config) {}, nil},
	{"script_metric_names", "10000", func(c *config) { c.ScriptMetricNames = 10_000 }, []string{"-1", "10001"}},
	{"script_metric_names", "0", func(c *config) { c.ScriptMetricNames = -1 }, nil},
	{"code_cache_bytes", "1MiB", func(c *config) { c.CodeCacheBytes = 1 << 20 }, []string{"-1", "9223372036854775808"}},
	{"code_cache_bytes", "0", func(c *config) { c.CodeCacheBytes = -1 }, nil},
	{"log_level", "debug", func(c *config) { c.logLevel = slog.LevelDebug }, []string{"all", "INFO", "warning"}},
	{"log_level", "info", func(*config) {}, nil},
	{"log_level", "warn", func(c *config) { c.logLevel = slog.LevelWarn }, nil},
	{"log_level", "error", func(c *config) { c.logLevel = slog.LevelError }, nil},
}

// somewhere is an absolute path.
var somewhere = filepath.Join(here, "somewhere")

// inFile writes a setting as a file has it.
func inFile(key, text string) string {
	if group, name, nested := strings.Cut(key, "."); nested {
		return fmt.Sprintf("%s:\n  %s: %q\n", group, name, text)
	}
	return fmt.Sprintf("# comment\n%s: %q\n", key, text)
}

// withoutSources returns the configuration without where it is from.
func withoutSources(c config) config {
	c.interpreter.from, c.preimportFrom = "", ""
	return c
}

func TestSettings(t *testing.T) {
	t.Parallel()
	tested := make(map[string]bool)
	for _, test := range settingTests {
		tested[test.key] = true
		var want config
		test.set(&want)
		var c config
		if err := readConfig(&c, "dir/c.yaml", []byte(inFile(test.key, test.text))); err != nil {
			t.Error(err)
		}
		if !reflect.DeepEqual(withoutSources(c), want) {
			t.Errorf("%s: %q in a file: got %+v", test.key, test.text, c)
		}
		c = config{}
		if unknown, err := readEnvironment(&c, []string{"HOME=/", variableOf(test.key) + "=" + test.text}); err != nil || unknown != nil {
			t.Error(err, unknown)
		}
		if !reflect.DeepEqual(withoutSources(c), want) {
			t.Errorf("%s: %q in the environment: got %+v", test.key, test.text, c)
		}
		for _, bad := range test.bad {
			err := readConfig(new(config), "dir/c.yaml", []byte(inFile(test.key, bad)))
			wantError(t, err, fmt.Sprintf("dir/c.yaml:2: %s is %q; ", test.key, bad))
			_, err = readEnvironment(new(config), []string{variableOf(test.key) + "=" + bad})
			wantError(t, err, fmt.Sprintf("%s is %q; ", variableOf(test.key), bad))
		}
	}
	for _, s := range settings {
		if !tested[s.key] {
			t.Errorf("no test of the setting %s", s.key)
		}
	}
}

func wantError(t *testing.T, err error, prefix string) {
	t.Helper()
	if err == nil || !strings.HasPrefix(err.Error(), prefix) {
		t.Errorf("got the error %v, want %s…", err, prefix)
	}
}

// notSettings are the fields of runtime.Config that no setting sets, and why.
var notSettings = map[string]string{
	"Interpreter": "is read from the file that the setting interpreter names",
	"Components":  "are code",
	"Registerer":  "is code",
	"HostFuncs":   "are code",
	"VerifyReset": "is for tests of Vivarium itself",
	"Logger":      "is the command's own; its level is the setting log_level",
}

func TestEveryFieldIsASetting(t *testing.T) {
	t.Parallel()
	var c config
	for _, test := range settingTests {
		test.set(&c)
	}
	for name, why := range notSettings {
		if _, ok := reflect.TypeFor[runtime.Config]().FieldByName(name); !ok {
			t.Errorf("there is no field %s any more, which %s", name, why)
		}
	}
	wantAllSet(t, reflect.ValueOf(c.Config))
	wantAllSet(t, reflect.ValueOf(c.Limits))
}

func wantAllSet(t *testing.T, fields reflect.Value) {
	t.Helper()
	for i := range fields.NumField() {
		name := fields.Type().Field(i).Name
		if _, is := notSettings[name]; is == !fields.Field(i).IsZero() {
			t.Errorf("%s.%s is neither set by a setting nor in notSettings, or it is both", fields.Type(), name)
		}
	}
}

// What the settings let through, package runtime does too.
func TestSettingsAreWithinTheBounds(t *testing.T) {
	t.Parallel()
	for _, test := range settingTests {
		c := config{Config: runtime.Config{VerifyReset: -1}} // so that no engine is made
		test.set(&c)
		_, err := runtime.New(context.Background(), c.Config)
		if err == nil || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "VerifyReset") {
			t.Errorf("%s: %q is refused: %v", test.key, test.text, err)
		}
	}
}

// The variable of the cache directory is one that package runtime reads, too.
func TestCacheVariable(t *testing.T) {
	t.Parallel()
	if got := findSetting("cache_dir").variable(); got != runtime.CacheEnv {
		t.Errorf("got %s, want %s", got, runtime.CacheEnv)
	}
}

func TestUnknownVariables(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"VIVARIUM_QUEU_SIZE":         "did you mean VIVARIUM_QUEUE_SIZE?",
		"VIVARIUM_FUEL":              "did you mean VIVARIUM_LIMITS_FUEL?",
		"VIVARIUM_LIMIT_FUEL":        "did you mean VIVARIUM_LIMITS_FUEL?",
		"VIVARIUM_CACHEDIR":          "did you mean VIVARIUM_CACHE_DIR?",
		"VIVARIUM_FROBNICATE":        "`vivarium --help` lists the settings",
		"VIVARIUM_":                  "`vivarium --help` lists the settings",
		"VIVARIUM_RESETS":            "`vivarium --help` lists the settings",
		"VIVARIUM_RESET":             "",
		"VIVARIUM_BENCH_LARGE":       "",
		"VIVARIUM_CPYTHON_SRC":       "",
		"VIVARIUM_TEST_SECRET":       "",
		"NOVIVARIUM_LIMITS_FUEL":     "",
		"VIVARIUM":                   "",
		"vivarium_limits_fuel":       "",
		"VIVARIUM_LIMITS.FUEL":       "did you mean VIVARIUM_LIMITS_FUEL?",
		"VIVARIUM_MAX_HOST_MEMORIES": "did you mean VIVARIUM_MAX_HOST_MEMORY?",
	} {
		var wanted []string
		if want != "" {
			wanted = []string{name + " is no setting; " + want}
		}
		if got, err := readEnvironment(new(config), []string{name + "=1"}); err != nil || !slices.Equal(got, wanted) {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
		if got, err := readEnvironment(new(config), []string{name + "="}); err != nil || got != nil {
			t.Errorf("%s that is empty: got %q, %v", name, got, err)
		}
	}
}

func TestSuspects(t *testing.T) {
	t.Parallel()
	failing := errors.New("no good")
	for _, test := range []struct {
		environ []string
		want    string
	}{
		{nil, "no good"},
		{[]string{"VIVARIUM_PREIMPORT=nosuch"}, "VIVARIUM_PREIMPORT: no good"},
		{[]string{"VIVARIUM_INTERPRETER=doc.go"}, "VIVARIUM_INTERPRETER: no good"},
		{[]string{"VIVARIUM_PREIMPORT=nosuch", "VIVARIUM_INTERPRETER=doc.go"}, "VIVARIUM_INTERPRETER or VIVARIUM_PREIMPORT: no good"},
	} {
		p := process{environ: test.environ, newEngine: func(context.Context, runtime.Config) (engine, error) { return nil, failing }}
		c, err := p.configured()
		if err != nil {
			t.Fatal(err)
		}
		for i := range test.environ {
			_, path, _ := strings.Cut(test.environ[i], "=")
			if path == "doc.go" {
				c.interpreter.path = filepath.Join(here, "doc.go") // other tests change the working directory
			}
		}
		if err := p.readInterpreter(&c); err != nil {
			t.Fatal(err)
		}
		_, err = p.start(context.Background(), c)
		if !errors.Is(err, failing) || err.Error() != test.want {
			t.Errorf("%q: got %v, want %s", test.environ, err, test.want)
		}
		if code := exitCodeOf(err); (code == exitUsage) != (test.environ != nil) {
			t.Errorf("%q: exit status %d", test.environ, code)
		}
	}
}
