package hostile

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/vivarium-go/vivarium/runtime"
)

// checkOutcome checks how an outcome is written.
func checkOutcome(text string) error {
	kind, detail, _ := strings.Cut(text, " ")
	switch kind {
	case "value", "exception", "exit":
		if detail != "" {
			return nil
		}
	case "limit":
		limit, how, _ := strings.Cut(detail, " ")
		kinds := []runtime.LimitKind{runtime.LimitTime, runtime.LimitFuel, runtime.LimitMemory, runtime.LimitResult, runtime.LimitStack}
		if slices.Contains(kinds, runtime.LimitKind(limit)) && (how == "soft" || how == "hard") {
			return nil
		}
	case "died":
		if detail == "" {
			return nil
		}
	}
	return fmt.Errorf("%q is none of those that the package's documentation lists", text)
}

// Ended says how a task ended, as an outcome is written. The whole message of an
// exception is part of it.
func Ended(res *runtime.Result) string {
	var (
		limit  *runtime.LimitError
		exit   *runtime.ExitError
		script *runtime.ScriptError
	)
	switch err := res.Err; {
	case err == nil:
		return "value " + string(res.Value)
	case errors.As(err, &limit) && limit.Hard:
		return "limit " + string(limit.Kind) + " hard"
	case errors.As(err, &limit):
		return "limit " + string(limit.Kind) + " soft"
	case errors.As(err, &exit):
		return fmt.Sprintf("exit %d", exit.Code)
	case errors.Is(err, runtime.ErrInstanceLost):
		return "died"
	case errors.As(err, &script):
		return "exception " + script.Type + ": " + script.Message
	default:
		return "error " + err.Error()
	}
}

// Matches says whether a script has ended as its header says.
func (s Script) Matches(ended string) bool {
	kind, text, _ := strings.Cut(s.Outcome, ": ")
	if !strings.HasPrefix(kind, "exception ") {
		return ended == s.Outcome
	}
	endedKind, message, _ := strings.Cut(ended, ": ")
	return endedKind == kind && strings.Contains(message, text)
}
