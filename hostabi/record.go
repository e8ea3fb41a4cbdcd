package hostabi

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// LogRecord is one message a script logged.
type LogRecord struct {
	Time  time.Time
	Level LogLevel
	Text  string
}

// Metric is one series a script reported. A counter's Value is the sum, a gauge's
// the last one; a histogram's Value is the sum of Count observations between Min
// and Max.
type Metric struct {
	Name   string
	Kind   MetricKind
	Labels map[string]string
	Value  float64
	Count  uint64
	Min    float64
	Max    float64
}

// observe adds one report to the series.
func (m *Metric) observe(value float64) {
	if m.Count == 0 {
		m.Min, m.Max = value, value
	}
	m.Count++
	m.Min, m.Max = min(m.Min, value), max(m.Max, value)
	if m.Kind == MetricGauge {
		m.Value = value
	} else {
		m.Value = max(-math.MaxFloat64, min(m.Value+value, math.MaxFloat64)) // JSON has no infinity
	}
}

// seriesKey tells series apart. Labels may hold anything, but not beyond their quotes.
func seriesKey(name string, labels map[string]string) string {
	var key strings.Builder
	key.WriteString(name)
	for _, label := range slices.Sorted(maps.Keys(labels)) {
		key.WriteString(strconv.Quote(label) + strconv.Quote(labels[label]))
	}
	return key.String()
}

// Progress is how far a script says it is.
type Progress struct {
	Fraction float64 // from 0 to 1
	Message  string
}

// Dropped counts what a call's limits cut off.
type Dropped struct {
	LogRecords int // records not kept
	Metrics    int // reports to series beyond the limit
	Results    int // results larger than the limit
}
