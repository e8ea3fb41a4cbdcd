package runtime

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are what Prometheus sees of an engine: one collector, of which some are
// kept as tasks end, and the others read when it is collected. It may
// be used by several goroutines. A nil one keeps nothing.
type metrics struct {
	engine   *Engine
	own      *prometheus.Registry
	injected prometheus.Registerer // nil if there is none

	ended  *prometheus.CounterVec
	usage  []usageHistogram
	script *scriptMetrics

	mu   sync.Mutex // guards what follows
	late []lateUsage
}

// lateUsage is what a task has used and the histograms do not have yet. A task's own
// goroutine leaves it at that: eleven histograms take as long as all else that ends a task.
type lateUsage struct {
	kind  TaskType
	usage Usage
}

// mostLate is how many tasks' usage is kept before the histograms get it.
const mostLate = 256

// Bounds of labels: nothing that a script says becomes one, but the names of its
// metrics, of which there are only so many.
const (
	labelType      = "type"      // of a task: cpu or io
	labelOutcome   = "outcome"   // how it ended, see outcomeOf
	labelComponent = "component" // but not single workers
	labelState     = "state"
	labelMetric    = "metric"
)

// usageHistogram is one field of Usage.
type usageHistogram struct {
	*prometheus.HistogramVec
	of func(*Usage) float64
}

func newUsageHistogram(name, help string, buckets []float64, of func(*Usage) float64) usageHistogram {
	return usageHistogram{prometheus.NewHistogramVec(
		prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, []string{labelType}), of}
}

// usageHistograms are the fields of Usage as histograms by type of task.
func usageHistograms() []usageHistogram {
	seconds := prometheus.ExponentialBuckets(100e-6, 4, 10) // 100 µs to 26 s
	bytes := prometheus.ExponentialBuckets(256, 16, 7)      // 256 B to 4 GiB
	counts := prometheus.ExponentialBuckets(1, 10, 5)
	return []usageHistogram{
		newUsageHistogram("vivarium_task_queue_seconds", "Time a task waited for a worker, memory and an instance.", seconds, func(u *Usage) float64 { return u.Queue.Seconds() }),
		newUsageHistogram("vivarium_task_exec_seconds", "Time a task ran.", seconds, func(u *Usage) float64 { return u.Exec.Seconds() }),
		newUsageHistogram("vivarium_task_reset_seconds", "Time it took to put a task's instance back.", prometheus.ExponentialBuckets(10e-6, 4, 8), func(u *Usage) float64 { return u.Reset.Seconds() }),
		newUsageHistogram("vivarium_task_fuel_units", "Loop iterations inside the interpreter that a task took.", prometheus.ExponentialBuckets(1e3, 10, 8), func(u *Usage) float64 { return float64(u.Fuel) }),
		newUsageHistogram("vivarium_task_memory_peak_bytes", "Linear memory a task used at most.", prometheus.ExponentialBuckets(32*mib, 2, 8), func(u *Usage) float64 { return float64(u.MemoryPeakBytes) }),
		newUsageHistogram("vivarium_task_dirty_pages", "Pages of memory put back after a task.", prometheus.ExponentialBuckets(64, 4, 8), func(u *Usage) float64 { return float64(u.DirtyPages) }),
		newUsageHistogram("vivarium_task_host_calls", "Host functions a task called.", counts, func(u *Usage) float64 { return float64(u.HostCalls) }),
		newUsageHistogram("vivarium_task_abandoned_calls", "Host functions of a task that had not returned when it was stopped.", counts[:2], func(u *Usage) float64 { return float64(u.AbandonedCalls) }),
		newUsageHistogram("vivarium_task_input_bytes", "Bytes a task got from the host, files not counted.", bytes, func(u *Usage) float64 { return float64(u.BytesIn) }),
		newUsageHistogram("vivarium_task_output_bytes", "Bytes a task handed to the host, files not counted.", bytes, func(u *Usage) float64 { return float64(u.BytesOut) }),
		newUsageHistogram("vivarium_task_retries", "Runs of a task that ended with the loss of its instance and were repeated.", counts[:2], func(u *Usage) float64 { return float64(u.Retries) }),
	}
}

