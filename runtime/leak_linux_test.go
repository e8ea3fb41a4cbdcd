package runtime_test

import (
	"context"
	"fmt"
	"os"
	goruntime "runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/vivarium-go/vivarium/runtime"
)

// footprint is what a process holds.
type footprint struct{ goroutines, descriptors, mappings, residentKiB int }

func footprintNow(t *testing.T) (f footprint) {
	t.Helper()
	debug.FreeOSMemory()
	f.goroutines = goruntime.NumGoroutine()
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	f.descriptors = len(open)
	f.mappings = strings.Count(procFile(t, "maps"), "\n")
	for line := range strings.Lines(procFile(t, "status")) {
		if _, err := fmt.Sscanf(line, "VmRSS: %d kB", &f.residentKiB); err == nil {
			return f
		}
	}
	t.Fatal("no VmRSS")
	return f
}

func procFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("/proc/self/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// However many tasks have run, the process holds no more than after the first ones. It is
// a process of its own: what other tests hold would be counted in.
func TestTasksLeaveNothingBehind(t *testing.T) {
	t.Parallel()
	fullRunOnly(t)
	if !inOwnProcess(t, nil) {
		return
	}
	const warmUp, tasks, atOnce = 10_000, 100_000, 32
	eng := newGated(t, runtime.Config{ResultStoreSize: 1000, IdleInstances: 2 * atOnce})
	ctx := context.Background()
	io := quick
	io.Type = runtime.IOBound
	submit := func(n int) {
		var ids []runtime.TaskID
		fetch := func() {
			for _, id := range ids {
				eng.result(t, id)
			}
			ids = ids[:0]
		}
		for i := range n {
			switch i % 3 {
			case 0:
				if _, err := eng.Run(ctx, quick); err != nil {
					t.Fatal(err)
				}
			case 1:
				ids = append(ids, eng.submit(t, quick))
			default:
				ids = append(ids, eng.submit(t, io))
			}
			if len(ids) >= atOnce {
				fetch()
			}
		}
		fetch()
	}
	// As many instances as will ever be needed, for their number is a matter of chance.
	for range atOnce {
		eng.occupy(t, runtime.IOBound)
	}
	eng.open()
	submit(warmUp)
	time.Sleep(100 * time.Millisecond)
	// A leak goes on; that the Go runtime starts a thread, or keeps a span, does not.
	for round := 1; ; round++ {
		before := footprintNow(t)
		submit(tasks)
		time.Sleep(100 * time.Millisecond)
		after := footprintNow(t)
		t.Logf("%+v before %d tasks, %+v after them", before, tasks, after)
		if after.goroutines <= before.goroutines && after.descriptors <= before.descriptors &&
			after.mappings <= before.mappings+4 && after.residentKiB <= before.residentKiB+1024 {
			return
		}
		if round == 3 {
			t.Fatal("and so in three rounds")
		}
	}
}
