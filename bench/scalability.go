package bench

import (
	"fmt"
	"time"

	"github.com/vivarium-go/vivarium/runtime"
)

var scalability = Benchmark{
	Name: "scalability", Usage: "tasks a second over workers and over tasks that wait, with the scalability law fitted", Duration: 3 * time.Second,
	measure: (*session).scalability,
	columns: []column{seriesColumn, workersColumn, concurrencyColumn, tasksColumn, successColumn, rateColumn, uslColumn, p50Column, p99Column},
	chart: chart{title: "scalability", y: "tasks/s", x: func(r Row) string { return fmt.Sprint(r.Concurrency) }, value: func(r Row) float64 { return r.TasksPerS },
		panel: func(r Row) string { return r.Series },
		more:  map[string]func(Row) float64{"law": func(r Row) float64 { return r.USLPerS }}},
}

var uslColumn = column{"law", func(r Row) string { return figure(r.USLPerS) }}

// ioSleep is how long an IO-bound task waits: with few at once that bounds the rate, with
// many the cores do.
const ioSleep = 20 * time.Millisecond

// largeIO is the most tasks that wait at once, and largeMemory what they may take for that.
const (
	largeIO     = 10_000
	largeMemory = 10 << 30
)

// waiting is how many tasks wait at once.
var waiting = []int{1, 10, 100, 1000, largeIO}

// scalability measures one to twice as many workers as there are cores, each with a task on
// its way, and one to ten thousand tasks that wait.
func (s *session) scalability() error {
	w, err := s.payload(payloadScript, 1, 1)
	if err != nil {
		return err
	}
	for n := 1; n <= 2*cores(); n++ {
		s.progress("cpu, %d workers", n)
		eng, stop, err := s.engine(func(cfg *runtime.Config) { cfg.CPUWorkers, cfg.CPUSlots = n, 1 })
		if err != nil {
			return err
		}
		side := s.ours(eng, w, runtime.CPUBound, n)
		side.row.Workers = n
		if err := s.interleave(false, side); err != nil {
			return err
		}
		if err := stop(); err != nil {
			return err
		}
	}
	s.fit("cpu")
	if w.path, err = s.script(fmt.Sprintf("import time\n%s", sleeping(ioSleep))); err != nil {
		return err
	}
	for _, n := range waiting {
		s.progress("io, %d at once", n)
		eng, stop, err := s.engine(func(cfg *runtime.Config) { cfg.IOWorkers, cfg.IOSlots, cfg.QueueSize = (n+19)/20, 20, n })
		if err != nil {
			return err
		}
		pools, _ := eng.ComponentStatus("process_pool")
		if most := pools.Metrics["host_memory_limit_bytes"]; n == largeIO && most > 0 && most < largeMemory {
			s.note("skipped %d tasks that wait: they take %d GiB, and may take %.1f", n, largeMemory>>30, most/(1<<30))
			continue
		}
		side := s.ours(eng, w, runtime.IOBound, n)
		side.row.Workers = n
		if err := s.interleave(false, side); err != nil {
			return err
		}
		if err := stop(); err != nil {
			return err
		}
	}
	s.fit("io")
	return nil
}

// sleeping is payloadScript that sleeps first.
func sleeping(d time.Duration) string {
	return fmt.Sprintf(`
def module():
    return Payload()


class Payload:
    def run(self, params):
        time.sleep(%f)
        return {"got": len(params["data"]), "data": "y" * params["result_bytes"]}
`, d.Seconds())
}

// fit fits the law to the rows of a series.
func (s *session) fit(series string) {
	var n, rates []float64
	for _, row := range s.report.Rows {
		if row.Series == series {
			n, rates = append(n, float64(row.Concurrency)), append(rates, row.TasksPerS)
		}
	}
	law, err := FitUSL(n, rates)
	if err != nil {
		s.note("no law for %s: %v", series, err)
		return
	}
	if s.report.Fits == nil {
		s.report.Fits = make(map[string]USL)
	}
	s.report.Fits[series] = law
	for i := range s.report.Rows {
		if row := &s.report.Rows[i]; row.Series == series {
			row.USLPerS = law.At(float64(row.Concurrency))
		}
	}
}
