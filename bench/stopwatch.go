package bench

import (
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Latency is how long something took, in microseconds.
type Latency struct {
	Count int64   `json:"count"`
	P50   float64 `json:"p50_us"`
	P95   float64 `json:"p95_us"`
	P99   float64 `json:"p99_us"`
	P999  float64 `json:"p999_us"`
	Max   float64 `json:"max_us"`
}

// stopwatch collects durations in bounded memory, to three digits. It may be used by several
// goroutines.
type stopwatch struct {
	mu        sync.Mutex
	histogram *hdrhistogram.Histogram // in nanoseconds
}

func newStopwatch() *stopwatch {
	return &stopwatch{histogram: hdrhistogram.New(1, int64(time.Hour), 3)}
}

// record adds a duration of at most an hour; longer ones count as that.
func (s *stopwatch) record(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.histogram.RecordValue(int64(min(d, time.Hour))) // only fails out of range
}

func (s *stopwatch) latency() Latency {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := func(percentile float64) float64 {
		return float64(s.histogram.ValueAtPercentile(percentile)) / 1e3
	}
	return Latency{
		Count: s.histogram.TotalCount(),
		P50:   at(50), P95: at(95), P99: at(99), P999: at(99.9),
		Max: float64(s.histogram.Max()) / 1e3,
	}
}
