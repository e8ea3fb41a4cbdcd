package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/vivarium-go/vivarium/runtime"
)

// batchOptions are the flags that `vivarium batch` and `vivarium map` share.
type batchOptions struct {
	out           string
	concurrency   concurrency
	resume        bool
	failFast      bool
	retries       int
	metricsListen string
	statusEvery   time.Duration
	live          bool
}

// concurrency is how many tasks of each type run at once; 0 is the configuration's.
type concurrency [2]int

func parseConcurrency(text string) (c concurrency, err error) {
	for part := range strings.SplitSeq(text, ",") {
		name, number, _ := strings.Cut(part, "=")
		kind, kindErr := parseType(name)
		n, err := strconv.Atoi(number)
		if kindErr != nil || err != nil || n < 1 || n > maxConcurrency {
			return c, fmt.Errorf("write numbers from 1 to %d by type, such as cpu=2,io=200", maxConcurrency)
		}
		c[kind] = n
	}
	return c, nil
}

// maxConcurrency is what package runtime allows of workers and of slots.
const maxConcurrency = 1 << 16

func (p *process) batchFlags(o *batchOptions) []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "out", Usage: "write the results to `FILE`, which must not exist yet; default stdout", Destination: &o.out},
		&cli.BoolFlag{Name: "resume", Usage: "go on with the results in --out: only tasks that have none are run", Destination: &o.resume},
		&cli.GenericFlag{Name: "concurrency", Usage: "run so many tasks of each type at once, `cpu=N,io=N`", Value: &parsed[concurrency]{&o.concurrency, parseConcurrency, "the cores, and what io_workers and io_slots say"}},
		&cli.BoolFlag{Name: "fail-fast", Usage: "stop at the first task that fails", Destination: &o.failFast},
		&cli.GenericFlag{Name: "retries", Usage: "run a task again, up to `N` times, if the interpreter broke down", Value: &parsed[int]{&o.retries, parseRetries, "0"}},
		&cli.GenericFlag{Name: "timeout", Usage: "interrupt a task after `DURATION`, where it does not say; 0 is never", Value: &parsed[time.Duration]{new(time.Duration), parseDuration, standard("timeout")}},
		&cli.StringFlag{Name: "metrics-listen", Usage: "serve /metrics, /healthz and /status on `ADDR` while it runs", Destination: &o.metricsListen},
		&cli.GenericFlag{Name: "status-every", Usage: "print the engine's status as JSON to stderr every `DURATION`", Value: &parsed[time.Duration]{&o.statusEvery, parsePositive, ""}},
		&cli.BoolFlag{Name: "live", Usage: "show queues, pools, workers and health on the terminal as they change", Destination: &o.live},
		p.configFlag(),
		p.cacheReadOnlyFlag(),
	}
}

func parseRetries(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, errors.New("write a whole number of at least 0")
	}
	return n, nil
}

func (p *process) batchCommand() *cli.Command {
	o := new(batchOptions)
	return &cli.Command{
		Name:      "batch",
		Usage:     "run many tasks, one a line",
		ArgsUsage: "TASKS.jsonl|-",
		Description: strings.Join([]string{
			"Each line is a JSON object. \"script\" is a path, or \"source\" the text of one; all else may be left",
			"out: " + strings.Join(taskKeys, ", ") + ".",
			"",
			"    {\"id\": 1, \"script\": \"double.py\", \"params\": {\"value\": 21}, \"type\": \"cpu\", \"timeout\": \"10s\"}",
			"",
			"The results come as they end, one JSON object a line, with the task's \"line\" and \"id\". A line that is",
			"wrong is a task that failed. However the process ends, --resume runs what has no result yet, so that",
			"each task has exactly one; tasks that were running are run again. Ends with 1 if a task failed.",
		}, "\n"),
		Flags: p.batchFlags(o),
		Action: func(c *cli.Context) error {
			if n := c.Args().Len(); n != 1 {
				return usagef("batch takes one file of tasks, or - for stdin, but %d were given; `vivarium batch --help` explains it", n)
			}
			base := runtime.Task{Retries: o.retries, Timeout: timeoutFlag(c)}
			return p.batch(c.Context, o, c.Args().First(), func(r io.Reader) taskSource { return jsonTasks(r, base) })
		},
	}
}

