package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/schollz/progressbar/v3"

	"github.com/vivarium-go/vivarium/runtime"
)

// plainReport lets the script write to the process's own streams, and adds what
// the script cannot say itself. On a terminal its logs are dim, and its progress is a bar.
type plainReport struct {
	*process
	verbose bool
	bar     *progressbar.ProgressBar // nil until the script says how far it is
}

func (r *plainReport) attach(task *runtime.Task) {
	task.Stdout, task.Stderr = r.stdout, r.stderr
	format := "%s: %s\n"
	if r.isTerminal(r.stderr) {
		format = dim(r.environ, "%s: %s") + "\n"
		task.OnProgress = r.progress
		task.Stdout, task.Stderr = barless{r, r.stdout}, barless{r, r.stderr}
	}
	task.OnLog = func(record runtime.LogRecord) {
		r.clear()
		_, _ = fmt.Fprintf(r.stderr, format, record.Level, record.Text)
	}
}

// progress shows how far the script is. Like all that follows it is called on the task's goroutine.
func (r *plainReport) progress(p runtime.Progress) {
	const steps = 1000
	if r.bar == nil {
		r.bar = progressbar.NewOptions(steps, progressbar.OptionSetWriter(r.stderr), progressbar.OptionSetWidth(30),
			progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(true))
	}
	r.bar.Describe(p.Message)
	_ = r.bar.Set(int(p.Fraction * steps)) // it is only shown
}

// clear takes the bar away until the script says again how far it is.
func (r *plainReport) clear() {
	if r.bar != nil {
		_ = r.bar.Clear()
	}
}

// barless is a stream of the script's, which shares the terminal with the bar.
type barless struct {
	*plainReport
	to io.Writer
}

// Write implements io.Writer.
func (w barless) Write(p []byte) (int, error) {
	w.clear()
	return w.to.Write(p)
}

func (r *plainReport) finished(res *runtime.Result) error {
	r.clear()
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
	if r.verbose {
		u := res.Usage
		fmt.Fprintf(&notes, "vivarium: exec %s, reset %s, fuel %d, memory peak %.1f MiB, %d host calls\n",
			short(u.Exec), short(u.Reset), u.Fuel, float64(u.MemoryPeakBytes)/mib, u.HostCalls)
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
