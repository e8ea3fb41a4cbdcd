package runtime

import (
	"container/list"
	"fmt"
	"sync"
	"time"
)

// resultStore is the output queue: it keeps the results of submitted tasks until they
// have been fetched. It may be used by several goroutines.
//
// It has room for so many results, of which a task that is about to run takes one, and it
// is full, too, when those it keeps take so many bytes. A
// result that was fetched stays as long as nobody else needs the room; one that was not
// stays until it expires. So a store full of results that nobody fetches lets no more
// tasks run, and loses none.
//
// A task that was not run has no result but an error, which needs no room: of those, as many
// as there is room for results are kept besides, and of the others why they were not run.
type resultStore struct {
	capacity int
	most     int64         // bytes
	ttl      time.Duration // negative is for ever

	mu       sync.Mutex // guards what follows, and the fields of all records
	records  map[TaskID]*record
	ended    list.List // of *record, who ended first in front
	fetched  list.List // of *record, who was fetched first in front
	notRun   list.List // of *record that take no room, who ended first in front
	taken    int       // room taken by tasks that run and by results
	bytes    int64     // of all results
	late     int64     // of these, of fetched ones
	refusing bool      // a task was refused, and there has been no room since
	lifted   bool      // there is room for everything
	gone     map[TaskID]error
	goneIDs  [maxGone]TaskID // those in gone; the next one takes the place of the oldest
	nextGone int
	counts   storeCounts
}

// storeCounts are totals since the store was made.
type storeCounts struct {
	expired uint64 // that nobody had fetched
	evicted uint64 // after they were fetched
}

// record is a submitted task. Its elements are nil while it is not in that list.
type record struct {
	id      TaskID
	job     *job
	bytes   int64 // of its result
	holds   bool  // it takes room
	expires time.Time
	ended   *list.Element
	fetched *list.Element
	notRun  *list.Element
}

// maxGone bounds the tasks of which it is known why their result is gone.
const maxGone = 10_000

func newResultStore(capacity int, most int64, ttl time.Duration) *resultStore {
	return &resultStore{capacity: capacity, most: most, ttl: ttl, records: map[TaskID]*record{}, gone: map[TaskID]error{}}
}

// add makes a submitted task known.
func (s *resultStore) add(j *job) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.records[j.id] = &record{id: j.id, job: j}
}

// remove forgets a task that was not accepted after all.
func (s *resultStore) remove(id TaskID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.records, id)
}

// admit takes room for a task's result, if there is any.
func (s *resultStore) admit(j *job) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.full() && !s.lifted {
		s.expire(time.Now())
		s.evict()
		if s.full() {
			s.refusing = true
			return false
		}
	}
	s.taken++
	s.records[j.id].holds = true
	return true
}

func (s *resultStore) full() bool { return s.taken >= s.capacity || s.bytes >= s.most }

// evict drops results that were fetched, the first ones first, until one fits in.
func (s *resultStore) evict() {
	for first := s.fetched.Front(); first != nil && s.full(); first = s.fetched.Front() {
		s.counts.evicted++
		s.drop(first.Value.(*record), ErrResultEvicted)
	}
}

// expire drops results that have been kept long enough.
func (s *resultStore) expire(now time.Time) {
	for first := s.ended.Front(); first != nil && s.ttl > 0; first = s.ended.Front() {
		r := first.Value.(*record)
		if now.Before(r.expires) {
			return
		}
		if r.fetched == nil && r.holds {
			s.counts.expired++
		}
		s.drop(r, ErrResultExpired)
	}
}

// sweep drops what has expired. It says whether that makes room for tasks that wait.
func (s *resultStore) sweep(now time.Time) (room bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire(now)
	return s.room()
}

// room says whether a task that was refused fits in now.
func (s *resultStore) room() bool {
	if !s.refusing || s.taken-s.fetched.Len() >= s.capacity || s.bytes-s.late >= s.most {
		return false
	}
	s.refusing = false
	return true
}

// finished notes that a task has ended: its result expires some time later.
func (s *resultStore) finished(id TaskID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.records[id]
	r.expires = time.Now().Add(s.ttl)
	r.ended = s.ended.PushBack(r)
	if r.holds {
		r.bytes = r.job.result.bytes()
		s.bytes += r.bytes
		return
	}
	if s.notRun.Len() >= s.capacity {
		oldest := s.notRun.Front().Value.(*record)
		s.drop(oldest, fmt.Errorf("%w: %w", ErrResultEvicted, oldest.job.err))
	}
	r.notRun = s.notRun.PushBack(r)
}

// fetch notes that a result was fetched. It says whether that makes room for tasks that
// wait.
func (s *resultStore) fetch(id TaskID) (room bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.records[id]; r != nil && r.holds && r.fetched == nil {
		r.fetched = s.fetched.PushBack(r)
		s.late += r.bytes
	}
	return s.room()
}

// drop takes a result out.
func (s *resultStore) drop(r *record, why error) {
	delete(s.records, r.id)
	s.ended.Remove(r.ended)
	s.bytes -= r.bytes
	if r.fetched != nil {
		s.fetched.Remove(r.fetched)
		s.late -= r.bytes
	}
	if r.notRun != nil {
		s.notRun.Remove(r.notRun)
	} else {
		s.taken--
	}
	delete(s.gone, s.goneIDs[s.nextGone])
	s.goneIDs[s.nextGone] = r.id
	s.nextGone = (s.nextGone + 1) % maxGone
	s.gone[r.id] = why
}

// find returns a submitted task, or why there is none. It says whether it has made room
// for tasks that wait.
func (s *resultStore) find(id TaskID) (_ *job, room bool, _ error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire(time.Now())
	room = s.room()
	if r := s.records[id]; r != nil {
		return r.job, room, nil
	}
	why := s.gone[id]
	if why == nil {
		why = ErrUnknownTask
	}
	return nil, room, fmt.Errorf("task %d: %w", id, why)
}

// lift makes room for the results of all tasks that were accepted: there will be no more.
func (s *resultStore) lift() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lifted = true
	s.refusing = false
}

// storeStats is how a store is at a moment.
type storeStats struct {
	storeCounts
	size      int // results that are kept
	unfetched int // of these, nobody has fetched yet
	taken     int // room that is not to be had: unfetched ones, and tasks that run
	capacity  int
	bytes     int64   // of all results
	fullness  float64 // what is not to be had of all room, or of all bytes, whichever is more
	refusing  bool
}

func (s *resultStore) stats() storeStats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return storeStats{
		storeCounts: s.counts,
		size:        s.ended.Len(),
		unfetched:   s.ended.Len() - s.notRun.Len() - s.fetched.Len(),
		taken:       s.taken - s.fetched.Len(),
		capacity:    s.capacity,
		bytes:       s.bytes,
		fullness:    max(float64(s.taken-s.fetched.Len())/float64(s.capacity), float64(s.bytes-s.late)/float64(s.most)),
		refusing:    s.refusing,
	}
}
