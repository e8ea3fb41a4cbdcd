package python

import (
	"hash/maphash"
	"slices"
	"testing"
	"time"

	"github.com/vivarium-go/vivarium/hostabi"
)

// A task that waits gives back memory, of which nothing changes by that: not what the guest
// sees, nor what comes of it. So does one that waits in the depth, which it then goes back up
// and down again.
func TestSettle(t *testing.T) {
	t.Parallel()
	interpreter, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t, interpreter)
	seed := maphash.MakeSeed()
	settled := 0
	cfg := hostabi.CallConfig{Settle: func() {
		settled++
		before, err := r.instance.Private()
		if err != nil {
			t.Error(err)
		}
		sum := maphash.Bytes(seed, r.instance.memory.view())
		if err := r.instance.Settle(); err != nil {
			t.Error(err)
		}
		if maphash.Bytes(seed, r.instance.memory.view()) != sum {
			t.Error("the guest's memory has changed")
		}
		after, err := r.instance.Private()
		if err != nil {
			t.Error(err)
		}
		least := int64(0)
		if interpreter.image.method != resetCopy {
			// At first it has half of the hot set, at last the stack of the deepest call.
			least = map[int]int64{1: 20 * int64(pageSize), 4: 1 << 20}[settled]
		}
		if after > before-least {
			t.Errorf("nap %d: %d bytes, %d before", settled, after, before)
		}
	}}
	const source = `
import time


def nap(_):
    time.sleep(0.11)
    return 1


def deep(n):
    return max([n], key=nap) if n == 0 else max([n], key=lambda _: deep(n - 1))


def run(params):
    data = {str(i): [i] * i for i in range(500)}
    nap(0)
    first = deep(5)
    data.update({str(i): [i] * i for i in range(500, 600)})
    again = deep(300) + deep(3)
    return [first, again, sum(map(len, data.values()))]
`
	for range 3 {
		settled = 0
		outcome, call, err := r.runWith(cfg, source, 0)
		if err != nil || outcome.Kind != OutcomeOK || string(call.Result) != "[5,303,179700]" {
			t.Errorf("%+v, %s, %s, %v", outcome, call.Result, call.Error, err)
		}
		if settled != 4 {
			t.Errorf("settled %d times in 4 naps", settled)
		}
	}
}

// BenchmarkSettle measures what it costs to give back what a task does not need that wakes up now
// and then and does little: "settle-p50-us".
func BenchmarkSettle(b *testing.B) {
	interpreter, err := shared()
	if err != nil {
		b.Fatal(err)
	}
	unverified := *interpreter // to compare its memory would make all of it present, and slow to scan
	unverified.cfg.VerifyReset = 0
	r := newRig(b, &unverified)
	var took []time.Duration
	cfg := hostabi.CallConfig{Settle: func() {
		began := time.Now()
		if err := r.instance.Settle(); err != nil {
			b.Error(err)
		}
		took = append(took, time.Since(began))
	}}
	for b.Loop() {
		outcome, call, err := r.runWith(cfg, "import time\nfor _ in range(10):\n    time.sleep(0.101)\n    {str(i): i for i in range(20)}", 0)
		if err != nil || outcome.Kind != OutcomeOK {
			b.Fatalf("%+v, %s, %v", outcome, call.Error, err)
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Nanoseconds())/1e3, "settle-p50-us")
}
