package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	goruntime "runtime"
	"slices"
	"time"

	"github.com/vivarium-go/vivarium/runtime"
)

// Options say how to measure.
type Options struct {
	// Engine is the configuration of the engines; what a benchmark varies is its own.
	Engine runtime.Config
	// Duration is how long each row is measured. 0 is the benchmark's own.
	Duration time.Duration
	// Compare names the peers to measure beside Vivarium, see Peers.
	Compare []string
	// Python is the native CPython that peers need. "" is the python3 on PATH.
	Python string
	// Command is the vivarium program, for the starts of whole processes. "" leaves them out.
	Command string
	// Progress, if it is set, is told what is measured next.
	Progress func(what string)
}

// Benchmark is one of those that `vivarium bench` has.
type Benchmark struct {
	Name, Usage string
	// Duration is how long each row is measured by default.
	Duration time.Duration

	measure func(*session) error
	columns []column
	chart   chart
}

// All returns the benchmarks, in the order in which they are explained.
func All() []Benchmark {
	return []Benchmark{throughput, latency, scalability, batch, density, cpu, stall, coldstart}
}

// Row is what was measured of one thing. Keys of its JSON are stable; those that do not apply are
// left out.
type Row struct {
	// Series is what was measured, "cpu", "io", or a peer's name; Case what of it.
	Series string `json:"series"`
	Case   string `json:"case,omitempty"`
	// State is "cold" for what happens once, "warm" for what was done before it was measured.
	State string `json:"state"`

	Workers     int   `json:"workers"`         // that run tasks at once
	Concurrency int   `json:"concurrency"`     // tasks on their way at once
	Batch       int   `json:"batch,omitempty"` // tasks of a batch
	ParamsBytes int64 `json:"params_bytes,omitempty"`
	ResultBytes int64 `json:"result_bytes,omitempty"`
	ScriptBytes int64 `json:"script_bytes,omitempty"`

	Tasks       int64   `json:"tasks"`
	SuccessRate float64 `json:"success_rate"` // share of 1 whose result was right
	TasksPerS   float64 `json:"tasks_per_s"`
	Latency

	// PrivateBytes is memory that the process has for each task and shares with nobody.
	PrivateBytes int64 `json:"private_bytes,omitempty"`
	// Ratio is to the native CPython, more is slower.
	Ratio float64 `json:"x_native,omitempty"`
	// USLPerS is the rate that the fitted law has at this point.
	USLPerS float64 `json:"usl_tasks_per_s,omitempty"`
}

// Report is what a benchmark has measured.
type Report struct {
	Benchmark string    `json:"benchmark"`
	Machine   Machine   `json:"machine"`
	Began     time.Time `json:"began"`
	Seconds   float64   `json:"seconds"`
	Rows      []Row     `json:"rows"`
	// Fits are scalability laws, by series.
	Fits map[string]USL `json:"fits,omitempty"`
	// Notes say what was left out, and what to think of the figures.
	Notes []string `json:"notes"`

	columns []column
	chart   chart
}

// Run measures. Its error says why that could not be done, or that a result was wrong.
func (b Benchmark) Run(ctx context.Context, o Options) (report Report, err error) {
	if o.Duration == 0 {
		o.Duration = b.Duration
	}
	dir, err := os.MkdirTemp("", "vivarium-bench-*")
	if err != nil {
		return Report{}, err
	}
	s := &session{
		ctx: ctx, Options: o, dir: dir,
		report: Report{Benchmark: b.Name, Machine: ThisMachine(), Began: time.Now(), Notes: []string{}, columns: b.columns, chart: b.chart},
	}
	defer func() { err = errors.Join(err, s.close(), os.RemoveAll(dir)) }()
	s.findPython()
	if err := s.startPeers(); err != nil {
		return Report{}, err
	}
	if err := b.measure(s); err != nil {
		return Report{}, fmt.Errorf("bench %s: %w", b.Name, err)
	}
	s.report.Seconds = time.Since(s.report.Began).Seconds()
	return s.report, nil
}

// session is a benchmark that goes on. One goroutine uses it.
type session struct {
	ctx context.Context
	Options
	dir       string // for files, removed in the end
	report    Report
	native    string // the native CPython; "" if there is none
	peers     []peer
	closers   []func() error
	measuring string // as Progress was told
}

// engine starts an engine that is closed with the session, or before by calling stop.
func (s *session) engine(change func(*runtime.Config)) (_ *runtime.Engine, stop func() error, _ error) {
	cfg := s.Engine
	if change != nil {
		change(&cfg)
	}
	eng, err := runtime.New(s.ctx, cfg)
	if err != nil {
		return nil, nil, err
	}
	closed := false
	stop = func() error {
		if closed {
			return nil
		}
		closed = true
		return eng.Close(context.WithoutCancel(s.ctx))
	}
	s.closers = append(s.closers, stop)
	return eng, stop, nil
}

// close ends what the session has started, the latest first.
func (s *session) close() error {
	var errs []error
	for _, closer := range slices.Backward(s.closers) {
		errs = append(errs, closer())
	}
	return errors.Join(errs...)
}

func (s *session) add(rows ...Row) { s.report.Rows = append(s.report.Rows, rows...) }

func (s *session) note(format string, args ...any) {
	s.report.Notes = append(s.report.Notes, fmt.Sprintf(format, args...))
}

func (s *session) progress(format string, args ...any) {
	what := fmt.Sprintf(format, args...)
	if s.Progress != nil && what != s.measuring {
		s.Progress(what)
	}
	s.measuring = what
}

// cores is how many tasks can compute at once.
func cores() int { return goruntime.GOMAXPROCS(0) }
