// Command rules works out the discount on an order by rules that are Python scripts in a
// folder. Each rule runs in a sandbox of its own: one that fails, never ends or wants all the
// memory is named, and the others count.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"github.com/vivarium-go/vivarium/runtime"
)

func main() {
	folder := flag.String("rules", "examples/rules/rules", "the folder with the rules")
	order := flag.String("order", "examples/rules/order.json", "the file with the order")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *folder, *order, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "rules:", err)
		os.Exit(1)
	}
}

// run prints what each rule in folder says about the order in a file.
func run(ctx context.Context, folder, file string, out io.Writer) (err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var order struct{ Cents int }
	if err := json.Unmarshal(text, &order); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	rules, err := load(folder)
	if err != nil {
		return err
	}
	eng, err := runtime.New(ctx, runtime.Config{
		Timeout: time.Second,
		Grace:   100 * time.Millisecond,
		Limits:  runtime.Limits{MemoryBytes: 80 << 20, ResultBytes: 4 << 10},
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, eng.Close(context.WithoutCancel(ctx))) }()

	verdicts, err := apply(ctx, eng, rules, json.RawMessage(text))
	if err != nil {
		return err
	}
	return report(out, order.Cents, verdicts)
}

// rule is a script that says what it takes off an order.
type rule struct {
	name   string
	script runtime.Script
}

// load returns the rules of a folder, by name.
func load(folder string) ([]rule, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.py"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no rules in %s", folder)
	}
	rules := make([]rule, len(files)) // Glob sorts
	for i, file := range files {
		rules[i] = rule{strings.TrimSuffix(filepath.Base(file), ".py"), runtime.File(file)}
	}
	return rules, nil
}

// verdict is what a rule says, or why it says nothing.
type verdict struct {
	rule   string
	cents  int
	reason string
	err    error
}

// apply runs all rules on an order. A rule that fails has its error in its verdict; the error
// returned is that of ctx.
func apply(ctx context.Context, eng *runtime.Engine, rules []rule, order json.RawMessage) ([]verdict, error) {
	tasks := make([]runtime.Task, len(rules))
	for i, r := range rules {
		tasks[i] = runtime.Task{Script: r.script, Params: order}
	}
	verdicts := make([]verdict, len(rules))
	for i, res := range eng.RunBatch(ctx, tasks) {
		verdicts[i] = judge(rules[i].name, res)
	}
	return verdicts, ctx.Err()
}

// judge reads a rule's result. What comes out of a script is not to be trusted either: its form
// is checked here, and the sum of all in report.
func judge(name string, res *runtime.Result) verdict {
	v := verdict{rule: name, err: res.Err}
	if v.err != nil {
		return v
	}
	var said struct {
		Cents  int
		Reason string
	}
	if err := res.Decode(&said); err != nil {
		v.err = err
	} else if said.Cents < 0 {
		v.err = fmt.Errorf("a discount of %d cents", said.Cents)
	} else {
		v.cents, v.reason = said.Cents, said.Reason
	}
	return v
}

// report prints the verdicts, and what is left to pay: at least half of the order.
func report(out io.Writer, total int, verdicts []verdict) error {
	var text strings.Builder
	pay := total
	for _, v := range verdicts {
		if v.err != nil {
			fmt.Fprintf(&text, "%-10s %9s  %v\n", v.rule, "failed", v.err)
			continue
		}
		fmt.Fprintf(&text, "%-10s %9s  %q\n", v.rule, money(-v.cents), v.reason)
		pay = max(pay-v.cents, total/2)
	}
	fmt.Fprintf(&text, "%-10s %9s  instead of %s\n", "to pay", money(pay), money(total))
	_, err := io.WriteString(out, text.String())
	return err
}

func money(cents int) string { return fmt.Sprintf("%.2f", float64(cents)/100) }
