package runtime

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Errors that an Engine's methods return, or that a Result's Err wraps.
var (
	// ErrInvalidConfig says that an engine cannot be made as Config, or VIVARIUM_RESET, has
	// it.
	ErrInvalidConfig = errors.New("runtime: invalid configuration")
	// ErrCacheMiss says that the cache lacks what Config.CacheReadOnly does without making:
	// it is not there, is damaged, or cannot be read.
	ErrCacheMiss = errors.New("runtime: not in the read-only cache")
	// ErrArchive says that ImportCache was given an archive that is damaged, is not the one
	// whose SHA-256 was asked for, or was made for another platform, program or configuration.
	ErrArchive = errors.New("runtime: the archive cannot be imported")
	// ErrClosed says that the engine is closed.
	ErrClosed = errors.New("runtime: the engine is closed")
	// ErrQueueFull says that a task was not accepted because too many wait already. Submit
	// it later, or set Config.QueueSize or QueueFullWait.
	ErrQueueFull = errors.New("runtime: the input queue is full")
	// ErrCancelled says that a task was cancelled by Engine.Cancel.
	ErrCancelled = errors.New("runtime: the task was cancelled")
	// ErrUnknownTask says that no task with this id was submitted, or so long ago that
	// nothing is known of it any more.
	ErrUnknownTask = errors.New("runtime: unknown task")
	// ErrNotFinished says that a task has not ended yet.
	ErrNotFinished = errors.New("runtime: the task has not finished")
	// ErrResultExpired says that a result was kept for Config.ResultTTL, and no longer.
	ErrResultExpired = errors.New("runtime: the result has expired")
	// ErrResultEvicted says that a result made room for others: it was fetched before, or
	// it is that of a task that was not run, whose error it wraps.
	ErrResultEvicted = errors.New("runtime: the result made room for others")
	// ErrInvalidTask says that a task cannot be run as it is given: a field is out of
	// range, or what it names cannot be read.
	ErrInvalidTask = errors.New("runtime: invalid task")
	// ErrInstanceLost says that the interpreter itself broke down while it ran the
	// task: a trap, not a Python exception. The engine goes on with another instance, and
	// runs the task again only if Task.Retries says so.
	ErrInstanceLost = errors.New("runtime: the interpreter broke down")
)

// invalid is an error that is ErrInvalidTask or ErrInvalidConfig, whose text says what is
// invalid.
type invalid struct {
	what error
	err  error
}

func (e *invalid) Error() string   { return "runtime: " + e.err.Error() }
func (e *invalid) Unwrap() []error { return []error{e.what, e.err} }

func invalidTask(err error) error   { return &invalid{ErrInvalidTask, err} }
func invalidConfig(err error) error { return &invalid{ErrInvalidConfig, err} }

// notStarted is the error of a task that was accepted and then not run.
func notStarted(why error) error { return fmt.Errorf("runtime: the task was not started: %w", why) }

// Frame is one line of a script's traceback.
type Frame struct {
	File     string `json:"file"`
	Line     int    `json:"line"`
	Function string `json:"function"`
	Source   string `json:"source"` // the line's text, if known
}

// ScriptError is a Python exception that left the script.
type ScriptError struct {
	Type    string  // "ValueError", "package.Error"
	Message string  // str(exception)
	Frames  []Frame // outermost first

	traceback string
	own       bool // not one of Python's, whatever it is called
}

// Error returns the type and the message on one line.
func (e *ScriptError) Error() string {
	if e.Message == "" {
		return firstLine(e.Type)
	}
	return firstLine(e.Type) + ": " + firstLine(e.Message)
}

// Traceback returns what Python would print, "Traceback (most recent call last):"
// included.
func (e *ScriptError) Traceback() string { return e.traceback }

// ExitError says that a script ended itself with a status other than 0: a plain
// script by sys.exit, any script by os._exit. An abort is ErrInstanceLost: it is a trap.
type ExitError struct{ Code int }

func (e *ExitError) Error() string { return fmt.Sprintf("the script exited with status %d", e.Code) }

// LimitKind names a limit.
type LimitKind string

// The limits that end a task.
const (
	LimitTime   LimitKind = "timeout"
	LimitFuel   LimitKind = "fuel"
	LimitMemory LimitKind = "memory"
	LimitResult LimitKind = "result"
	LimitStack  LimitKind = "stack" // native: Python's own recursion limit comes first, unless the script raised it
)

// nativeStack is how large wazero lets a stack become before it stops the call: it
// doubles one as long as that has less than 50,000,000 bytes.
const nativeStack = "50 to 100 MB"

// LimitError says that a task reached a limit. A LimitTime error is a
// context.DeadlineExceeded to errors.Is; one that cost the instance is ErrInstanceLost.
type LimitError struct {
	Kind    LimitKind
	Limit   string       // the limit, with its unit
	Hard    bool         // the script did not stop when it was asked to
	Stopped *ScriptError // where the script was, if it stopped by itself; may be nil

	lost bool // the interpreter broke down
}

func (e *LimitError) Error() string {
	switch {
	case e.Hard && e.Kind == LimitStack: // there is nobody left who could be asked
		return fmt.Sprintf("%s limit of %s reached; the script was stopped", e.Kind, e.Limit)
	case e.Hard:
		return fmt.Sprintf("%s limit of %s reached; the script did not stop and was stopped", e.Kind, e.Limit)
	default:
		return fmt.Sprintf("%s limit of %s reached", e.Kind, e.Limit)
	}
}

// Is makes a time-out match context.DeadlineExceeded, and what cost the instance
// ErrInstanceLost.
func (e *LimitError) Is(target error) bool {
	return e.Kind == LimitTime && target == context.DeadlineExceeded || e.lost && target == ErrInstanceLost
}

// Unwrap gives access to the exception the limit raised in the script.
func (e *LimitError) Unwrap() error {
	if e.Stopped == nil {
		return nil
	}
	return e.Stopped
}

// cancelledError is a task whose context ended; it wraps the context's cause.
type cancelledError struct {
	cause   error
	stopped *ScriptError
}

func (e *cancelledError) Error() string { return "the task was cancelled: " + e.cause.Error() }

func (e *cancelledError) Unwrap() []error {
	if e.stopped == nil {
		return []error{e.cause}
	}
	return []error{e.cause, e.stopped}
}

func limitOf[N int64 | uint64](n N, unit string) string { return fmt.Sprintf("%d %s", n, unit) }

// timeout is the error of a task that took longer than d, counted from a moment.
func timeout(d time.Duration, from string) *LimitError {
	return &LimitError{Kind: LimitTime, Limit: d.String() + from}
}