// newMetrics makes the metrics of an engine and registers them; nil if they are off.
func newMetrics(e *Engine) (*metrics, error) {
	if e.cfg.MetricsOff {
		return nil, nil
	}
	m := &metrics{
		engine:   e,
		own:      prometheus.NewRegistry(),
		injected: e.cfg.Registerer,
		ended: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "vivarium_tasks_finished_total", Help: "Tasks that ended, by how they did.",
		}, []string{labelType, labelOutcome}),
		usage:  usageHistograms(),
		script: newScriptMetrics(e.cfg.ScriptMetricNames),
	}
	if err := m.own.Register(m); err != nil {
		return nil, err
	}
	if m.injected == nil {
		return m, nil
	}
	if err := m.injected.Register(m); err != nil {
		return nil, fmt.Errorf("Config.Registerer: %w; two engines need prometheus.WrapRegistererWith and a label that tells them apart", err)
	}
	return m, nil
}

func (m *metrics) unregister() {
	if m != nil && m.injected != nil {
		m.injected.Unregister(m)
	}
}

// Metrics returns the engine's Prometheus metrics, and nothing else; none with
// Config.MetricsOff.
func (e *Engine) Metrics() prometheus.Gatherer {
	if e.metrics == nil {
		return prometheus.NewRegistry()
	}
	return e.metrics.own
}

// finished counts a job that has ended.
func (m *metrics) finished(j *job) {
	if m == nil {
		return
	}
	kind := j.lane.kind.String()
	m.ended.WithLabelValues(kind, j.ending()).Inc()
	if j.result == nil {
		return
	}
	m.mu.Lock()
	m.late = append(m.late, lateUsage{j.lane.kind, j.result.Usage})
	if len(m.late) >= mostLate {
		m.observe()
	}
	m.mu.Unlock()
	m.script.report(j.result.Metrics)
}

// observe brings the histograms up to date. The caller holds the mutex.
func (m *metrics) observe() {
	for _, h := range m.usage {
		for i := range m.late {
			h.WithLabelValues(m.late[i].kind.String()).Observe(h.of(&m.late[i].usage))
		}
	}
	m.late = m.late[:0]
}

// ending says in a word how a job ended.
func (j *job) ending() string {
	var (
		limit  *LimitError
		exit   *ExitError
		script *ScriptError
	)
	switch err := j.outcome().Err; {
	case err == nil:
		return "ok"
	case j.result == nil:
		return "not_started"
	case errors.Is(err, ErrInstanceLost):
		return "instance_lost"
	case errors.As(err, &limit):
		return string(limit.Kind)
	case errors.Is(err, ErrCancelled), errors.Is(err, ErrClosed), errors.Is(err, context.Canceled), errors.As(err, new(*cancelledError)):
		return "cancelled"
	case errors.As(err, &exit):
		return "exit"
	case errors.As(err, &script):
		return "exception"
	default:
		return "error"
	}
}

// reading is a number that is read when metrics are collected.
type reading struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
	read func(e *Engine, emit func(value float64, labels ...string))
}

func newReading(name, help string, kind prometheus.ValueType, read func(e *Engine, emit func(float64, ...string)), labels ...string) reading {
	return reading{prometheus.NewDesc(name, help, labels, nil), kind, read}
}

// byType reads something of each lane.
func byType(of func(*lane) float64) func(*Engine, func(float64, ...string)) {
	return func(e *Engine, emit func(float64, ...string)) {
		for _, l := range e.lanes {
			emit(of(l), l.kind.String())
		}
	}
}

// once reads one number.
func once(of func(*Engine) float64) func(*Engine, func(float64, ...string)) {
	return func(e *Engine, emit func(float64, ...string)) { emit(of(e)) }
}

const (
	asGauge   = prometheus.GaugeValue
	asCounter = prometheus.CounterValue
)

