package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/vivarium-go/vivarium/bench"
)

func (p *process) benchCommand() *cli.Command {
	return &cli.Command{
		Name:        "bench",
		Usage:       "measure Vivarium on this machine",
		Subcommands: []*cli.Command{p.soakCommand()},
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return usagef("there is no benchmark %q; use soak, `vivarium bench --help` explains it", c.Args().First())
			}
			return cli.ShowSubcommandHelp(c)
		},
	}
}

func (p *process) soakCommand() *cli.Command {
	var cfg bench.SoakConfig
	var asJSON bool
	return &cli.Command{
		Name:  "soak",
		Usage: "mix honest, hostile and cancelled tasks for a while, and look for leaks",
		Description: "Ends with 1 if a task did not end as it had to, was lost, or left anything behind.\n" +
			"How far it has come is said on stderr.",
		Flags: []cli.Flag{
			&cli.GenericFlag{Name: "duration", Usage: "go on for `DURATION`", Value: &parsed[time.Duration]{&cfg.Duration, parsePositive, "1m"}},
			&cli.Uint64Flag{Name: "seed", Usage: "run the hostile scripts in the order that `N` stands for (default: another one each time)", Destination: &cfg.Seed},
			p.configFlag(),
			&cli.BoolFlag{Name: "json", Usage: "print one JSON object instead", Destination: &asJSON},
		},
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return usagef("soak takes no arguments, but %q was given", c.Args().First())
			}
			if cfg.Duration == 0 {
				cfg.Duration = time.Minute
			}
			if !c.IsSet("seed") {
				cfg.Seed = rand.Uint64()
			}
			return p.soak(c.Context, cfg, asJSON)
		},
	}
}

// parsePositive parses a duration of more than nothing.
func parsePositive(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return 0, errors.New("write a duration like 90s or 30m")
	}
	return d, nil
}

// soak soaks, and prints what came of it, also when it was interrupted.
func (p *process) soak(ctx context.Context, cfg bench.SoakConfig, asJSON bool) error {
	settings, err := p.configured()
	if err != nil {
		return err
	}
	if err := p.readInterpreter(&settings); err != nil {
		return err
	}
	cfg.Engine = settings.Config
	told := 0
	cfg.Progress = func(r bench.SoakReport) {
		for ; told < len(r.Failures); told++ {
			_, _ = fmt.Fprintln(p.stderr, r.Failures[told])
		}
		_, _ = fmt.Fprintf(p.stderr, "%v: %.0f tasks a second, %d failures, %d goroutines\n",
			time.Duration(r.Seconds)*time.Second, r.PerS, r.FailureCount, bench.FootprintNow().Goroutines)
	}
	report, err := bench.Soak(ctx, cfg)
	if report.Seconds == 0 {
		return err
	}
	if printing := p.printReport(report, asJSON); printing != nil {
		return printing
	}
	if err == nil && !report.OK() {
		return &reported{&codedError{exitScript, errors.New("the soak has failed")}}
	}
	return err
}

// printReport prints a benchmark's report as text, or as one line of JSON.
func (p *process) printReport(report bench.SoakReport, asJSON bool) error {
	if !asJSON {
		return report.WriteText(p.stdout)
	}
	return json.NewEncoder(p.stdout).Encode(report)
}
