package wasi

import (
	"math"
	"time"
)

// subscription is one entry of poll_oneoff's input:
//
//	userdata u64 · tag u8 · pad7 ·
//	  clock: id u32 · pad4 · timeout u64 · precision u64 · flags u16
//	  fd:    fd u32
type subscription struct {
	userdata uint64
	tag      uint8
	fd       uint32
	wait     time.Duration // clock: from now
	errno    Errno
}

// pollOneoff waits until one of the subscriptions happens, and reports all that
// have. Regular files, directories and outputs are always ready.
func pollOneoff(s *System, g guest, p []uint64) Errno {
	in, out, n, result := uint32(p[0]), uint32(p[1]), uint32(p[2]), uint32(p[3])
	if n == 0 || n > subscriptionsMax {
		return EINVAL
	}
	subs := make([]subscription, 0, 8)
	b, errno := g.bytes(in, n*subscriptionSize)
	if errno != success {
		return errno
	}
	if _, errno := g.bytes(out, n*eventSize); errno != success {
		return errno
	}
	if _, errno := g.bytes(result, 4); errno != success {
		return errno
	}
	for i := range n {
		sub, errno := readSubscription(b[i*subscriptionSize:][:subscriptionSize])
		if errno != success {
			return errno
		}
		subs = append(subs, sub)
	}
	start := time.Now()
	for waited := false; ; waited = true {
		left, done := s.untilNext(subs, time.Since(start))
		if left == 0 && waited {
			break
		}
		// Even with nothing to wait for, a loop that polls can be stopped here.
		if _, err := s.cfg.Waiter.Wait(g.ctx, g.mod, left, done); err != nil {
			return EINTR
		}
	}
	return s.report(g, subs, time.Since(start), out, result)
}

func readSubscription(b []byte) (subscription, Errno) {
	sub := subscription{userdata: le.Uint64(b), tag: b[8]}
	switch sub.tag {
	case eventFdRead, eventFdWrite:
		sub.fd = le.Uint32(b[16:])
		return sub, success
	case eventClock:
	default:
		return sub, EINVAL
	}
	id, timeout, flags := le.Uint32(b[16:]), le.Uint64(b[24:]), le.Uint16(b[40:])
	if flags&^clockAbsolute != 0 {
		return sub, EINVAL
	}
	var now uint64
	switch id {
	case clockRealtime:
		now = realtime() // a jump while the guest waits makes no difference
	case clockMonotonic:
		now = monotonic()
	default:
		sub.errno = ENOTSUP
		return sub, success
	}
	if flags&clockAbsolute != 0 {
		timeout -= min(timeout, now)
	}
	sub.wait = time.Duration(min(timeout, math.MaxInt64))
	return sub, success
}

// untilNext tells how long to wait: 0 if something has happened, < 0 for ever.
// done is closed when stdin, if anyone asked for it, may have become ready.
func (s *System) untilNext(subs []subscription, passed time.Duration) (left time.Duration, done <-chan struct{}) {
	left = -1
	for i := range subs {
		sub := &subs[i]
		if sub.tag == eventClock {
			if sub.errno != success || sub.wait <= passed {
				return 0, nil
			}
			if left < 0 || sub.wait-passed < left {
				left = sub.wait - passed
			}
			continue
		}
		in := s.pollable(sub)
		if in == nil {
			return 0, nil
		}
		ready, d := in.poll()
		if ready {
			return 0, nil
		}
		done = d
	}
	return left, done
}

// pollable returns stdin if that is what the subscription waits for; anything
// else is ready at once.
func (s *System) pollable(sub *subscription) *input {
	f, errno := s.table.get(uint64(sub.fd))
	if errno != success || sub.tag != eventFdRead {
		return nil
	}
	in, _ := f.object.(*input)
	return in
}

// report writes an event for each subscription that has happened:
//
//	userdata u64 · error u16 · type u8 · pad5 · nbytes u64 · flags u16 · pad6
func (s *System) report(g guest, subs []subscription, passed time.Duration, out, result uint32) Errno {
	count := uint32(0)
	for i := range subs {
		sub := &subs[i]
		nbytes, flags, errno := uint64(0), uint16(0), sub.errno
		if sub.tag == eventClock {
			if errno == success && sub.wait > passed {
				continue
			}
		} else {
			var ready bool
			if nbytes, flags, ready, errno = s.readiness(sub); !ready {
				continue
			}
		}
		b, fault := g.bytes(out+count*eventSize, eventSize)
		if fault != success {
			return fault
		}
		clear(b)
		le.PutUint64(b, sub.userdata)
		le.PutUint16(b[8:], uint16(errno))
		b[10] = sub.tag
		le.PutUint64(b[16:], nbytes)
		le.PutUint16(b[24:], flags)
		count++
	}
	return g.putUint32(result, count)
}

func (s *System) readiness(sub *subscription) (nbytes uint64, flags uint16, ready bool, errno Errno) {
	f, errno := s.table.get(uint64(sub.fd))
	if errno != success {
		return 0, 0, true, errno
	}
	if sub.tag == eventFdWrite {
		return 1, 0, true, success
	}
	switch o := f.object.(type) {
	case *input:
		if ready, _ := o.poll(); !ready {
			return 0, 0, false, success
		}
		if len(o.have) == 0 && (o.r == nil || o.err != nil) {
			return 0, eventHangup, true, success
		}
		return uint64(max(len(o.have), 1)), 0, true, success
	case regular:
		st, errno := o.stat()
		return uint64(max(st.size-f.pos, 0)), 0, true, errno
	}
	return 1, 0, true, success
}
