package runtime

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// ended puts the result of a task into a store.
func ended(t *testing.T, s *resultStore, id TaskID) {
	t.Helper()
	j := &job{id: id}
	s.add(j)
	if !s.admit(j) {
		t.Fatalf("no room for task %d", id)
	}
	s.finished(id)
}

func checkGone(t *testing.T, s *resultStore, id TaskID, want error) {
	t.Helper()
	if _, _, err := s.find(id); !errors.Is(err, want) {
		t.Errorf("task %d: %v, want %v", id, err, want)
	}
}

// A result is there until its time is over, to the moment, whether somebody sweeps or not.
func TestStoreExpires(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newResultStore(10, mib, time.Hour)
		ended(t, s, 1)
		time.Sleep(time.Minute)
		ended(t, s, 2)
		s.fetch(2)
		time.Sleep(59*time.Minute - time.Nanosecond)
		checkGone(t, s, 1, nil)
		time.Sleep(time.Nanosecond)
		checkGone(t, s, 1, ErrResultExpired)
		checkGone(t, s, 2, nil)
		time.Sleep(time.Minute)
		s.sweep(time.Now())
		checkGone(t, s, 2, ErrResultExpired)
		checkGone(t, s, 3, ErrUnknownTask)
		// Only what nobody had fetched is a loss.
		if got := s.stats(); got.expired != 1 || got.size != 0 || got.taken != 0 {
			t.Errorf("%+v", got)
		}
	})
}

func TestStoreForEver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newResultStore(1, mib, -1)
		ended(t, s, 1)
		time.Sleep(1e6 * time.Hour)
		s.sweep(time.Now())
		checkGone(t, s, 1, nil)
	})
}

// Room is made by what was fetched, first come first served, and by what has expired; by
// nothing else.
func TestStoreMakesRoom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newResultStore(3, mib, time.Hour)
		for id := range TaskID(3) {
			ended(t, s, id)
		}
		waits := &job{id: 3}
		s.add(waits)
		if s.admit(waits) || !s.stats().refusing {
			t.Fatal("a full store admitted a task")
		}
		if !s.fetch(1) || s.fetch(0) {
			t.Error("the first fetch makes room for those who wait, and says so once")
		}
		if !s.admit(waits) {
			t.Fatal("no room although a result was fetched")
		}
		checkGone(t, s, 1, ErrResultEvicted)
		checkGone(t, s, 0, nil)
		s.finished(3)
		ended(t, s, 4)
		checkGone(t, s, 0, ErrResultEvicted)
		time.Sleep(time.Hour)
		ended(t, s, 5) // nobody has swept
		checkGone(t, s, 2, ErrResultExpired)
		if got := s.stats(); got.evicted != 2 || got.expired != 3 || got.size != 1 {
			t.Errorf("%+v", got)
		}
	})
}

// A task that was not run takes no room, and yet only so many are kept. Of the others it
// is known why they were not run.
func TestStoreKeepsWhatWasNotRun(t *testing.T) {
	t.Parallel()
	s := newResultStore(2, mib, time.Hour)
	ended(t, s, 1)
	for id := range TaskID(3) {
		j := &job{id: 10 + id, err: notStarted(ErrCancelled)}
		s.add(j)
		s.finished(j.id)
	}
	checkGone(t, s, 10, ErrResultEvicted)
	checkGone(t, s, 10, ErrCancelled)
	checkGone(t, s, 11, nil)
	s.fetch(11)
	checkGone(t, s, 12, nil)
	if got := s.stats(); got.size != 3 || got.taken != 1 || got.unfetched != 1 || got.expired != 0 {
		t.Errorf("%+v", got)
	}
	ended(t, s, 2)
	checkGone(t, s, 1, nil)
}

// Few large results fill a store as many small ones do.
func TestStoreCountsBytes(t *testing.T) {
	t.Parallel()
	s := newResultStore(100, mib, time.Hour)
	keep := func(id TaskID) {
		j := &job{id: id}
		s.add(j)
		if !s.admit(j) {
			t.Fatalf("no room for task %d", id)
		}
		j.result = &Result{Value: make([]byte, mib/2)}
		s.finished(id)
	}
	keep(1)
	keep(2)
	waits := &job{id: 3}
	s.add(waits)
	if s.admit(waits) || s.stats().fullness != 1 || s.stats().bytes != mib {
		t.Errorf("admitted, %+v", s.stats())
	}
	if !s.fetch(2) || !s.admit(waits) {
		t.Error("a fetch made no room")
	}
	s.finished(3)
	checkGone(t, s, 2, ErrResultEvicted)
	checkGone(t, s, 1, nil)
	if got := s.stats(); got.bytes != mib/2 {
		t.Errorf("%+v", got)
	}
}

// What is known about results that are gone is bounded.
func TestStoreForgets(t *testing.T) {
	t.Parallel()
	s := newResultStore(1, mib, time.Hour)
	for id := range TaskID(maxGone + 2) {
		ended(t, s, 1+id)
		s.fetch(1 + id)
	}
	checkGone(t, s, 1, ErrUnknownTask)
	checkGone(t, s, 2, ErrResultEvicted)
	if len(s.gone) != maxGone || len(s.records) != 1 {
		t.Errorf("%d gone, %d records", len(s.gone), len(s.records))
	}
}
