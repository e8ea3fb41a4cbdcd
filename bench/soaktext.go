package bench

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
	"time"
)

// WriteText writes the report for people.
func (r SoakReport) WriteText(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(cells ...any) {
		for _, cell := range cells {
			_, _ = fmt.Fprintf(t, "%v\t", cell) // Flush has the error
		}
		_, _ = fmt.Fprintln(t)
	}
	_, _ = fmt.Fprintf(t, "soak of %v from %s, seed %d\n", seconds(r.Seconds).Round(time.Second), r.Began.UTC().Format(time.RFC3339), r.Seed)
	_, _ = fmt.Fprintf(t, "%s, %s, %d cores, kernel %s, %s, commit %s\n", r.Machine.System, r.Machine.CPU, r.Machine.Cores, r.Machine.Kernel, r.Machine.Go, r.Machine.Commit)
	_, _ = fmt.Fprintln(t)

	row("tasks that ended as they had to")
	total := int64(0)
	for _, kind := range slices.Sorted(maps.Keys(r.Tasks)) {
		row(kind, r.Tasks[kind])
		total += r.Tasks[kind]
	}
	row("all", total)
	row("per second", fmt.Sprintf("%.0f", r.PerS))
	row("resets", r.Resets)
	row("stopped softly", r.Stops.Soft)
	row("stopped hard", r.Stops.Hard)
	row("interpreters broken", r.Stops.Died)
	row("engines from a damaged cache", r.Engines)
	_, _ = fmt.Fprintln(t)

	row("latency in ms", "count", "p50", "p95", "p99", "p99.9", "worst")
	for _, name := range slices.Sorted(maps.Keys(r.Latencies)) {
		l := r.Latencies[name]
		ms := func(us float64) string { return fmt.Sprintf("%.2f", us/1e3) }
		row(name, l.Count, ms(l.P50), ms(l.P95), ms(l.P99), ms(l.P999), ms(l.Max))
	}
	_, _ = fmt.Fprintln(t)

	const mib = 1 << 20
	row("the process holds", "before", "after", "slope an hour")
	row("goroutines", r.Before.Goroutines, r.After.Goroutines, fmt.Sprintf("%+.1f", r.Slopes.Goroutines))
	row("descriptors", r.Before.Descriptors, r.After.Descriptors, fmt.Sprintf("%+.1f", r.Slopes.Descriptors))
	row("mappings", r.Before.Mappings, r.After.Mappings, fmt.Sprintf("%+.1f", r.Slopes.Mappings))
	row("resident MiB", r.Before.ResidentBytes/mib, r.After.ResidentBytes/mib, fmt.Sprintf("%+.1f", r.Slopes.ResidentBytes/mib))
	_, _ = fmt.Fprintln(t)

	_, _ = fmt.Fprintf(t, "failures: %d\n", r.FailureCount)
	for _, failure := range r.Failures {
		_, _ = fmt.Fprintf(t, "  %s\n", failure)
	}
	return t.Flush()
}
