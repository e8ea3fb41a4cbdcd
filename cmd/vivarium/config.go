package main

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// configFlag is --config, which stands before the command or after it.
func (p *process) configFlag() cli.Flag {
	return &cli.GenericFlag{
		Name:  "config",
		Usage: "read settings from `FILE`, which is YAML or JSON; `vivarium --help` lists them",
		Value: &parsed[string]{&p.configFile, parseConfigFile, ""},
	}
}

// cacheReadOnlyFlag is --cache-readonly, which stands before the command or after it.
func (p *process) cacheReadOnlyFlag() cli.Flag {
	return &cli.BoolFlag{
		Name:  "cache-readonly",
		Usage: "start from the cache or not at all, and write nothing to it",
		Action: func(_ *cli.Context, is bool) error {
			p.cacheReadOnly = &is
			return nil
		},
	}
}

func parseConfigFile(path string) (string, error) {
	if path == "" || path == "-" {
		return "", errors.New("name a file; stdin is the script's")
	}
	return path, nil
}

// configured returns the configuration that the file and the environment make up,
// the latter having the last word.
func (p *process) configured() (config, error) {
	var c config
	var errs []error
	if p.configFile != "" {
		text, err := p.read(configInput, p.configFile)
		if err != nil {
			return config{}, err
		}
		errs = append(errs, readConfig(&c, p.configFile, text))
	}
	unknown, err := readEnvironment(&c, p.environ)
	if err := errors.Join(append(errs, err)...); err != nil {
		return config{}, &codedError{exitUsage, err}
	}
	for _, variable := range unknown {
		p.logger(c).Warn(variable)
	}
	if p.cacheReadOnly != nil {
		c.CacheReadOnly = *p.cacheReadOnly
	}
	return c, nil
}

// logger returns the logger of what the engine and the commands have to say.
func (p *process) logger(c config) *slog.Logger {
	return slog.New(noteHandler{p.stderr, c.logLevel})
}

// readEnvironment reads the environment's settings into the configuration, and
// returns what to say about variables that look like one but are none. An empty
// variable is one that is not set.
func readEnvironment(c *config, environ []string) (unknown []string, err error) {
	var errs []error
	for _, entry := range environ {
		name, text, _ := strings.Cut(entry, "=")
		rest, ours := strings.CutPrefix(name, variablePrefix)
		if !ours || text == "" {
			continue
		}
		at := slices.IndexFunc(settings, func(s setting) bool { return s.variable() == name })
		if at >= 0 {
			if err := settings[at].accept(c, written{from: name, text: text}); err != nil {
				errs = append(errs, fmt.Errorf("%s is %q; %w", name, text, err))
			}
			continue
		}
		if !reservedVariable(name) {
			meant := nearest(rest, settingKeys())
			if meant != "" {
				meant = variableOf(meant)
			}
			unknown = append(unknown, name+" is no setting; "+didYouMean(meant))
		}
	}
	return unknown, errors.Join(errs...)
}

// reservedVariables are those that mean something to Vivarium but are no settings:
// they are for its tests, benchmarks and builds. A trailing _ stands for what
// follows, too.
var reservedVariables = []string{
	"VIVARIUM_RESET",
	"VIVARIUM_BENCH_",
	"VIVARIUM_TEST_",
	"VIVARIUM_CPYTHON_",
	"VIVARIUM_BUILD_DIR", "VIVARIUM_CODEGEN", "VIVARIUM_JOBS",
}

func reservedVariable(name string) bool {
	return slices.ContainsFunc(reservedVariables, func(reserved string) bool {
		return name == reserved || strings.HasSuffix(reserved, "_") && strings.HasPrefix(name, reserved)
	})
}
