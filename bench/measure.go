package bench

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// side is something that can be measured.
type side struct {
	row Row // what is known of it beforehand; Concurrency is how many goroutines do it
	// do does it once and checks the result. It is called by several goroutines, each with
	// a number of its own.
	do func(worker int) error
	// many, instead, does it n times, and says how long each took and all together.
	many func(n int) (each []time.Duration, all time.Duration, err error)

	watch *stopwatch
	spent time.Duration
	rate  float64 // of the last turn, per second
	tasks int64
}

// turn is how long a side is measured before it is another one's turn: what else the
// machine does then hits all of them.
const turn = 250 * time.Millisecond

// interleave measures all sides, in turns, each for the time of a row, and adds their
// rows. Each is warmed up before; how long its first time takes is a row, too, if cold says so.
func (s *session) interleave(cold bool, sides ...*side) error {
	for _, side := range sides {
		side.row.Concurrency = max(side.row.Concurrency, 1)
		side.watch = newStopwatch()
		if err := side.turn(0); err != nil {
			return fmt.Errorf("%s: %w", side.row.Series, err)
		}
		if cold {
			first := side.finish()
			first.State = "cold"
			s.add(first)
		}
		for range 2 { // the second one knows about how much fits into a turn
			if err := side.turn(min(turn, s.Duration)); err != nil {
				return fmt.Errorf("%s: %w", side.row.Series, err)
			}
		}
		side.watch, side.spent, side.tasks = newStopwatch(), 0, 0
	}
	order := slices.Clone(sides)
	for slices.ContainsFunc(sides, func(side *side) bool { return side.spent < s.Duration }) {
		for _, side := range order {
			if err := s.ctx.Err(); err != nil {
				return err
			}
			if err := side.turn(min(turn, s.Duration)); err != nil {
				return fmt.Errorf("%s: %w", side.row.Series, err)
			}
		}
		slices.Reverse(order) // nobody is always the first
	}
	for _, side := range sides {
		row := side.finish()
		row.State = "warm"
		s.add(row)
	}
	return nil
}

// finish returns the side's row.
func (m *side) finish() Row {
	row := m.row
	row.Latency = m.watch.latency()
	row.Tasks, row.SuccessRate = m.tasks, 1 // what goes wrong ends the measurement
	row.TasksPerS = float64(m.tasks) / m.spent.Seconds()
	return row
}

// turn does it for some time, at least once.
func (m *side) turn(d time.Duration) error {
	if m.many != nil {
		each, all, err := m.many(max(int(m.rate*d.Seconds()), 1))
		if err != nil {
			return err
		}
		for _, took := range each {
			m.watch.record(took)
		}
		m.count(int64(len(each)), all)
		return nil
	}
	var (
		mu    sync.Mutex
		errs  []error
		tasks int64
		group sync.WaitGroup
	)
	goroutines := m.row.Concurrency
	if d == 0 {
		goroutines = 1
	}
	start := time.Now()
	for worker := range goroutines {
		group.Go(func() {
			var err error
			n := int64(0)
			for err == nil && (n == 0 || time.Since(start) < d) {
				began := time.Now()
				err = m.do(worker)
				m.watch.record(time.Since(began))
				n++
			}
			mu.Lock()
			defer mu.Unlock()
			tasks += n
			errs = append(errs, err)
		})
	}
	group.Wait()
	m.count(tasks, time.Since(start))
	return errors.Join(errs...)
}

func (m *side) count(tasks int64, took time.Duration) {
	m.tasks += tasks
	m.spent += took
	m.rate = float64(tasks) / took.Seconds()
}
