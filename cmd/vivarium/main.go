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
	p := process{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, newEngine: newEngine}
	return int(p.main(ctx, os.Args))
}

// process is what the commands have of the process they run in; tests bring their
// own. One goroutine uses it.
type process struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	newEngine      func(context.Context, runtime.Config) (engine, error)
}

// engine is what the commands need of a runtime.Engine.
type engine interface {
	Run(context.Context, runtime.Task) (*runtime.Result, error)
	Close(context.Context) error
}

func newEngine(ctx context.Context, cfg runtime.Config) (engine, error) {
	return runtime.New(ctx, cfg)
}
