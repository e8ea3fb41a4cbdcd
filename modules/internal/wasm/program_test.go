package wasm

import (
	"strings"
	"testing"

	"github.com/tetratelabs/wazero/api"
	"pgregory.net/rapid"
)

// program draws random modules that end: loops count down, and calls carry a depth that goes down.
type program struct {
	t     *rapid.T
	funcs []uint32
	typ   uint32 // (i32 depth, i32)->(i32), the type of all functions
	steps uint32 // global that counts statements
	size  int    // statements left
	self  int    // the function being drawn
	calm  bool   // no recursion, few loops: long paths without checks
}

// Locals of each function.
const (
	pDepth = iota
	pArg
	pVar
	pCounter  // and up: one per nested loop
	pMaxLoops = 3
)

func drawProgram(t *rapid.T, calm bool) []byte {
	b := withTick()
	b.memory(2, 4)
	b.table(8, 8)
	p := &program{t: t, typ: b.typ("\x7f\x7f", "\x7f"), size: 120, calm: calm}
	if calm {
		p.size = 400
	}
	segment := b.data(true, 0, string(pattern(3000, 5)))
	p.steps = b.global(i32T, code{}.i32(0))
	b.export("steps", kindGlobal, p.steps)
	for range rapid.IntRange(1, 5).Draw(t, "functions") {
		p.funcs = append(p.funcs, b.declare(p.typ))
	}
	for i, f := range p.funcs {
		p.self = i
		c := code{}.localGet(pDepth).op(opEqz, opIf, blockEmpty).localGet(pArg).op(opReturn, opEnd)
		c = append(c, p.block(0, 0, segment)...)
		if !calm && rapid.IntRange(0, 4).Draw(t, "tail") == 0 {
			c = p.args(c).idx(0x12, p.callee())
		} else {
			c = c.localGet(pVar)
		}
		b.define(f, 1+pMaxLoops, c)
	}
	var entries []uint32
	for i := range 8 {
		entries = append(entries, p.funcs[i%len(p.funcs)])
	}
	b.elem(false, entries...)
	start := code{}
	if calm { // this spends the fuel that the module starts with, 1, so that the first check ticks
		start = start.i32(0).i32(0).i32(64).misc(0x0b, 0)
	}
	b.export("run", kindFunc, b.fn(b.typ("", "\x7f"), 0, start.i32(4).i32(11).call(p.funcs[0])))
	return b.bytes()
}

func (p *program) callee() uint32 { return rapid.SampledFrom(p.funcs).Draw(p.t, "callee") }

func (p *program) args(c code) code {
	return c.localGet(pDepth).i32(1).op(opSub).localGet(pVar)
}

// block draws statements. labels is the number of blocks around it that may be left, loops that of loops.
func (p *program) block(labels, loops uint32, segment uint32) code {
	c := code{}
	most := 6
	if p.calm {
		most = 20
	}
	for range rapid.IntRange(0, most).Draw(p.t, "statements") {
		if p.size--; p.size < 0 {
			return c
		}
		c = c.globalGet(p.steps).i32(1).op(opAdd).globalSet(p.steps)
		c = append(c, p.statement(labels, loops, segment)...)
	}
	return c
}

func (p *program) statement(labels, loops, segment uint32) code {
	small := func(name string) int32 { return int32(rapid.IntRange(0, 2000).Draw(p.t, name)) }
	bulk := func(c code) code {
		n := rapid.SampledFrom([]int32{0, 1, 63, 64, smallBulk, smallBulk + 1, 50_000}).Draw(p.t, "n")
		return c.i32(small("dst")).i32(small("src")).i32(n)
	}
	set := func(c code) code { return c.localGet(pVar).i32(31).op(0x6c, opAdd).localSet(pVar) }
	kinds := 12
	if labels > 0 {
		kinds = 15
	}
	kind := rapid.IntRange(0, kinds).Draw(p.t, "kind")
	if p.calm && kind > 5 && kind != 7 && kind != 13 && rapid.IntRange(0, 9).Draw(p.t, "wild") > 0 {
		kind = 4
	}
	switch kind {
	case 0, 1:
		return set(code{}.localGet(pArg))
	case 2:
		return code{}.i32(small("address")).localGet(pVar).op(0x36, 0, 0)
	case 3:
		return set(code{}.i32(small("address")).op(0x28, 0, 0))
	case 4:
		callee := p.callee()
		if p.calm {
			if p.self == len(p.funcs)-1 {
				return nil
			}
			callee = rapid.SampledFrom(p.funcs[p.self+1:]).Draw(p.t, "later")
		}
		return set(p.args(code{}).call(callee))
	case 5:
		if p.calm {
			return nil
		}
		i := int32(rapid.IntRange(0, 7).Draw(p.t, "entry"))
		return set(p.args(code{}).i32(i).idx(0x11, p.typ).op(0))
	case 6:
		return append(append(code{}.op(opBlock, blockEmpty), p.block(labels+1, loops, segment)...), opEnd)
	case 7, 8:
		c := append(code{}.localGet(pVar).i32(1<<rapid.IntRange(0, 5).Draw(p.t, "bit")).op(0x71, opIf, blockEmpty),
			p.block(labels+1, loops, segment)...)
		if rapid.Bool().Draw(p.t, "else") {
			c = append(c.op(opElse), p.block(labels+1, loops, segment)...)
		}
		return c.op(opEnd)
	case 9:
		if loops == pMaxLoops {
			return nil
		}
		n := pCounter + loops
		c := code{}.i32(int32(rapid.IntRange(1, 4).Draw(p.t, "times"))).localSet(n).op(opBlock, blockEmpty, opLoop, blockEmpty).
			localGet(n).op(opEqz).brIf(1).localGet(n).i32(1).op(opSub).localSet(n)
		return append(c, p.block(labels+2, loops+1, segment)...).br(0).op(opEnd, opEnd)
	case 10:
		return bulk(nil).misc(0x0a, 0, 0)
	case 11:
		return bulk(nil).misc(0x0b, 0)
	case 12:
		n := rapid.SampledFrom([]int32{0, 70, 1000, 1001}).Draw(p.t, "n") // at worst out of bounds by one
		return code{}.i32(small("dst")).i32(small("src")).i32(n).misc(0x08, segment, 0)
	case 13:
		return code{}.localGet(pVar).i32(64).op(0x71).brIf(p.label(labels))
	case 14:
		c := code{}.localGet(pVar).i32(7).op(0x71, 0x0e, 2)
		for range 3 {
			c = appendU32(c, p.label(labels))
		}
		return append(c, code{}.op(0)...)
	default:
		return code{}.br(p.label(labels))
	}
}

