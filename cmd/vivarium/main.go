package main

import (
	"context"
	"io"
	"os"

	"github.com/vivarium-go/vivarium/runtime"
)

func main() { os.Exit(realMain()) }

// realMain is main as a function that testscript can call.
func realMain() int {
	ctx, stop := interruptible(context.Background())
	defer stop()
	p := process{
		stdin:     os.Stdin,
		stdout:    os.Stdout,
		stderr:    os.Stderr,
		environ:   os.Environ(),
		newEngine: newEngine,
		restrict:  restrict,
	}
	return int(p.main(ctx, os.Args))
}

// process is what the commands have of the process they run in; tests bring their
// own. One goroutine uses it.
type process struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	environ        []string
	newEngine      func(context.Context, runtime.Config) (engine, error)
	restrict       func(reach) (missing string, err error)

	configFile    string // --config
	cacheReadOnly *bool  // --cache-readonly, nil if it was not given
}
