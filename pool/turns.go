package pool

import (
	"container/list"
	"runtime"
	"sync"
	"time"
)

// Turns shares a few turns among many that want to compute. Whoever has one computes,
// and hands it on at every Yield while others wait. It may be used by several goroutines.
//
// There are most turns while the cores have nothing else to do, and down to least while
// others, told by Busy, keep them busy. While those who have a turn are held up, there is
// one more for the others.
type Turns struct {
	most, least int

	mu      sync.Mutex // guards what follows
	busy    int
	held    int
	waiting list.List // of chan struct{}, who came first in front
	granted uint64
	seen    uint64      // granted, when the watch last looked
	watch   *time.Timer // set while somebody waits, or there are extra turns
	extra   int         // turns there are because others are stuck
	looks   int         // of the watch, until it takes them away
}

const (
	// stuck is how long turns may be kept from those who wait. Whoever keeps one for longer
	// is held up by something else than computing.
	stuck = 100 * time.Millisecond
	// extraLooks is how many times stuck an extra turn goes round. Nobody can tell when
	// those are back that were held up: so it is taken away now and then, to see whether
	// the turns go round without it.
	extraLooks = 10
)

// NewTurns makes turns: most of them, and always least or more.
func NewTurns(most, least int) *Turns {
	if least < 1 || most < least {
		panic("pool: there must be a turn")
	}
	return &Turns{most: most, least: least}
}

// Busy says that by more cores are busy with others, or less if it is negative.
func (t *Turns) Busy(by int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.busy+by < 0 {
		panic("pool: more cores are said to be idle than were busy")
	}
	t.busy += by
	t.grant()
}

// limit is how many turns there are now.
func (t *Turns) limit() int { return max(t.most-t.busy, t.least) + t.extra }

// Begin waits for a turn.
func (t *Turns) Begin() {
	t.mu.Lock()
	if t.held < t.limit() && t.waiting.Len() == 0 {
		t.held++
		t.mu.Unlock()
		return
	}
	t.wait()
}

// Yield hands a turn on if somebody waits for it, gives it back if there are too many, and
// waits for the next. Otherwise it lets other goroutines run.
func (t *Turns) Yield() {
	t.mu.Lock()
	if t.waiting.Len() == 0 && t.held <= t.limit() {
		t.mu.Unlock()
		runtime.Gosched()
		return
	}
	t.held--
	t.wait()
	runtime.Gosched() // whoever hands a turn on wakes the next one on his own core, past all others
}

// End gives a turn back.
func (t *Turns) End() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.held == 0 {
		panic("pool: a turn was given back twice")
	}
	t.held--
	t.grant()
}

// wait queues, and unlocks.
func (t *Turns) wait() {
	mine := make(chan struct{})
	t.waiting.PushBack(mine)
	t.grant()
	if t.watch == nil && t.waiting.Len() > 0 {
		t.seen = t.granted
		t.watch = time.AfterFunc(stuck, t.look)
	}
	t.mu.Unlock()
	<-mine
}

// grant gives free turns to those who wait.
func (t *Turns) grant() {
	for t.held < t.limit() && t.waiting.Len() > 0 {
		t.held++
		t.granted++
		close(t.waiting.Remove(t.waiting.Front()).(chan struct{}))
	}
}

// look makes one turn more than are held when none was handed on for a while, and takes
// away what it made before when that has gone round for a while.
func (t *Turns) look() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.watch = nil
	if t.looks--; t.looks <= 0 {
		t.extra = 0
	}
	if t.waiting.Len() > 0 && t.granted == t.seen {
		t.extra += t.held + 1 - t.limit()
		t.looks = extraLooks
		t.grant()
	}
	if t.waiting.Len() > 0 || t.extra > 0 {
		t.seen = t.granted
		t.watch = time.AfterFunc(stuck, t.look)
	}
}

// TurnStats is how turns are at a moment.
type TurnStats struct {
	Held    int // by those who compute
	Waiting int
	Limit   int // how many there are
}

// Stats returns how the turns are now.
func (t *Turns) Stats() TurnStats {
	t.mu.Lock()
	defer t.mu.Unlock()
	return TurnStats{t.held, t.waiting.Len(), t.limit()}
}
