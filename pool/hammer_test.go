package pool

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// hammerItem is an item that leaves in one way, if it was accepted.
type hammerItem struct {
	order                  Order
	accepted               bool
	admitted               atomic.Int32
	done, removed, drained atomic.Int32
}

// hammered is a pool that many use at once.
type hammered struct {
	*testing.T
	*Pool[*hammerItem]
	gate  gate[*hammerItem]
	slots int32
	busy  []atomic.Int32 // items that each worker does now
}

func newHammered(t *testing.T, queue, workers, slots int) *hammered {
	h := &hammered{T: t, slots: int32(slots), busy: make([]atomic.Int32, workers)}
	h.Pool = New(Config[*hammerItem]{
		Queue: queue, Workers: workers, Slots: slots,
		Admit: func(item *hammerItem) bool {
			yes := h.gate.admit(item)
			if yes {
				item.admitted.Add(1)
			}
			return yes
		},
		Start: h.work,
	})
	return h
}

// work does a job, and those that come after it.
func (h *hammered) work(job Job[*hammerItem]) {
	for more := true; more; job, more = h.Next(job) {
		busy := &h.busy[job.Worker.ID()]
		if n := busy.Add(1); n > h.slots {
			h.Errorf("worker %d does %d items at once, want %d at most", job.Worker.ID(), n, h.slots)
		}
		job.Item.done.Add(1)
		busy.Add(-1)
	}
}

// bring brings an item in one way or another, and does it if it has a slot.
func (h *hammered) bring(item *hammerItem, patient bool) {
	var place Place[*hammerItem]
	var err error
	switch how := rand.IntN(3); {
	case how == 0:
		place, err = h.Offer(item, item.order)
	case how == 1 && patient && !item.order.Gated: // that it gets in is certain
		place, err = h.Push(h.Context(), item, item.order)
		if err != nil && !errors.Is(err, ErrClosed) {
			h.Errorf("pushing: %v, want room in the end", err)
		}
	default:
		ctx, cancel := context.WithTimeout(h.Context(), time.Duration(rand.IntN(200))*time.Microsecond)
		defer cancel()
		place, err = h.Push(ctx, item, item.order)
	}
	item.accepted = err == nil
	switch {
	case err != nil:
		if place != (Place[*hammerItem]{}) {
			h.Errorf("%+v in spite of %v", place, err)
		}
	case place.Job != nil:
		if place.Job.Item != item {
			h.Errorf("somebody else's item has the slot")
		}
		h.work(*place.Job)
	case rand.IntN(4) == 0 && h.Remove(place.Entry):
		item.removed.Add(1)
	}
}

// drain counts what it takes out.
func (h *hammered) drain() {
	for _, item := range h.Drain() {
		item.drained.Add(1)
	}
}

// settle waits until nothing is done any more.
func (h *hammered) settle() Stats {
	for range 10_000 {
		if s := h.Stats(); s.Active == 0 {
			return s
		}
		time.Sleep(time.Millisecond)
	}
	h.Fatalf("%+v after ten seconds, want all slots free", h.Stats())
	return Stats{}
}

// check checks how an item ended.
func (h *hammered) check(item *hammerItem) {
	done, removed, drained := item.done.Load(), item.removed.Load(), item.drained.Load()
	want := int32(0)
	if item.accepted {
		want = 1
	}
	if done+removed+drained != want {
		h.Errorf("an item, accepted: %t, was done %d times, removed %d times, drained %d times", item.accepted, done, removed, drained)
	}
	want = 0
	if item.order.Gated {
		want = done
	}
	if got := item.admitted.Load(); got != want {
		h.Errorf("an item, gated: %t, was admitted %d times, want %d", item.order.Gated, got, want)
	}
}

// Whatever goes on at once, what was accepted leaves once, and nothing that could be done
// waits while a slot is free.
func TestHammer(t *testing.T) {
	t.Parallel()
	const rounds, callers, each = 60, 12, 40
	for round := range rounds {
		h := newHammered(t, 1+round%5, 1+round%3, 1+round%2)
		items := make([]hammerItem, callers*each)
		var calling, others sync.WaitGroup
		for caller := range callers {
			calling.Go(func() {
				for i := range each {
					item := &items[caller*each+i]
					item.order = Order{Priority: rand.IntN(3), Gated: rand.IntN(2) == 0}
					h.bring(item, round%4 > 0)
					if caller == 0 && i%10 == 0 && round%3 == 0 {
						h.drain()
					}
					if caller == 1 && i == each/2 && round%4 == 0 {
						h.Close()
					}
				}
			})
		}
		over := make(chan struct{})
		for _, do := range []func(){
			func() {
				h.gate.open(1)
				h.Kick()
			},
			func() {
				if !h.sound() {
					t.Error("the pool is not as its comment says")
				}
			},
		} {
			others.Go(func() {
				for {
					select {
					case <-over:
						return
					default:
						do()
						time.Sleep(20 * time.Microsecond)
					}
				}
			})
		}
		calling.Wait()
		close(over)
		others.Wait()
		if s := h.settle(); s.Queued > s.Gated || s.Gated > 0 && h.gate.left() > 0 {
			t.Errorf("%+v wait, with room for %d behind the gate, and all slots are free", s, h.gate.left())
		}
		h.gate.open(len(items))
		h.Kick()
		if s := h.settle(); s.Queued > 0 {
			t.Errorf("%+v when all are admitted, want none queued", s)
		}
		for i := range items {
			h.check(&items[i])
		}
		if t.Failed() {
			return
		}
	}
}
