package runtime_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/vivarium-go/vivarium/runtime"
)

func Example() {
	ctx := context.Background()
	eng, err := runtime.New(ctx, runtime.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = eng.Close(ctx) }()

	res, err := eng.Run(ctx, runtime.Task{
		Script:  runtime.Source("greet.py", "def run(params): return {'hello': params['name']}"),
		Params:  map[string]any{"name": "world"},
		Timeout: 2 * time.Second,
	})
	if err != nil {
		log.Fatal(err) // the task could not be run
	}
	if res.Err != nil {
		log.Fatal(res.Err) // how the script ended
	}
	fmt.Println(string(res.Value))
	// Output: {"hello":"world"}
}

func ExampleResult_err() {
	ctx := context.Background()
	eng, err := runtime.New(ctx, runtime.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = eng.Close(ctx) }()

	for _, script := range []string{"1 / 0", "while True: pass", "import sys; sys.exit(3)"} {
		res, err := eng.Run(ctx, runtime.Task{
			Script:  runtime.Source("script.py", script),
			Timeout: time.Second,
		})
		if err != nil {
			log.Fatal(err)
		}
		var raised *runtime.ScriptError
		var exited *runtime.ExitError
		switch {
		case errors.Is(res.Err, context.DeadlineExceeded):
			fmt.Println("too slow:", res.Err)
		case errors.As(res.Err, &raised):
			fmt.Println("raised", raised.Type)
		case errors.As(res.Err, &exited):
			fmt.Println("exited with", exited.Code)
		}
	}
	// Output:
	// raised ZeroDivisionError
	// too slow: timeout limit of 1s reached
	// exited with 3
}

// A Go service gives its scripts abilities of its own.
func ExampleFunc() {
	type args struct{ City string }
	type reply struct {
		Degrees float64 `json:"degrees"`
	}
	ctx := context.Background()
	eng, err := runtime.New(ctx, runtime.Config{HostFuncs: map[string]runtime.HostFunc{
		"weather": runtime.Func(func(_ context.Context, a args) (reply, error) {
			if a.City != "Istanbul" {
				return reply{}, fmt.Errorf("nobody measures in %q", a.City)
			}
			return reply{21.5}, nil
		}),
	}})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = eng.Close(ctx) }()

	res, err := eng.Run(ctx, runtime.Task{Script: runtime.Source("weather.py", `
import vivarium
def run(params):
    found = []
    for call in ({"city": "Istanbul"}, {"city": "Atlantis"}, {"town": "Istanbul"}):
        try:
            found.append(vivarium.call("weather", **call)["degrees"])
        except vivarium.HostError as error:
            found.append(str(error))
    return found
`)})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(res.Value))
	// Output: [21.5,"nobody measures in \"Atlantis\"","arguments: json: unknown field \"town\""]
}

// Tasks are submitted, and their results fetched later.
func ExampleEngine_Submit() {
	ctx := context.Background()
	eng, err := runtime.New(ctx, runtime.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = eng.Close(ctx) }()

	id, err := eng.Submit(ctx, runtime.Task{
		Script: runtime.File("../testdata/scripts/double.py"),
		Params: map[string]int{"value": 21},
		Type:   runtime.CPUBound,
	})
	if err != nil {
		log.Fatal(err) // invalid, or the queue is full
	}
	res, err := eng.Result(ctx, id)
	if err != nil {
		log.Fatal(err)
	}
	var value struct{ Result int }
	if err := res.Decode(&value); err != nil {
		log.Fatal(err)
	}
	fmt.Println(res.OK(), value.Result)
	// Output: true 42
}

// A batch yields results as they come.
func ExampleEngine_RunBatch() {
	ctx := context.Background()
	eng, err := runtime.New(ctx, runtime.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = eng.Close(ctx) }()

	tasks := make([]runtime.Task, 10)
	for i := range tasks {
		tasks[i] = runtime.Task{Script: runtime.Source("square.py", "def run(n): return n * n"), Params: i}
	}
	squares := make([]string, len(tasks))
	for i, res := range eng.RunBatch(ctx, tasks) {
		if res.Err != nil {
			log.Fatal(res.Err)
		}
		squares[i] = string(res.Value)
	}
	fmt.Println(squares)
	// Output: [0 1 4 9 16 25 36 49 64 81]
}
