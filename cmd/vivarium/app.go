package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/vivarium-go/vivarium/runtime"
)

// main runs the command line args, args[0] being the program's name, and reports
// an error on stderr.
func (p *process) main(ctx context.Context, args []string) exitCode {
	app := p.app()
	if len(args) > 0 && !completing(args) { // what is not complete has no order yet
		args = flagsFirst(app, args)
	}
	err := app.RunContext(ctx, args)
	if said := new(reported); err != nil && !errors.As(err, &said) {
		_, _ = fmt.Fprintf(p.stderr, "vivarium: %v\n", err)
	}
	return exitCodeOf(err)
}

func (p *process) app() *cli.App {
	app := &cli.App{
		Name:            "vivarium",
		Usage:           "run Python scripts nobody has to trust",
		Description:     settingsHelp(),
		Version:         runtime.Version().Vivarium,
		HideVersion:     true, // `vivarium version` says more
		HideHelpCommand: true,
		Flags:           []cli.Flag{p.configFlag(), p.cacheReadOnlyFlag()},
		Commands: []*cli.Command{
			p.runCommand(), p.batchCommand(), p.mapCommand(), p.benchCommand(), p.warmUpCommand(), p.doctorCommand(),
			p.completionCommand(), p.versionCommand(),
		},
		Reader:    p.stdin,
		Writer:    p.stdout,
		ErrWriter: p.stderr,
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return usagef("there is no command %q; use %s, `vivarium --help` explains them", c.Args().First(), commandNames(c.App))
			}
			return cli.ShowAppHelp(c)
		},
		OnUsageError:         onUsageError,
		EnableBashCompletion: true,                         // and zsh's, see completion.go
		ExitErrHandler:       func(*cli.Context, error) {}, // exit codes are this package's
		// A value may hold commas.
		DisableSliceFlagSeparator: true,
	}
	tell(app.Commands)
	return app
}

// commandNames lists the commands: "run, batch or version".
func commandNames(app *cli.App) string {
	var names []string
	for _, c := range app.Commands {
		names = append(names, c.Name)
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// tell makes commands complain as the application does.
func tell(commands []*cli.Command) {
	for _, c := range commands {
		c.OnUsageError = onUsageError
		c.HideHelpCommand = true // a script may be called help
		tell(c.Subcommands)
	}
}

// flagInError finds the flag package's spelling of a flag.
var flagInError = regexp.MustCompile(`(for flag |not defined: |an argument: )-(\w[\w-]+)`)

// onUsageError words the flag package's complaints as flags are written here.
func onUsageError(c *cli.Context, err error, isSubcommand bool) error {
	name := "vivarium"
	if isSubcommand {
		name = c.Command.HelpName
	}
	return usagef("%s; `%s --help` lists the flags", flagInError.ReplaceAllString(err.Error(), "$1--$2"), name)
}
