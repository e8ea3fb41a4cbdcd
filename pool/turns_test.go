package pool

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// computer has a goroutine that computes in turns, one step at a time.
type computer struct {
	do   chan func()
	over chan struct{}
}

// newComputer makes one that begins. It must be called in a bubble.
func newComputer(t *Turns) *computer {
	c := &computer{make(chan func(), 1), make(chan struct{})}
	c.do <- t.Begin
	go func() {
		defer close(c.over)
		for step := range c.do {
			step()
		}
	}()
	synctest.Wait()
	return c
}

// step makes it do something, and returns when it has done so or waits.
func (c *computer) step(do func()) {
	c.do <- do
	synctest.Wait()
}

// computes says whether it has a turn: it would do another step.
func (c *computer) computes() (yes bool) {
	select {
	case c.do <- func() { yes = true }:
		synctest.Wait()
		if !yes {
			<-c.do
		}
	default:
	}
	return yes
}

// end makes it give back its turn, and end.
func (c *computer) end(t *Turns) {
	c.do <- t.End
	close(c.do)
	<-c.over
	synctest.Wait()
}

// who returns which of these have a turn, by number.
func who(computers []*computer) (numbers []int) {
	for i, c := range computers {
		if c.computes() {
			numbers = append(numbers, i)
		}
	}
	return numbers
}

func wantTurns(t *testing.T, turns *Turns, what string, computers []*computer, want ...int) {
	t.Helper()
	if got := who(computers); !slices.Equal(got, want) {
		t.Errorf("%s: %d have a turn, want %d", what, got, want)
	}
	if got := turns.Stats(); got.Held != len(want) {
		t.Errorf("%s: %+v, want %d held", what, got, len(want))
	}
}

// endAll ends all of them, those first that have a turn.
func endAll(turns *Turns, computers []*computer) {
	for len(computers) > 0 {
		at := slices.IndexFunc(computers, (*computer).computes)
		computers[at].end(turns)
		computers = slices.Delete(computers, at, at+1)
	}
}

func TestTurnsAreLimited(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		turns := NewTurns(2, 1)
		var all []*computer
		for range 4 {
			all = append(all, newComputer(turns))
		}
		wantTurns(t, turns, "of four", all, 0, 1)
		if got, want := turns.Stats(), (TurnStats{Held: 2, Waiting: 2, Limit: 2}); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
		all[1].end(turns)
		all[0].end(turns)
		wantTurns(t, turns, "of two", all[2:], 0, 1)
		endAll(turns, all[2:])
		if got, want := turns.Stats(), (TurnStats{Limit: 2}); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	})
}

func TestYieldHandsOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		turns := NewTurns(1, 1)
		var all []*computer
		for range 3 {
			all = append(all, newComputer(turns))
		}
		for i := range 7 {
			wantTurns(t, turns, fmt.Sprintf("after %d times", i), all, i%3)
			all[i%3].step(turns.Yield)
		}
		endAll(turns, all)
	})
}

func TestYieldKeepsWhatNobodyWaitsFor(t *testing.T) {
	t.Parallel()
	turns := NewTurns(1, 1)
	turns.Begin()
	for range 3 {
		turns.Yield() // would not return otherwise
	}
	turns.End()
	if got, want := turns.Stats(), (TurnStats{Limit: 1}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestBusyTakesTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		turns := NewTurns(3, 2)
		for _, test := range []struct{ by, limit int }{{1, 2}, {3, 2}, {-3, 2}, {-1, 3}} {
			turns.Busy(test.by)
			if got := turns.Stats().Limit; got != test.limit {
				t.Errorf("%d more cores are busy: %d turns, want %d", test.by, got, test.limit)
			}
		}
		var all []*computer
		for range 3 {
			all = append(all, newComputer(turns))
		}
		turns.Busy(1)
		wantTurns(t, turns, "before anybody yields", all, 0, 1, 2)
		all[1].step(turns.Yield) // nobody waits, but there are too many
		wantTurns(t, turns, "after one has yielded", all, 0, 2)
		all[2].step(turns.Yield)
		wantTurns(t, turns, "after another has yielded", all, 0, 1)
		turns.Busy(-1)
		wantTurns(t, turns, "with all turns again", all, 0, 1, 2)
		endAll(turns, all)
	})
}

// Whoever gives up a turn of which there are too many does not pass it on.
func TestEndOfATurnTooMany(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		turns := NewTurns(2, 1)
		var all []*computer
		for range 3 {
			all = append(all, newComputer(turns))
		}
		turns.Busy(1)
		all[0].end(turns)
		wantTurns(t, turns, "after one has ended", all[1:], 0)
		endAll(turns, all[1:])
	})
}

func TestATurnThatIsStuck(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		turns := NewTurns(1, 1)
		var all []*computer
		for range 4 {
			all = append(all, newComputer(turns))
		}
		time.Sleep(stuck - time.Nanosecond)
		wantTurns(t, turns, "before the first is stuck", all, 0)
		time.Sleep(time.Nanosecond)
		wantTurns(t, turns, "when it is stuck", all, 0, 1)
		all[1].step(turns.Yield)
		wantTurns(t, turns, "when the extra turn was handed on", all, 0, 2)
		time.Sleep(2 * stuck)
		wantTurns(t, turns, "when that is stuck, too", all, 0, 2, 3)
		if got := turns.Stats().Limit; got != 3 {
			t.Errorf("%d turns, want two more than usual", got)
		}
		endAll(turns, all)
	})
}

