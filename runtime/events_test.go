package runtime_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/vivarium-go/vivarium/runtime"
)

func kinds(t *testing.T, eng *gated, ctx context.Context, id runtime.TaskID) (all []runtime.EventKind) { //nolint:revive // t goes first
	t.Helper()
	events, err := eng.Events(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	for e := range events {
		if e.Time.IsZero() {
			t.Errorf("%s has no time", e.Kind)
		}
		all = append(all, e.Kind)
	}
	return all
}

// A reader sees what happened before it came, and then what happens, as it does.
func TestEvents(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	g := newGated(t, runtime.Config{CPUWorkers: 1})
	running := g.occupy(t, runtime.CPUBound)
	queued := g.submit(t, quick)
	live := make(chan runtime.EventKind)
	events, err := g.Events(ctx, queued)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(live)
		for e := range events {
			live <- e.Kind
		}
	}()
	if got := <-live; got != runtime.EventQueued {
		t.Errorf("first %q", got)
	}
	g.open()
	if got := <-live; got != runtime.EventStarted {
		t.Errorf("then %q", got)
	}
	if got := <-live; got != runtime.EventFinished {
		t.Errorf("then %q", got)
	}
	if got, more := <-live; more {
		t.Errorf("after it has finished there is %q", got)
	}
	if got := kinds(t, g, ctx, running); !slices.Equal(got, []runtime.EventKind{runtime.EventQueued, runtime.EventStarted, runtime.EventFinished}) {
		t.Errorf("read later: %q", got)
	}
	if _, err := g.Events(ctx, 1<<40); !errors.Is(err, runtime.ErrUnknownTask) {
		t.Errorf("of an unknown task: %v", err)
	}
}

// What finished says holds: the result is there.
func TestFinishedEventComesAfterTheResult(t *testing.T) {
	t.Parallel()
	g := newGated(t, runtime.Config{})
	for range 50 {
		id := g.submit(t, quick)
		kinds(t, g, context.Background(), id)
		if _, err := g.TryResult(id); err != nil {
			t.Fatal(err)
		}
	}
}

func TestEventsEndWithTheirContext(t *testing.T) {
	t.Parallel()
	g := newGated(t, runtime.Config{})
	id := g.occupy(t, runtime.IOBound)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	if got := kinds(t, g, ctx, id); !slices.Equal(got, []runtime.EventKind{runtime.EventQueued, runtime.EventStarted}) {
		t.Errorf("%q", got)
	}
}

func TestCancelledWhileQueuedHasNoStart(t *testing.T) {
	t.Parallel()
	g := newGated(t, runtime.Config{CPUWorkers: 1})
	g.occupy(t, runtime.CPUBound)
	id := g.submit(t, quick)
	if err := g.Cancel(id); err != nil {
		t.Fatal(err)
	}
	if got := kinds(t, g, context.Background(), id); !slices.Equal(got, []runtime.EventKind{runtime.EventQueued, runtime.EventFinished}) {
		t.Errorf("%q", got)
	}
}

// Who is slow loses the oldest events, and is told how many.
func TestSlowReaderIsTold(t *testing.T) {
	t.Parallel()
	const logged, kept = 1000, 256
	g := newGated(t, runtime.Config{})
	id := g.submit(t, runtime.Task{
		Script: source(fmt.Sprintf("import vivarium\nfor i in range(%d): vivarium.log(str(i))", logged)),
		Limits: runtime.Limits{LogRecords: 2 * logged},
	})
	g.result(t, id)
	events, err := g.Events(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	var seen, lost uint64
	last := ""
	for e := range events {
		if e.Kind == runtime.EventLost {
			lost += e.Lost
			continue
		}
		seen++
		if e.Kind == runtime.EventLog {
			last = e.Log.Text
		}
	}
	const all = logged + 3 // queued, started, finished
	if seen != kept || lost != all-kept || last != fmt.Sprint(logged-1) {
		t.Errorf("%d seen and %d lost of %d, the last log %q", seen, lost, all, last)
	}
}
