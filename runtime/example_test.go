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
