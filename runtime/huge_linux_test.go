package runtime_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

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
	if err := collapses(); err != nil {
		t.Skip("this kernel gives no huge pages:", err)
	}
	if huge := hugeCode(t); moved == 0 || huge < int64(moved) {
		t.Errorf("moved %d bytes; %d bytes of code are on huge pages", moved, huge)
	}
}

// collapses tries a huge page on memory of its own.
func collapses() error {
	memory, err := unix.Mmap(-1, 0, 4<<20, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		return err
	}
	for i := range memory {
		memory[i] = 1
	}
	return errors.Join(unix.Madvise(memory, unix.MADV_COLLAPSE), unix.Munmap(memory))
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
