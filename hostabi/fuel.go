package hostabi

import "github.com/tetratelabs/wazero/api"

// fuelMeter counts fuel exactly. The metering pass lowers the guest's fuel global
// and, when it is used up, adds FuelQuantum before it calls tick. So what was used
// is all that was granted minus what the global holds now; an overdraw by a bulk
// instruction stays in the global as a smaller remainder.
type fuelMeter struct {
	global  api.MutableGlobal // nil: not started
	limit   uint64            // 0: unlimited
	granted int64
	over    bool // the limit was reported
	ended   bool
	total   int64 // of an ended count
}

func (f *fuelMeter) start(global api.MutableGlobal, limit uint64) {
	*f = fuelMeter{global: global, limit: limit}
	f.set(f.grant(FuelQuantum))
}

// grant returns how much of want the limit leaves, and counts it as granted.
func (f *fuelMeter) grant(want int64) int64 {
	if f.limit != 0 && !f.over {
		want = max(min(want, int64(f.limit)-f.granted), 1)
	}
	f.granted += want
	return want
}

func (f *fuelMeter) set(fuel int64) { f.global.Set(api.EncodeI32(int32(fuel))) }

func (f *fuelMeter) left() int64 { return int64(api.DecodeI32(f.global.Get())) }

// refill accounts for a tick and reports, once, that the limit is reached. What
// runs after that is the grace period: counted, bounded by time.
func (f *fuelMeter) refill() (exhausted bool) {
	if f.global == nil {
		return false
	}
	left := f.left() - FuelQuantum // what the pass has just added is not granted yet
	if f.limit != 0 && !f.over && f.granted-left >= int64(f.limit) {
		f.over, exhausted = true, true
	}
	f.set(left + f.grant(FuelQuantum))
	return exhausted
}

func (f *fuelMeter) used() uint64 {
	switch {
	case f.ended:
		return uint64(f.total)
	case f.global == nil:
		return 0
	}
	return uint64(max(f.granted-f.left(), 0))
}

// end keeps the count. The global is put back, and then counts somebody else's work.
func (f *fuelMeter) end() {
	f.total = int64(f.used())
	f.ended, f.global = true, nil
}
