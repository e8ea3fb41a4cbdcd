package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/vivarium-go/vivarium/runtime"
)

func TestClassify(t *testing.T) {
	t.Parallel()
	script := &runtime.ScriptError{Type: "ValueError"}
	for _, test := range []struct {
		err  error
		code exitCode
		kind string
	}{
		{nil, exitOK, ""},
		{script, exitScript, "script"},
		{fmt.Errorf("x: %w", script), exitScript, "script"},
		{&reported{script}, exitScript, "script"},
		{&runtime.ExitError{Code: 9}, 9, "exit"},
		{usagef("x"), exitUsage, "usage"},
		{fmt.Errorf("x: %w", runtime.ErrCacheMiss), exitUsage, "usage"},
		{fmt.Errorf("x: %w", runtime.ErrArchive), exitUsage, "usage"},
		{fmt.Errorf("x: %w", runtime.ErrInvalidTask), exitUsage, "usage"},
		{&runtime.LimitError{Kind: runtime.LimitTime, Stopped: script}, exitTimeout, "timeout"},
		{&runtime.LimitError{Kind: runtime.LimitFuel, Stopped: script}, exitLimit, "fuel"},
		{&runtime.LimitError{Kind: runtime.LimitMemory}, exitLimit, "memory"},
		{&runtime.LimitError{Kind: runtime.LimitResult}, exitLimit, "result"},
		{errors.Join(errInterrupted, script), exitInterrupted, "interrupted"},
		{fmt.Errorf("x: %w", runtime.ErrInstanceLost), exitInternal, "internal"},
		{runtime.ErrClosed, exitInternal, "internal"},
		{context.Canceled, exitInternal, "internal"},
		{errors.New("surprise"), exitInternal, "internal"},
	} {
		if got := classify(test.err); got != (failure{test.code, test.kind}) {
			t.Errorf("%v: got %+v", test.err, got)
		}
	}
}

func TestNumberIsAlwaysJSON(t *testing.T) {
	t.Parallel()
	for value, want := range map[float64]string{1.5: "1.5", 3: "3", math.Inf(1): "null", math.Inf(-1): "null"} {
		if got, err := encode(number(value)); err != nil || string(got) != want {
			t.Errorf("%v: got %s, %v", value, got, err)
		}
	}
}
