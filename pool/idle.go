package pool

import (
	"sync"
	"time"
)

// Idle keeps things that can be used again; the one used last is the next, as it is
// warm. It may be used by several goroutines. The zero value is empty.
type Idle[T any] struct {
	mu     sync.Mutex
	list   []idleItem[T] // the longest idle first
	closed bool
}

type idleItem[T any] struct {
	item  T
	since time.Time
}

// Put keeps an item, unless Close was called.
func (i *Idle[T]) Put(item T) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.closed {
		return false
	}
	i.list = append(i.list, idleItem[T]{item, time.Now()})
	return true
}

// Take returns the item that was used last.
func (i *Idle[T]) Take() (item T, ok bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if len(i.list) == 0 {
		return item, false
	}
	last := len(i.list) - 1
	item = i.list[last].item
	i.list[last] = idleItem[T]{}
	i.list = i.list[:last]
	return item, true
}

// Surplus takes out what is beyond so many items and idle for longer than d.
func (i *Idle[T]) Surplus(keep int, d time.Duration) []T {
	i.mu.Lock()
	defer i.mu.Unlock()
	n := 0
	for n < len(i.list)-keep && time.Since(i.list[n].since) >= d {
		n++
	}
	return i.takeOldest(n)
}

// Oldest takes out the n that have been idle longest, or all there are.
func (i *Idle[T]) Oldest(n int) []T {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.takeOldest(min(n, len(i.list)))
}

// Close takes everything out, and keeps nothing more.
func (i *Idle[T]) Close() []T {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.closed = true
	return i.takeOldest(len(i.list))
}

func (i *Idle[T]) takeOldest(n int) []T {
	if n == 0 {
		return nil
	}
	items := make([]T, n)
	for at, it := range i.list[:n] {
		items[at] = it.item
	}
	rest := copy(i.list, i.list[n:])
	clear(i.list[rest:])
	i.list = i.list[:rest]
	return items
}

// Len returns how many there are.
func (i *Idle[T]) Len() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return len(i.list)
}
