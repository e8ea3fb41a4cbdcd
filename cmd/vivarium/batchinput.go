package main

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
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

// jsonTasks reads lines that are tasks in themselves.
func jsonTasks(r io.Reader, base runtime.Task) taskSource {
	return eachLine(r, func(text []byte, t *batchTask) {
		t.id, t.task, t.err = parseTaskLine(text, base)
	})
}

// jsonInputs reads lines that are each the params of one script.
func jsonInputs(r io.Reader, base runtime.Task, with []param) taskSource {
	return eachLine(r, func(text []byte, t *batchTask) {
		if !json.Valid(text) {
			t.err = lineError(text, json.Unmarshal(text, new(any)))
			return
		}
		t.task = base
		t.task.Params, t.err = overInput(text, with)
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
			if number == 1 {
				text = bytes.TrimPrefix(text, []byte(byteOrderMark))
			}
			text = bytes.TrimSpace(text)
			t := batchTask{line: number, digest: digestOf(text), bytes: len(text)}
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
func csvInputs(r io.Reader, base runtime.Task, with []param) taskSource {
	return func(yield func(batchTask, error) bool) {
		rows := csv.NewReader(r)
		rows.ReuseRecord = true
		header, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			yield(batchTask{}, fmt.Errorf("its first row, which names the columns: %w", err))
			return
		}
		names := make([]string, len(header))
		for i, name := range header {
			names[i] = strings.TrimPrefix(name, byteOrderMark)
			for _, before := range names[:i] {
				if before == names[i] {
					yield(batchTask{}, fmt.Errorf("two columns are called %q; each needs a name of its own", before))
					return
				}
			}
		}
		for {
			row, err := rows.Read()
			var wrong *csv.ParseError
			switch {
			case errors.Is(err, io.EOF):
				return
			case errors.As(err, &wrong) && errors.Is(err, csv.ErrFieldCount):
				line, _ := rows.FieldPos(0)
				if !yield(batchTask{line: line, err: fmt.Errorf("it has %d fields, the first row %d", len(row), len(names))}, nil) {
					return
				}
				continue
			case err != nil: // where the next row begins is not known
				yield(batchTask{}, err)
				return
			}
			line, _ := rows.FieldPos(0)
			text := rowObject(names, row)
			t := batchTask{line: line, digest: digestOf(text), bytes: len(text), task: base}
			t.task.Params, t.err = overInput(text, with)
			if !yield(t, nil) {
				return
			}
		}
	}
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
