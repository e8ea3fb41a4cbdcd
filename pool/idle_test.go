package pool

import (
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// idle returns a list with these, the first one idle longest.
func idle(t *testing.T, items ...int) *Idle[int] {
	t.Helper()
	var i Idle[int]
	for _, item := range items {
		if !i.Put(item) {
			t.Fatalf("%d was not kept", item)
		}
	}
	return &i
}

// rest takes out what is left, the one used last first.
func rest(i *Idle[int]) (items []int) {
	for item, ok := i.Take(); ok; item, ok = i.Take() {
		items = append(items, item)
	}
	return items
}

func TestIdleLastInFirstOut(t *testing.T) {
	t.Parallel()
	i := idle(t, 1, 2, 3)
	if item, ok := i.Take(); !ok || item != 3 {
		t.Errorf("%d, %t, want 3", item, ok)
	}
	i.Put(4)
	if got := i.Len(); got != 3 {
		t.Errorf("%d there, want 3", got)
	}
	if got := rest(i); !slices.Equal(got, []int{4, 2, 1}) {
		t.Errorf("%d, want 4, 2, 1", got)
	}
	if item, ok := i.Take(); ok || item != 0 {
		t.Errorf("%d, %t, want nothing", item, ok)
	}
}

func TestIdleOldest(t *testing.T) {
	t.Parallel()
	i := idle(t, 1, 2, 3, 4)
	for _, test := range []struct {
		n    int
		want []int
	}{{0, nil}, {2, []int{1, 2}}, {9, []int{3, 4}}, {1, nil}} {
		if got := i.Oldest(test.n); !slices.Equal(got, test.want) {
			t.Errorf("the oldest %d: %d, want %d", test.n, got, test.want)
		}
	}
}

func TestIdleSurplus(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		i := idle(t, 1)
		time.Sleep(time.Second)
		i.Put(2)
		time.Sleep(time.Second)
		i.Put(3)
		for _, test := range []struct {
			why  string
			keep int
			idle time.Duration
			want []int
		}{
			{"none is idle for so long", 0, 3 * time.Second, nil},
			{"all are to be kept", 3, 0, nil},
			{"more are to be kept than there are", 9, 0, nil},
			{"one is surplus, although two are idle for long", 2, time.Second, []int{1}},
			{"one is idle for long, although two are surplus", 0, time.Second, []int{2}},
			{"the last one", 0, 0, []int{3}},
			{"there are none", 0, 0, nil},
		} {
			if got := i.Surplus(test.keep, test.idle); !slices.Equal(got, test.want) {
				t.Errorf("%s: %d, want %d", test.why, got, test.want)
			}
		}
	})
}

// Using one makes it young again.
func TestIdleSinceLastUse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		i := idle(t, 1, 2)
		time.Sleep(time.Second)
		item, _ := i.Take()
		i.Put(item)
		if got := i.Surplus(0, time.Second); !slices.Equal(got, []int{1}) {
			t.Errorf("%d, want only the one that was not used", got)
		}
	})
}

func TestIdleClose(t *testing.T) {
	t.Parallel()
	i := idle(t, 1, 2)
	if got := i.Close(); !slices.Equal(got, []int{1, 2}) {
		t.Errorf("%d, want all", got)
	}
	if got := i.Close(); got != nil {
		t.Errorf("%d when it is closed again", got)
	}
	if i.Put(3) {
		t.Error("one was kept after Close")
	}
	if item, ok := i.Take(); ok {
		t.Errorf("%d after Close", item)
	}
}

// Whatever was put comes out once, or was refused.
func TestIdleHammer(t *testing.T) {
	t.Parallel()
	const putters, each = 8, 500
	var i Idle[int]
	var out [putters * each]atomic.Int32
	count := func(items ...int) {
		for _, item := range items {
			out[item].Add(1)
		}
	}
	var group sync.WaitGroup
	for p := range putters {
		group.Go(func() {
			for n := range each {
				if item := p*each + n; !i.Put(item) {
					count(item)
				}
				switch n % 4 {
				case 0:
					if item, ok := i.Take(); ok {
						count(item)
					}
				case 1:
					count(i.Oldest(2)...)
				case 2:
					count(i.Surplus(10, 0)...)
				}
				if p == 0 && n == each*3/4 {
					count(i.Close()...)
				}
			}
		})
	}
	group.Wait()
	for item := range out {
		if got := out[item].Load(); got != 1 {
			t.Errorf("%d came out %d times, want once", item, got)
		}
	}
	if got := i.Len(); got != 0 {
		t.Errorf("%d are left after Close", got)
	}
}
