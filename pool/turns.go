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
// There are Most turns while the cores have nothing else to do, and down to Least while
// others, told by Busy, keep them busy.
type Turns struct {
	most, least int

	mu      sync.Mutex // guards what follows
	busy    int
	held    int
	waiting list.List // of chan struct{}, who came first in front
	granted uint64
	seen    uint64 // granted, when the watch last looked
	watch   *time.Timer
}

// stuck is how long a turn may be kept from those who wait. Whoever keeps one for longer is
// held up by something else than computing, and somebody else has it meanwhile.
const stuck = 100 * time.Millisecond

// NewTurns makes so many turns.
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
	t.busy += by
	t.grant()
}

// limit is how many turns there are now.
func (t *Turns) limit() int { return max(t.most-t.busy, t.least) }

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

// Yield hands a turn on, if somebody waits for it, and waits for the next. Otherwise it
// lets other goroutines run.
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
		t.grantOne()
	}
}

func (t *Turns) grantOne() {
	t.held++
	t.granted++
	close(t.waiting.Remove(t.waiting.Front()).(chan struct{}))
}

// look gives one turn more than there are, when none was handed on for a while.
func (t *Turns) look() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.watch = nil
	if t.waiting.Len() == 0 {
		return
	}
	if t.granted == t.seen {
		t.grantOne()
	}
	if t.waiting.Len() > 0 {
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
