package main

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/vivarium-go/vivarium/runtime"
)

// runOptions are the flags and arguments of `vivarium run`. Those that a setting
// stands for are zero unless they were given.
type runOptions struct {
	script      string
	params      []param
	paramsText  string
	paramsFile  string
	taskType    runtime.TaskType
	timeout     time.Duration
	grace       time.Duration
	fuel        int64
	memory      int64
	maxOutput   int64
	env         []variable
	mounts      []runtime.Mount
	interpreter string
	freshImage  *bool
	lockdown    bool
	json        bool
	watch       bool
	verbose     bool
}

func (p *process) runCommand() *cli.Command {
	o := new(runOptions)
	return &cli.Command{
		Name:      "run",
		Usage:     "run one script in a fresh sandbox",
		ArgsUsage: "SCRIPT|-",
		Description: strings.Join([]string{
			"A script with a run(params) function, or a module() function that returns an object with a",
			"run(params) method, has its return value printed as one line of JSON after its output. Any",
			"other script runs as a program. The script's standard input is this command's, unless the",
			"script or the params are read from it.",
			"",
			exitCodeHelp(),
		}, "\n"),
		Flags: []cli.Flag{
			&cli.GenericFlag{Name: "param", Usage: "a member `NAME=VALUE` of the params; VALUE is JSON, or else a string; may be repeated", Value: &each[param]{&o.params, parseParam}},
			&cli.StringFlag{Name: "params", Usage: "the params as `JSON`", Destination: &o.paramsText},
			&cli.StringFlag{Name: "params-file", Usage: "read the params as JSON from `FILE`, - is stdin", Destination: &o.paramsFile},
			&cli.GenericFlag{Name: "type", Usage: "what the script mostly does, `TYPE` cpu (computes) or io (waits)", Value: &parsed[runtime.TaskType]{&o.taskType, parseType, "cpu"}},
			&cli.GenericFlag{Name: "timeout", Usage: "interrupt the script after `DURATION`; 0 is never", Value: &parsed[time.Duration]{&o.timeout, parseDuration, standard("timeout")}},
			&cli.GenericFlag{Name: "grace", Usage: "stop it hard `DURATION` after an interrupt", Value: &parsed[time.Duration]{&o.grace, parseDuration, standard("grace")}},
			&cli.GenericFlag{Name: "fuel", Usage: "interrupt the script after `N` loop iterations of the interpreter", Value: &parsed[int64]{&o.fuel, parseFuel, standard("limits.fuel")}},
			&cli.GenericFlag{Name: "memory", Usage: "the interpreter's memory, at most `SIZE`", Value: &parsed[int64]{&o.memory, parseSize, standard("limits.memory_bytes")}},
			&cli.GenericFlag{Name: "max-output", Usage: "keep at most `SIZE` of stdout, and of stderr", Value: &parsed[int64]{&o.maxOutput, parseSize, standard("limits.output_bytes")}},
			&cli.GenericFlag{Name: "env", Usage: "an environment variable `NAME=VALUE` of the script; may be repeated", Value: &each[variable]{&o.env, parseVariable}},
			&cli.GenericFlag{Name: "mount", Usage: "show a host directory or file to the script, `HOST:GUEST[:ro|:rw]`, read-only by default; may be repeated", Value: &each[runtime.Mount]{&o.mounts, parseMount}},
			&cli.StringFlag{Name: "interpreter", Usage: "use the WASI CPython in `FILE` instead of the built-in one", Destination: &o.interpreter},
			&cli.BoolFlag{Name: "fresh-image", Usage: "boot the interpreter anew instead of using a stored image, with a hash seed that is never written to disk"},
			&cli.BoolFlag{Name: "lockdown", Usage: "give up all that this process can reach of the host but its cache and the mounts, as far as the kernel's landlock can, and no_new_privs", Destination: &o.lockdown},
			p.configFlag(),
			p.cacheReadOnlyFlag(),
			&cli.BoolFlag{Name: "json", Usage: "print one JSON object with everything about the run instead", Destination: &o.json},
			&cli.BoolFlag{Name: "watch", Usage: "run the script again whenever it, or the params file, is saved", Destination: &o.watch},
			&cli.BoolFlag{Name: "v", Usage: "say what the engine does, and what the run took", Destination: &o.verbose},
		},
		Action: func(c *cli.Context) error {
			if n := c.Args().Len(); n != 1 {
				return usagef("run takes one script, a file or - for stdin, but %d were given; `vivarium run --help` explains it", n)
			}
			o.script = c.Args().First()
			if fresh := c.Bool("fresh-image"); c.IsSet("fresh-image") {
				o.freshImage = &fresh
			}
			if o.watch {
				return p.watch(c.Context, o)
			}
			return p.run(c.Context, o)
		},
	}
}

