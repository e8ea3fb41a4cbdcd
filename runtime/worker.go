package runtime

import (
	"sync"
	"time"

	"github.com/vivarium-go/vivarium/hostabi"
)

// worker is what an engine knows about one of a pool's workers. It may be used by several
// goroutines.
type worker struct {
	name  string
	slots int

	mu      sync.Mutex // guards what follows
	running map[*job]*heartbeat
	broken  int // slots that need a new instance
	healing int // of these, that get one now
	losses  []time.Time
	lost    uint64 // instances, ever
}

// heartbeat is what health checks saw of a job.
type heartbeat struct {
	call  *hostabi.Call
	pulse uint64
	since time.Time // when this pulse of this call was first seen
}

func newWorker(name string, slots int) *worker {
	return &worker{name: name, slots: slots, running: map[*job]*heartbeat{}}
}

func (w *worker) begin(j *job) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.running[j] = &heartbeat{}
}

func (w *worker) end(j *job) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.running, j)
}

// jobs returns those that run now.
func (w *worker) jobs() []*job {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []*job
	for j := range w.running {
		all = append(all, j)
	}
	return all
}

const (
	// A worker that lost so many instances within that time is unhealthy.
	manyLosses = 3
	lossWindow = 10 * time.Second
	// So is one whose guest computes for so long without a tick.
	stuckAfter = time.Second
)

// lose notes that a slot lost its instance. If it goes on at once, with another one, there
// is nothing to be healed.
func (w *worker) lose(now time.Time, goesOn bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lost++
	if !goesOn {
		w.broken++
	}
	w.losses = append(w.losses, now)
	if len(w.losses) > manyLosses {
		w.losses = w.losses[1:]
	}
}

// workerStats is how a worker is at a moment.
type workerStats struct {
	broken int // slots that need a new instance
	lost   uint64
}

func (w *worker) stats() workerStats {
	w.mu.Lock()
	defer w.mu.Unlock()
	return workerStats{w.broken, w.lost}
}

// look is what a health check sees.
func (w *worker) look(now time.Time) (seen workerSeen) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, at := range w.losses {
		if now.Sub(at) < lossWindow {
			seen.losses++
		}
	}
	for j, beat := range w.running {
		if beat.stuck(j.running(), now) {
			seen.stuck = j.id
		}
	}
	return seen
}

// stuck says whether a call, nil if there is none, computes without a tick for too long.
func (b *heartbeat) stuck(call *hostabi.Call, now time.Time) bool {
	if call == nil {
		b.call = nil
		return false
	}
	pulse, computes := call.Pulse()
	if call != b.call || pulse != b.pulse || !computes {
		*b = heartbeat{call, pulse, now}
	}
	return now.Sub(b.since) >= stuckAfter
}

// ill says whether a slot needs a new instance.
func (w *worker) ill() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.broken > w.healing
}

// heal makes the instances that a worker has lost, before its slot is used again. While
// there is none to be had, the slot is not used, unless the engine closes.
func (e *Engine) heal(w *worker) {
	w.mu.Lock()
	missing := w.broken - w.healing
	w.healing += missing
	w.mu.Unlock()
	for range missing {
		e.healOne()
		w.mu.Lock()
		w.broken--
		w.healing--
		w.mu.Unlock()
	}
}

// Pauses between two attempts to make an instance.
const (
	healPause     = 50 * time.Millisecond
	healPauseMost = 5 * time.Second
)

func (e *Engine) healOne() {
	for pause := healPause; ; pause = min(2*pause, healPauseMost) {
		err := e.addSpare()
		if err == nil {
			return
		}
		e.cfg.Logger.Warn("a slot is not used until there is an instance for it", "error", err, "again_in", pause)
		again := time.NewTimer(pause)
		select {
		case <-again.C:
		case <-e.closing:
			again.Stop()
			return
		}
	}
}
