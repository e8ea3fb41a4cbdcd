package runtime

import (
	"context"
	"iter"
	"sync"
)

// RunBatch runs tasks and gives each one's index and result as they end. Of each type, twice
// as many as there are slots are on their way at once, and a full queue is waited for. Results never
// enter the store: a loop that is slow holds the batch up, and fills no memory. A task that
// could not be run has that error in Result.Err.
//
// Leaving the loop, or the end of ctx, cancels the tasks that have not ended. Those that
// were not started by then have a result that says so, if the loop goes on.
func (e *Engine) RunBatch(ctx context.Context, tasks []Task) iter.Seq2[int, *Result] {
	type ended struct {
		index  int
		result *Result
	}
	return func(yield func(int, *Result) bool) {
		ctx, cancel := context.WithCancel(ctx)
		results := make(chan ended)
		defer func() { // nobody listens any more
			cancel()
			for range results {
			}
		}()
		var running sync.WaitGroup
		for kind, l := range e.lanes {
			indices := make(chan int)
			for range min(len(tasks), 2*l.pool.Stats().Slots) {
				running.Go(func() {
					for i := range indices {
						result, err := e.run(ctx, tasks[i], true)
						if err != nil {
							result = &Result{Labels: tasks[i].Labels, Err: err}
						}
						results <- ended{i, result}
					}
				})
			}
			running.Go(func() {
				defer close(indices)
				for i, task := range tasks {
					// One of no type at all is for somebody to refuse.
					if task.Type == TaskType(kind) || kind == 0 && task.Type != IOBound {
						indices <- i
					}
				}
			})
		}
		go func() {
			running.Wait()
			close(results)
		}()
		for r := range results {
			if !yield(r.index, r.result) {
				return
			}
		}
	}
}
