package runtime

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/vivarium-go/vivarium/hostabi"
)

// HostFunc is a function that scripts call as vivarium.call(name, key=value). arg is
// a JSON object, the reply JSON. It runs on a goroutine of its own; ctx ends with
// the task, and a reply that comes after that is dropped. An error, or a panic,
// reaches the script as vivarium.HostError. The task keeps its slot meanwhile: a function
// that runs a task of the same type on the same engine may wait for ever for another one.
type HostFunc = hostabi.HostFunc

// Config is what an Engine is made with. The zero value works.
//
// What the original engine's configuration set is here
//
//	input_queue_size, output_queue_size    QueueSize, ResultStoreSize
//	queue_poll_timeout                     QueueFullWait; nothing is polled, it is how long a retry waits
//	max_queue_full_retries                 QueueFullRetries
//	cpu_bound_count, io_bound_count        CPUWorkers, IOWorkers
//	cpu_bound_task_limit, io_bound_…       CPUSlots, IOSlots
//	health_check_interval                  HealthCheckInterval
//	enable_metrics                         MetricsOff, the other way round
//	log_level                              that of Logger's handler
type Config struct {
	// Interpreter is a WASI CPython of your own that speaks the host ABI; nil is the
	// embedded one. It is as untrusted as a script.
	Interpreter []byte

	// Preimport names Python modules to import before any script, besides the common
	// ones of the standard library, which always are. Default: none.
	Preimport []string

	// CacheDir is where compiled code and the interpreter's image are kept from start to
	// start, a directory that only this user may write to; CacheOff is none. Default: the
	// environment variable VIVARIUM_CACHE_DIR, or else "vivarium" in the user's cache
	// directory. One that cannot be used is a warning in the log, and the engine works
	// without.
	CacheDir string

	// CacheReadOnly writes nothing to the cache directory, and makes nothing that belongs
	// there: New fails at once, with ErrCacheMiss, if the compiled code or the image is not in
	// it. It is for services that have to start in a tenth of a second or not at all, from a
	// cache that WarmUp or ImportCache has filled. With FreshImage only the code has to be
	// there. Default: false, what is missing is made and stored.
	CacheReadOnly bool

	// FreshImage boots the interpreter at every start instead of using a stored image, and
	// stores none. All tasks of an image share one seed of Python's string hashes; this
	// draws a new one, which is never written to a disk. It takes about half a second.
	FreshImage bool

	// Limits bounds every task; a Task's own Limits replace single fields. Zero
	// fields have the defaults that Limits documents.
	Limits Limits

	// MaxHostMemory bounds, in bytes, the memory that all tasks together hold: linear
	// memory that is no longer shared with the image, /tmp, output, logs, results,
	// arguments and replies of host functions. When it is used up new tasks wait, and a
	// running one that asks for more gets its limit error. Results that are kept for Result
	// may take a quarter as much besides. Default: three quarters of the
	// memory of the machine or the control group; not limited where that is not known.
	MaxHostMemory int64

	// Timeout is the default time a task may take from its start. 0 is 30 s, negative is
	// none.
	Timeout time.Duration

	// TotalTimeout is the default time a task may take from its submission, waiting
	// included. 0 or negative is none.
	TotalTimeout time.Duration

	// Grace is how long a script may go on after it was asked to stop, before it is
	// stopped hard. 0 is 1 s, negative is none.
	Grace time.Duration

	// QueueSize is how many tasks of each type may wait for a worker. Default 1,000.
	QueueSize int
	// QueueFullRetries is how often a full queue is tried again, each time for
	// QueueFullWait, before a task is refused with ErrQueueFull. Default 3; negative is
	// none.
	QueueFullRetries int
	// QueueFullWait is how long a retry waits for room. 0 is 1 s; negative waits until
	// the caller's context ends, and refuses nothing.
	QueueFullWait time.Duration
	// ResultStoreSize is how many results of submitted tasks are kept until they are
	// fetched; a store full of results that nobody has fetched lets no more submitted
	// tasks run. One whose results take more bytes than a quarter of MaxHostMemory is full,
	// too. Default 10,000.
	ResultStoreSize int
	// ResultTTL is how long a result is kept at most. 0 is 1 h, negative is for ever.
	ResultTTL time.Duration

	// CPUWorkers run CPU-bound tasks, CPUSlots at once each. Defaults: GOMAXPROCS, and 1:
	// more would not make anything faster.
	CPUWorkers, CPUSlots int
	// IOWorkers run IO-bound tasks, IOSlots at once each. Defaults: four times GOMAXPROCS
	// but at least 8, and 20. A task that waits holds memory, but no core.
	IOWorkers, IOSlots int
	// IdleInstances is how many instances without a task are kept; others are closed when
	// nobody has used them for 30 s, or their memory is needed. 0 is twice GOMAXPROCS and
	// 16, negative is none.
	IdleInstances int

	// HealthCheckInterval is how often every component is checked. 0 is 200 ms, negative
	// is never: then the health stays unknown.
	HealthCheckInterval time.Duration
	// Components are parts of the service around the engine whose status and health are
	// to be reported with its own.
	Components []Component

	// Registerer is where the engine's Prometheus metrics are registered until it is
	// closed. nil is a registry of its own, which Engine.Metrics returns.
	Registerer prometheus.Registerer
	// MetricsOff keeps no Prometheus metrics.
	MetricsOff bool
	// ScriptMetricNames bounds the distinct names of scripts' own metrics that Prometheus
	// sees; reports under later names are counted and dropped. 0 is 100, negative is none.
	ScriptMetricNames int

	// HostFuncs are the functions that scripts may call, by name.
	HostFuncs map[string]HostFunc

	// CodeCacheBytes bounds the compiled scripts kept in memory. 0 is 64 MiB,
	// negative keeps none.
	CodeCacheBytes int

	// VerifyReset compares an instance's whole memory with the image after every so many
	// of its resets, at a cost of milliseconds each. It is for tests. Default 0: never.
	VerifyReset int

	// Logger gets what the engine itself has to say, at the levels that it lets through.
	// nil discards it.
	Logger *slog.Logger
}

