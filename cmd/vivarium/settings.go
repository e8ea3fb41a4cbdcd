package main

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/vivarium-go/vivarium/runtime"
)

// config is what the settings make up: an engine's configuration, and what the
// command adds to it. One goroutine uses it.
type config struct {
	runtime.Config
	interpreter   interpreterFile // read when the engine is made
	preimportFrom string          // where Preimport was written
	logLevel      slog.Level
}

// interpreterFile is an interpreter of the user's own, and where it was asked for.
type interpreterFile struct{ path, from string }

// setting is one thing that a configuration file or the environment may set. Flags
// that mean the same come later, and win.
type setting struct {
	key      string // in a file; the part behind a dot is nested
	means    string
	standard string // what holds without it
	accept   accept
}

// variable returns the setting's environment variable.
func (s setting) variable() string { return variableOf(s.key) }

func variableOf(key string) string {
	return variablePrefix + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

const variablePrefix = "VIVARIUM_"

// settings is the one table of settings: the file, the environment and the help are
// read off it, the README has a copy that a test compares. The bounds are those of
// package runtime, checked here because only here it is known who wrote the value.
var settings = []setting{
	{"interpreter", "a file with a WASI CPython of your own that speaks the host ABI", "built in", acceptInterpreter},
	{"preimport", "a list of modules to import before any script", "none", acceptPreimport},
	{"cache_dir", "the directory of compiled code and images; `off` is none", "the user's", acceptCacheDir},
	{"cache_readonly", "`true` starts from the cache or not at all, and writes nothing to it", "false", truth(func(c *config) *bool { return &c.CacheReadOnly })},
	{"fresh_image", "`true` boots the interpreter anew at every start", "false", truth(func(c *config) *bool { return &c.FreshImage })},

	{"limits.memory_bytes", "memory of the interpreter, which takes about 45 MiB itself", "256MiB", size(4<<30-64<<10, func(c *config) *int64 { return &c.Limits.MemoryBytes })},
	{"limits.fuel", "units of fuel that a script may use", "not limited", count(1, 1<<62, func(c *config) *int64 { return &c.Limits.Fuel })},
	{"limits.output_bytes", "how much is kept of stdout, and of stderr", "1MiB", size(1<<30, func(c *config) *int64 { return &c.Limits.OutputBytes })},
	{"limits.result_bytes", "the result's JSON, and the params'", "16MiB", size(1<<30, func(c *config) *int64 { return &c.Limits.ResultBytes })},
	{"limits.log_records", "log records of a task; others are counted and dropped", "1000", count(1, 1<<30, func(c *config) *int64 { return &c.Limits.LogRecords })},
	{"limits.log_bytes", "their text", "1MiB", size(1<<30, func(c *config) *int64 { return &c.Limits.LogBytes })},
	{"limits.metric_series", "names and labels of a task's metrics; others are counted and dropped", "100", count(1, 1<<20, func(c *config) *int64 { return &c.Limits.MetricSeries })},
	{"limits.call_bytes", "the argument of a host function's call, and its reply", "4MiB", size(1<<30, func(c *config) *int64 { return &c.Limits.CallBytes })},
	{"limits.scratch_bytes", "the private /tmp", "64MiB", size(1<<40, func(c *config) *int64 { return &c.Limits.ScratchBytes })},
	{"limits.open_files", "files open at once", "256", count(1, 1<<16, func(c *config) *int64 { return &c.Limits.OpenFiles })},
	{"max_host_memory", "memory that all tasks hold together", "3/4 of the machine's", size(1<<63-1, func(c *config) *int64 { return &c.MaxHostMemory })},

	{"timeout", "interrupt a script that long after its start; 0 is never", "30s", durationOrNone(func(c *config) *time.Duration { return &c.Timeout })},
	{"total_timeout", "the same from its submission, waiting included; 0 is never", "0", durationOrNone(func(c *config) *time.Duration { return &c.TotalTimeout })},
	{"grace", "stop it hard that long after an interrupt; 0 is at once", "1s", durationOrNone(func(c *config) *time.Duration { return &c.Grace })},

	{"queue_size", "how many tasks of each type may wait", "1000", count(1, 1<<30, func(c *config) *int { return &c.QueueSize })},
	{"queue_full_retries", "how often a full queue is tried again before a task is refused", "3", countOrNone(1<<30, func(c *config) *int { return &c.QueueFullRetries })},
	{"queue_full_wait", "how long each of these tries waits for room; `forever` refuses nothing", "1s", durationOrForever(func(c *config) *time.Duration { return &c.QueueFullWait })},
	{"result_store_size", "how many results are kept until they are fetched", "10000", count(1, 1<<30, func(c *config) *int { return &c.ResultStoreSize })},
	{"result_ttl", "how long a result is kept; `forever` is until it is fetched", "1h", durationOrForever(func(c *config) *time.Duration { return &c.ResultTTL })},

	{"cpu_workers", "workers for tasks that compute", "1 per core", count(1, 1<<16, func(c *config) *int { return &c.CPUWorkers })},
	{"cpu_slots", "tasks that each of them runs at once", "1", count(1, 1<<16, func(c *config) *int { return &c.CPUSlots })},
	{"io_workers", "workers for tasks that wait", "4 per core, at least 8", count(1, 1<<16, func(c *config) *int { return &c.IOWorkers })},
	{"io_slots", "tasks that each of them runs at once", "20", count(1, 1<<16, func(c *config) *int { return &c.IOSlots })},
	{"idle_instances", "how many instances without a task are kept", "2 per core, and 16", countOrNone(1<<20, func(c *config) *int { return &c.IdleInstances })},

	{"health_check_interval", "how often every component is checked; 0 is never", "200ms", durationOrNone(func(c *config) *time.Duration { return &c.HealthCheckInterval })},
	{"metrics", "`false` keeps no Prometheus metrics", "true", acceptMetrics},
	{"script_metric_names", "names of scripts' own metrics that Prometheus sees", "100", countOrNone(10_000, func(c *config) *int { return &c.ScriptMetricNames })},
	{"code_cache_bytes", "compiled scripts kept in memory; 0 is none", "64MiB", sizeOrNone(func(c *config) *int { return &c.CodeCacheBytes })},
	{"log_level", "what the engine has to say: `debug`, `info`, `warn` or `error`, and what is worse", "info", acceptLogLevel},
}

// findSetting returns the setting with a key, nil if there is none.
func findSetting(key string) *setting {
	at := slices.IndexFunc(settings, func(s setting) bool { return s.key == key })
	if at < 0 {
		return nil
	}
	return &settings[at]
}

// limitsGroup is the key that the limits are nested below.
const limitsGroup = "limits"

// didYouMean says what to write instead of a name that no setting has: nearest, if
// there is one.
func didYouMean(nearest string) string {
	if nearest == "" {
		return "`vivarium --help` lists the settings"
	}
	return "did you mean " + nearest + "?"
}

func settingKeys() (keys []string) {
	for _, s := range settings {
		keys = append(keys, s.key)
	}
	return keys
}

func settingsHelp() string {
	var text strings.Builder
	text.WriteString("Settings are read from the YAML or JSON file that --config names, and from the environment:\n" +
		"queue_size is VIVARIUM_QUEUE_SIZE there, limits.fuel VIVARIUM_LIMITS_FUEL, a list has commas. Flags\n" +
		"win over the environment, and the environment over the file.\n\n")
	for _, s := range settings {
		fmt.Fprintf(&text, "  %-21s  %s (%s)\n", s.key, strings.ReplaceAll(s.means, "`", ""), s.standard)
	}
	return strings.TrimSuffix(text.String(), "\n")
}

// standard returns what holds without a setting, for the help of its flag.
func standard(key string) string { return findSetting(key).standard }
