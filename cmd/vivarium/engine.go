package main

import (
	"context"
	"errors"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/vivarium-go/vivarium/runtime"
)

// engine is what the commands need of a runtime.Engine.
type engine interface {
	Run(context.Context, runtime.Task) (*runtime.Result, error)
	Status() runtime.Status
	Metrics() prometheus.Gatherer
	Close(context.Context) error
}

func newEngine(ctx context.Context, cfg runtime.Config) (engine, error) {
	return runtime.New(ctx, cfg)
}

// start makes the engine, unless ctx ends first: compiling cannot be interrupted,
// but the process can end without it.
func (p *process) start(ctx context.Context, c config) (engine, error) {
	c.Logger = p.logger(c)
	eng, err := inBackground(ctx, func() (engine, error) { return p.newEngine(ctx, c.Config) })
	return eng, c.blame(err)
}

// readInterpreter reads the interpreter that the user has brought along, if there is one.
func (p *process) readInterpreter(c *config) (err error) {
	if c.interpreter.path == "" {
		return nil
	}
	if c.Interpreter, err = p.read(interpreterInput, c.interpreter.path); err != nil {
		return usagef("%s: %w", c.interpreter.from, err)
	}
	return nil
}

// blame says of an error of the start what the user brought along that may be at fault.
func (c config) blame(err error) error {
	suspects := c.suspects()
	if err == nil || suspects == "" || errors.Is(err, runtime.ErrCacheMiss) || errors.Is(err, errInterrupted) {
		return err
	}
	return usagef("%s: %w", suspects, err)
}

// suspects names what the user brought along and an engine runs when it is made: if
// that fails, the fault is there.
func (c config) suspects() string {
	var from []string
	if c.Interpreter != nil {
		from = append(from, c.interpreter.from)
	}
	if len(c.Preimport) > 0 {
		from = append(from, c.preimportFrom)
	}
	return strings.Join(from, " or ")
}
