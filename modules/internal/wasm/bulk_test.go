package wasm

import (
	"bytes"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const (
	bulkPages   = 40
	bulkMemory  = bulkPages << 16
	segmentSize = pieceBytes + 1000
	bulkTable   = 3*pieceEntries + 100
)

// bulkGuest exports each bulk instruction as a function of its operands.
func bulkGuest() *builder { return newBulkGuest(segmentSize, pieceEntries+100) }

func newBulkGuest(segment, elements int) *builder {
	const i32, ref = "\x7f", "\x70"
	b := withTick()
	b.memory(bulkPages, bulkPages)
	table := b.table(bulkTable, 1<<32-1)
	other := b.table(bulkTable, 1<<32-1)
	seg := b.data(true, 0, string(pattern(segment, 3)))
	funcs := make([]uint32, elements)
	for i := range funcs {
		funcs[i] = uint32(1 + i%2)
	}
	elems := b.elem(true, funcs...)
	three := b.typ(i32+i32+i32, "")
	args := func() code { return code{}.localGet(0).localGet(1).localGet(2) }
	export := func(name string, typ uint32, c code) { b.export(name, kindFunc, b.fn(typ, 0, c)) }
	export("copy", three, args().misc(0x0a, 0, 0))
	export("fill", three, args().misc(0x0b, 0))
	export("init", three, args().misc(0x08, seg, 0))
	export("drop", b.typ("", ""), code{}.misc(0x09, seg))
	export("tcopy", three, args().misc(0x0e, table, table))
	export("tcopy2", three, args().misc(0x0e, other, table))
	export("tinit", three, args().misc(0x0c, elems, table))
	export("edrop", b.typ("", ""), code{}.misc(0x0d, elems))
	export("tfill", b.typ(i32+i32+i32, ""), code{}.localGet(0).localGet(1).idx(0x25, table).localGet(2).misc(0x11, table))
	export("tgrow", b.typ(i32, i32), code{}.op(0xd0, ref[0]).localGet(0).misc(0x0f, other))
	export("null", b.typ(i32, i32), code{}.localGet(0).idx(0x25, table).op(0xd1))
	return b
}

func pattern(n int, seed byte) []byte {
	p := make([]byte, n)
	x := uint32(seed) + 1
	for i := range p {
		x = x*1664525 + 1013904223
		p[i] = byte(x >> 24)
	}
	return p
}

// near draws numbers around the sizes where something changes.
func near(limit int) *rapid.Generator[uint32] {
	edges := []int{0, 64, smallBulk, pieceBytes, 2 * pieceBytes, 3 * pieceBytes, limit}
	return rapid.Custom(func(t *rapid.T) uint32 {
		if rapid.IntRange(0, 9).Draw(t, "wild") == 0 {
			return rapid.Uint32().Draw(t, "any")
		}
		v := rapid.SampledFrom(edges).Draw(t, "edge") + rapid.IntRange(-70, 70).Draw(t, "off")
		return uint32(min(max(v, 0), limit+70))
	})
}

func TestBulkMemoryIsLikeGo(t *testing.T) {
	t.Parallel()
	g, _ := startMetered(t, bulkGuest(), 1000)
	mem := g.mod.Memory()
	want := pattern(bulkMemory, 1)
	mem.Write(0, want)
	segment := pattern(segmentSize, 3)
	rapid.Check(t, func(t *rapid.T) {
		op := rapid.SampledFrom([]string{"copy", "copy", "fill", "init"}).Draw(t, "op")
		dst := near(bulkMemory).Draw(t, "dst")
		src := near(bulkMemory).Draw(t, "src")
		if op == "copy" && rapid.Bool().Draw(t, "overlap") {
			src = dst + uint32(rapid.IntRange(-5000, 5000).Draw(t, "distance"))
		}
		n := near(bulkMemory).Draw(t, "n")

		d, s, e := int(dst), int(src), int(n)
		inBounds := d+e <= bulkMemory
		charge := int64(n >> byteShift)
		switch op {
		case "copy":
			if inBounds = inBounds && s+e <= bulkMemory; inBounds {
				copy(want[d:d+e], want[s:s+e])
			}
		case "fill":
			if inBounds {
				copy(want[d:d+e], bytes.Repeat([]byte{byte(src)}, e))
			}
		case "init":
			if inBounds = inBounds && s+e <= segmentSize; inBounds {
				copy(want[d:d+e], segment[s:s+e])
			}
		}
		before := g.used(1000)
		_, err := g.call(op, uint64(dst), uint64(src), uint64(n))
		if (err == nil) != inBounds {
			t.Fatalf("%s(%d, %d, %d): error %v, in bounds %v", op, dst, src, n, err, inBounds)
		}
		if used := g.used(1000) - before; inBounds && used != charge {
			t.Fatalf("%s(%d, %d, %d) used %d, expected %d", op, dst, src, n, used, charge)
		}
		if got, _ := mem.Read(0, bulkMemory); !bytes.Equal(got, want) {
			t.Fatalf("%s(%d, %d, %d): memory differs", op, dst, src, n)
		}
	})
}

func TestDroppedSegments(t *testing.T) {
	t.Parallel()
	g, _ := startMetered(t, bulkGuest(), 1000)
	steps := []struct {
		call string
		args []uint64
		ok   bool
	}{
		{"init", []uint64{0, 0, segmentSize}, true},
		{"init", []uint64{0, 1, segmentSize}, false},
		{"init", []uint64{0, segmentSize + 1, 0}, false},
		{"tinit", []uint64{0, 0, pieceEntries + 100}, true},
		{"tinit", []uint64{0, 1, pieceEntries + 100}, false},
		{"drop", nil, true},
		{"edrop", nil, true},
		{"init", []uint64{0, 0, 1}, false},
		{"init", []uint64{0, 0, pieceBytes}, false},
		{"init", []uint64{0, 0, 0}, true},
		{"init", []uint64{bulkMemory, 0, 0}, true},
		{"init", []uint64{bulkMemory + 1, 0, 0}, false},
		{"tinit", []uint64{0, 0, 1}, false},
		{"tinit", []uint64{0, 0, 0}, true},
	}
	for _, s := range steps {
		if _, err := g.call(s.call, s.args...); (err == nil) != s.ok {
			t.Errorf("%s%v: error %v, expected success %v", s.call, s.args, err, s.ok)
		}
	}
}

// Random table operations leave the same entries empty as in an unmetered guest, and trap when it does.
func TestBulkTablesAreTheSame(t *testing.T) {
	t.Parallel()
	metered, _ := startMetered(t, bulkGuest(), 1000)
	plain := start(t, bulkGuest().bytes())
	at := rapid.SampledFrom([]uint64{0, 1, 7, 1000, pieceEntries - 1, pieceEntries, pieceEntries + 1, 2 * pieceEntries,
		bulkTable - 1, bulkTable, bulkTable + 1, 1<<32 - 1})
	rapid.Check(t, func(t *rapid.T) {
		op := rapid.SampledFrom([]string{"tcopy", "tcopy", "tcopy2", "tinit", "tfill"}).Draw(t, "op")
		args := []uint64{at.Draw(t, "dst"), at.Draw(t, "src"), at.Draw(t, "n")}
		before := metered.used(1000)
		_, wantErr := plain.call(op, args...)
		_, err := metered.call(op, args...)
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("%s%v: error %v, unmetered %v", op, args, err, wantErr)
		}
		if used := metered.used(1000) - before; err == nil && used != int64(args[2]>>entryShift) {
			t.Fatalf("%s%v used %d", op, args, used)
		}
		for range 20 {
			i := rapid.Uint64Range(0, bulkTable-1).Draw(t, "entry")
			want, _ := plain.call("null", i)
			got, _ := metered.call("null", i)
			if got[0] != want[0] {
				t.Fatalf("after %s%v, entry %d is null: %d, unmetered %d", op, args, i, got[0], want[0])
			}
		}
	})
}

