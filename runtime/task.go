package runtime

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/vivarium-go/vivarium/hostabi/wasi"
)

// TaskType says what a task mostly does, and so where it runs.
type TaskType int

// The task types.
const (
	CPUBound TaskType = iota // computes: holds a core while it runs
	IOBound                  // waits: costs no core while it does
)

// String returns "cpu" or "io".
func (t TaskType) String() string {
	switch t {
	case CPUBound:
		return "cpu"
	case IOBound:
		return "io"
	default:
		return fmt.Sprintf("TaskType(%d)", int(t))
	}
}

// Script is a script's code: File or Source makes one.
type Script struct {
	path   string // read when the task is run, if source is nil and it is not empty
	name   string
	source []byte
}

// File is the script in a file of the host, read when the task is run. Submit checks that
// it is there.
func File(path string) Script { return Script{path: path, name: path} }

// Source is a script given as text; tracebacks show it under name.
func Source(name, text string) Script { return Script{name: name, source: []byte(text)} }

// maxSourceBytes bounds a script: larger ones are data, which belongs into params
// or a mount.
const maxSourceBytes = 16 * mib

// check says what can be said about a script without reading it.
func (s Script) check() error {
	size := int64(len(s.source))
	if s.source == nil {
		info, err := os.Stat(s.path)
		if err == nil {
			err = checkRegular(s.path, info)
		}
		if err != nil {
			return fmt.Errorf("Task.Script: %w", err)
		}
		size = info.Size()
	}
	return checkSourceSize(s.name, size)
}

func checkSourceSize(name string, size int64) error {
	if size > maxSourceBytes {
		return fmt.Errorf("Task.Script %s has %d bytes; at most %d are allowed, pass data as Params or a Mount", name, size, maxSourceBytes)
	}
	return nil
}

// Mount shows a directory of the host to a script.
type Mount struct {
	Host     string // directory on the host
	Guest    string // absolute path in the sandbox
	Writable bool   // default: read-only
}

// Task is one script to run once. A Task may be copied and used again; what it refers to
// must not be changed before the task has ended, Params excepted.
type Task struct {
	// Script is the code to run; required.
	Script Script
	// Params is given to the script's run(params): anything encoding/json encodes. A
	// json.RawMessage or []byte is passed on verbatim. nil is null.
	Params any
	// Type says where the task runs. Default CPUBound.
	Type TaskType

	// Priority says which of the waiting tasks of a type goes first: the highest, and
	// among equals the one that was accepted first. Those that wait for room in a full queue
	// come in as they came, whatever theirs is. Default 0.
	Priority int
	// Retries is how often the task is run again when the interpreter broke down
	// (ErrInstanceLost), on another instance. What it did before it broke down is not
	// undone; Stdin is not rewound. Default 0: never.
	Retries int

	// Timeout bounds the time from start to soft stop; 0 is Config.Timeout, negative
	// is none.
	Timeout time.Duration
	// TotalTimeout bounds the time from submission to soft stop, waiting included; 0 is
	// Config.TotalTimeout, negative is none.
	TotalTimeout time.Duration
	// Grace is the time from soft to hard stop; 0 is Config.Grace, negative is none.
	Grace time.Duration
	// Limits replaces single fields of Config.Limits; zero fields keep them.
	Limits Limits

	// Env is the script's whole environment.
	Env map[string]string
	// Mounts are the host directories the script sees.
	Mounts []Mount
	// Stdin is the script's standard input; nil is empty.
	Stdin io.Reader

	// Stdout and Stderr, if set, receive output while the script runs, under the same
	// limit as the copies in the Result. OnLog, OnProgress and OnMetric are called as the
	// script reports; OnMetric gets the series as it is then. All run on the task's
	// goroutine and so hold the script up. One that panics costs the task its instance:
	// ErrInstanceLost.
	Stdout, Stderr io.Writer
	OnLog          func(LogRecord)
	OnProgress     func(Progress)
	OnMetric       func(Metric)

	// Labels are the caller's own; they come back in the Result.
	Labels map[string]string
}

// validate checks what can be checked before anything is read.
func (t Task) validate() error {
	errs := []error{t.Limits.validate()}
	if t.Script.source == nil && t.Script.path == "" {
		errs = append(errs, errors.New("Task.Script is empty; use runtime.File or runtime.Source"))
	}
	if t.Retries < 0 {
		errs = append(errs, fmt.Errorf("Task.Retries is %d; use 0 (never) or more", t.Retries))
	}
	if t.Type != CPUBound && t.Type != IOBound {
		errs = append(errs, fmt.Errorf("Task.Type is %d; use CPUBound or IOBound", int(t.Type)))
	}
	for _, name := range slices.Sorted(maps.Keys(t.Env)) {
		if name == "" || strings.ContainsAny(name, "=\x00") || strings.ContainsRune(t.Env[name], 0) {
			errs = append(errs, fmt.Errorf("Task.Env[%q]: a name needs at least one character and no '=', neither part a NUL", name))
		}
	}
	return errors.Join(errs...)
}

func (t Task) mounts() []wasi.Mount {
	mounts := make([]wasi.Mount, len(t.Mounts))
	for i, m := range t.Mounts {
		mounts[i] = wasi.Mount{Guest: m.Guest, Host: m.Host, Writable: m.Writable}
	}
	return mounts
}
