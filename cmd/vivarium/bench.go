package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/vivarium-go/vivarium/bench"
)

func (p *process) benchCommand() *cli.Command {
	group := &cli.Command{
		Name:        "bench",
		Usage:       "measure Vivarium on this machine",
		Description: "bench/README.md of the source explains how to read the figures.",
	}
	var names []string
	for _, b := range bench.All() {
		group.Subcommands = append(group.Subcommands, p.measureCommand(b))
		names = append(names, b.Name)
	}
	group.Subcommands = append(group.Subcommands, p.soakCommand())
	group.Action = func(c *cli.Context) error {
		if c.Args().Present() {
			return usagef("there is no benchmark %q; use %s or soak, `vivarium bench --help` explains them", c.Args().First(), strings.Join(names, ", "))
		}
		return cli.ShowSubcommandHelp(c)
	}
	return group
}

// benchOptions are the flags of a benchmark.
type benchOptions struct {
	bench.Options
	json bool
	plot string
}

func (p *process) measureCommand(b bench.Benchmark) *cli.Command {
	o := new(benchOptions)
	return &cli.Command{
		Name:  b.Name,
		Usage: b.Usage,
		Flags: []cli.Flag{
			&cli.GenericFlag{Name: "duration", Usage: "measure each row for `DURATION`", Value: &parsed[time.Duration]{&o.Duration, parsePositive, b.Duration.String()}},
			&cli.GenericFlag{Name: "compare", Usage: "measure `PEERS`, too, processpool or subprocess, with a comma between", Value: &parsed[[]string]{&o.Compare, parsePeers, ""}},
			&cli.StringFlag{Name: "python", Usage: "the native CPython of peers is `FILE`", DefaultText: "the python3 on PATH", Destination: &o.Python},
			&cli.StringFlag{Name: "plot", Usage: "draw the figures into `FILE`, as SVG", Destination: &o.plot},
			p.configFlag(),
			p.cacheReadOnlyFlag(),
			&cli.BoolFlag{Name: "json", Usage: "print one JSON object instead of a table", Destination: &o.json},
		},
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return usagef("%s takes no arguments, but %q was given", b.Name, c.Args().First())
			}
			return p.measure(c.Context, b, o)
		},
	}
}

// parsePeers parses the names of peers.
func parsePeers(text string) (names []string, err error) {
	for name := range strings.SplitSeq(text, ",") {
		if !slices.Contains(bench.Peers, name) {
			return nil, fmt.Errorf("%q is none; use %s", name, strings.Join(bench.Peers, " or "))
		}
		names = append(names, name)
	}
	return names, nil
}

// measure runs a benchmark and prints what came of it.
func (p *process) measure(ctx context.Context, b bench.Benchmark, o *benchOptions) (err error) {
	settings, err := p.benchSettings()
	if err != nil {
		return err
	}
	o.Engine = settings.Config
	if o.Command, err = os.Executable(); err != nil {
		return err
	}
	o.Progress = func(what string) { _, _ = fmt.Fprintf(p.stderr, "%s: %s\n", b.Name, what) }
	var plot *os.File
	if o.plot != "" { // before it takes minutes to find out
		if plot, err = os.Create(o.plot); err != nil {
			return usagef("--plot: %w", err)
		}
		defer func() { err = errors.Join(err, plot.Close()) }()
	}
	report, err := b.Run(ctx, o.Options)
	if err != nil {
		return err
	}
	if plot != nil {
		if err := report.WriteSVG(plot); err != nil {
			return err
		}
	}
	return p.printReport(report, o.json)
}

// benchSettings returns the configuration that is to be measured.
func (p *process) benchSettings() (config, error) {
	settings, err := p.configured()
	if err == nil {
		err = p.readInterpreter(&settings)
	}
	return settings, err
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
			p.cacheReadOnlyFlag(),
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
	settings, err := p.benchSettings()
	if err != nil {
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
func (p *process) printReport(report interface{ WriteText(io.Writer) error }, asJSON bool) error {
	if !asJSON {
		return report.WriteText(p.stdout)
	}
	return json.NewEncoder(p.stdout).Encode(report)
}
