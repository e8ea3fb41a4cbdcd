package wasm

import (
	"fmt"
	"testing"
)

// countdown is the code of a loop over local 0.
func countdown(body ...byte) code {
	return append(code{}.op(opLoop, blockEmpty), body...).
		localGet(0).i32(1).op(opSub).localTee(0).brIf(0).op(opEnd)
}

func TestLoopsAreCountedExactly(t *testing.T) {
	t.Parallel()
	for _, quantum := range []uint32{1, 7, 100, 1 << 20} {
		for _, n := range []uint64{1, 6, 7, 8, 99, 100, 101, 5000} {
			t.Run(fmt.Sprintf("quantum=%d,n=%d", quantum, n), func(t *testing.T) {
				t.Parallel()
				b := withTick()
				b.export("run", kindFunc, b.fn(b.typ("\x7f", ""), 0, countdown()))
				g, report := startMetered(t, b, quantum)
				if report.Loops != 1 || report.Functions != 2 {
					t.Errorf("report %+v", report)
				}
				if _, err := g.call("run", n); err != nil {
					t.Fatal(err)
				}
				if want := int(n) / int(quantum); g.ticks != want {
					t.Errorf("%d ticks, expected %d", g.ticks, want)
				}
				if used := g.used(quantum); used != int64(n) {
					t.Errorf("used %d, expected %d", used, n)
				}
			})
		}
	}
}
