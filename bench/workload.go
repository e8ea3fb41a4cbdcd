package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/vivarium-go/vivarium/runtime"
)

// payloadScript returns as much as it is asked for, and how much it was given.
const payloadScript = `
def module():
    return Payload()


class Payload:
    def run(self, params):
        return {"got": len(params["data"]), "data": "y" * params["result_bytes"]}
`

// waitingScript does the same after a millisecond.
const waitingScript = `
import time


def module():
    return Payload()


class Payload:
    def run(self, params):
        time.sleep(0.001)
        return {"got": len(params["data"]), "data": "y" * params["result_bytes"]}
`

// payload makes a workload with so many bytes in its params and its result, more or less.
func (s *session) payload(script string, params, result int64) (workload, error) {
	data, err := json.Marshal(map[string]any{"data": strings.Repeat("x", int(params)), "result_bytes": result})
	if err != nil {
		return workload{}, err
	}
	path, err := s.script(script)
	return workload{path, data, fmt.Sprintf(`{"got":%d,"data":"%s"}`, params, strings.Repeat("y", int(result)))}, err
}

// padded makes a workload whose script has so many bytes.
func (s *session) padded(size int64) (workload, error) {
	var text strings.Builder
	text.WriteString(payloadScript)
	for i := 0; int64(text.Len()) < size; i++ {
		fmt.Fprintf(&text, "\n\ndef pad_%d(a, b=%d):\n    return [a + x for x in range(b) if x %% 3]\n", i, i)
	}
	w, err := s.payload(payloadScript, 1, 1)
	if err != nil {
		return w, err
	}
	w.path, err = s.script(text.String())
	return w, err
}

// script writes a script to a file, and returns its path.
func (s *session) script(text string) (string, error) {
	f, err := os.CreateTemp(s.dir, "script-*.py")
	if err != nil {
		return "", err
	}
	if _, err := f.WriteString(text); err != nil {
		return "", err
	}
	return filepath.ToSlash(f.Name()), f.Close()
}

// ours returns how an engine runs a workload, so many at once.
func (s *session) ours(eng *runtime.Engine, w workload, kind runtime.TaskType, atOnce int) *side {
	task := runtime.Task{Script: runtime.File(w.path), Params: w.params, Type: kind}
	return &side{
		row: Row{Series: kind.String(), Concurrency: atOnce},
		do:  func(int) error { return right(w)(eng.Run(context.WithoutCancel(s.ctx), task)) },
	}
}

// right checks a result of a workload.
func right(w workload) func(*runtime.Result, error) error {
	return func(res *runtime.Result, err error) error {
		switch {
		case err != nil:
			return err
		case res.Err != nil:
			return res.Err
		case string(res.Value) != w.want:
			return fmt.Errorf("a wrong result: %.100q", res.Value)
		default:
			return nil
		}
	}
}