// timeoutFlag returns what --timeout says, 0 if nothing.
func timeoutFlag(c *cli.Context) time.Duration {
	return *c.Generic("timeout").(*parsed[time.Duration]).to
}

// mapOptions are the flags of `vivarium map` alone.
type mapOptions struct {
	batchOptions
	over   string
	format string
	params []param
	kind   runtime.TaskType
	memory int64
	fuel   int64
}

func (p *process) mapCommand() *cli.Command {
	o := new(mapOptions)
	return &cli.Command{
		Name:      "map",
		Usage:     "run one script over many inputs",
		ArgsUsage: "SCRIPT",
		Description: strings.Join([]string{
			"Each row of a CSV file, an object of strings with the names in the first row, or each line of a",
			"JSON Lines file is the params of one task. Results are those of `vivarium batch`.",
			"",
			"    vivarium map clean.py --over customers.csv --param country=CH --out cleaned.jsonl",
		}, "\n"),
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "over", Usage: "the inputs, `FILE.csv|FILE.jsonl|-`", Destination: &o.over},
			&cli.GenericFlag{Name: "format", Usage: "what the inputs are, `FORMAT` csv or jsonl", Value: &parsed[string]{&o.format, parseFormat, "by the name of the file; jsonl for stdin"}},
			&cli.GenericFlag{Name: "param", Usage: "a further member `NAME=VALUE` of all params; may be repeated", Value: &each[param]{&o.params, parseParam}},
			&cli.GenericFlag{Name: "type", Usage: "what the script mostly does, `TYPE` cpu (computes) or io (waits)", Value: &parsed[runtime.TaskType]{&o.kind, parseType, "cpu"}},
			&cli.GenericFlag{Name: "fuel", Usage: "interrupt a task after `N` loop iterations of the interpreter", Value: &parsed[int64]{&o.fuel, parseFuel, standard("limits.fuel")}},
			&cli.GenericFlag{Name: "memory", Usage: "the interpreter's memory, at most `SIZE`", Value: &parsed[int64]{&o.memory, parseSize, standard("limits.memory_bytes")}},
		}, p.batchFlags(&o.batchOptions)...),
		Action: func(c *cli.Context) error {
			if n := c.Args().Len(); n != 1 {
				return usagef("map takes one script, but %d were given; `vivarium map --help` explains it", n)
			}
			return p.mapScript(c.Context, o, c.Args().First(), timeoutFlag(c))
		},
	}
}

func parseFormat(text string) (string, error) {
	if text != "csv" && text != "jsonl" {
		return "", errors.New("use csv or jsonl")
	}
	return text, nil
}

func (p *process) mapScript(ctx context.Context, o *mapOptions, script string, timeout time.Duration) error {
	if o.over == "" {
		return usagef("map needs the inputs: --over FILE.csv, --over FILE.jsonl, or --over - for stdin")
	}
	if script == "-" && o.over == "-" {
		return usagef("the script and the inputs cannot both come from stdin; put one into a file")
	}
	source, err := p.read(scriptInput, script)
	if err != nil {
		return err
	}
	name := script
	if name == "-" {
		name = stdinName
	}
	m := mapped{with: o.params, base: runtime.Task{
		Script: runtime.Source(name, string(source)), Type: o.kind, Retries: o.retries, Timeout: timeout,
		Limits: runtime.Limits{Fuel: o.fuel, MemoryBytes: o.memory},
	}}
	if m.salt, err = json.Marshal([]any{string(source), membersOf(o.params)}); err != nil {
		return err
	}
	format := o.format
	if format == "" {
		switch lower := strings.ToLower(o.over); {
		case strings.HasSuffix(lower, ".csv"):
			format = "csv"
		case o.over == "-" || strings.HasSuffix(lower, ".jsonl") || strings.HasSuffix(lower, ".ndjson"):
			format = "jsonl"
		default:
			return usagef("is %s CSV or JSON Lines? Say --format csv or --format jsonl", o.over)
		}
	}
	return p.batch(ctx, &o.batchOptions, o.over, func(r io.Reader) taskSource {
		if format == "csv" {
			return csvInputs(r, m)
		}
		return jsonInputs(r, m)
	})
}

