package bench

import (
	"fmt"
	"time"

	"github.com/vivarium-go/vivarium/runtime"
)

var throughput = Benchmark{
	Name: "throughput", Usage: "tasks a second by type, size of params, result and script", Duration: 2 * time.Second,
	measure: func(s *session) error { return s.payloads(2*cores(), 100) },
	columns: []column{seriesColumn, caseColumn, stateColumn, workersColumn, concurrencyColumn, tasksColumn, successColumn, rateColumn, p50Column, p99Column},
	chart:   chart{title: "throughput", y: "tasks/s", x: func(r Row) string { return r.Case }, value: func(r Row) float64 { return r.TasksPerS }, bars: true, panel: payloadPanel},
}

var latency = Benchmark{
	Name: "latency", Usage: "how long one task takes when no other waits, by the same", Duration: 2 * time.Second,
	measure: func(s *session) error { return s.payloads(1, 1) },
	columns: []column{seriesColumn, caseColumn, stateColumn, tasksColumn, successColumn, p50Column, p95Column, p99Column, worstColumn},
	chart:   chart{title: "latency, median", y: "ms", x: func(r Row) string { return r.Case }, value: func(r Row) float64 { return r.P50 / 1e3 }, bars: true, panel: payloadPanel},
}

// payloadPanel keeps apart what waits and what computes, and sizes that are far apart.
func payloadPanel(r Row) string {
	kind := "computing"
	if r.Series == runtime.IOBound.String() {
		kind = "waiting"
	}
	if r.ScriptBytes > 0 {
		return kind + ", by script"
	}
	return kind
}

// Sizes that are measured: a message, a document, a table.
var (
	payloadSizes = []int64{1 << 10, 100 << 10, 5 << 20}
	scriptSizes  = []int64{1 << 10, 10 << 10, 100 << 10}
)

// payloads measures tasks of both types, and peers, with so many on their way at once.
func (s *session) payloads(atOnce, atOnceIO int) error {
	eng, _, err := s.engine(nil)
	if err != nil {
		return err
	}
	workers := map[runtime.TaskType]int{}
	for kind, pool := range map[runtime.TaskType]string{runtime.CPUBound: "cpu_pool", runtime.IOBound: "io_pool"} {
		status, _ := eng.ComponentStatus(pool)
		workers[kind] = int(status.Metrics["slots"])
	}
	measure := func(name string, w workload, kind runtime.TaskType, n int, sizes Row) error {
		s.progress("%s, %s", kind, name)
		sides := []*side{s.ours(eng, w, kind, n)}
		sides[0].row.Workers = workers[kind]
		if kind == runtime.CPUBound {
			for _, p := range s.peers {
				atOnce := n
				if p.name == peerPool && n > 1 {
					atOnce = 128 // the more in flight the faster, up to about a hundred
				}
				sides = append(sides, p.side(w, atOnce))
			}
		}
		for _, side := range sides {
			side.row.Case, side.row.ParamsBytes, side.row.ResultBytes, side.row.ScriptBytes = name, sizes.ParamsBytes, sizes.ResultBytes, sizes.ScriptBytes
		}
		return s.interleave(sizes.ScriptBytes > 0, sides...)
	}
	for _, kind := range []runtime.TaskType{runtime.CPUBound, runtime.IOBound} {
		script, n := payloadScript, atOnce
		if kind == runtime.IOBound {
			script, n = waitingScript, atOnceIO
		}
		cases := []Row{{}}
		for _, size := range payloadSizes {
			cases = append(cases, Row{ParamsBytes: size})
		}
		for _, size := range payloadSizes {
			cases = append(cases, Row{ResultBytes: size})
		}
		for _, sizes := range cases {
			name := "nothing"
			if size := sizes.ParamsBytes + sizes.ResultBytes; size > 0 {
				name = bytesText(size) + map[bool]string{true: " params", false: " result"}[sizes.ParamsBytes > 0]
			}
			w, err := s.payload(script, sizes.ParamsBytes, sizes.ResultBytes)
			if err == nil {
				err = measure(name, w, kind, n, sizes)
			}
			if err != nil {
				return fmt.Errorf("%s, %s: %w", kind, name, err)
			}
		}
	}
	for _, size := range scriptSizes {
		name := bytesText(size) + " script"
		w, err := s.padded(size)
		if err == nil {
			err = measure(name, w, runtime.CPUBound, atOnce, Row{ScriptBytes: size})
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}
