//go:build unix

package runtime_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/vivarium-go/vivarium/runtime"
)

// Nobody waits for the writer of a pipe that is said to be a script.
func TestScriptIsAPipe(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "pipe.py")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	eng, task := sharedEngine(t), runtime.Task{Script: runtime.File(path)}
	_, run := eng.Run(context.Background(), task)
	_, submit := eng.Submit(context.Background(), task)
	for _, err := range []error{run, submit} {
		if !errors.Is(err, runtime.ErrInvalidTask) || !strings.Contains(err.Error(), "no regular file") {
			t.Errorf("%v", err)
		}
	}
}
