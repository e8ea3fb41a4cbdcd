package runtime_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/vivarium-go/vivarium/modules"
	"github.com/vivarium-go/vivarium/runtime"
)

// Machine code can be moved to huge pages while it runs.
func TestMachineCodeMovesToHugePages(t *testing.T) {
	fullRunOnly(t)
	eng := sharedEngine(t)
	task := runtime.Task{Script: source("def run(params): return sum(range(params))"), Params: 1000}
	var moved int
	var err error
	for n, res := range eng.RunBatch(context.Background(), slices.Repeat([]runtime.Task{task}, 2000)) {
		if string(res.Value) != "499500" {
			t.Fatalf("task %d: %+v", n, res)
		}
		if moved == 0 && err == nil { // others are running
			moved, err = modules.UseHugePages()
		}
	}
	if err != nil {
		t.Error(err)
	}
	enabled, err := os.ReadFile("/sys/kernel/mm/transparent_hugepage/enabled")
	if err != nil || strings.Contains(string(enabled), "[never]") {
		t.Skipf("this kernel gives no huge pages: %s%v", enabled, err)
	}
	if huge := hugeCode(t); moved < 8<<20 || huge < int64(moved) {
		t.Errorf("moved %d bytes; %d bytes of code are on huge pages", moved, huge)
	}
}

// hugeCode returns how many bytes of anonymous executable memory are on huge pages.
func hugeCode(t *testing.T) (bytes int64) {
	t.Helper()
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }() // only read
	code := false
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var kib int64
		switch fields := strings.Fields(lines.Text()); {
		case strings.Contains(fields[0], "-"):
			code = len(fields) == 5 && fields[1] == "r-xp"
		case code && fields[0] == "AnonHugePages:":
			if _, err := fmt.Sscan(fields[1], &kib); err != nil {
				t.Fatal(err)
			}
			bytes += kib << 10
		}
	}
	return bytes
}
