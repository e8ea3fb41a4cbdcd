package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/vivarium-go/vivarium/runtime"
)

// maxTaskLine bounds a line of input, in bytes: larger data belongs into a mount.
const maxTaskLine = 64 * mib

// byteOrderMark is what some programs begin a file of UTF-8 with.
const byteOrderMark = "\ufeff"

// taskSource gives the tasks of a batch one by one. A task that is wrong has an error of its
// own; the second value is an error of reading, after which there is nothing more.
type taskSource = iter.Seq2[batchTask, error]

// textOf returns an input that ends, with the cause, when ctx does: whoever writes to a pipe may
// never do so again. What reads it then ends with the process. A mark of the byte order is left out.
func textOf(ctx context.Context, in io.Reader) io.Reader {
	r := &cancelReader{ctx: ctx, pieces: make(chan piece)}
	go r.read(in)
	text := bufio.NewReaderSize(r, 1<<16)
	if start, err := text.Peek(len(byteOrderMark)); err == nil && string(start) == byteOrderMark {
		_, _ = text.Discard(len(byteOrderMark)) // it is there
	}
	return text
}

type cancelReader struct {
	ctx    context.Context
	pieces chan piece
	rest   piece
}

type piece struct {
	text []byte
	err  error // after text
}

// read reads until there is an error, or nobody listens.
func (r *cancelReader) read(in io.Reader) {
	for {
		buffer := make([]byte, 1<<16)
		n, err := in.Read(buffer)
		select {
		case r.pieces <- piece{buffer[:n], err}:
		case <-r.ctx.Done():
			return
		}
		if err != nil {
			return
		}
	}
}

// Read implements io.Reader.
func (r *cancelReader) Read(p []byte) (int, error) {
	if len(r.rest.text) == 0 {
		if r.rest.err != nil {
			return 0, r.rest.err
		}
		select {
		case r.rest = <-r.pieces:
		case <-r.ctx.Done():
			r.rest.err = context.Cause(r.ctx)
			return 0, r.rest.err
		}
	}
	n := copy(p, r.rest.text)
	r.rest.text = r.rest.text[n:]
	return n, nil
}

// jsonTasks reads lines that are tasks in themselves.
func jsonTasks(r io.Reader, base runtime.Task) taskSource {
	return eachLine(r, func(text []byte, t *batchTask) {
		t.digest = digestOf(text)
		t.id, t.task, t.err = parseTaskLine(text, base)
	})
}

// mapped is what all tasks of `vivarium map` have in common.
type mapped struct {
	base runtime.Task
	with []param // further members of all params
	salt []byte  // what of it a result depends on: a part of each task's digest
}

// jsonInputs reads lines that are each the params of one script.
func jsonInputs(r io.Reader, m mapped) taskSource {
	return eachLine(r, func(text []byte, t *batchTask) {
		t.digest = digestOf(m.salt, text)
		if !json.Valid(text) {
			t.err = lineError(text, json.Unmarshal(text, new(any)))
			return
		}
		t.task = m.base
		t.task.Params, t.err = overInput(text, m.with)
	})
}

// overInput sets further members of an input.
func overInput(input []byte, with []param) (json.RawMessage, error) {
	merged, err := mergeParams(bytes.Clone(input), with)
	if err != nil {
		return nil, fmt.Errorf("--param sets members of an object, but it is %w", err)
	}
	return merged, nil
}

// eachLine makes a task of each line that is not blank.
func eachLine(r io.Reader, parse func(text []byte, t *batchTask)) taskSource {
	return func(yield func(batchTask, error) bool) {
		lines := bufio.NewReaderSize(r, 1<<16)
		for number := 1; ; number++ {
			text, err := readLine(lines)
			last := errors.Is(err, io.EOF)
			if err != nil && !last && !errors.Is(err, errLongLine) {
				yield(batchTask{}, err)
				return
			}
			text = bytes.TrimSpace(text)
			t := batchTask{line: number, bytes: len(text)}
			if errors.Is(err, errLongLine) {
				t.err = err
			} else if len(text) > 0 {
				parse(text, &t)
			}
			if (len(text) > 0 || t.err != nil) && !yield(t, nil) || last {
				return
			}
		}
	}
}

var errLongLine = fmt.Errorf("it has more than %d MiB; pass large data with a mount", maxTaskLine/mib)

// readLine reads a line, which it keeps nothing of if it is too long. The last one comes with io.EOF.
func readLine(r *bufio.Reader) (line []byte, err error) {
	for {
		piece, err := r.ReadSlice('\n')
		if len(line)+len(piece) > maxTaskLine {
			for errors.Is(err, bufio.ErrBufferFull) {
				_, err = r.ReadSlice('\n')
			}
			if err == nil || errors.Is(err, io.EOF) { // which the next call finds again
				err = errLongLine
			}
			return nil, err
		}
		line = append(line, piece...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

// csvInputs reads rows that are each the params of one script: an object of strings, whose
// names are in the first row.
func csvInputs(r io.Reader, m mapped) taskSource {
	return func(yield func(batchTask, error) bool) {
		from := &rowReader{Reader: r}
		rows := csv.NewReader(from)
		rows.ReuseRecord = true
		names, err := columns(rows)
		if err != nil || names == nil {
			if err != nil {
				yield(batchTask{}, err)
			}
			return
		}
		for {
			from.row = 0
			row, err := rows.Read()
			var wrong *csv.ParseError
			var t batchTask
			switch {
			case errors.Is(err, io.EOF):
				return
			case errors.As(err, &wrong): // the next row is read all the same
				t = batchTask{line: wrong.StartLine, digest: digestOf(m.salt, []byte(strings.Join(row, "\x00")))}
				t.err = fmt.Errorf("it is no row of CSV: %w", wrong.Err)
				if errors.Is(err, csv.ErrFieldCount) {
					t.err = fmt.Errorf("it has %d fields, the first row %d", len(row), len(names))
				}
			case err != nil:
				yield(batchTask{}, err)
				return
			default:
				line, _ := rows.FieldPos(0)
				text := rowObject(names, row)
				t = batchTask{line: line, digest: digestOf(m.salt, text), bytes: len(text), task: m.base}
				t.task.Params, t.err = overInput(text, m.with)
			}
			if !yield(t, nil) {
				return
			}
		}
	}
}

// columns reads the first row, nil if there is none.
func columns(rows *csv.Reader) ([]string, error) {
	header, err := rows.Read()
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("its first row, which names the columns: %w", err)
	}
	names := slices.Clone(header)
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			return nil, fmt.Errorf("two columns are called %q; each needs a name of its own", name)
		}
	}
	return names, nil
}

// rowReader bounds what is read for one row: a quote that is never closed would take the rest of
// the file.
type rowReader struct {
	io.Reader
	row int // bytes that were read for it, more or less
}

// Read implements io.Reader.
func (r *rowReader) Read(p []byte) (int, error) {
	if r.row > maxTaskLine {
		return 0, fmt.Errorf("a row has more than %d MiB; is a quote not closed?", maxTaskLine/mib)
	}
	n, err := r.Reader.Read(p)
	r.row += n
	return n, err
}

// rowObject makes a JSON object of a row.
func rowObject(names, row []string) []byte {
	object := []byte("{")
	for i, name := range names {
		if i > 0 {
			object = append(object, ',')
		}
		object = append(append(append(object, quote(name)...), ':'), quote(strings.ToValidUTF8(row[i], "\ufffd"))...)
	}
	return append(object, '}')
}
