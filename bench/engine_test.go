package bench

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/vivarium-go/vivarium/runtime"
)

// newEngine starts an engine that is closed when the benchmark ends.
func newEngine(b *testing.B, config runtime.Config) *runtime.Engine {
	b.Helper()
	eng, err := runtime.New(context.Background(), config)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := eng.Close(context.Background()); err != nil {
			b.Error(err)
		}
	})
	return eng
}

// samples are durations measured one by one. They belong to one goroutine.
type samples []time.Duration

// at returns the quantile q, 0 to 1, in milliseconds: the largest one for 1.
func (s samples) at(q float64) float64 {
	sorted := slices.Sorted(slices.Values(s))
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)].Seconds() * 1e3
}
