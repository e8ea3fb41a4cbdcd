package runtime_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/vivarium-go/vivarium/runtime"
)

// start makes the engine of an example.
func start(cfg runtime.Config) (_ *runtime.Engine, stop func()) {
	eng, err := runtime.New(context.Background(), cfg)
	if err != nil {
		log.Fatal(err)
	}
	return eng, func() {
		if err := eng.Close(context.Background()); err != nil {
			log.Fatal(err)
		}
	}
}

// An engine is ready when it is made. A configuration that makes no sense is refused.
func ExampleNew() {
	ctx := context.Background()
	eng, err := runtime.New(ctx, runtime.Config{QueueSize: 50, IOWorkers: 10, IOSlots: 100})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = eng.Close(ctx) }()
	fmt.Println(eng.Status().Engine.IsRunning)

	_, err = runtime.New(ctx, runtime.Config{QueueSize: -1})
	fmt.Println(errors.Is(err, runtime.ErrInvalidConfig), err)
	// Output:
	// true
	// true runtime: QueueSize is -1; use 0 (the default, 1000) or up to 1073741824
}

// A task says all about one run of a script.
func ExampleTask() {
	eng, stop := start(runtime.Config{})
	defer stop()
	res, err := eng.Run(context.Background(), runtime.Task{
		Script:   runtime.Source("hello.py", "import os\ndef run(params): return os.environ['GREETING'] + ' ' + params"),
		Params:   "world",
		Type:     runtime.IOBound,
		Env:      map[string]string{"GREETING": "hello"},
		Timeout:  5 * time.Second, // from its start
		Limits:   runtime.Limits{MemoryBytes: 128 << 20},
		Priority: 10,
		Labels:   map[string]string{"customer": "42"},
	})
	if err != nil {
		log.Fatal(err)
	}
	var value string
	if err := res.Decode(&value); err != nil {
		log.Fatal(err)
	}
	fmt.Println(res.OK(), value, res.Labels["customer"])
	// Output: true hello world 42
}

// A result is there, not there yet, or gone; each is an error of its own.
func ExampleEngine_TryResult() {
	ctx := context.Background()
	eng, stop := start(runtime.Config{})
	defer stop()
	id, err := eng.Submit(ctx, runtime.Task{Script: runtime.Source("nap.py", "import time\ndef run(params):\n    time.sleep(0.2)\n    return 'awake'")})
	if err != nil {
		log.Fatal(err)
	}
	_, err = eng.TryResult(id)
	fmt.Println(errors.Is(err, runtime.ErrNotFinished))
	_, err = eng.TryResult(id + 1000)
	fmt.Println(errors.Is(err, runtime.ErrUnknownTask))
	res, err := eng.Result(ctx, id) // waits
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(res.Value))
	// Output:
	// true
	// true
	// "awake"
}

// A result has all that a script left behind.
func ExampleResult() {
	eng, stop := start(runtime.Config{})
	defer stop()
	res, err := eng.Run(context.Background(), runtime.Task{Script: runtime.Source("report.py", `
import sys, vivarium
def run(params):
    print("on stdout")
    print("on stderr", file=sys.stderr)
    vivarium.log("half way", level="warning")
    vivarium.metric("rows", 3)
    return {"rows": [1, 2, 3]}
`)})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s %s%s", res.Value, res.Stdout, res.Stderr)
	fmt.Println(res.Logs[0].Level, res.Logs[0].Text)
	fmt.Println(res.Metrics[0].Name, res.Metrics[0].Value)
	fmt.Println(res.Usage.Fuel > 0, res.Usage.Exec > 0)
	// Output:
	// {"rows":[1,2,3]} on stdout
	// on stderr
	// warning half way
	// rows 3
	// true true
}

// The exception that ended a script has the traceback that Python would print.
func ExampleScriptError() {
	eng, stop := start(runtime.Config{})
	defer stop()
	res, err := eng.Run(context.Background(), runtime.Task{Script: runtime.Source("divide.py", "def run(params):\n    return 1 / params"), Params: 0})
	if err != nil {
		log.Fatal(err)
	}
	var raised *runtime.ScriptError
	if errors.As(res.Err, &raised) {
		fmt.Println(raised)
		fmt.Print(raised.Traceback())
	}
	// Output:
	// ZeroDivisionError: division by zero
	// Traceback (most recent call last):
	//   File "divide.py", line 2, in run
	//     return 1 / params
	//            ~~^~~~~~~~
	// ZeroDivisionError: division by zero
}

// A task that is cancelled has a result that says so.
func ExampleEngine_Cancel() {
	ctx := context.Background()
	eng, stop := start(runtime.Config{})
	defer stop()
	id, err := eng.Submit(ctx, runtime.Task{Script: runtime.Source("endless.py", "while True: pass")})
	if err != nil {
		log.Fatal(err)
	}
	if err := eng.Cancel(id); err != nil {
		log.Fatal(err)
	}
	res, err := eng.Result(ctx, id)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(errors.Is(res.Err, runtime.ErrCancelled))
	// Output: true
}

