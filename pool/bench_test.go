package pool

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
)

// What it costs to bring an item to a slot and give the slot back.
func BenchmarkHandOff(b *testing.B) {
	b.Run("alone", func(b *testing.B) {
		p := New(Config[int]{Queue: 1, Workers: 4, Slots: 16})
		b.ReportAllocs()
		i := 0
		for b.Loop() {
			i++
			place, err := p.Offer(i, Order{})
			if err != nil || place.Job == nil || place.Job.Item != i {
				b.Fatalf("%+v, %v, want a slot for %d", place, err, i)
			}
			if next, ok := p.Next(*place.Job); ok {
				b.Fatalf("%+v is next, want nothing", next)
			}
		}
	})
	// An iteration is 64 goroutines that bring 100 items each.
	b.Run("64 goroutines", func(b *testing.B) {
		const goroutines, each = 64, 100
		p := New(Config[int]{Queue: goroutines, Workers: 4, Slots: 2})
		var done atomic.Int64
		for b.Loop() {
			done.Store(0)
			var group sync.WaitGroup
			for range goroutines {
				group.Go(func() {
					for i := range each {
						place, err := p.Push(b.Context(), i, Order{})
						if err != nil {
							b.Error(err)
						}
						if place.Job != nil {
							done.Add(1 + int64(len(run(p, *place.Job))))
						}
					}
				})
			}
			group.Wait()
			if got := done.Load(); got != goroutines*each {
				b.Fatalf("%d items were done, want %d", got, goroutines*each)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(goroutines*each), "ns/item")
	})
}

// What it costs to queue an item and take the next one out, by how many are queued.
func BenchmarkQueued(b *testing.B) {
	for _, queued := range []int{100, 100_000} {
		b.Run(fmt.Sprint(queued), func(b *testing.B) {
			const priorities = 8
			p := New(Config[int]{Queue: queued + 1, Workers: 1, Slots: 1})
			job := start(b, p, 0, Order{})
			for i := range queued {
				enqueue(b, p, i, Order{Priority: i % priorities})
			}
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				i++
				place, err := p.Offer(i, Order{Priority: i % priorities})
				if err != nil || place.Entry == nil {
					b.Fatalf("%+v, %v, want it queued", place, err)
				}
				var ok bool
				if job, ok = p.Next(job); !ok {
					b.Fatal("no next job, want the first of those queued")
				}
			}
			if got := p.Stats().Queued; got != queued {
				b.Errorf("%d are queued, want %d", got, queued)
			}
			if got := p.Load(0).Total; got != uint64(i)+1 {
				b.Errorf("%d items had the slot, want %d", got, i+1)
			}
		})
	}
}
