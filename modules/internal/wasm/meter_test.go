package wasm

import (
	"fmt"
	"strings"
	"testing"
)

// countdown is the code of a loop that runs body, local 0 times.
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
				if want := int(n-1) / int(quantum); g.ticks != want {
					t.Errorf("%d ticks, expected %d", g.ticks, want)
				}
				if used := g.used(quantum); used != int64(n) {
					t.Errorf("used %d, expected %d", used, n)
				}
			})
		}
	}
}

// The results of code with checks in it are those of the same code without.
func TestMeteredCodeComputesTheSame(t *testing.T) {
	t.Parallel()
	const i32, i64 = "\x7f", "\x7e"
	tests := []struct {
		name  string
		build func(b *builder) uint32 // returns a function (i32)->(i32)
		used  int64                   // for the argument 10
	}{
		{"loop with parameters and results", func(b *builder) uint32 {
			// sum = 0; do sum += n while --n; with the sum on the stack
			loop := b.typ(i32, i32)
			c := appendS64(code{}.i32(0).op(opLoop), int64(loop))
			return b.fn(b.typ(i32, i32), 0, code(c).localGet(0).op(opAdd).
				localGet(0).i32(1).op(opSub).localTee(0).brIf(0).op(opEnd))
		}, 10},
		{"loop with a result", func(b *builder) uint32 {
			return b.fn(b.typ(i32, i32), 1, code{}.op(opLoop, i32T).
				localGet(1).localGet(0).op(opAdd).localSet(1).
				localGet(0).i32(1).op(opSub).localTee(0).brIf(0).localGet(1).op(opEnd))
		}, 10},
		{"loop in dead code", func(b *builder) uint32 {
			return b.fn(b.typ(i32, i32), 0, code{}.localGet(0).op(opReturn, opLoop, blockEmpty).br(0).op(opEnd))
		}, 0},
		{"recursion", func(b *builder) uint32 {
			// f(n) = n ? f(n-1) + n : 0
			f := b.declare(b.typ(i32, i32))
			b.define(f, 0, code{}.localGet(0).op(opIf, i32T).
				localGet(0).i32(1).op(opSub).call(f).localGet(0).op(opAdd).
				op(opElse).i32(0).op(opEnd))
			return f
		}, 11 + 10}, // 11 entries, 10 returns
		{"mutual recursion", func(b *builder) uint32 {
			f, g := b.declare(b.typ(i32, i32)), b.declare(b.typ(i32, i32))
			body := func(other uint32) code {
				return code{}.localGet(0).op(opIf, i32T).
					localGet(0).i32(1).op(opSub).call(other).i32(1).op(opAdd).
					op(opElse).i32(7).op(opEnd)
			}
			b.define(f, 0, body(g))
			b.define(g, 0, body(f))
			return f
		}, 6 + 5}, // one of the two is charged: for n = 10, 8, … 0, with a check on 5 returns to the other
		{"tail recursion", func(b *builder) uint32 {
			f := b.declare(b.typ(i32+i32, i32))
			b.define(f, 0, code{}.localGet(0).op(opEqz, opIf, blockEmpty).localGet(1).op(opReturn, opEnd).
				localGet(0).i32(1).op(opSub).localGet(0).localGet(1).op(opAdd).idx(0x12, f))
			return b.fn(b.typ(i32, i32), 0, code{}.localGet(0).i32(0).call(f))
		}, 10 + 1}, // and one after the call, as little is known of a function that ends in a tail call
		{"indirect recursion", func(b *builder) uint32 {
			b.table(1, 100)
			typ := b.typ(i32, i32)
			f := b.declare(typ)
			b.define(f, 0, code{}.localGet(0).op(opIf, i32T).
				localGet(0).i32(1).op(opSub).i32(0).idx(0x11, typ).op(0).localGet(0).op(opAdd).
				op(opElse).i32(0).op(opEnd))
			b.elem(false, f)
			return f
		}, 10},
		{"branches over a loop", func(b *builder) uint32 {
			return b.fn(b.typ(i32, i32), 0, code{}.op(opBlock, blockEmpty, opBlock, blockEmpty, opBlock, blockEmpty).
				localGet(0).op(0x0e, 2, 0, 1, 2, opEnd).
				op(opLoop, blockEmpty, opEnd, opEnd).
				op(opLoop, blockEmpty, opEnd, opEnd).
				localGet(0).i32(3).op(opAdd))
		}, 0},
		{"i64 locals", func(b *builder) uint32 {
			f := b.fn(b.typ(i64, i64), 3, code{}.localGet(0).op(opLoop, blockEmpty, opEnd))
			return b.fn(b.typ(i32, i32), 0, code{}.localGet(0).op(opExtendU).call(f).op(0xa7))
		}, 1},
		{"exception", func(b *builder) uint32 {
			tag := add(&b.tags, appendU32([]byte{0}, b.typ(i32, "")))
			thrower := b.fn(b.typ(i32, ""), 0, code{}.localGet(0).idx(0x08, tag))
			return b.fn(b.typ(i32, i32), 0, code{}.
				op(opBlock, i32T).
				op(0x1f, blockEmpty, 1, 0, byte(tag), 0). // try_table (catch tag 0)
				localGet(0).call(thrower).op(opEnd).
				i32(99).op(opEnd).
				i32(1).op(opAdd))
		}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := withTick()
			b.export("run", kindFunc, tt.build(b))
			plain := start(t, b.bytes())
			metered, report := startMetered(t, b, 1<<20)
			for _, arg := range []uint64{10, 1, 2, 0} {
				if arg == 0 && report.Loops > 0 && strings.HasPrefix(tt.name, "loop with") {
					continue // counts down from zero for ever
				}
				want, wantErr := plain.call("run", arg)
				got, err := metered.call("run", arg)
				if (err == nil) != (wantErr == nil) || fmt.Sprint(got) != fmt.Sprint(want) {
					t.Errorf("run(%d) = %v, %v; unmetered %v, %v", arg, got, err, want, wantErr)
				}
				if used := metered.used(1 << 20); arg == 10 && used != tt.used {
					t.Errorf("used %d, expected %d (%+v)", used, tt.used, report)
				}
			}
		})
	}
}

