package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/vivarium-go/vivarium/runtime"
)

// exitCode is what the process ends with. A plain script's sys.exit(n) passes
// through as it is.
type exitCode int

const (
	exitOK          exitCode = 0
	exitScript      exitCode = 1
	exitUsage       exitCode = 2
	exitLimit       exitCode = 3
	exitInternal    exitCode = 70
	exitTimeout     exitCode = 124
	exitInterrupted exitCode = 130
)

// exitCodes is the one table of exit codes; the help prints it, the README has a
// copy that a test compares.
var exitCodes = []struct {
	code  exitCode
	means string
}{
	{exitOK, "the script ended well"},
	{exitScript, "the script raised an exception"},
	{exitUsage, "the command line or a setting is wrong, or an input cannot be read"},
	{exitLimit, "a limit was reached: fuel, memory, native stack or result size"},
	{exitInternal, "an internal error: please report it"},
	{exitTimeout, "the time-out was reached"},
	{exitInterrupted, "interrupted by SIGINT or SIGTERM"},
}

func exitCodeHelp() string {
	var text strings.Builder
	text.WriteString("Exit codes:\n")
	for _, row := range exitCodes {
		fmt.Fprintf(&text, "  %-3d  %s\n", row.code, row.means)
	}
	text.WriteString("A plain script's sys.exit(n) passes through.")
	return text.String()
}

// codedError is an error with its exit code.
type codedError struct {
	code exitCode
	err  error
}

func (e *codedError) Error() string { return e.err.Error() }
func (e *codedError) Unwrap() error { return e.err }

// usagef makes an error of exitUsage.
func usagef(format string, args ...any) error {
	return &codedError{exitUsage, fmt.Errorf(format, args...)}
}

// reported is an error that the user has been told about.
type reported struct{ err error }

func (e *reported) Error() string { return e.err.Error() }
func (e *reported) Unwrap() error { return e.err }

// errInterrupted is the cause of a context that a signal ended.
var errInterrupted = errors.New("interrupted")

// failure is one row of how errors map to exit codes and to the envelope's
// error.kind.
type failure struct {
	code exitCode
	kind string
}

// classify maps errors, outermost meaning first: a limit wraps the exception it
// raised.
func classify(err error) failure {
	var (
		coded  *codedError
		limit  *runtime.LimitError
		exit   *runtime.ExitError
		script *runtime.ScriptError
	)
	switch {
	case err == nil:
		return failure{exitOK, ""}
	case errors.Is(err, errInterrupted), errors.Is(err, errSaved):
		return failure{exitInterrupted, "interrupted"}
	case errors.As(err, &coded):
		return failure{coded.code, "usage"}
	case errors.As(err, &limit) && limit.Kind == runtime.LimitTime:
		return failure{exitTimeout, string(limit.Kind)}
	case errors.As(err, &limit):
		return failure{exitLimit, string(limit.Kind)}
	case errors.As(err, &exit):
		return failure{exitCode(exit.Code), "exit"}
	case errors.As(err, &script):
		return failure{exitScript, "script"}
	case errors.Is(err, runtime.ErrInvalidTask), errors.Is(err, runtime.ErrInvalidConfig),
		errors.Is(err, runtime.ErrCacheMiss), errors.Is(err, runtime.ErrArchive):
		return failure{exitUsage, "usage"}
	default:
		return failure{exitInternal, "internal"}
	}
}

func exitCodeOf(err error) exitCode { return classify(err).code }