// Limits bound one task. A zero field means the default; where none is wanted, say
// so with a large number.
//
// At most, a task takes of the host's memory
//
//	MemoryBytes + ScratchBytes + 2·OutputBytes + 2·ResultBytes + LogBytes + 2·CallBytes
//
// and 150 MB of native stack, if it recurses as deeply as it can, and 4 MiB of records,
// names and metrics; with the defaults about 520 MiB. A trivial script takes less than 1 MiB.
// Config.MaxHostMemory bounds the sum over all tasks.
type Limits struct {
	// MemoryBytes bounds the interpreter's linear memory, of which it takes about
	// 45 MiB for itself. Default 256 MiB; at most 4 GiB - 64 KiB.
	MemoryBytes int64
	// Fuel bounds the work: about one unit a loop iteration inside the interpreter,
	// counted exactly. Default 0: not limited.
	Fuel int64
	// OutputBytes bounds stdout, and again stderr; what is beyond is cut off and
	// marked. Default 1 MiB.
	OutputBytes int64
	// ResultBytes bounds the result's JSON, and the params'. Default 16 MiB.
	ResultBytes int64
	// LogRecords and LogBytes bound the log; records beyond are counted and dropped.
	// Defaults 1,000 and 1 MiB.
	LogRecords int64
	LogBytes   int64
	// MetricSeries bounds the distinct metric name and label combinations; reports
	// beyond are counted and dropped. Default 100.
	MetricSeries int64
	// CallBytes bounds the argument of one host function call, and its reply.
	// Default 4 MiB.
	CallBytes int64
	// ScratchBytes bounds the private /tmp. Default 64 MiB.
	ScratchBytes int64
	// OpenFiles bounds the files open at once. Default 256.
	OpenFiles int64
}

const (
	kib = 1 << 10
	mib = 1 << 20

	maxMemoryBytes = 4<<30 - 64*kib // the last page wasm32 can address stays unused

	defaultTimeout   = 30 * time.Second
	defaultGrace     = time.Second
	defaultCodeCache = 64 * mib

	// Bounds nobody needs to set.
	errorBytes    = 1536 * kib // the bootstrap's own bounds, in characters that JSON writes with six bytes
	metricBytes   = 4 * kib
	progressBytes = 4 * kib
)

// fields names every limit with its default and its largest value, in the
// order of Limits.
func (l *Limits) fields() []limitField {
	return []limitField{
		{"Limits.MemoryBytes", &l.MemoryBytes, 256 * mib, maxMemoryBytes},
		{"Limits.Fuel", &l.Fuel, 0, 1 << 62},
		{"Limits.OutputBytes", &l.OutputBytes, mib, 1 << 30},
		{"Limits.ResultBytes", &l.ResultBytes, 16 * mib, 1 << 30},
		{"Limits.LogRecords", &l.LogRecords, 1000, 1 << 30},
		{"Limits.LogBytes", &l.LogBytes, mib, 1 << 30},
		{"Limits.MetricSeries", &l.MetricSeries, 100, 1 << 20},
		{"Limits.CallBytes", &l.CallBytes, 4 * mib, 1 << 30},
		{"Limits.ScratchBytes", &l.ScratchBytes, 64 * mib, 1 << 40},
		{"Limits.OpenFiles", &l.OpenFiles, 256, 1 << 16},
	}
}

type limitField struct {
	name     string
	value    *int64
	fallback int64
	most     int64
}

// merge returns l with its zero fields taken from base.
func (l Limits) merge(base Limits) Limits {
	if l == (Limits{}) {
		return base // as most tasks have it
	}
	from := base.fields()
	for i, f := range l.fields() {
		if *f.value == 0 {
			*f.value = *from[i].value
		}
	}
	return l
}

