// Command cleaning cleans the rows of a CSV file with a Python script. The file may be larger
// than memory: rows stream through the engine, a few at once, and come out in order. Rows that
// the script does not accept are reported, and left out.
package main

import (
	"context"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	goruntime "runtime"
	"time"

	"github.com/vivarium-go/vivarium/runtime"
)

func main() {
	script := flag.String("script", "examples/cleaning/clean.py", "the script that cleans a row")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *script, os.Stdin, os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "cleaning:", err)
		os.Exit(1)
	}
}

// run reads CSV from in, writes what is clean to out, and what is not to report.
func run(ctx context.Context, script string, in io.Reader, out, report io.Writer) (err error) {
	eng, err := runtime.New(ctx, runtime.Config{
		Timeout: time.Second,
		Limits:  runtime.Limits{MemoryBytes: 96 << 20, ResultBytes: 64 << 10},
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, eng.Close(context.WithoutCancel(ctx))) }()

	rows := csv.NewReader(in)
	columns, err := rows.Read()
	if err != nil {
		return fmt.Errorf("the header: %w", err)
	}
	c := cleaner{eng, runtime.File(script), columns}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	return write(ctx, c.stream(ctx, rows), columns, out, report)
}

// cleaner cleans rows. It may be used by several goroutines.
type cleaner struct {
	eng     *runtime.Engine
	script  runtime.Script
	columns []string
}

// cleaned is what became of a row.
type cleaned struct {
	line     int
	fields   []string
	rejected error // why the row is left out
	err      error // why nothing goes on
}

// stream cleans rows until there are no more, one cannot be read, or ctx ends. What became of
// them is in the channels that it sends, in the order of the rows. The capacity bounds how many
// are on their way: enough that no core waits for the writer.
func (c cleaner) stream(ctx context.Context, rows *csv.Reader) <-chan chan cleaned {
	onTheirWay := make(chan chan cleaned, 4*goruntime.GOMAXPROCS(0))
	go func() {
		defer close(onTheirWay)
		for {
			fields, err := rows.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			done := make(chan cleaned, 1) // whether or not anybody listens
			select {
			case onTheirWay <- done:
			case <-ctx.Done():
				return
			}
			if err != nil {
				done <- cleaned{err: err}
				return
			}
			line, _ := rows.FieldPos(0)
			go func() { done <- c.clean(ctx, line, fields) }()
		}
	}()
	return onTheirWay
}

// clean runs the script on a row.
func (c cleaner) clean(ctx context.Context, line int, fields []string) cleaned {
	row := make(map[string]string, len(c.columns))
	for i, column := range c.columns {
		row[column] = fields[i] // the reader wants as many as there are columns
	}
	res, err := c.eng.Run(ctx, runtime.Task{Script: c.script, Params: row})
	if err != nil {
		return cleaned{err: err}
	}
	if ctx.Err() != nil {
		return cleaned{err: ctx.Err()}
	}
	if res.Err != nil {
		return cleaned{line: line, rejected: res.Err}
	}
	var clean map[string]string
	if err := res.Decode(&clean); err != nil {
		return cleaned{line: line, rejected: err}
	}
	done := cleaned{line: line, fields: make([]string, len(c.columns))}
	for i, column := range c.columns {
		field, ok := clean[column]
		if !ok {
			return cleaned{line: line, rejected: fmt.Errorf("the script returned no %q", column)}
		}
		done.fields[i] = field
	}
	return done
}

// write writes rows as they come, and ends with how many there were.
func write(ctx context.Context, rows <-chan chan cleaned, columns []string, out, report io.Writer) error {
	w := csv.NewWriter(out)
	if err := w.Write(columns); err != nil {
		return err
	}
	written, rejected := 0, 0
	for done := range rows {
		row := <-done
		var err error
		switch {
		case row.err != nil:
			err = row.err
		case row.rejected != nil:
			rejected++
			_, err = fmt.Fprintf(report, "line %d: %v\n", row.line, row.rejected)
		default:
			written++
			err = w.Write(row.fields)
		}
		if err != nil {
			w.Flush()
			return err
		}
	}
	w.Flush()
	if err := errors.Join(w.Error(), ctx.Err()); err != nil { // rows may be missing
		return err
	}
	_, err := fmt.Fprintf(report, "%d rows written, %d rejected\n", written, rejected)
	return err
}
