package runtime_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/vivarium-go/vivarium/runtime"
)

// The configuration is for all tasks; a task's own time and limits come before it.
func ExampleConfig() {
	eng, stop := start(runtime.Config{
		Timeout: 10 * time.Second,
		Limits:  runtime.Limits{MemoryBytes: 128 << 20, OutputBytes: 5},
	})
	defer stop()
	for _, task := range []runtime.Task{
		{Script: runtime.Source("a.py", "print('hello')")},
		{Script: runtime.Source("b.py", "print('hello')"), Limits: runtime.Limits{OutputBytes: 100}},
	} {
		res, err := eng.Run(context.Background(), task)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%q and %d bytes more\n", res.Stdout, res.StdoutCut)
	}
	// Output:
	// "hello" and 1 bytes more
	// "hello\n" and 0 bytes more
}

// The defaults that do not depend on the machine.
func ExampleConfig_WithDefaults() {
	cfg := runtime.Config{QueueSize: 50}.WithDefaults()
	fmt.Println(cfg.QueueSize, cfg.ResultStoreSize, cfg.ResultTTL)
	fmt.Println(cfg.Timeout, cfg.Grace, cfg.Limits.MemoryBytes>>20)
	// Output:
	// 50 10000 1h0m0s
	// 30s 1s 256
}

// An engine's metrics may be among those of the service around it.
func ExampleConfig_registerer() {
	registry := prometheus.NewRegistry()
	_, stop := start(runtime.Config{Registerer: registry})
	defer stop()
	families, err := registry.Gather()
	if err != nil {
		log.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() == "vivarium_tasks_queued" {
			fmt.Println(family.GetHelp())
		}
	}
	// Output: Tasks that wait for a worker.
}

// Limits end a task, or cut off what is too much.
func ExampleLimits() {
	eng, stop := start(runtime.Config{})
	defer stop()
	for _, task := range []runtime.Task{
		{Script: runtime.Source("loop.py", "while True: pass"), Limits: runtime.Limits{Fuel: 1_000_000}},
		{Script: runtime.Source("memory.py", "x = bytearray(200 << 20)"), Limits: runtime.Limits{MemoryBytes: 100 << 20}},
		{Script: runtime.Source("result.py", "def run(params): return 'x' * 1000"), Limits: runtime.Limits{ResultBytes: 100}},
		{Script: runtime.Source("log.py", "import vivarium\nfor i in range(10): vivarium.log(i)"), Limits: runtime.Limits{LogRecords: 3}},
	} {
		res, err := eng.Run(context.Background(), task)
		if err != nil {
			log.Fatal(err)
		}
		if res.OK() {
			fmt.Println(len(res.Logs), "records kept,", res.LogsDropped, "dropped")
			continue
		}
		fmt.Println(res.Err)
	}
	// Output:
	// fuel limit of 1000000 units reached
	// memory limit of 104857600 bytes reached
	// result limit of 100 bytes reached
	// 3 records kept, 7 dropped
}

// A host function that is not made by Func gets, and returns, JSON.
func ExampleHostFunc() {
	var echo runtime.HostFunc = func(_ context.Context, arg []byte) ([]byte, error) {
		if !json.Valid(arg) {
			return nil, errors.New("not JSON")
		}
		return arg, nil
	}
	eng, stop := start(runtime.Config{HostFuncs: map[string]runtime.HostFunc{"echo": echo}})
	defer stop()
	res, err := eng.Run(context.Background(), runtime.Task{Script: runtime.Source("echo.py",
		"import vivarium\ndef run(params): return vivarium.call('echo', a=1, b=[2, 3])")})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(res.Value))
	// Output: {"a":1,"b":[2,3]}
}

// A script sees a directory of the host only if it is mounted, and writes to it only if it
// is writable.
func ExampleMount() {
	folder, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(folder) }()
	if err := os.WriteFile(filepath.Join(folder, "names.txt"), []byte("Ada\nGrace\n"), 0o600); err != nil {
		log.Fatal(err)
	}
	eng, stop := start(runtime.Config{})
	defer stop()
	res, err := eng.Run(context.Background(), runtime.Task{
		Script: runtime.Source("names.py", `
def run(params):
    names = open("/data/names.txt").read().split()
    try:
        open("/data/more.txt", "w")
    except OSError as error:
        return names, error.strerror
`),
		Mounts: []runtime.Mount{{Host: folder, Guest: "/data"}},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(res.Value))
	// Output: [["Ada","Grace"],"Read-only file system"]
}

// What is built in.
func ExampleVersion() {
	v := runtime.Version()
	fmt.Println(v.CPython[:4], "ABI", v.ABI)
	// Output: 3.13 ABI 1
}

// The licences of what is linked into the interpreter are for those who distribute it.
func ExampleLicenses() {
	text, err := fs.ReadFile(runtime.Licenses(), "cpython.txt")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(text) > 1000)
	// Output: true
}
