package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/vivarium-go/vivarium/runtime"
)

// envelopeReport keeps quiet until the end, then prints one line of JSON.
type envelopeReport struct{ *process }

func (r *envelopeReport) attach(*runtime.Task) {}

func (r *envelopeReport) finished(res *runtime.Result) error {
	return r.print(envelopeOf(res), res.Value)
}

func (r *envelopeReport) failed(err error) error {
	return errors.Join(err, r.print(&envelope{Error: errorOf(err)}, nil))
}

// envelope is the JSON object of --json. Its value is spliced in between head and
// tail, because it stays as the script wrote it.
type envelope struct {
	head struct {
		ID runtime.TaskID `json:"id"`
		OK bool           `json:"ok"`
	}
	Error     *envelopeError   `json:"error"`
	Stdout    string           `json:"stdout"`
	Stderr    string           `json:"stderr"`
	StdoutCut int64            `json:"stdout_cut"` // bytes written beyond --max-output
	StderrCut int64            `json:"stderr_cut"`
	Logs      []envelopeLog    `json:"logs"`
	Metrics   []envelopeMetric `json:"metrics"`
	Usage     envelopeUsage    `json:"usage"`
}

type envelopeError struct {
	Kind      string `json:"kind"` // script, exit, timeout, fuel, memory, result, interrupted, usage, internal
	Type      string `json:"type"` // the Python exception's, if there was one
	Message   string `json:"message"`
	Traceback string `json:"traceback"`
}

type envelopeLog struct {
	Time  time.Time `json:"time"`
	Level string    `json:"level"`
	Text  string    `json:"text"`
}

type envelopeMetric struct {
	Name   string            `json:"name"`
	Kind   string            `json:"kind"`
	Labels map[string]string `json:"labels"`
	Value  number            `json:"value"`
	Count  uint64            `json:"count"`
	Min    number            `json:"min"`
	Max    number            `json:"max"`
}

type envelopeUsage struct {
	QueueUS         int64  `json:"queue_us"`
	ExecUS          int64  `json:"exec_us"`
	ResetUS         int64  `json:"reset_us"`
	Fuel            uint64 `json:"fuel"`
	MemoryPeakBytes uint64 `json:"memory_peak_bytes"`
	DirtyPages      uint64 `json:"dirty_pages"`
	HostCalls       uint64 `json:"host_calls"`
	AbandonedCalls  uint64 `json:"abandoned_calls"`
	BytesIn         uint64 `json:"bytes_in"`
	BytesOut        uint64 `json:"bytes_out"`
	Retries         uint64 `json:"retries"`
}

// number is a float64 whose infinities, which sums may reach, are null.
type number float64

// MarshalJSON implements json.Marshaler.
func (n number) MarshalJSON() ([]byte, error) {
	if math.IsInf(float64(n), 0) || math.IsNaN(float64(n)) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

func envelopeOf(res *runtime.Result) *envelope {
	e := &envelope{
		Error:     errorOf(res.Err),
		Stdout:    string(res.Stdout),
		Stderr:    string(res.Stderr),
		StdoutCut: res.StdoutCut,
		StderrCut: res.StderrCut,
		Usage: envelopeUsage{
			QueueUS:         res.Usage.Queue.Microseconds(),
			ExecUS:          res.Usage.Exec.Microseconds(),
			ResetUS:         res.Usage.Reset.Microseconds(),
			Fuel:            res.Usage.Fuel,
			MemoryPeakBytes: res.Usage.MemoryPeakBytes,
			DirtyPages:      res.Usage.DirtyPages,
			HostCalls:       res.Usage.HostCalls,
			AbandonedCalls:  res.Usage.AbandonedCalls,
			BytesIn:         res.Usage.BytesIn,
			BytesOut:        res.Usage.BytesOut,
			Retries:         res.Usage.Retries,
		},
	}
	e.head.ID, e.head.OK = res.ID, res.OK()
	for _, l := range res.Logs {
		e.Logs = append(e.Logs, envelopeLog{l.Time, l.Level.String(), l.Text})
	}
	for _, m := range res.Metrics {
		e.Metrics = append(e.Metrics, envelopeMetric{
			m.Name, m.Kind.String(), m.Labels, number(m.Value), m.Count, number(m.Min), number(m.Max),
		})
	}
	return e
}

func errorOf(err error) *envelopeError {
	if err == nil {
		return nil
	}
	e := &envelopeError{Kind: classify(err).kind, Message: err.Error(), Traceback: traceback(err)}
	if script := new(runtime.ScriptError); errors.As(err, &script) {
		e.Type = script.Type
		if e.Kind == "script" {
			e.Message = script.Message
		}
	}
	return e
}

// print writes the envelope as one line.
func (r *envelopeReport) print(e *envelope, value json.RawMessage) error {
	line, err := envelopeLine(e.head, e, value)
	if err != nil {
		return err
	}
	if _, err := r.stdout.Write(line); err != nil {
		return fmt.Errorf("writing to stdout: %w", err)
	}
	return nil
}

// envelopeLine is an envelope as one line of JSON, which begins with the members of head.
func envelopeLine(head any, e *envelope, value json.RawMessage) ([]byte, error) {
	if value == nil {
		value = json.RawMessage("null")
	}
	// Lists are lists, also when they are empty.
	if e.Logs == nil {
		e.Logs = []envelopeLog{}
	}
	if e.Metrics == nil {
		e.Metrics = []envelopeMetric{}
	}
	first, err := encode(head)
	if err != nil {
		return nil, err
	}
	rest, err := encode(e)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "%s,\"value\":%s,%s\n", first[:len(first)-1], oneLine(value), rest[1:]), nil
}

// encode returns v as JSON without HTML escapes.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}