// run runs one script and reports how it went.
func (p *process) run(ctx context.Context, o *runOptions) error {
	out := p.reporter(o)
	result, err := p.execute(ctx, o, out)
	return ended(out, result, err)
}

// reporter returns what tells the user about a run.
func (p *process) reporter(o *runOptions) reporter {
	if o.json {
		return &envelopeReport{process: p}
	}
	return &plainReport{process: p, verbose: o.verbose}
}

// ended reports how a run ended, and returns the error to end with.
func ended(out reporter, result *runtime.Result, err error) error {
	if err != nil {
		return out.failed(err)
	}
	if err := out.finished(result); err != nil {
		return err
	}
	if result.Err != nil {
		return &reported{result.Err}
	}
	return nil
}

// reporter tells the user about a run.
type reporter interface {
	// attach makes the task report while it runs.
	attach(task *runtime.Task)
	// finished reports the result; its error is that of printing.
	finished(*runtime.Result) error
	// failed reports that there is no result, and returns the error to end with.
	failed(error) error
}

// execute runs the script in an engine of its own.
func (p *process) execute(ctx context.Context, o *runOptions, out reporter) (_ *runtime.Result, err error) {
	task, err := p.task(o)
	if err != nil {
		return nil, err
	}
	out.attach(&task)
	eng, err := p.engineOf(ctx, o)
	if err != nil {
		return nil, err
	}
	defer func() {
		if closing := eng.Close(context.WithoutCancel(ctx)); err == nil {
			err = closing
		}
	}()
	return eng.Run(ctx, task)
}

// engineOf makes the engine that the options ask for.
func (p *process) engineOf(ctx context.Context, o *runOptions) (engine, error) {
	cfg, err := p.configured()
	if err != nil {
		return nil, err
	}
	if o.verbose {
		cfg.logLevel = slog.LevelDebug
	}
	if o.interpreter != "" {
		cfg.interpreter = interpreterFile{o.interpreter, "--interpreter"}
	}
	if o.freshImage != nil {
		cfg.FreshImage = *o.freshImage
	}
	if err := p.readInterpreter(&cfg); err != nil {
		return nil, err
	}
	if o.lockdown {
		if err := p.lockDown(&cfg, o.mounts); err != nil {
			return nil, err
		}
	}
	return p.start(ctx, cfg)
}

// task turns the options into a task, reading what they name.
func (p *process) task(o *runOptions) (runtime.Task, error) {
	params, err := p.params(o)
	if err != nil {
		return runtime.Task{}, err
	}
	source, err := p.read(scriptInput, o.script)
	if err != nil {
		return runtime.Task{}, err
	}
	name := o.script
	if name == "-" {
		name = stdinName
	}
	task := runtime.Task{
		Script:  runtime.Source(name, string(source)),
		Type:    o.taskType,
		Timeout: o.timeout,
		Grace:   o.grace,
		Limits: runtime.Limits{
			MemoryBytes: o.memory,
			Fuel:        o.fuel,
			OutputBytes: o.maxOutput,
		},
		Mounts: o.mounts,
	}
	if params != nil {
		task.Params = params
	}
	if o.script != "-" && o.paramsFile != "-" {
		task.Stdin = p.stdin
	}
	if len(o.env) > 0 {
		task.Env = make(map[string]string, len(o.env))
		for _, v := range o.env {
			task.Env[v.name] = v.value
		}
	}
	return task, nil
}
