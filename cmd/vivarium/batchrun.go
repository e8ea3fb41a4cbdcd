package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/vivarium-go/vivarium/runtime"
)

// batch runs the tasks of a source, many at once, and writes down what comes of them.
type batch struct {
	eng         engine
	out         *resultFile
	stats       *batchStats
	concurrency [2]int // by runtime.TaskType
	failFast    bool
	complain    func(line string) // about a task that is wrong
}

// maxWaitingBytes bounds the text of all tasks that were read and have not ended.
const maxWaitingBytes = 64 * mib

// errFailFast ends a batch whose first failure is its last.
var errFailFast = errors.New("stopped at the first failure")

// outcome is how a task of a batch ended.
type outcome struct {
	batchTask
	result *runtime.Result
}

// run runs all tasks of an input that have no result yet. The error is that of writing, the cause of
// ctx, or that of reading, after which what was read before is run. A task that was stopped
// because the batch was has no result then.
func (b *batch) run(ctx context.Context, in io.Reader, source func(io.Reader) taskSource) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	outcomes := make(chan outcome) // without room: results may be large
	var lanes [2]chan batchTask
	var running sync.WaitGroup
	waiting := newBudget(maxWaitingBytes)
	for kind := range lanes {
		lanes[kind] = make(chan batchTask, 256)
		// Twice as many as run at once, so that no worker waits for the next one.
		for range 2 * b.concurrency[kind] {
			running.Go(func() {
				for t := range lanes[kind] {
					outcomes <- b.perform(ctx, t)
				}
			})
		}
	}
	var unread error
	running.Go(func() {
		defer func() {
			for _, lane := range lanes {
				close(lane)
			}
		}()
		unread = b.feed(ctx, source(textOf(ctx, in)), waiting, lanes, outcomes)
	})
	go func() {
		running.Wait()
		close(outcomes)
	}()
	var failed error
	for o := range outcomes {
		if failed == nil && !o.stoppedBy(ctx) {
			if failed = b.record(o); failed != nil {
				cancel(failed)
			} else if b.failFast && !o.result.OK() {
				cancel(errFailFast)
			}
		}
		waiting.give(o.taken)
	}
	return cmp.Or(failed, context.Cause(ctx), unread)
}

// feed hands the tasks to their lanes, until ctx ends.
func (b *batch) feed(ctx context.Context, source taskSource, waiting *budget, lanes [2]chan batchTask, outcomes chan<- outcome) error {
	for t, err := range source {
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return usagef("reading the tasks: %w", err)
		}
		done, err := b.out.done.has(t)
		if err != nil {
			return usagef("%w", err)
		}
		if done {
			b.stats.skip()
			continue
		}
		if t.err != nil {
			select {
			case outcomes <- outcome{t, &runtime.Result{Err: usagef("%w", t.err)}}:
			case <-ctx.Done():
			}
			continue
		}
		if !waiting.take(ctx, t.bytes) {
			return nil
		}
		t.taken = t.bytes
		select {
		case lanes[t.task.Type] <- t:
		case <-ctx.Done():
			return nil
		}
	}
	return nil
}

// perform runs a task.
func (b *batch) perform(ctx context.Context, t batchTask) outcome {
	if ctx.Err() != nil {
		return outcome{t, &runtime.Result{Err: context.Cause(ctx)}}
	}
	result, err := b.eng.Run(ctx, t.task)
	if err != nil {
		result = &runtime.Result{Err: err, Labels: t.task.Labels}
	}
	t.task = runtime.Task{} // its params may be large
	return outcome{t, result}
}

// stoppedBy says whether a task did not end by itself.
func (o outcome) stoppedBy(ctx context.Context) bool {
	return ctx.Err() != nil && o.result.Err != nil && (o.err != nil ||
		errors.Is(o.result.Err, context.Cause(ctx)) || errors.Is(o.result.Err, context.Canceled) || errors.Is(o.result.Err, runtime.ErrCancelled))
}

// record writes down how a task ended.
func (b *batch) record(o outcome) error {
	line, err := resultLine(o)
	if err != nil {
		return err
	}
	if err := b.out.add(line); err != nil {
		return err
	}
	if o.err != nil {
		b.complain(fmt.Sprintf("line %d: %v", o.line, o.err))
	}
	b.stats.count(o)
	return nil
}

// resultLine is a result as `vivarium run --json` prints it, with the task it belongs to.
func resultLine(o outcome) ([]byte, error) {
	var head struct {
		resultKey
		ID     string            `json:"id"`
		OK     bool              `json:"ok"`
		Labels map[string]string `json:"labels,omitempty"`
	}
	head.resultKey = resultKey{o.line, fmt.Sprintf("%016x", o.digest)}
	head.ID, head.OK, head.Labels = o.id, o.result.OK(), o.result.Labels
	return envelopeLine(head, envelopeOf(o.result), o.result.Value)
}

// budget is an amount of bytes that is taken and given back.
type budget struct {
	mu    sync.Mutex
	left  int
	most  int
	freed chan struct{} // closed when something was given back
}

func newBudget(bytes int) *budget {
	return &budget{left: bytes, most: bytes, freed: make(chan struct{})}
}

// take waits until there is as much, or nothing is taken at all. It is false if ctx ends first.
func (b *budget) take(ctx context.Context, n int) bool {
	for {
		b.mu.Lock()
		if b.left >= n || b.left == b.most {
			b.left -= n
			b.mu.Unlock()
			return true
		}
		freed := b.freed
		b.mu.Unlock()
		select {
		case <-freed:
		case <-ctx.Done():
			return false
		}
	}
}

func (b *budget) give(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left += n
	close(b.freed)
	b.freed = make(chan struct{})
}