func (l Limits) withDefaults() Limits {
	for _, f := range l.fields() {
		if *f.value == 0 {
			*f.value = f.fallback
		}
	}
	return l
}

func (l Limits) validate() error {
	if l == (Limits{}) {
		return nil
	}
	var errs []error
	for _, f := range l.fields() {
		if *f.value < 0 || *f.value > f.most {
			errs = append(errs, fmt.Errorf("%s is %d; use 0 (the default, %d) to %d", f.name, *f.value, f.fallback, f.most))
		}
	}
	return errors.Join(errs...)
}

// WithDefaults returns the configuration with every default filled in, as New uses it.
func (c Config) WithDefaults() Config { return c.withDefaults() }

// withDefaults returns the configuration with every default filled in.
func (c Config) withDefaults() Config {
	c.Limits = c.Limits.withDefaults()
	c.Timeout = defaulted(c.Timeout, defaultTimeout)
	c.Grace = defaulted(c.Grace, defaultGrace)
	if c.CodeCacheBytes == 0 {
		c.CodeCacheBytes = defaultCodeCache
	}
	c.CodeCacheBytes = max(c.CodeCacheBytes, 0)
	for _, f := range c.counts() {
		if *f.value == 0 {
			*f.value = f.fallback
		}
	}
	c.QueueFullRetries = max(c.QueueFullRetries, 0)
	c.IdleInstances = max(c.IdleInstances, 0)
	c.ScriptMetricNames = max(c.ScriptMetricNames, 0)
	c.QueueFullWait = defaulted(c.QueueFullWait, time.Second)
	c.ResultTTL = defaulted(c.ResultTTL, time.Hour)
	c.HealthCheckInterval = defaulted(c.HealthCheckInterval, 200*time.Millisecond)
	if c.MaxHostMemory == 0 {
		c.MaxHostMemory = defaultHostMemory()
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

// count is a field of Config that counts something.
type count struct {
	name     string
	value    *int
	fallback int
	least    int
	most     int
}

// anyCount is the least value of a count that may be negative.
const anyCount = -1 << 31

func (c *Config) counts() []count {
	cores := availableCores()
	return []count{
		{"QueueSize", &c.QueueSize, 1000, 1, 1 << 30},
		{"QueueFullRetries", &c.QueueFullRetries, 3, anyCount, 1 << 30},
		{"ResultStoreSize", &c.ResultStoreSize, 10_000, 1, 1 << 30},
		{"CPUWorkers", &c.CPUWorkers, cores, 1, maxWorkers},
		{"CPUSlots", &c.CPUSlots, 1, 1, maxWorkers},
		{"IOWorkers", &c.IOWorkers, max(8, 4*cores), 1, maxWorkers},
		{"IOSlots", &c.IOSlots, 20, 1, maxWorkers},
		{"IdleInstances", &c.IdleInstances, 2*cores + spareInstances, anyCount, 1 << 20},
		{"ScriptMetricNames", &c.ScriptMetricNames, 100, anyCount, 10_000},
	}
}

// maxWorkers bounds the workers of a type, and a worker's slots.
const maxWorkers = 1 << 16

func defaulted(d, fallback time.Duration) time.Duration {
	if d == 0 {
		return fallback
	}
	return d
}

// validate checks a configuration whose defaults are filled in.
func (c Config) validate() error {
	errs := []error{c.Limits.validate()}
	for name, fn := range c.HostFuncs {
		if name == "" || fn == nil {
			errs = append(errs, fmt.Errorf("HostFuncs[%q]: needs a name and a function", name))
		}
	}
	for _, f := range c.counts() {
		if *f.value < f.least || *f.value > f.most {
			errs = append(errs, fmt.Errorf("%s is %d; use 0 (the default, %d) or up to %d", f.name, *f.value, f.fallback, f.most))
		}
	}
	if c.CacheReadOnly && c.CacheDir == CacheOff {
		errs = append(errs, fmt.Errorf("CacheReadOnly needs a cache, but CacheDir is %q; set it to a directory that WarmUp has filled", CacheOff))
	}
	names := map[string]bool{}
	for i, part := range c.Components {
		switch {
		case part == nil || part.Name() == "":
			errs = append(errs, fmt.Errorf("Config.Components[%d]: needs a name", i))
		case names[part.Name()] || reservedComponent(part.Name()):
			errs = append(errs, fmt.Errorf("Config.Components[%d]: there is a component %q already; choose another name", i, part.Name()))
		default:
			names[part.Name()] = true
		}
	}
	if c.MaxHostMemory < 0 {
		errs = append(errs, fmt.Errorf("MaxHostMemory is %d; use 0 (the default) or more", c.MaxHostMemory))
	}
	if c.VerifyReset < 0 {
		errs = append(errs, fmt.Errorf("VerifyReset is %d; use 0 (never) or more", c.VerifyReset))
	}
	for i, name := range c.Preimport {
		if name == "" {
			errs = append(errs, fmt.Errorf("no module name in Preimport[%d]", i))
		}
	}
	return errors.Join(errs...)
}
