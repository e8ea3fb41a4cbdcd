package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/vivarium-go/vivarium/runtime"
)

func (p *process) doctorCommand() *cli.Command {
	var asJSON bool
	return &cli.Command{
		Name:  "doctor",
		Usage: "say what this machine, its limits and the cache mean for Vivarium",
		Description: "One line for each thing that was looked at: ok, a note (it works, at a cost), or a problem (nothing\n" +
			"runs). Nothing is compiled or changed. Ends with 1 if there is a problem.",
		Flags: []cli.Flag{
			p.configFlag(),
			p.cacheReadOnlyFlag(),
			&cli.BoolFlag{Name: "json", Usage: "print one JSON object instead", Destination: &asJSON},
		},
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return usagef("doctor takes no arguments, but %q was given", c.Args().First())
			}
			cfg, err := p.configured()
			if err == nil {
				err = p.readInterpreter(&cfg)
			}
			if err != nil {
				return err
			}
			cfg.Logger = p.logger(cfg)
			return p.diagnose(runtime.Diagnose(c.Context, cfg.Config), asJSON)
		},
	}
}

// errSick is the error of a machine with a problem, about which the user has been told.
var errSick = errors.New("there is a problem")

// diagnose prints the findings.
func (p *process) diagnose(findings []runtime.Finding, asJSON bool) error {
	healthy := !slices.ContainsFunc(findings, func(f runtime.Finding) bool { return f.State == runtime.FindingProblem })
	var err error
	if asJSON {
		err = p.printJSON(struct {
			OK       bool              `json:"ok"`
			Findings []runtime.Finding `json:"findings"`
		}{healthy, findings})
	} else {
		_, err = fmt.Fprint(p.stdout, findingsText(findings))
	}
	if err == nil && !healthy {
		err = &reported{&codedError{exitScript, errSick}}
	}
	return err
}

// findingsText is one line for each finding.
func findingsText(findings []runtime.Finding) string {
	var text strings.Builder
	for _, f := range findings {
		fmt.Fprintf(&text, "%-7s  %-12s  %s", f.State, f.Name, f.Text)
		if f.Advice != "" {
			fmt.Fprintf(&text, "; to do: %s", f.Advice)
		}
		text.WriteByte('\n')
	}
	return text.String()
}
