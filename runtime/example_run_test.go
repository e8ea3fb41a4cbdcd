package runtime_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/vivarium-go/vivarium/runtime"
)

// The error of Run is about the task; how its script ended is in the result.
func ExampleEngine_Run() {
	eng, stop := start(runtime.Config{})
	defer stop()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()

	_, err := eng.Run(ctx, runtime.Task{Script: runtime.File("missing.py")})
	fmt.Println(errors.Is(err, runtime.ErrInvalidTask), errors.Is(err, os.ErrNotExist))

	res, err := eng.Run(ctx, runtime.Task{Script: runtime.Source("endless.py", `
try:
    while True: pass
finally:
    print("cleaned up")
`)})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(errors.Is(res.Err, context.DeadlineExceeded))
	fmt.Printf("%s", res.Stdout)
	// Output:
	// true true
	// true
	// cleaned up
}

// Results are fetched in any order, once or more often.
func ExampleEngine_Result() {
	ctx := context.Background()
	eng, stop := start(runtime.Config{})
	defer stop()
	var ids []runtime.TaskID
	for _, name := range []string{"Ada", "Grace"} {
		id, err := eng.Submit(ctx, runtime.Task{
			Script: runtime.Source("greet.py", "def run(name): return 'hello ' + name"),
			Params: name,
		})
		if err != nil {
			log.Fatal(err)
		}
		ids = append(ids, id)
	}
	for _, id := range []runtime.TaskID{ids[1], ids[0], ids[0]} {
		res, err := eng.Result(ctx, id)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(string(res.Value))
	}
	// Output:
	// "hello Grace"
	// "hello Ada"
	// "hello Ada"
}

// A script may come from a file, which is read again only when it has changed.
func ExampleFile() {
	folder, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(folder) }()
	path := filepath.Join(folder, "answer.py")
	if err := os.WriteFile(path, []byte("def run(params): return 42"), 0o600); err != nil {
		log.Fatal(err)
	}
	eng, stop := start(runtime.Config{})
	defer stop()
	res, err := eng.Run(context.Background(), runtime.Task{Script: runtime.File(path)})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(res.Value))
	// Output: 42
}

// The name of a source is that of its frames in tracebacks.
func ExampleSource() {
	eng, stop := start(runtime.Config{})
	defer stop()
	res, err := eng.Run(context.Background(), runtime.Task{Script: runtime.Source("rule-7.py", "x = 1\nx.y")})
	if err != nil {
		log.Fatal(err)
	}
	if raised := new(runtime.ScriptError); errors.As(res.Err, &raised) {
		fmt.Println(raised.Frames[0].File, raised.Frames[0].Line, raised.Frames[0].Source)
	}
	// Output: rule-7.py 2 x.y
}

// There are three forms of scripts.
func ExampleScript() {
	eng, stop := start(runtime.Config{})
	defer stop()
	for _, script := range []runtime.Script{
		runtime.Source("object.py", `
class Doubler:
    def run(self, params):
        return 2 * params

def module():
    return Doubler()
`),
		runtime.Source("function.py", "async def run(params): return 2 * params"),
		runtime.Source("program.py", "import vivarium\nprint(2 * vivarium.params())"),
	} {
		res, err := eng.Run(context.Background(), runtime.Task{Script: script, Params: 21})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("value %q, stdout %q\n", res.Value, res.Stdout)
	}
	// Output:
	// value "42", stdout ""
	// value "42", stdout ""
	// value "", stdout "42\n"
}

// A task's output can be followed while it runs, and its log and progress, too.
func ExampleTask_stream() {
	eng, stop := start(runtime.Config{})
	defer stop()
	_, err := eng.Run(context.Background(), runtime.Task{
		Script: runtime.Source("steps.py", `
import vivarium
vivarium.log("begin")
print("working")
vivarium.progress(1, "done")
`),
		Stdout:     os.Stdout,
		OnLog:      func(r runtime.LogRecord) { fmt.Println(r.Level, r.Text) },
		OnProgress: func(p runtime.Progress) { fmt.Println(100*p.Fraction, "%", p.Message) },
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// info begin
	// working
	// 100 % done
}

// A result is true to the script's own JSON: big integers keep their digits.
func ExampleResult_Decode() {
	eng, stop := start(runtime.Config{})
	defer stop()
	for _, script := range []string{"def run(params): return {'big': 2**62, 'names': ['a', 'b']}", "print('no value')"} {
		res, err := eng.Run(context.Background(), runtime.Task{Script: runtime.Source("script.py", script)})
		if err != nil {
			log.Fatal(err)
		}
		var value struct {
			Big   int64
			Names []string
		}
		switch err := res.Decode(&value); {
		case errors.Is(err, runtime.ErrNoValue):
			fmt.Println(err)
		case err != nil:
			log.Fatal(err)
		default:
			fmt.Println(value.Big, value.Names)
		}
	}
	// Output:
	// 4611686018427387904 [a b]
	// runtime: the task has no value
}

// OK is for those who do not care why.
func ExampleResult_OK() {
	eng, stop := start(runtime.Config{})
	defer stop()
	for _, script := range []string{"1 + 1", "1 +", "raise SystemExit(0)", "raise SystemExit(1)"} {
		res, err := eng.Run(context.Background(), runtime.Task{Script: runtime.Source("script.py", script)})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(res.OK(), res.Err)
	}
	// Output:
	// true <nil>
	// false SyntaxError: invalid syntax (script.py, line 1)
	// true <nil>
	// false the script exited with status 1
}

// A limit's error says which one, and where the script was.
func ExampleLimitError() {
	eng, stop := start(runtime.Config{})
	defer stop()
	res, err := eng.Run(context.Background(), runtime.Task{
		Script:  runtime.Source("endless.py", "def spin():\n    while True: pass\nspin()"),
		Timeout: 500 * time.Millisecond,
	})
	if err != nil {
		log.Fatal(err)
	}
	var limit *runtime.LimitError
	if errors.As(res.Err, &limit) {
		fmt.Println(limit.Kind, limit.Limit, limit.Hard)
		fmt.Println(limit.Stopped.Type, "in", limit.Stopped.Frames[1].Function)
	}
	// Output:
	// timeout 500ms false
	// vivarium.TimedOut in spin
}

// A script that ends itself has an exit status, and what it wrote.
func ExampleExitError() {
	eng, stop := start(runtime.Config{})
	defer stop()
	res, err := eng.Run(context.Background(), runtime.Task{Script: runtime.Source("check.py", "import sys; print('bad'); sys.exit(3)")})
	if err != nil {
		log.Fatal(err)
	}
	var exited *runtime.ExitError
	if errors.As(res.Err, &exited) {
		fmt.Printf("%d %s", exited.Code, res.Stdout)
	}
	// Output: 3 bad
}

// Tasks that wait have slots of their own, many to a core: a backlog of those that compute
// does not hold them up.
func ExampleTaskType() {
	ctx := context.Background()
	eng, stop := start(runtime.Config{CPUWorkers: 1})
	defer stop()
	computes, err := eng.Submit(ctx, runtime.Task{Script: runtime.Source("endless.py", "while True: pass"), Type: runtime.CPUBound})
	if err != nil {
		log.Fatal(err)
	}
	res, err := eng.Run(ctx, runtime.Task{Script: runtime.Source("nap.py", "import time; time.sleep(0.01); print('awake')"), Type: runtime.IOBound})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%v %s", runtime.IOBound, res.Stdout)
	if err := eng.Cancel(computes); err != nil {
		log.Fatal(err)
	}
	// Output: io awake
}
