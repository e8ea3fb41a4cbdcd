package runtime

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/vivarium-go/vivarium/hostabi"
)

// scriptMetrics are the metrics that scripts report, of all tasks together: by name,
// without the labels that scripts give them. It may be used by several goroutines.
type scriptMetrics struct {
	most int // names

	mu      sync.Mutex // guards what follows
	series  map[string]*scriptSeries
	dropped uint64
}

// scriptSeries is a metric of scripts.
type scriptSeries struct {
	kind  hostabi.MetricKind
	value float64 // the last one of a gauge, else the sum
	count uint64
}

// promlint refuses names that have the type in them.
var (
	scriptGauge     = prometheus.NewDesc("vivarium_script_value", "The last value that a script reported for a gauge of its own.", []string{labelMetric}, nil)
	scriptCounter   = prometheus.NewDesc("vivarium_script_counted_total", "The sum of what scripts reported for a counter of their own.", []string{labelMetric}, nil)
	scriptHistogram = prometheus.NewDesc("vivarium_script_observations", "Count and sum of what scripts reported for a histogram of their own.", []string{labelMetric}, nil)
	scriptDropped   = prometheus.NewDesc("vivarium_script_metrics_dropped_total", "Series of scripts that were not kept: too many names, or a name of another kind.", nil, nil)
)

func newScriptMetrics(most int) *scriptMetrics {
	return &scriptMetrics{most: most, series: map[string]*scriptSeries{}}
}

// Describe implements prometheus.Collector.
func (s *scriptMetrics) Describe(to chan<- *prometheus.Desc) {
	to <- scriptGauge
	to <- scriptCounter
	to <- scriptHistogram
	to <- scriptDropped
}

// Collect implements prometheus.Collector.
func (s *scriptMetrics) Collect(to chan<- prometheus.Metric) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, series := range s.series {
		switch series.kind {
		case hostabi.MetricGauge:
			to <- prometheus.MustNewConstMetric(scriptGauge, prometheus.GaugeValue, series.value, name)
		case hostabi.MetricCounter:
			to <- prometheus.MustNewConstMetric(scriptCounter, prometheus.CounterValue, series.value, name)
		default:
			to <- prometheus.MustNewConstSummary(scriptHistogram, series.count, series.value, nil, name)
		}
	}
	to <- prometheus.MustNewConstMetric(scriptDropped, prometheus.CounterValue, float64(s.dropped))
}

// report adds what a task has reported.
func (s *scriptMetrics) report(reported []*Metric) {
	if len(reported) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range reported {
		series := s.series[m.Name]
		if series == nil && len(s.series) < s.most {
			series = &scriptSeries{kind: m.Kind}
			s.series[m.Name] = series
		}
		if series == nil || series.kind != m.Kind {
			s.dropped++
			continue
		}
		series.count += m.Count
		if m.Kind == hostabi.MetricGauge {
			series.value = m.Value
		} else {
			series.value += m.Value
		}
	}
}
