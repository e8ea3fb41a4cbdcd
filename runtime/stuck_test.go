package runtime_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vivarium-go/vivarium/runtime"
)

// Host functions that never return keep neither their tasks, nor those that wait for a slot,
// nor Close; and what they say afterwards goes nowhere.
func TestCloseWithStuckHostFunctions(t *testing.T) {
	t.Parallel()
	const slots, tasks = 3, 10 // of each type
	var inside sync.RWMutex    // read by each host function until it returns
	let, called := make(chan struct{}), make(chan struct{}, 2*tasks)
	eng, err := runtime.New(context.Background(), runtime.Config{
		CPUWorkers: 1, CPUSlots: slots, IOWorkers: 1, IOSlots: slots, Timeout: -1, Grace: 20 * time.Millisecond,
		HostFuncs: map[string]runtime.HostFunc{"stuck": func(context.Context, []byte) ([]byte, error) {
			inside.RLock()
			defer inside.RUnlock()
			called <- struct{}{}
			<-let
			return []byte(`"too late"`), nil
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	// The script takes no for an answer, and so is stopped hard.
	stubborn := runtime.Task{Script: source("import vivarium\ndef run(params):\n    while True:\n        try: return vivarium.call('stuck')\n        except BaseException: pass")}
	var ids []runtime.TaskID
	for i := range 2 * tasks {
		stubborn.Type = []runtime.TaskType{runtime.CPUBound, runtime.IOBound}[i%2]
		id, err := eng.Submit(context.Background(), stubborn)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	for range 2 * slots {
		<-called
	}
	closing, cancel := context.WithCancel(context.Background())
	cancel()
	if err := eng.Close(closing); err != nil { // in time, or the test never ends
		t.Error(err)
	}
	run, notRun := 0, 0
	results := make(map[runtime.TaskID]*runtime.Result)
	for _, id := range ids {
		res, err := eng.TryResult(id)
		if err != nil {
			t.Fatal(err)
		}
		results[id] = res
		switch {
		case !errors.Is(res.Err, runtime.ErrClosed):
			t.Errorf("task %d: %v", id, res.Err)
		case res.Usage.HostCalls == 0:
			notRun++
		default:
			run++
			if res.Value != nil || res.Usage.AbandonedCalls == 0 {
				t.Errorf("task %d: %s, %+v", id, res.Value, res.Usage)
			}
		}
	}
	if run != 2*slots || notRun != 2*tasks-2*slots {
		t.Errorf("%d tasks were run, %d were not", run, notRun)
	}
	close(let)
	inside.Lock() // all have returned
	defer inside.Unlock()
	for id, before := range results {
		if after, err := eng.TryResult(id); err != nil || after.Err.Error() != before.Err.Error() || after.Value != nil {
			t.Errorf("task %d has another result: %+v, %v", id, after, err)
		}
	}
}

// Many more tasks than there are slots, each in a host function that takes its time, and some
// that do not return in theirs: all get their own replies, or their own limit.
func TestSlowHostFunctions(t *testing.T) {
	t.Parallel()
	fullRunOnly(t)
	const tasks = 120
	let := make(chan struct{})
	eng, err := runtime.New(context.Background(), runtime.Config{
		CPUWorkers: 2, IOWorkers: 2, IOSlots: 8, Grace: 10 * time.Second,
		HostFuncs: map[string]runtime.HostFunc{
			"slow": func(_ context.Context, arg []byte) ([]byte, error) {
				time.Sleep(5 * time.Millisecond)
				return arg, nil
			},
			"stuck": func(context.Context, []byte) ([]byte, error) {
				<-let
				return []byte(`"too late"`), nil
			},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer close(let)
	defer func() {
		if err := eng.Close(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	list := make([]runtime.Task, tasks)
	for i := range list {
		list[i] = runtime.Task{Script: source("import vivarium\ndef run(p): return [vivarium.call('slow', n=p), vivarium.call('slow', n=-p)]"), Params: i, Type: runtime.TaskType(i % 2)}
		if i%10 == 3 {
			list[i].Script = source("import vivarium\ndef run(p): return vivarium.call('stuck')")
			list[i].Timeout = 300 * time.Millisecond
		}
	}
	seen := make(map[int]bool)
	for i, res := range eng.RunBatch(context.Background(), list) {
		if seen[i] {
			t.Errorf("task %d has two results", i)
		}
		seen[i] = true
		var limit *runtime.LimitError
		switch want := fmt.Sprintf(`[{"n":%d},{"n":%d}]`, i, -i); {
		case i%10 == 3:
			if !errors.As(res.Err, &limit) || limit.Kind != runtime.LimitTime || limit.Hard || res.Value != nil || res.Usage.AbandonedCalls != 1 {
				t.Errorf("task %d: %s, %v, %+v", i, res.Value, res.Err, res.Usage)
			}
		case string(res.Value) != want:
			t.Errorf("task %d: %s, want %s; %v", i, res.Value, want, res.Err)
		}
	}
	if len(seen) != tasks {
		t.Errorf("%d results of %d", len(seen), tasks)
	}
}

// When the interpreters of all workers break down at once, each task is run again as it
// says, and has one result; all slots have instances afterwards.
func TestAllInstancesAreLost(t *testing.T) {
	t.Parallel()
	const each = 4 // slots, of each type
	var meeting sync.WaitGroup
	meeting.Add(2 * each)
	var runs [2 * each]atomic.Int64
	eng, err := runtime.New(context.Background(), runtime.Config{
		CPUWorkers: 2, CPUSlots: each / 2, IOWorkers: 2, IOSlots: each / 2, HealthCheckInterval: 5 * time.Millisecond,
		HostFuncs: map[string]runtime.HostFunc{"first": runtime.Func(func(_ context.Context, args struct{ N int }) (bool, error) {
			if runs[args.N].Add(1) > 1 {
				return false, nil
			}
			meeting.Done()
			meeting.Wait()
			return true, nil
		})},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := eng.Close(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	list := make([]runtime.Task, 2*each)
	for i := range list {
		list[i] = runtime.Task{
			Script:  source("import vivarium\nif vivarium.call('first', n=vivarium.params()):\n" + indented(breaksDown) + "def run(params): return params"),
			Params:  i,
			Type:    runtime.TaskType(i % 2),
			Retries: 1 - i/2%2,
		}
	}
	results := 0
	for i, res := range eng.RunBatch(context.Background(), list) {
		results++
		switch retried := i/2%2 == 0; {
		case retried && (string(res.Value) != fmt.Sprint(i) || res.Usage.Retries != 1 || runs[i].Load() != 2):
			t.Errorf("task %d: %s, %v, run %d times", i, res.Value, res.Err, runs[i].Load())
		case !retried && (!errors.Is(res.Err, runtime.ErrInstanceLost) || res.Value != nil || runs[i].Load() != 1):
			t.Errorf("task %d: %s, %v, run %d times", i, res.Value, res.Err, runs[i].Load())
		}
	}
	if results != len(list) {
		t.Errorf("%d results of %d tasks", results, len(list))
	}
	for _, name := range []string{"cpu_pool", "io_pool"} {
		for {
			if pool, _ := eng.ComponentStatus(name); pool.Metrics["healing_slots"] == 0 && pool.Metrics["lost_instances_total"] == each {
				break
			}
			time.Sleep(time.Millisecond)
		}
	}
	for i := range list { // each slot is of use
		list[i] = runtime.Task{Script: quick.Script, Params: i, Type: runtime.TaskType(i % 2)}
	}
	for i, res := range eng.RunBatch(context.Background(), list) {
		if string(res.Value) != fmt.Sprint(i) {
			t.Errorf("afterwards, task %d: %s, %v", i, res.Value, res.Err)
		}
	}
	if pool, _ := eng.ComponentStatus("process_pool"); pool.Metrics["instances"] != pool.Metrics["idle_instances"] {
		t.Errorf("%v instances, %v idle", pool.Metrics["instances"], pool.Metrics["idle_instances"])
	}
}

// indented makes lines of Python a block.
func indented(lines string) (block string) {
	for line := range strings.Lines(lines) {
		block += "    " + line
	}
	return block
}
