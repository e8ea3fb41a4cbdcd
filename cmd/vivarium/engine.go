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
	type made struct {
		engine engine
		err    error
	}
	done := make(chan made, 1)
	go func() {
		eng, err := p.newEngine(ctx, c.Config)
		done <- made{eng, err}
	}()
	select {
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case m := <-done:
		if suspects := c.suspects(); m.err != nil && suspects != "" && !errors.Is(m.err, runtime.ErrCacheMiss) {
			return nil, usagef("%s: %w", suspects, m.err)
		}
		return m.engine, m.err
	}
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
