package main

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// flagsFirst moves a command's flags before its other arguments, because
// urfave/cli stops looking for flags at the first argument that is none. What
// follows "--" is no flag.
func flagsFirst(app *cli.App, args []string) []string {
	at, flagsHere, commands := 1, app.Flags, app.Commands
	var command *cli.Command
	for command == nil || len(command.Subcommands) > 0 {
		for at < len(args) && isFlag(args[at]) {
			if takesNext(flagsHere, args[at]) {
				at++
			}
			at++
		}
		if at >= len(args) {
			return args
		}
		found := slices.IndexFunc(commands, func(c *cli.Command) bool { return c.HasName(args[at]) })
		if found < 0 {
			return args
		}
		command = commands[found]
		at, flagsHere, commands = at+1, command.Flags, command.Subcommands
	}
	flags, others := slices.Clone(args[:at]), []string(nil)
	for rest := args[at:]; len(rest) > 0; {
		arg := rest[0]
		rest = rest[1:]
		switch {
		case arg == "--":
			others = append(others, rest...)
			rest = nil
		case !isFlag(arg):
			others = append(others, arg)
		default:
			flags = append(flags, arg)
			if !takesNext(command.Flags, arg) {
				continue
			}
			if len(rest) == 0 {
				return flags // for the parser to miss the value
			}
			flags = append(flags, rest[0])
			rest = rest[1:]
		}
	}
	if len(others) == 0 {
		return flags
	}
	return append(append(flags, "--"), others...)
}

// isFlag says whether arg looks like a flag; "-" alone means a standard stream.
func isFlag(arg string) bool { return len(arg) > 1 && arg[0] == '-' }

// takesNext says whether the flag arg has its value in the argument after it. A
// flag that is not known takes none: the parser will refuse it anyway.
func takesNext(flags []cli.Flag, arg string) bool {
	name := strings.TrimPrefix(strings.TrimPrefix(arg, "-"), "-")
	for _, flag := range flags {
		if slices.Contains(flag.Names(), name) {
			documented, ok := flag.(cli.DocGenerationFlag)
			return ok && documented.TakesValue()
		}
	}
	return false
}