// What happens to a task can be followed while it does.
func ExampleEngine_Events() {
	ctx := context.Background()
	eng, stop := start(runtime.Config{})
	defer stop()
	id, err := eng.Submit(ctx, runtime.Task{Script: runtime.Source("steps.py", `
import vivarium
def run(params):
    vivarium.log("reading")
    vivarium.progress(0.5, "half of it")
    vivarium.metric("rows", 3)
`)})
	if err != nil {
		log.Fatal(err)
	}
	events, err := eng.Events(ctx, id)
	if err != nil {
		log.Fatal(err)
	}
	for event := range events {
		switch event.Kind {
		case runtime.EventLog:
			fmt.Println(event.Kind, event.Log.Text)
		case runtime.EventProgress:
			fmt.Println(event.Kind, event.Progress.Fraction, event.Progress.Message)
		case runtime.EventMetric:
			fmt.Println(event.Kind, event.Metric.Name, event.Metric.Value)
		default:
			fmt.Println(event.Kind)
		}
	}
	// Output:
	// queued
	// started
	// log reading
	// progress 0.5 half of it
	// metric rows 3
	// finished
}

// The status has the same paths in JSON that dashboards of the original engine read.
func ExampleEngine_Status() {
	eng, stop := start(runtime.Config{QueueSize: 50})
	defer stop()
	text, err := json.Marshal(eng.Status())
	if err != nil {
		log.Fatal(err)
	}
	var status struct {
		Engine struct {
			IsRunning bool `json:"is_running"`
		}
		Components map[string]struct {
			Metrics map[string]float64
		}
	}
	if err := json.Unmarshal(text, &status); err != nil {
		log.Fatal(err)
	}
	fmt.Println(status.Engine.IsRunning)
	fmt.Println(status.Components["input_queue"].Metrics["size"], status.Components["input_queue"].Metrics["fullness"])
	fmt.Println(status.Components["process_pool"].Metrics["active_tasks"])
	// Output:
	// true
	// 0 0
	// 0
}

// The status of a single component.
func ExampleEngine_ComponentStatus() {
	eng, stop := start(runtime.Config{IOWorkers: 10, IOSlots: 100})
	defer stop()
	pool, ok := eng.ComponentStatus("io_pool")
	fmt.Println(ok, pool.Metrics["workers"], pool.Metrics["slots"])
	_, ok = eng.ComponentStatus("coffee_machine")
	fmt.Println(ok)
	// Output:
	// true 10 1000
	// false
}

// disk is a component of the service around the engine.
type disk struct{ free float64 }

func (d disk) Name() string { return "disk" }

func (d disk) Status() runtime.ComponentStatus {
	status := runtime.ComponentStatus{Health: runtime.Healthy, Metrics: map[string]float64{"free_bytes": d.free}}
	if d.free < 1e9 {
		status.Health, status.Reason = runtime.Degraded, "less than 1 GB free"
	}
	return status
}

// Health is unknown until the first check, and then as bad as that of the worst
// component, with a reason if it is not healthy.
func ExampleEngine_Health() {
	eng, stop := start(runtime.Config{
		HealthCheckInterval: 10 * time.Millisecond,
		Components:          []runtime.Component{disk{free: 5e8}},
	})
	defer stop()
	for eng.Health().CheckedAt.IsZero() {
		time.Sleep(time.Millisecond)
	}
	health := eng.Health()
	fmt.Println(health.Overall, health.UnhealthyCount)
	fmt.Println(health.Components["disk"].State, health.Components["disk"].Reason)
	fmt.Println(health.Components["input_queue"].State)
	// Output:
	// degraded 0
	// degraded less than 1 GB free
	// healthy
}

// An engine that is closed lets the tasks that it has accepted end, while ctx lasts.
func ExampleEngine_Close() {
	ctx := context.Background()
	eng, err := runtime.New(ctx, runtime.Config{})
	if err != nil {
		log.Fatal(err)
	}
	id, err := eng.Submit(ctx, runtime.Task{Script: runtime.Source("nap.py", "import time\ndef run(params):\n    time.sleep(0.1)\n    return 'awake'")})
	if err != nil {
		log.Fatal(err)
	}
	patience, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if err := eng.Close(patience); err != nil {
		log.Fatal(err)
	}
	_, err = eng.Submit(ctx, runtime.Task{Script: runtime.Source("late.py", "")})
	fmt.Println(errors.Is(err, runtime.ErrClosed))
	res, err := eng.Result(ctx, id) // is still there
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(res.Value))
	// Output:
	// true
	// "awake"
}

// The engine's metrics are Prometheus's. promhttp.HandlerFor(eng.Metrics(), ...) serves
// them.
func ExampleEngine_Metrics() {
	eng, stop := start(runtime.Config{})
	defer stop()
	if _, err := eng.Run(context.Background(), runtime.Task{Script: runtime.Source("pass.py", "pass")}); err != nil {
		log.Fatal(err)
	}
	families, err := eng.Metrics().Gather()
	if err != nil {
		log.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() == "vivarium_tasks_finished_total" {
			fmt.Println(family.GetMetric()[0].GetCounter().GetValue())
		}
	}
	// Output: 1
}
