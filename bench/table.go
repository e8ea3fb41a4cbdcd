package bench

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// column is a column of a benchmark's table.
type column struct {
	title string
	cell  func(Row) string
}

// WriteText writes the report as a table for people.
func (r Report) WriteText(w io.Writer) error {
	m := r.Machine
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(t, format+"\n", args...) } // Flush has the error
	line("%s, %v from %s", r.Benchmark, seconds(r.Seconds).Round(time.Second), r.Began.UTC().Format(time.RFC3339))
	line("%s, %s, %d cores, kernel %s, %s, commit %s\n", m.System, m.CPU, m.Cores, m.Kernel, m.Go, m.Commit)
	var titles []string
	for _, c := range r.columns {
		titles = append(titles, c.title)
	}
	line("%s", strings.Join(titles, "\t"))
	for _, row := range r.Rows {
		var cells []string
		for _, c := range r.columns {
			cells = append(cells, c.cell(row))
		}
		line("%s", strings.Join(cells, "\t"))
	}
	for _, series := range slices.Sorted(maps.Keys(r.Fits)) {
		line("\n%s: %s", series, r.Fits[series])
	}
	if len(r.Notes) > 0 {
		line("")
	}
	for _, note := range r.Notes {
		line("%s", note)
	}
	return t.Flush()
}

func seconds(x float64) time.Duration { return time.Duration(x * float64(time.Second)) }

// Columns that several benchmarks have.
var (
	seriesColumn      = column{"series", func(r Row) string { return r.Series }}
	caseColumn        = column{"case", func(r Row) string { return r.Case }}
	stateColumn       = column{"state", func(r Row) string { return r.State }}
	workersColumn     = column{"workers", func(r Row) string { return count(int64(r.Workers)) }}
	concurrencyColumn = column{"at once", func(r Row) string { return count(int64(r.Concurrency)) }}
	tasksColumn       = column{"tasks", func(r Row) string { return count(r.Tasks) }}
	successColumn     = column{"right", func(r Row) string { return fmt.Sprintf("%.4g%%", 100*r.SuccessRate) }}
	rateColumn        = column{"tasks/s", func(r Row) string { return figure(r.TasksPerS) }}
	p50Column         = column{"p50 ms", func(r Row) string { return milliseconds(r.P50) }}
	p95Column         = column{"p95 ms", func(r Row) string { return milliseconds(r.P95) }}
	p99Column         = column{"p99 ms", func(r Row) string { return milliseconds(r.P99) }}
	worstColumn       = column{"worst ms", func(r Row) string { return milliseconds(r.Max) }}
)

// count is a number, nothing for none.
func count(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// figure is a number with about three digits.
func figure(x float64) string {
	switch {
	case x == 0:
		return ""
	case x >= 100:
		return fmt.Sprintf("%.0f", x)
	default:
		return fmt.Sprintf("%.3g", x)
	}
}

func milliseconds(us float64) string { return figure(us / 1e3) }

// bytesText is a size for people.
func bytesText(n int64) string {
	switch {
	case n == 0:
		return ""
	case n < 1<<10:
		return fmt.Sprintf("%d B", n)
	case n < 1<<20:
		return fmt.Sprintf("%.3g KiB", float64(n)/(1<<10))
	default:
		return fmt.Sprintf("%.3g MiB", float64(n)/(1<<20))
	}
}
