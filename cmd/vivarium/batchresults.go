package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// resultFile is where the results of a batch go, each as one line in one write: whatever kills the
// process, only the last line can be incomplete.
type resultFile struct {
	to   io.Writer
	path string
	file *os.File // nil for stdout
	made bool     // by this process
	kept bool     // when it is closed, though nothing may be in it
	done doneTasks
	bad  int64 // of these, failed
}

// doneTasks says which tasks have a result, by their line: 0 is none, else a part of the task's
// digest. It takes two bytes for each line of the input.
type doneTasks []uint16

// errOtherTask is why a batch cannot be resumed.
var errOtherTask = errors.New("is not the task whose result is there; --resume needs the same tasks (of map the same script and params, too), " +
	"to which others may be added; to have it run again, remove its line from the results")

// mark is what doneTasks keeps of a digest.
func mark(digest uint64) uint16 { return uint16(digest) | 1 }

func (d *doneTasks) add(line int, digest uint64) {
	for len(*d) <= line {
		*d = append(*d, 0)
	}
	(*d)[line] = mark(digest)
}

// has says whether a task is done. The error is that of another task in its place.
func (d doneTasks) has(t batchTask) (bool, error) {
	if t.line >= len(d) || d[t.line] == 0 {
		return false, nil
	}
	if d[t.line] != mark(t.digest) {
		return false, fmt.Errorf("line %d %w", t.line, errOtherTask)
	}
	return true, nil
}

// resultKey is what a result line says of its task.
type resultKey struct {
	Line   int    `json:"line"`
	Digest string `json:"digest"`
}

// openResults opens a file for results, "" or "-" being stdout. A file that is there is gone on with
// if resume is set, and else left alone.
func (p *process) openResults(path string, resume bool) (_ *resultFile, err error) {
	if path == "" || path == "-" {
		if resume {
			return nil, usagef("--resume needs --out FILE, where the results so far are")
		}
		return &resultFile{to: p.stdout, path: "stdout"}, nil
	}
	flags := os.O_RDWR | os.O_CREATE | os.O_EXCL
	if resume {
		flags = os.O_RDWR | os.O_CREATE
	}
	file, err := os.OpenFile(path, flags, 0o644)
	switch {
	case errors.Is(err, os.ErrExist):
		return nil, usagef("--out %s exists; continue it with --resume, or remove it", path)
	case err != nil:
		return nil, usagef("--out: %w", err)
	}
	r := &resultFile{to: file, path: path, file: file, made: !resume}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.close())
		}
	}()
	if err := lockFile(file); err != nil {
		r.made = false
		return nil, usagef("--out %s: %w", path, err)
	}
	if resume {
		if err := r.readDone(); err != nil {
			return nil, usagef("--resume: %s: %w", path, err)
		}
	}
	return r, nil
}

// readDone finds out which tasks have results, and cuts off a last line that is incomplete.
func (r *resultFile) readDone() error {
	lines := bufio.NewReaderSize(r.file, 1<<20)
	end := int64(0)
	for number := 1; ; number++ {
		text, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) && torn(text) {
			break // what is left, if anything, was being written
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		var key struct {
			resultKey
			OK bool `json:"ok"`
		}
		err = json.Unmarshal(text, &key)
		digest, digestErr := strconv.ParseUint(key.Digest, 16, 64)
		if err != nil || digestErr != nil || key.Line < 1 {
			return fmt.Errorf("line %d is no result of a batch: %.60q", number, bytes.TrimSpace(text))
		}
		r.done.add(key.Line, digest)
		if !key.OK {
			r.bad++
		}
		end += int64(len(text))
	}
	if err := r.file.Truncate(end); err != nil {
		return err
	}
	_, err := r.file.Seek(end, io.SeekStart)
	return err
}

// torn says whether text may be the beginning of a result.
func torn(text []byte) bool {
	const start = `{"line":`
	return bytes.HasPrefix(text, []byte(start)) || strings.HasPrefix(start, string(text))
}

// add writes one line.
func (r *resultFile) add(line []byte) error {
	if _, err := r.to.Write(line); err != nil {
		return usagef("writing a result to %s: %w", r.path, err)
	}
	return nil
}

// close makes the results last. A file that was made for a batch that never began is removed.
func (r *resultFile) close() error {
	switch {
	case r.file == nil:
		return nil
	case r.made && !r.kept:
		return errors.Join(r.file.Close(), os.Remove(r.path))
	default:
		return errors.Join(r.file.Sync(), r.file.Close())
	}
}