var readings = []reading{
	newReading("vivarium_tasks_accepted_total", "Tasks that were accepted.", asCounter, byType(func(l *lane) float64 { return float64(l.accepted.Load()) }), labelType),
	newReading("vivarium_tasks_rejected_total", "Tasks that were refused because the queue was full.", asCounter, byType(func(l *lane) float64 { return float64(l.rejected.Load()) }), labelType),
	newReading("vivarium_tasks_queued", "Tasks that wait for a worker.", asGauge, byType(func(l *lane) float64 { return float64(l.pool.Stats().Queued) }), labelType),
	newReading("vivarium_queue_capacity_tasks", "Tasks that may wait for a worker.", asGauge, byType(func(l *lane) float64 { return float64(l.pool.Stats().Capacity) }), labelType),
	newReading("vivarium_tasks_active", "Tasks that have a slot.", asGauge, byType(func(l *lane) float64 { return float64(max(l.pool.Stats().Active-l.broken(), 0)) }), labelType),
	newReading("vivarium_slots", "Tasks that can run at once.", asGauge, byType(func(l *lane) float64 { return float64(l.pool.Stats().Slots) }), labelType),
	newReading("vivarium_slots_healing", "Slots that wait for an instance in place of one that broke down.", asGauge, byType(func(l *lane) float64 { return float64(l.broken()) }), labelType),
	newReading("vivarium_instances_lost_total", "Instances that broke down, or could not be made.", asCounter, byType((*lane).lost), labelType),
	newReading("vivarium_instances", "Interpreter instances there are.", asGauge, func(e *Engine, emit func(float64, ...string)) {
		idle := int64(e.idle.Len())
		emit(float64(idle), "idle")
		emit(float64(max(e.live.Load()-idle, 0)), "busy")
	}, labelState),
	newReading("vivarium_instances_made_total", "Interpreter instances that were made.", asCounter, once(func(e *Engine) float64 { return float64(e.made.Load()) })),
	newReading("vivarium_results_stored", "Results of submitted tasks that are kept.", asGauge, once(func(e *Engine) float64 { return float64(e.store.stats().size) })),
	newReading("vivarium_results_unfetched", "Results of submitted tasks that nobody has fetched yet.", asGauge, once(func(e *Engine) float64 { return float64(e.store.stats().unfetched) })),
	newReading("vivarium_results_expired_total", "Results that were given up before anybody had fetched them.", asCounter, once(func(e *Engine) float64 { return float64(e.store.stats().expired) })),
	newReading("vivarium_results_evicted_total", "Results that made room for others after they had been fetched.", asCounter, once(func(e *Engine) float64 { return float64(e.store.stats().evicted) })),
	newReading("vivarium_host_memory_bytes", "Memory that tasks and idle instances hold.", asGauge, once(func(e *Engine) float64 { return float64(e.memory.usedBytes()) })),
	newReading("vivarium_host_memory_limit_bytes", "Memory that all tasks together may hold.", asGauge, once(func(e *Engine) float64 { return float64(e.cfg.MaxHostMemory) })),
	newReading("vivarium_script_cache_hits_total", "Tasks whose script was compiled already.", asCounter, once(func(e *Engine) float64 { return float64(e.interpreter.Stats().CodeHits) })),
	newReading("vivarium_script_cache_misses_total", "Tasks whose script had to be compiled.", asCounter, once(func(e *Engine) float64 { return float64(e.interpreter.Stats().CodeMisses) })),
	newReading("vivarium_script_cache_bytes", "Compiled scripts that are kept.", asGauge, once(func(e *Engine) float64 { return float64(e.interpreter.Stats().ScriptBytes) })),
	newReading("vivarium_health", "Health of the last check: 0 healthy, 1 unknown, 2 degraded, 3 unhealthy.", asGauge, func(e *Engine, emit func(float64, ...string)) {
		health := e.Health()
		emit(float64(health.Overall.rank()), "overall")
		for _, name := range ownComponents {
			emit(float64(health.Components[name].State.rank()), name)
		}
	}, labelComponent),
	newReading("vivarium_info", "Always 1; the labels say what runs.", asGauge, func(e *Engine, emit func(float64, ...string)) {
		emit(1, Version().Vivarium, e.interpreter.Stats().Reset)
	}, "version", "reset"),
}

func (l *lane) lost() (n float64) {
	for _, w := range l.workers {
		n += float64(w.stats().lost)
	}
	return n
}

// Describe implements prometheus.Collector.
func (m *metrics) Describe(to chan<- *prometheus.Desc) {
	m.ended.Describe(to)
	for _, h := range m.usage {
		h.Describe(to)
	}
	m.script.Describe(to)
	for _, g := range readings {
		to <- g.desc
	}
}

// Collect implements prometheus.Collector.
func (m *metrics) Collect(to chan<- prometheus.Metric) {
	m.mu.Lock()
	m.observe()
	m.mu.Unlock()
	m.ended.Collect(to)
	for _, h := range m.usage {
		h.Collect(to)
	}
	m.script.Collect(to)
	for _, g := range readings {
		g.read(m.engine, func(value float64, labels ...string) {
			to <- prometheus.MustNewConstMetric(g.desc, g.kind, value, labels...)
		})
	}
}
