package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/vivarium-go/vivarium/runtime"
)

// plainReport lets the script write to the process's own streams, and adds what
// the script cannot say itself.
type plainReport struct{ *process }

func (r *plainReport) attach(task *runtime.Task) {
	task.Stdout, task.Stderr = r.stdout, r.stderr
	task.OnLog = func(record runtime.LogRecord) {
		_, _ = fmt.Fprintf(r.stderr, "%s: %s\n", record.Level, record.Text)
	}
}

func (r *plainReport) finished(res *runtime.Result) error {
	var out, notes bytes.Buffer
	endLine(&out, res.Stdout)
	endLine(&notes, res.Stderr)
	noteCut(&out, "stdout", len(res.Stdout), res.StdoutCut)
	noteCut(&notes, "stderr", len(res.Stderr), res.StderrCut)
	if res.LogsDropped > 0 {
		fmt.Fprintf(&notes, "vivarium: %d more log records were dropped\n", res.LogsDropped)
	}
	if res.Err != nil {
		notes.WriteString(traceback(res.Err))
		// A script's own exception and exit status speak for themselves.
		if kind := classify(res.Err).kind; kind != "script" && kind != "exit" {
			fmt.Fprintf(&notes, "vivarium: %v\n", res.Err)
		}
	} else if res.Value != nil {
		out.Write(oneLine(res.Value))
		out.WriteByte('\n')
	}
	_, err := r.stdout.Write(out.Bytes())
	_, _ = r.stderr.Write(notes.Bytes())
	if err != nil {
		return fmt.Errorf("writing to stdout: %w", err)
	}
	return nil
}

func (r *plainReport) failed(err error) error { return err }

// endLine ends the last line of output that was written before.
func endLine(w *bytes.Buffer, written []byte) {
	if len(written) > 0 && written[len(written)-1] != '\n' {
		w.WriteByte('\n')
	}
}

func noteCut(w io.Writer, stream string, kept int, cut int64) {
	if cut > 0 {
		_, _ = fmt.Fprintf(w, "vivarium: %s cut after %d bytes, %d more were written\n", stream, kept, cut)
	}
}

// traceback returns where the script was when err ended it, "" if that is not
// known.
func traceback(err error) string {
	if script := new(runtime.ScriptError); errors.As(err, &script) {
		return script.Traceback()
	}
	return ""
}

// oneLine returns value as it is, unless there are line breaks between its tokens:
// only a script that bypasses the encoder hands over such.
func oneLine(value json.RawMessage) json.RawMessage {
	if !bytes.ContainsAny(value, "\r\n") {
		return value
	}
	var b bytes.Buffer
	if err := json.Compact(&b, value); err != nil {
		return value // the engine has checked that it is JSON
	}
	return b.Bytes()
}