// membersOf returns names and values of params, to be told apart.
func membersOf(params []param) (all [][2]string) {
	for _, p := range params {
		all = append(all, [2]string{p.name, string(p.value)})
	}
	return all
}

// batch runs the tasks that a source reads from a file.
func (p *process) batch(ctx context.Context, o *batchOptions, path string, source func(io.Reader) taskSource) (err error) {
	cfg, err := p.configured()
	if err != nil {
		return err
	}
	if err := p.readInterpreter(&cfg); err != nil {
		return err
	}
	if sameFile(path, o.out) {
		return usagef("--out %s is where the tasks are", o.out)
	}
	in, total, err := p.openTasks(ctx, path)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }() // only read
	out, err := p.openResults(o.out, o.resume)
	if err != nil {
		return err
	}
	defer func() {
		if closing := out.close(); closing != nil { // results may be lost, which nobody has been told
			err = usagef("writing the results to %s: %w", out.path, closing)
		}
	}()
	b := &batch{out: out, stats: newBatchStats(), failFast: o.failFast}
	b.concurrency = o.concurrency.apply(&cfg.Config)
	view := &batchView{w: p.stderr, over: make(chan struct{})}
	shown := *p
	shown.stderr = view // so that what the engine says stands above the bar
	eng, err := shown.start(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, eng.Close(context.WithoutCancel(ctx))) }()
	b.eng, b.complain = eng, view.line
	stopServing, err := serveMetrics(o.metricsListen, eng)
	if err != nil {
		return err
	}
	defer stopServing()
	b.stats.began, b.stats.badBefore, out.kept = time.Now(), out.bad, true
	p.watchBatch(view, o, b, total)
	err = b.run(ctx, in, source)
	view.stop()
	b.stats.write(p.stderr)
	return b.ended(err)
}

// sameFile says whether two paths lead to one file.
func sameFile(a, b string) bool {
	one, err1 := os.Stat(a)
	other, err2 := os.Stat(b)
	return err1 == nil && err2 == nil && os.SameFile(one, other)
}

// ended says how a batch ended.
func (b *batch) ended(err error) error {
	_, failed := b.stats.progress()
	failed += b.out.bad
	switch {
	case errors.Is(err, errFailFast), err == nil && failed > 0:
		return &reported{&codedError{exitScript, fmt.Errorf("%d tasks failed", failed)}}
	case err != nil && b.out.file != nil && !errors.Is(err, errOtherTask):
		return fmt.Errorf("%w; the same command with --resume goes on", err)
	default:
		return err
	}
}

// openTasks opens a file of tasks, or stdin for "-". total is how many lines it has, 0 if that
// cannot be known, or nobody will see it.
func (p *process) openTasks(ctx context.Context, path string) (_ io.ReadCloser, total int64, err error) {
	if path == "-" {
		return io.NopCloser(p.stdin), 0, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, usagef("cannot read the tasks: %w", err)
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = fmt.Errorf("%s is a directory", path)
	}
	if err == nil && info.Mode().IsRegular() && p.isTerminal(p.stderr) {
		if total, err = countLines(ctx, f); err == nil {
			_, err = f.Seek(0, io.SeekStart)
		}
	}
	if err != nil {
		return nil, 0, errors.Join(usagef("cannot read the tasks: %w", err), f.Close())
	}
	return f, total, nil
}

// apply sets what an engine needs to run so many tasks at once, and returns how many it does.
func (c concurrency) apply(cfg *runtime.Config) [2]int {
	if n := c[runtime.CPUBound]; n > 0 {
		cfg.CPUWorkers, cfg.CPUSlots = n, 1
	}
	if n := c[runtime.IOBound]; n > 0 {
		for cfg.IOSlots = min(n, slotsPerWorker); n%cfg.IOSlots != 0; cfg.IOSlots-- {
		}
		cfg.IOWorkers = n / cfg.IOSlots
	}
	full := cfg.WithDefaults()
	n := [2]int{runtime.CPUBound: full.CPUWorkers * full.CPUSlots, runtime.IOBound: full.IOWorkers * full.IOSlots}
	// Twice as many are on their way, and nobody is to be turned away.
	cfg.QueueSize = max(full.QueueSize, 2*n[0], 2*n[1])
	return n
}

// slotsPerWorker is how many tasks that wait a worker has, at most.
const slotsPerWorker = 20
