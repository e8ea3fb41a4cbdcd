package runtime_test

import (
	"bytes"
	"context"
	"fmt"
	"os"

	"github.com/vivarium-go/vivarium/runtime"
)

// A cache can be filled before the first engine is made: when a container's image is built, say.
func ExampleWarmUp() {
	ctx := context.Background()
	report, err := runtime.WarmUp(ctx, runtime.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("keys of", len(report.Code.Key), "and", len(report.Image.Key), "digits")
	if _, err := runtime.VerifyCache(ctx, runtime.Config{CacheReadOnly: true}); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("it can be relied on")
	// Output:
	// keys of 64 and 64 digits
	// it can be relied on
}

// What one machine has compiled another one need not: if its processor is the same.
func ExampleExportCache() {
	ctx := context.Background()
	if _, err := runtime.WarmUp(ctx, runtime.Config{}); err != nil {
		fmt.Println(err)
		return
	}
	var archive bytes.Buffer
	sent, err := runtime.ExportCache(ctx, runtime.Config{}, &archive)
	if err != nil {
		fmt.Println(err)
		return
	}
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }() // a temporary one
	there := runtime.Config{CacheDir: dir}
	got, err := runtime.ImportCache(ctx, there, &archive, sent.SHA256)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("the same:", got.Code.Key == sent.Code.Key && got.Image.Key == sent.Image.Key)
	// Output: the same: true
}

// What a machine has, and lacks, can be known before it is relied on.
func ExampleDiagnose() {
	for _, f := range runtime.Diagnose(context.Background(), runtime.Config{}) {
		if f.Name == "system" {
			fmt.Println(f.State)
		}
	}
	// Output: ok
}
