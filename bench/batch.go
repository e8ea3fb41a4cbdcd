package bench

import (
	"fmt"
	"slices"
	"time"

	"github.com/vivarium-go/vivarium/runtime"
)

var batch = Benchmark{
	Name: "batch", Usage: "how long batches of 1 to 100,000 tasks take", Duration: 2 * time.Second,
	measure: (*session).batches,
	columns: []column{seriesColumn, batchColumn, tasksColumn, successColumn, rateColumn, {"µs a task", func(r Row) string { return figure(r.P50 / float64(r.Batch)) }},
		{"batch p50 ms", func(r Row) string { return milliseconds(r.P50) }}, {"batch worst ms", func(r Row) string { return milliseconds(r.Max) }}},
	chart: chart{title: "batch", y: "tasks/s", x: func(r Row) string { return fmt.Sprint(r.Batch) }, value: func(r Row) float64 { return r.TasksPerS }},
}

var batchColumn = column{"batch", func(r Row) string { return count(int64(r.Batch)) }}

var batchSizes = []int{1, 10, 100, 1000, 10_000, 100_000}

// batches measures RunBatch: the latencies are those of whole batches.
func (s *session) batches() error {
	eng, _, err := s.engine(nil)
	if err != nil {
		return err
	}
	w, err := s.payload(payloadScript, 1, 1)
	if err != nil {
		return err
	}
	task := runtime.Task{Script: runtime.File(w.path), Params: w.params}
	for _, size := range batchSizes {
		s.progress("%d tasks", size)
		tasks := slices.Repeat([]runtime.Task{task}, size)
		m := &side{row: Row{Series: "cpu", Batch: size, Workers: cores(), Concurrency: 1}, do: func(int) error {
			ended := make([]bool, size)
			for i, res := range eng.RunBatch(s.ctx, tasks) {
				if err := right(w)(res, nil); err != nil {
					return err
				}
				if ended[i] {
					return fmt.Errorf("task %d has two results", i)
				}
				ended[i] = true
			}
			if missing := slices.Index(ended, false); missing >= 0 {
				return fmt.Errorf("task %d has no result", missing)
			}
			return nil
		}}
		if err := s.interleave(false, m); err != nil {
			return err
		}
		row := &s.report.Rows[len(s.report.Rows)-1]
		row.Tasks *= int64(size)
		row.TasksPerS *= float64(size)
	}
	return nil
}
