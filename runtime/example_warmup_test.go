package runtime_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"

	"github.com/vivarium-go/vivarium/runtime"
)

// A build step, or a service's installation, fills the cache; starts are then warm, and fail
// rather than compile.
func ExampleWarmUp() {
	ctx := context.Background()
	report, err := runtime.WarmUp(ctx, runtime.Config{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(report.Code.Key), len(report.Image.Key), report.Code.Bytes > 0)

	eng, err := runtime.New(ctx, runtime.Config{CacheReadOnly: true}) // ErrCacheMiss, were anything missing
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = eng.Close(ctx) }()
	res, err := eng.Run(ctx, runtime.Task{Script: runtime.Source("a.py", "def run(params): return 'warm'")})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(res.Value))
	// Output:
	// 64 64 true
	// "warm"
}

// One machine makes code and image, others of its kind import them.
func ExampleExportCache() {
	ctx := context.Background()
	if _, err := runtime.WarmUp(ctx, runtime.Config{}); err != nil {
		log.Fatal(err)
	}
	var archive bytes.Buffer
	exported, err := runtime.ExportCache(ctx, runtime.Config{}, &archive)
	if err != nil {
		log.Fatal(err)
	}

	dir, err := os.MkdirTemp("", "elsewhere-")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	there := runtime.Config{CacheDir: dir}
	if _, err := runtime.ImportCache(ctx, there, &archive, exported.SHA256); err != nil {
		log.Fatal(err)
	}
	verified, err := runtime.VerifyCache(ctx, there)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(verified.Image.Key == exported.Image.Key)
	// Output:
	// true
}

func ExampleDiagnose() {
	for _, f := range runtime.Diagnose(context.Background(), runtime.Config{}) {
		if f.Name == "compiler" || f.State == runtime.FindingProblem {
			fmt.Printf("%s: %s; %s\n", f.State, f.Text, f.Advice)
		}
	}
	// Output:
	// ok: WebAssembly is compiled to machine code;
}