// Code that never ends is ended by its host.
func TestEndlessCodeIsStopped(t *testing.T) {
	t.Parallel()
	const i32 = "\x7f"
	tests := map[string]func(b *builder) uint32{ // each returns a function ()->()
		"loop": func(b *builder) uint32 {
			return b.fn(b.typ("", ""), 0, code{}.op(opLoop, blockEmpty).br(0).op(opEnd))
		},
		"loop with parameters": func(b *builder) uint32 {
			c := appendS64(code{}.i32(0).op(opLoop), int64(b.typ(i32, i32)))
			return b.fn(b.typ("", ""), 0, code(c).br(0).op(opEnd, opDrop))
		},
		// 2^62 calls, never more than 63 deep.
		"double recursion": func(b *builder) uint32 {
			f := b.declare(b.typ(i32, ""))
			again := code{}.localGet(0).i32(1).op(opSub).call(f)
			b.define(f, 0, append(append(code{}.localGet(0).op(opIf, blockEmpty), again...), again...).op(opEnd))
			return b.fn(b.typ("", ""), 0, code{}.i32(62).call(f))
		},
		// The loop is there, but never reached: it must not count as a check.
		"double recursion around a loop": func(b *builder) uint32 {
			f := b.declare(b.typ(i32, ""))
			again := code{}.localGet(0).i32(1).op(opSub).call(f)
			c := code{}.op(opBlock, blockEmpty).localGet(0).brIf(0).op(opLoop, blockEmpty, opEnd, opEnd)
			c = append(c, code{}.localGet(0).op(opIf, blockEmpty)...)
			b.define(f, 0, append(append(c, again...), again...).op(opEnd))
			return b.fn(b.typ("", ""), 0, code{}.i32(62).call(f))
		},
		"double mutual recursion": func(b *builder) uint32 {
			fs := []uint32{b.declare(b.typ(i32, "")), b.declare(b.typ(i32, "")), b.declare(b.typ(i32, ""))}
			for i, f := range fs {
				next := code{}.localGet(0).i32(1).op(opSub).call(fs[(i+1)%3])
				b.define(f, 0, append(append(code{}.localGet(0).op(opIf, blockEmpty), next...), next...).op(opEnd))
			}
			return b.fn(b.typ("", ""), 0, code{}.i32(62).call(fs[0]))
		},
		"double indirect recursion": func(b *builder) uint32 {
			b.table(1, 100)
			typ := b.typ(i32, "")
			again := code{}.localGet(0).i32(1).op(opSub).i32(0).idx(0x11, typ).op(0)
			f := b.fn(typ, 0, append(append(code{}.localGet(0).op(opIf, blockEmpty), again...), again...).op(opEnd))
			b.elem(false, f)
			return b.fn(b.typ("", ""), 0, code{}.i32(62).call(f))
		},
		// No recursion and no loop: 40 functions that each call the next one twice.
		"exponential calls": func(b *builder) uint32 {
			f := b.fn(b.typ("", ""), 0, code{}.i32(1).op(opDrop))
			for range 40 {
				f = b.fn(b.typ("", ""), 0, code{}.call(f).call(f))
			}
			return f
		},
		"exponential indirect calls": func(b *builder) uint32 {
			b.table(41, 100)
			typ := b.typ("", "")
			fs := []uint32{b.fn(typ, 0, nil)}
			for i := range 40 {
				c := code{}.i32(int32(i)).idx(0x11, typ).op(0)
				fs = append(fs, b.fn(typ, 0, append(c, c...)))
			}
			b.elem(false, fs...)
			return fs[40]
		},
		"tail call": func(b *builder) uint32 {
			f := b.declare(b.typ("", ""))
			b.define(f, 0, code{}.idx(0x12, f))
			return f
		},
		"indirect tail call": func(b *builder) uint32 {
			b.table(1, 100)
			f := b.fn(b.typ("", ""), 0, code{}.i32(0).idx(0x13, b.typ("", "")).op(0))
			b.elem(false, f)
			return f
		},
		"tail call by reference": func(b *builder) uint32 {
			f := b.declare(b.typ("", ""))
			b.define(f, 0, code{}.idx(0xd2, f).idx(0x15, b.typ("", "")))
			b.elem(true, f)
			return f
		},
		"calls by reference": func(b *builder) uint32 {
			f := b.declare(b.typ(i32, ""))
			again := code{}.localGet(0).i32(1).op(opSub).idx(0xd2, f).idx(0x14, b.typ(i32, ""))
			b.define(f, 0, append(append(code{}.localGet(0).op(opIf, blockEmpty), again...), again...).op(opEnd))
			b.elem(true, f)
			return b.fn(b.typ("", ""), 0, code{}.i32(62).call(f))
		},
		"fill": func(b *builder) uint32 {
			b.memory(512, 512)
			c := code{}
			for range 1000 {
				c = c.i32(0).i32(1).i32(32<<20).misc(0x0b, 0)
			}
			return b.fn(b.typ("", ""), 0, c)
		},
		// Each iteration throws to the header of its own loop, and never branches.
		"exceptions": func(b *builder) uint32 {
			tag := add(&b.tags, appendU32([]byte{0}, b.typ("", "")))
			return b.fn(b.typ("", ""), 0, code{}.op(opLoop, blockEmpty).
				op(0x1f, blockEmpty, 1, 0, byte(tag), 0).idx(0x08, tag).op(opEnd, opEnd))
		},
	}
	for name, build := range tests {
		for _, untrusted := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s,untrusted=%v", name, untrusted), func(t *testing.T) {
				t.Parallel()
				b := withTick()
				b.export("run", kindFunc, build(b))
				mustDie(t, b, "run", MeterConfig{Quantum: 1000, Untrusted: untrusted, HostTick: ImportName{"env", "tick"}})
			})
		}
	}
}

