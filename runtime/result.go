package runtime

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/vivarium-go/vivarium/hostabi"
)

// TaskID identifies a task within its engine.
type TaskID uint64

// What a script reports while it runs.
type (
	// LogRecord is one message a script logged.
	LogRecord = hostabi.LogRecord
	// Metric is one series a script reported.
	Metric = hostabi.Metric
	// Progress is how far a script says it is.
	Progress = hostabi.Progress
)

// Result is how a task ended. It is not changed once it is handed out.
type Result struct {
	ID     TaskID
	Labels map[string]string

	// Value is what run(params) returned: the script's own JSON bytes, verbatim. nil
	// if the script has no entry point or did not get so far.
	Value json.RawMessage
	// Err is nil, *ScriptError, *LimitError, *ExitError, the context's error, or wraps
	// ErrInstanceLost, ErrCancelled or ErrClosed. That of a submitted task may also say why
	// the task was not run.
	Err error

	Stdout, Stderr       []byte // what was written, up to the limit
	StdoutCut, StderrCut int64  // bytes written beyond it
	Logs                 []LogRecord
	LogsDropped          int
	Metrics              []*Metric
	MetricsDropped       int
	Progress             Progress
	Usage                Usage
}

// bytes is what a result takes of the host's memory, records of fixed size not counted.
func (r *Result) bytes() int64 {
	if r == nil {
		return 0
	}
	n := cap(r.Value) + cap(r.Stdout) + cap(r.Stderr)
	for _, l := range r.Logs {
		n += len(l.Text)
	}
	return int64(n)
}

// OK says whether the script ended well.
func (r *Result) OK() bool { return r.Err == nil }

// ErrNoValue is Decode's error for a task that has no value.
var ErrNoValue = errors.New("runtime: the task has no value")

// Decode stores Value in v, as encoding/json does.
func (r *Result) Decode(v any) error {
	if r.Value == nil {
		return errors.Join(ErrNoValue, r.Err)
	}
	return decodeJSON(r.Value, v)
}

// Usage is what a task cost. The times and sizes of a task that was run again are those
// of its last run.
type Usage struct {
	Queue time.Duration // from submission to start: waiting for a worker, memory, an instance
	Exec  time.Duration // running the script
	Reset time.Duration // putting the instance back

	Fuel            uint64 // loop iterations inside the interpreter
	MemoryPeakBytes uint64 // linear memory when the script ended
	DirtyPages      uint64 // pages of memory put back, of the system's size: those written to, or lately by others
	HostCalls       uint64 // calls of host functions
	AbandonedCalls  uint64 // of these, not returned when the script was stopped: they run on, unheard
	BytesIn         uint64 // from the host to the script, files not counted
	BytesOut        uint64 // from the script to the host, files not counted
	Retries         uint64 // runs that ended with ErrInstanceLost and were repeated
}