func (p *program) label(labels uint32) uint32 {
	return rapid.Uint32Range(0, labels-1).Draw(p.t, "label")
}

// Whatever the distance of checks, programs do the same with and without them, and always use the same fuel.
func TestRandomPrograms(t *testing.T) {
	t.Parallel()
	c := newComparer(t)
	c.limit = 10_000
	compared, failed := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		module := drawProgram(rt, rapid.Bool().Draw(rt, "calm"))
		if !c.accepts(module) {
			rt.Fatal("wazero refuses the program")
		}
		cfg := MeterConfig{Quantum: 10, Untrusted: rapid.Bool().Draw(rt, "untrusted"), HostTick: ImportName{"env", "tick"}}
		stretch := rapid.SampledFrom([]int32{10, 60, 300, 5000, maxStretch}).Draw(rt, "stretch")
		out, _, err := meter(module, cfg, stretch)
		if err != nil {
			rt.Fatal(err)
		}
		if again, _, _ := meter(module, cfg, stretch); string(again) != string(out) {
			rt.Fatal("metering is not deterministic")
		}
		if !c.accepts(out) {
			rt.Fatal("wazero refuses the metered program")
		}
		names := []string{"run"}
		metered := c.outcome(c.metered, out, names, true)
		ticks := c.ticks
		if again := c.outcome(c.metered, out, names, true); (again == nil) != (metered == nil) || c.ticks != ticks {
			rt.Fatalf("%d ticks, then %d", ticks, c.ticks)
		}
		if metered == nil {
			return
		}
		compared++
		plain := c.outcome(c.plain, module, names, true)
		if strings.HasSuffix(string(plain[0]), "failed") {
			failed++
		}
		for i := range plain {
			if string(plain[i]) != string(metered[i]) {
				rt.Fatalf("outcome %d differs: %.60q, unmetered %.60q", i, metered[i], plain[i])
			}
		}
	})
	t.Logf("%d programs compared, %d of them trap", compared, failed)
	if compared <= 2*failed {
		t.Error("too few programs end well")
	}
}

// The promise of an untrusted module's meter, with a small distance so that it is easy to miss: no path
// between two checks is longer. Programs count their own statements; with a quantum of 1, each check ticks.
func TestStretchIsKept(t *testing.T) {
	t.Parallel()
	const (
		stretch      = 400
		statement    = 4            // the least weight of a statement: that of counting it
		mayBeMissing = 2 * opWeight // the two ends of a stretch are within one instruction each
	)
	c := newComparer(t)
	c.limit = 10_000
	longest := int32(0)
	rapid.Check(t, func(rt *rapid.T) {
		cfg := MeterConfig{Quantum: 1, Untrusted: true, HostTick: ImportName{"env", "tick"}}
		out, _, err := meter(drawProgram(rt, true), cfg, stretch)
		if err != nil {
			rt.Fatal(err)
		}
		last := int32(0)
		c.onTick = func(mod api.Module) {
			steps := api.DecodeI32(mod.ExportedGlobal("steps").Get())
			longest = max(longest, steps-last)
			if (steps-last)*statement > stretch+mayBeMissing {
				rt.Fatalf("%d statements without a check", steps-last)
			}
			last = steps
		}
		c.outcome(c.metered, out, []string{"run"}, true)
	})
	t.Logf("at most %d statements between checks", longest)
	// A statement weighs three times its least, or more. In short mode there are only a few programs.
	if longest*statement < stretch/16 && !testing.Short() {
		t.Error("the programs are too tame to tell")
	}
}

const opWeight = 15 // of the most expensive instruction of a program, but for calls
