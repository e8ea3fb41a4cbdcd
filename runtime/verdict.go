package runtime

import (
	"fmt"
	"strings"

	"github.com/vivarium-go/vivarium/hostabi"
	"github.com/vivarium-go/vivarium/python"
)

// result turns the outcome and the call's record into what the caller gets.
func (x *execution) result(outcome python.Outcome) *Result {
	c := x.call
	return &Result{
		ID:             x.job.id,
		Labels:         x.job.task.Labels,
		Value:          c.Result,
		Err:            x.verdict(outcome),
		Stdout:         x.stdout.kept,
		StdoutCut:      x.stdout.cut,
		Stderr:         x.stderr.kept,
		StderrCut:      x.stderr.cut,
		Logs:           c.Logs,
		LogsDropped:    c.Dropped.LogRecords,
		Metrics:        c.Metrics,
		MetricsDropped: c.Dropped.Metrics,
		Progress:       c.Progress,
	}
}

// verdict is Result.Err. A stop that reached the script counts whatever the script
// made of it: one that swallows the interrupt and returns a value still took too long.
func (x *execution) verdict(outcome python.Outcome) error {
	if outcome.Kind == python.OutcomeOK && x.call.Interrupted() == hostabi.StopNone {
		return nil
	}
	script, code := parseScriptError(x.call.Error)
	if outcome.Kind == python.OutcomeOK {
		script = nil
	}
	hard := outcome.Kind == python.OutcomeStopped
	memory, outOfMemory := x.memoryVerdict(script, hard)
	switch x.call.Interrupted() {
	case hostabi.StopTimeout:
		return &LimitError{Kind: LimitTime, Limit: x.job.limitOfTime(), Hard: hard, Stopped: script}
	case hostabi.StopFuel:
		return &LimitError{Kind: LimitFuel, Limit: limitOf(x.job.limits.Fuel, "units"), Hard: hard, Stopped: script}
	case hostabi.StopCancelled:
		if x.starved {
			return memory
		}
		return &cancelledError{cause: x.job.cause(), stopped: script}
	}
	switch outcome.Kind {
	case python.OutcomeExit:
		return exitError(code)
	case python.OutcomeExited:
		return exitError(int(outcome.ExitCode & 0xff))
	case python.OutcomeRaised:
		if outOfMemory {
			return memory
		}
		if script == nil {
			return &ScriptError{Type: "Exception", Message: "the script raised an exception it kept from being described"}
		}
		if script.Type == "OverflowError" && x.call.Dropped.Results > 0 && x.call.Result == nil {
			return &LimitError{Kind: LimitResult, Limit: limitOf(x.job.limits.ResultBytes, "bytes"), Stopped: script}
		}
		return script
	case python.OutcomeTooDeep:
		return &LimitError{Kind: LimitStack, Limit: nativeStack, Hard: true}
	default:
		if x.full {
			memory.lost = true
			return memory // there was none left even to say so
		}
		return fmt.Errorf("%w: %w", ErrInstanceLost, outcome.Err)
	}
}

// nearly is how close to its limit, in bytes, a script's memory is when it is full.
const nearly = 256 * kib

// memoryVerdict returns the error of a task that ran out of memory, and whether that is
// what an exception means: a MemoryError, or what CPython makes of one while there is no
// memory to do it well.
func (x *execution) memoryVerdict(script *ScriptError, hard bool) (_ *LimitError, is bool) {
	limit := limitOf(x.job.limits.MemoryBytes, "bytes")
	if x.refused {
		limit = "all tasks together, Config.MaxHostMemory, " + limitOf(x.engine.cfg.MaxHostMemory, "bytes")
	}
	switch {
	case script == nil:
		is = x.full || x.refused
	case script.own: // whatever it is called
	case script.Type == "MemoryError":
		// CPython's parser has a stack of its own.
		is = x.full || x.refused || !strings.HasPrefix(script.Message, "Parser stack overflowed")
	case script.Type == "SystemError":
		is = x.full
	}
	return &LimitError{Kind: LimitMemory, Limit: limit, Hard: hard, Stopped: script}, is
}

func exitError(code int) error {
	if code == 0 {
		return nil
	}
	return &ExitError{Code: code}
}

// parseScriptError reads the guest's structured error; nil if there is none. What
// a hostile guest makes up is at worst a wrong error of its own.
func parseScriptError(raw []byte) (*ScriptError, int) {
	var report struct {
		Type      string  `json:"type"`
		Builtin   *bool   `json:"builtin"`
		Message   string  `json:"message"`
		Frames    []Frame `json:"frames"`
		Traceback string  `json:"traceback"`
		ExitCode  int     `json:"exit_code"`
	}
	report.ExitCode = 1 // of an exit that could not be described: CPython calls that a failure, too
	if readable := raw != nil && decodeJSON(raw, &report) == nil; !readable {
		return nil, 1
	}
	script := &ScriptError{Type: report.Type, Message: report.Message, Frames: report.Frames, traceback: report.Traceback}
	script.own = report.Builtin != nil && !*report.Builtin
	return script, report.ExitCode & 0xff
}

func firstLine(text string) string {
	line, rest, found := strings.Cut(text, "\n")
	if found && rest != "" {
		return line + " …"
	}
	return line
}