// Code without loops and calls, but so long that it takes a while, gets checks too.
func TestLongCodeIsCut(t *testing.T) {
	t.Parallel()
	b := withTick()
	c := code{}.i32(1)
	for range 200_000 {
		c = c.i32(7).op(0x6d).i32(3).op(opAdd) // division
	}
	b.export("run", kindFunc, b.fn(b.typ("", ""), 0, c.op(opDrop)))
	g, report := startMetered(t, b, 1)
	if _, err := g.call("run"); err != nil {
		t.Fatal(err)
	}
	if want := 200_000 * 18 / maxStretch; report.Lines < want || report.Lines > want+2 || g.ticks < want-1 {
		t.Errorf("%d checks, %d ticks, expected about %d", report.Lines, g.ticks, want)
	}
}

// A check on one side of a branch is no check on the other.
func TestSkippedChecksDoNotCount(t *testing.T) {
	t.Parallel()
	b := withTick()
	work := code{}
	for range maxStretch / 100 {
		work = work.i32(7).i32(7).op(0x6d, opDrop)
	}
	c := code{}
	for range 50 {
		// if (param) { loop {} } work
		c = append(c.localGet(0).op(opIf, blockEmpty, opLoop, blockEmpty, opEnd, opEnd), work...)
	}
	b.export("run", kindFunc, b.fn(b.typ("\x7f", ""), 0, c))
	_, report, err := Meter(b.bytes(), MeterConfig{})
	if err != nil {
		t.Fatal(err)
	}
	if want := 50 * 18 / 100; report.Lines < want-1 {
		t.Errorf("%d checks in the code, expected %d", report.Lines, want)
	}
}

