package runtime

import (
	"context"
	"iter"
	"sync"
	"time"
)

// EventKind says what happened to a task.
type EventKind string

// The events of a task: queued first, then started, what the script reports, and finished
// last. A task that is not run has no started.
const (
	EventQueued   EventKind = "queued"   // it was accepted
	EventStarted  EventKind = "started"  // a worker has it
	EventLog      EventKind = "log"      // Event.Log
	EventProgress EventKind = "progress" // Event.Progress
	EventMetric   EventKind = "metric"   // Event.Metric: the series as it is after a report
	EventFinished EventKind = "finished" // the result can be fetched
	EventLost     EventKind = "lost"     // Event.Lost events before the next one are not kept any more
)

// Event is something that happened to a task.
type Event struct {
	Time     time.Time
	Kind     EventKind
	Log      LogRecord
	Progress Progress
	Metric   Metric
	Lost     uint64
}

// keptEvents is how many events of a task are kept: the latest.
const keptEvents = 256

// eventLog keeps the latest events of a task for those who read them. It may be used by
// several goroutines. A nil one keeps nothing.
type eventLog struct {
	mu    sync.Mutex  // guards what follows
	ring  []keptEvent // event n is at n % keptEvents
	count uint64
	over  bool
	news  chan struct{} // closed at the next event; nil while nobody waits for it
}

// keptEvent is an Event in less memory: most tasks have three, without a report.
type keptEvent struct {
	time   time.Time
	kind   EventKind
	report any // LogRecord, Progress or Metric, by the kind
}

func (k keptEvent) event() Event {
	e := Event{Time: k.time, Kind: k.kind}
	switch r := k.report.(type) {
	case LogRecord:
		e.Log = r
	case Progress:
		e.Progress = r
	case Metric:
		e.Metric = r
	}
	return e
}

func newEventLog() *eventLog {
	l := &eventLog{ring: make([]keptEvent, 0, 3)}
	l.add(EventQueued, nil)
	return l
}

func (l *eventLog) add(kind EventKind, report any) {
	if l == nil {
		return
	}
	e := keptEvent{time.Now(), kind, report}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return
	}
	if len(l.ring) < keptEvents {
		l.ring = append(l.ring, e)
	} else {
		l.ring[l.count%keptEvents] = e
	}
	l.count++
	l.over = kind == EventFinished
	if l.news != nil {
		close(l.news)
		l.news = nil
	}
}

func (l *eventLog) started()  { l.add(EventStarted, nil) }
func (l *eventLog) finished() { l.add(EventFinished, nil) }

// log returns next, and before that notes the event.
func (l *eventLog) log(next func(LogRecord)) func(LogRecord) { return tee(l, EventLog, next) }

func (l *eventLog) progress(next func(Progress)) func(Progress) {
	return tee(l, EventProgress, next)
}

func (l *eventLog) metric(next func(Metric)) func(Metric) { return tee(l, EventMetric, next) }

func tee[T any](l *eventLog, kind EventKind, next func(T)) func(T) {
	if l == nil {
		return next
	}
	return func(report T) {
		l.add(kind, report)
		if next != nil {
			next(report)
		}
	}
}

// read returns the event number n, or the next one that is still kept, and the number of
// that. Without one it returns a channel that is closed when there is, nil if there will be
// none.
func (l *eventLog) read(n uint64) (e Event, at uint64, ok bool, news <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n < l.count {
		at = max(n, l.count-uint64(len(l.ring)))
		return l.ring[at%keptEvents].event(), at, true, nil
	}
	if l.over {
		return e, n, false, nil
	}
	if l.news == nil {
		l.news = make(chan struct{})
	}
	return e, n, false, l.news
}

// Events returns what happens to a submitted task, from its beginning until it has
// finished, ctx ends or the loop is left. Of what has not been read yet the latest 256
// events are kept; a reader that is slower, or comes later, gets an EventLost that says how
// many it has missed. The error is ErrUnknownTask, ErrResultExpired or ErrResultEvicted.
func (e *Engine) Events(ctx context.Context, id TaskID) (iter.Seq[Event], error) {
	j, err := e.find(id)
	if err != nil {
		return nil, err
	}
	return func(yield func(Event) bool) { j.events.each(ctx, yield) }, nil
}

func (l *eventLog) each(ctx context.Context, yield func(Event) bool) {
	for n := uint64(0); ; {
		event, at, ok, news := l.read(n)
		switch {
		case ok:
			if at > n && !yield(Event{Time: event.Time, Kind: EventLost, Lost: at - n}) || !yield(event) {
				return
			}
			n = at + 1
		case news == nil:
			return
		default:
			select {
			case <-news:
			case <-ctx.Done():
				return
			}
		}
	}
}