// compute begins, and yields after every step, of which it counts those that are over,
// until it is told to stop.
func compute(turns *Turns, step time.Duration, steps *atomic.Int64, stop *atomic.Bool) {
	turns.Begin()
	defer turns.End()
	for !stop.Load() {
		time.Sleep(step)
		steps.Add(1)
		turns.Yield()
	}
}

// While some are held up, the others compute, and not just one step now and then.
// Afterwards there are as many turns as before.
func TestOthersComputeWhileTurnsAreStuck(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ most, others int }{{1, 1}, {1, 3}, {2, 3}} {
		synctest.Test(t, func(t *testing.T) {
			const step, held = 200 * time.Microsecond, 5 * time.Second
			most := test.most
			turns := NewTurns(most, 1)
			var steps atomic.Int64
			var stop atomic.Bool
			var group sync.WaitGroup
			for range most {
				group.Go(func() { // they are held up in their first step
					turns.Begin()
					time.Sleep(held)
					turns.End()
					compute(turns, step, new(atomic.Int64), &stop)
				})
			}
			synctest.Wait()
			for range test.others {
				group.Go(func() { compute(turns, step, &steps, &stop) })
			}
			time.Sleep(held)
			if got, want := steps.Load(), int64(held/step)*8/10; got < want {
				t.Errorf("%d steps in %v of %d while all turns, %d, were stuck, want %d or more", got, held, test.others, most, want)
			}
			time.Sleep(2 * extraLooks * stuck)
			for range 1000 {
				time.Sleep(step / 3)
				if got := turns.Stats(); got.Held > most || got.Limit > most {
					t.Fatalf("%+v after they came back, want %d turns", got, most)
				}
			}
			stop.Store(true)
			group.Wait()
		})
	}
}

// Extra turns end, too, when nobody waits any more.
func TestExtraTurnsEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		turns := NewTurns(1, 1)
		all := []*computer{newComputer(turns), newComputer(turns)}
		time.Sleep(stuck)
		wantTurns(t, turns, "when one is stuck", all, 0, 1)
		time.Sleep(extraLooks * stuck)
		wantTurns(t, turns, "while nobody yields", all, 0, 1)
		all[1].step(turns.Yield)
		wantTurns(t, turns, "after the other has yielded", all, 0)
		all[0].step(turns.Yield)
		wantTurns(t, turns, "after both have yielded", all, 1)
		endAll(turns, all)
	})
}

// A turn that goes round is not stuck, however long one waits for it.
func TestTurnsThatGoRound(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		turns := NewTurns(2, 1)
		var steps atomic.Int64
		var stop atomic.Bool
		var group sync.WaitGroup
		for range 20 {
			group.Go(func() { compute(turns, stuck-1, &steps, &stop) })
		}
		for range 100 {
			time.Sleep(stuck / 3)
			if got := turns.Stats(); got.Held != 2 || got.Waiting != 18 {
				t.Fatalf("%+v, want two held", got)
			}
		}
		stop.Store(true)
		group.Wait()
	})
}

func TestTurnsMisuse(t *testing.T) {
	t.Parallel()
	misuse(t, map[string]func(){
		"no turns":         func() { NewTurns(0, 0) },
		"least is none":    func() { NewTurns(1, 0) },
		"least above most": func() { NewTurns(1, 2) },
		"a turn given back twice": func() {
			turns := NewTurns(1, 1)
			turns.Begin()
			turns.End()
			turns.End()
		},
		"more cores idle than were busy": func() {
			turns := NewTurns(2, 1)
			turns.Busy(1)
			turns.Busy(-2)
		},
	})
}

// In a bubble no time passes while anybody computes: so nobody is stuck, however slow
// the machine is.
func TestTurnsHammer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const most, least, computers, rounds = 5, 2, 32, 200
		turns := NewTurns(most, least)
		var computing, tooMany, steps atomic.Int64
		begun := func() {
			if computing.Add(1) > most {
				tooMany.Add(1)
			}
			steps.Add(1)
		}
		var group sync.WaitGroup
		for range computers {
			group.Go(func() {
				for range rounds {
					turns.Begin()
					begun()
					for range 5 {
						computing.Add(-1)
						turns.Yield()
						begun()
					}
					computing.Add(-1)
					turns.End()
				}
			})
		}
		for by := range 4 {
			group.Go(func() {
				for range rounds {
					turns.Busy(by + 1)
					turns.Stats()
					turns.Busy(-by - 1)
				}
			})
		}
		group.Wait()
		if got := tooMany.Load(); got > 0 {
			t.Errorf("more than %d computed at once, %d times", most, got)
		}
		if got, want := steps.Load(), int64(computers*rounds*6); got != want {
			t.Errorf("%d steps, want %d", got, want)
		}
		if got, want := turns.Stats(), (TurnStats{Limit: most}); got != want {
			t.Errorf("%+v in the end, want %+v", got, want)
		}
	})
}