func TestTableGrowIsLimited(t *testing.T) {
	t.Parallel()
	g, _ := startMetered(t, bulkGuest(), 1000)
	for _, tt := range []struct {
		delta uint64
		want  uint32
	}{
		{0, bulkTable},
		{100, bulkTable},
		{maxTableGrow, 1<<32 - 1},
		{1<<32 - 1, 1<<32 - 1},
		{maxTableGrow - bulkTable - 100, bulkTable + 100},
		{1, 1<<32 - 1},
		{0, maxTableGrow},
	} {
		if got, err := g.call("tgrow", tt.delta); err != nil || uint32(got[0]) != tt.want {
			t.Errorf("grow by %d: %d, %v; expected %d", tt.delta, got, err, tt.want)
		}
	}
}

// A long instruction ticks on the way.
func TestBulkIsCut(t *testing.T) {
	t.Parallel()
	for _, op := range []string{"copy", "fill"} {
		b := withTick()
		b.memory(1024, 1024)
		sub := code{}.localGet(0).localGet(1).localGet(2).misc(0x0a, 0, 0)
		if op == "fill" {
			sub = code{}.localGet(0).localGet(1).localGet(2).misc(0x0b, 0)
		}
		b.export("run", kindFunc, b.fn(b.typ("\x7f\x7f\x7f", ""), 0, sub))
		g, _ := startMetered(t, b, 20_000)
		const n = 63 << 20
		begin := time.Now()
		if _, err := g.call("run", 1<<20, 0, n); err != nil {
			t.Fatal(err)
		}
		if want := (n>>byteShift - 1) / 20_000; g.ticks < want-1 || g.ticks > want {
			t.Errorf("%s: %d ticks, expected %d", op, g.ticks, want)
		}
		t.Logf("%s of 63 MiB: %v, longest time without a tick %v", op, time.Since(begin), g.longest)
	}
}