func TestTickMayLoop(t *testing.T) {
	t.Parallel()
	b := &builder{}
	tick := b.importFunc("env", "tick", b.typ("", ""))
	b.export("vivarium_tick", kindFunc, b.fn(b.typ("", ""), 1, code{}.call(tick).i32(50).localSet(0).
		op(opLoop, blockEmpty).localGet(0).i32(1).op(opSub).localTee(0).brIf(0).op(opEnd)))
	b.export("run", kindFunc, b.fn(b.typ("\x7f", ""), 0, countdown()))
	g, _ := startMetered(t, b, 100)
	if _, err := g.call("run", 1000); err != nil {
		t.Fatal(err)
	}
	if want := int64(1000 + 50*g.ticks); g.used(100) != want || g.ticks != 18 {
		t.Errorf("used %d in %d ticks, expected %d in 18", g.used(100), g.ticks, want)
	}
}

// The host sees the overdraw in the global, and may change the global during the tick.
func TestHostSetsFuelDuringTick(t *testing.T) {
	t.Parallel()
	b := withTick()
	b.export("run", kindFunc, b.fn(b.typ("\x7f", ""), 0, countdown()))
	g, _ := startMetered(t, b, 100)
	granted := int64(100)
	g.onTick = func(g *guest) {
		const next = 10
		left := g.fuel() - 100 // before the refill that came with this tick
		if left > 0 {
			t.Errorf("tick with %d fuel left", left)
		}
		g.setFuel(left + next)
		granted += next
	}
	if _, err := g.call("run", 500); err != nil {
		t.Fatal(err)
	}
	if used := granted - int64(g.fuel()); used != 500 || g.ticks != 40 {
		t.Errorf("used %d in %d ticks, expected 500 in 40", used, g.ticks)
	}
}

func TestMeterRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		build func() []byte
		cfg   MeterConfig
		want  string
	}{
		{"empty", func() []byte { return nil }, MeterConfig{}, "section header, offset 0x0: not a WebAssembly 1 module"},
		{"no tick", func() []byte { return (&builder{}).bytes() }, MeterConfig{}, `does not export "vivarium_tick"`},
		{"tick of another kind", func() []byte {
			b := &builder{}
			b.memory(1, 1)
			return b.bytes()
		}, MeterConfig{TickExport: "memory"}, `export "memory" is a memory`},
		{"tick of another type", func() []byte {
			b := &builder{}
			b.export("vivarium_tick", kindFunc, b.fn(b.typ("\x7f", "\x7e"), 0, code{}.i64(0)))
			return b.bytes()
		}, MeterConfig{}, `has type (i32)->(i64), expected ()->()`},
		{"metered twice", func() []byte {
			out, _, err := Meter(withTick().bytes(), MeterConfig{})
			if err != nil {
				t.Fatal(err)
			}
			return out
		}, MeterConfig{}, `already exports "vivarium_fuel"`},
		{"quantum", withTick().bytes, MeterConfig{Quantum: 1<<30 + 1}, "Quantum 1073741825"},
		{"untrusted without host tick", withTick().bytes, MeterConfig{Untrusted: true}, "needs HostTick"},
		{"host tick not imported", withTick().bytes, MeterConfig{HostTick: ImportName{"a", "b"}}, `does not import the function "a" "b"`},
		{"host tick not called", func() []byte {
			b := &builder{}
			b.importFunc("env", "tick", b.typ("", ""))
			b.export("vivarium_tick", kindFunc, b.fn(b.typ("", ""), 0, nil))
			return b.bytes()
		}, MeterConfig{HostTick: ImportName{"env", "tick"}}, `must begin with a call of the import "env" "tick"`},
		{"host tick called under a condition", func() []byte {
			b := &builder{}
			tick := b.importFunc("env", "tick", b.typ("", ""))
			b.export("vivarium_tick", kindFunc, b.fn(b.typ("", ""), 0, code{}.i32(0).op(opIf, blockEmpty).call(tick).op(opEnd)))
			return b.bytes()
		}, MeterConfig{HostTick: ImportName{"env", "tick"}}, "must begin with a call"},

		// What is about to be added must be out of reach.
		{"the fuel global", withCode(code{}.globalGet(0).op(opDrop)), MeterConfig{}, "global 0 out of range, there are 0"},
		{"a helper function", withCode(code{}.call(3)), MeterConfig{}, "function 3 out of range, there are 3"},
		{"a new type", withCode(code{}.op(opBlock).op(2, opEnd)), MeterConfig{}, "block type 2 out of range"},
		{"a new local", withCode(code{}.i32(0).i32(0).i32(0).misc(0x0b, 0).localGet(1).op(opDrop)), MeterConfig{}, "local 1 out of range"},

		// wazero reads fd 8c as one opcode, the standard as v128.const with 16 bytes after it.
		{"padded vector opcode", withCode(code{}.op(0xfd, 0x8c, 0, opLoop, blockEmpty)), MeterConfig{}, "unknown instruction, prefix 0xfd"},
		{"padded misc opcode", withCode(code{}.op(0xfc, 0x89, 0, 0)), MeterConfig{}, "unknown instruction, prefix 0xfc"},
		{"unknown opcode", withCode(code{}.op(0xc5)), MeterConfig{}, "unknown instruction 0xc5"},
		{"atomic wait", withCode(code{}.op(0xfe, 1, 0, 0)), MeterConfig{}, "memory.atomic.wait is not supported"},
		{"branch too far", withCode(code{}.br(1)), MeterConfig{}, "label 1 out of range"},
		{"unbalanced", withCode(code{}.op(opBlock, blockEmpty)), MeterConfig{}, "ends inside a block"},
		{"code after the end", withCode(code{}.op(opEnd, 1)), MeterConfig{}, "code after the end"},
		{"else without if", withCode(code{}.op(opBlock, blockEmpty, opElse, opEnd)), MeterConfig{}, "else without if"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := Meter(tt.build(), tt.cfg)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got error %v, expected %q", err, tt.want)
			}
		})
	}
}

// withCode makes a module with a function (i32)->() of the given code, which need not be valid.
func withCode(c code) func() []byte {
	b := withTick()
	b.memory(1, 1)
	b.export("run", kindFunc, b.fn(b.typ("\x7f", ""), 0, c))
	return b.bytes
}
