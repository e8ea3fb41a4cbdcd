package wasm

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// MeterConfig says how a module is metered.
type MeterConfig struct {
	// TickExport names the function, of type ()->(), that the module exports and that is called each time
	// the fuel is used up. Default "vivarium_tick".
	TickExport string

	// FuelExport is the name under which the added fuel counter is exported. Default "vivarium_fuel".
	FuelExport string

	// Quantum is the fuel between two ticks, at most 1<<30. Default 20,000. Below 4,096, a piece of a long
	// memory.copy costs more than a quantum, so that several ticks in a row follow it.
	Quantum uint32

	// Untrusted says that the module may have been made to escape its meter. Then HostTick must be set, and
	// there is a check after each indirect call, too: otherwise a very deep stack could be unwound without
	// one. An interpreter that limits its own recursion, as CPython does, does not need that.
	Untrusted bool

	// HostTick names the imported function through which a tick reaches the host. If it is set, Meter fails
	// unless the tick export calls it before anything else: metering is worth nothing if the tick export does
	// not call the host. Default none.
	HostTick ImportName
}

// ImportName names an import.
type ImportName struct{ Module, Name string }

func (c MeterConfig) withDefaults() MeterConfig {
	c.TickExport = cmp.Or(c.TickExport, "vivarium_tick")
	c.FuelExport = cmp.Or(c.FuelExport, "vivarium_fuel")
	c.Quantum = cmp.Or(c.Quantum, 20_000)
	return c
}

// MeterReport counts what Meter did.
type MeterReport struct {
	Functions     int `json:"functions"`      // of the module itself
	Loops         int `json:"loops"`          // each has a check at its header
	Entries       int `json:"entries"`        // functions with a check at entry, because they recurse
	IndirectCalls int `json:"indirect_calls"` // checks before and after them
	TailCalls     int `json:"tail_calls"`     // each has a check before
	Returns       int `json:"returns"`        // direct recursive calls with a check after
	Lines         int `json:"lines"`          // checks in long code without loops
	Catches       int `json:"catches"`        // checks where an exception lands
	Bulk          int `json:"bulk"`           // charged and chunked instructions
	Helpers       int `json:"helpers"`        // functions added
	SizeBefore    int `json:"size_before"`
	SizeAfter     int `json:"size_after"`
}

// Meter returns module rewritten so that it counts its work and regularly calls its host.
//
// # Fuel
//
// The result has one more global, fuel, a mutable i32 that its own code cannot name. It starts at Quantum and
// goes down. A check looks whether it is 0 or less; while it is, the check adds Quantum and *then* calls the
// tick export; in the end it takes 1. The order matters: the tick is metered like all other code, and would
// otherwise call itself for ever.
//
// Adding, not setting, keeps what a bulk instruction took below zero. When the tick is called, fuel holds
// Quantum minus that overdraw. So, at any time and also during a tick, the fuel used is exactly the sum of
// all grants minus the present value of the global. The grants are the initial Quantum (or what the host set
// instead) and one Quantum for each call of the tick export. A host that wants the next tick sooner or later
// adds to the global during the tick, and counts what it added, which may be negative, as a grant.
//
// The amounts are constants in the code or writes by the host; guest memory has no influence on them.
//
// A tick may come in the middle of anything the guest does, such as malloc. It must do no more than a
// signal handler may.
//
// # Where the checks are
//
//   - at the header of each loop;
//   - before each indirect call that the function can reach without passing another check, and, if the module
//     is untrusted, before and after all of them;
//   - before each tail call;
//   - at the entry of enough functions for every cycle of direct calls to have one, and after calls that
//     lead back into such a cycle;
//   - where an exception lands;
//   - wherever else the longest path since the last check, calls included, could exceed [maxStretch].
//
// memory.copy, memory.fill, memory.init, table.copy, table.fill and table.init cost 1 per 64 bytes, or per 8
// table entries, and run in pieces of at most 256 KiB with a check before each; they still trap before
// anything is written if the whole range is not in bounds. table.grow costs the same and fails beyond
// [maxTableGrow] entries, as the standard lets it.
//
// The result has the same functions, types and globals at the same indices; what is new comes after them.
// Custom sections are dropped, as their offsets would no longer fit.
func Meter(module []byte, cfg MeterConfig) ([]byte, MeterReport, error) {
	return meter(module, cfg, maxStretch)
}

// meter is Meter for a given longest path without a check.
func meter(module []byte, cfg MeterConfig, stretch int32) ([]byte, MeterReport, error) {
	cfg = cfg.withDefaults()
	report := MeterReport{SizeBefore: len(module)}
	if cfg.Quantum > 1<<30 {
		return nil, report, fmt.Errorf("wasm: MeterConfig.Quantum %d is above %d", cfg.Quantum, 1<<30)
	}
	m, err := parse(module)
	if err != nil {
		return nil, report, err
	}
	p := &meterPass{m: m, cfg: cfg, stretch: stretch, report: &report}
	if err := p.resolve(); err != nil {
		return nil, report, err
	}
	if err := p.scan(); err != nil {
		return nil, report, err
	}
	if err := p.rewriteAll(); err != nil {
		return nil, report, err
	}
	out := p.assemble()
	report.Functions = len(m.bodies)
	report.Helpers = len(p.helpers)
	report.SizeAfter = len(out)
	return out, report, nil
}

// meterPass is one run of Meter.
type meterPass struct {
	m       *module
	cfg     MeterConfig
	stretch int32
	report  *MeterReport

	tick      uint32 // function index
	fuel      uint32 // global index
	check     code   // the instructions of one check
	loopCheck code   // the same for the header of a loop without parameters

	newTypes  [][]byte // encodings of types to append
	newTypeOf map[string]uint32
	helpers   []helper
	helperOf  map[string]uint32

	graph     callGraph
	heads     []int32   // weight up to the unconditional first loop of checked functions
	summaries []summary // by own function
	bodies    [][]byte  // rewritten, by own function
}

type helper struct {
	typ  uint32
	body []byte
}

// resolve finds what the configuration names and decides on the indices of what is added.
func (p *meterPass) resolve() error {
	tick, err := p.m.exportedFunc(p.cfg.TickExport)
	if err != nil {
		return err
	}
	p.tick = tick
	if slices.ContainsFunc(p.m.exports, func(e exportEntry) bool { return e.name == p.cfg.FuelExport }) {
		return fmt.Errorf("wasm: the module already exports %q; is it metered already?", p.cfg.FuelExport)
	}
	if p.cfg.Untrusted && p.cfg.HostTick == (ImportName{}) {
		return errors.New("wasm: MeterConfig.Untrusted needs HostTick")
	}
	if want := p.cfg.HostTick; want != (ImportName{}) {
		if err := p.tickReaches(want); err != nil {
			return err
		}
	}
	p.fuel = uint32(len(p.m.globals))
	p.newTypeOf = map[string]uint32{}
	p.helperOf = map[string]uint32{}
	refill := p.refill()
	p.check = code{}.globalGet(p.fuel).i32(0).op(opLeS, opIf, blockEmpty).call(refill).op(opEnd)
	p.check = append(p.check, p.pay()...)
	// In a loop without parameters, the way out of the refill is back to the loop's header. That is the same,
	// but leaves nothing to join after it: the compiler moves the refill out of the way and needs no
	// registers for it, which halves the cost of the check.
	p.loopCheck = code{}.globalGet(p.fuel).i32(0).op(opLeS, opIf, blockEmpty).call(refill).br(1).op(opEnd)
	p.loopCheck = append(p.loopCheck, p.pay()...)
	return nil
}

// exportedFunc finds the exported function of type ()->() with the given name.
func (m *module) exportedFunc(name string) (uint32, error) {
	for _, e := range m.exports {
		if e.name != name {
			continue
		}
		if e.kind != kindFunc {
			return 0, fmt.Errorf("wasm: export %q is a %s, not a function", name, kindName(e.kind))
		}
		if t := m.types[m.funcs[e.index]]; len(t.params)+len(t.results) > 0 {
			return 0, fmt.Errorf("wasm: export %q has type %s, expected ()->()", name, t)
		}
		return e.index, nil
	}
	return 0, fmt.Errorf("wasm: the module does not export %q, a function of type ()->()", name)
}

// tickReaches checks that the tick export cannot but call the named import: it is that import, or a
// function that calls it before it branches, calls or waits for anything else.
func (p *meterPass) tickReaches(want ImportName) error {
	i := slices.IndexFunc(p.m.imports, func(e importEntry) bool {
		return e.module == want.Module && e.name == want.Name && e.kind == kindFunc
	})
	if i < 0 {
		return fmt.Errorf("wasm: the module does not import the function %q %q", want.Module, want.Name)
	}
	host := p.m.imports[i].index
	if p.tick == host {
		return nil
	}
	if own := int(p.tick) - p.m.importedFuncs; own >= 0 {
		r, err := p.m.body(own)
		if err != nil {
			return err
		}
		var in instr
		for r.next(&in) && (in.info.class == constantTime || in.op == opBlock) {
		}
		if r.err != nil {
			return r.err
		}
		if in.op == opcCall && in.x == host {
			return nil
		}
	}
	return fmt.Errorf("wasm: export %q must begin with a call of the import %q %q", p.cfg.TickExport, want.Module, want.Name)
}

// scan reads all function bodies for the call graph, and chooses which functions to charge.
func (p *meterPass) scan() error {
	n := len(p.m.bodies)
	p.graph = callGraph{callees: make([][]int32, n), checked: make([]bool, n)}
	p.heads = make([]int32, n)
	for f := range n {
		if err := p.scanBody(f); err != nil {
			return err
		}
	}
	p.graph.breakCycles()
	return nil
}

func (p *meterPass) scanBody(f int) error {
	r, err := p.m.body(f)
	if err != nil {
		return err
	}
	var (
		in      instr
		callees []int32
		head    int32
	)
	straight := true // nothing yet that could leave the straight path from the entry
	for r.next(&in) {
		switch {
		case in.op == opcCall:
			if callee := int32(in.x) - int32(p.m.importedFuncs); callee >= 0 {
				callees = append(callees, callee)
			}
			straight = false
		case in.op == opLoop && straight:
			p.graph.checked[f] = true
			p.heads[f] = head
			straight = false
		case in.op == opBlock:
		case in.info.class != constantTime:
			straight = false
		}
		if head += int32(in.info.weight); head > p.stretch/2 {
			straight = false
		}
	}
	slices.Sort(callees)
	p.graph.callees[f] = slices.Compact(callees)
	return r.err
}

// rewriteAll rewrites the function bodies, callees first: what a call costs must be known where it is made.
func (p *meterPass) rewriteAll() error {
	p.summaries = make([]summary, len(p.m.bodies))
	for f := range p.summaries {
		// What callers may assume of a function that is not yet rewritten. They only meet it where a check in
		// it bounds recursion.
		p.summaries[f] = summary{through: none, head: p.heads[f], tail: p.stretch}
	}
	p.bodies = make([][]byte, len(p.m.bodies))
	for _, f := range p.graph.calleesFirst() {
		b, err := p.rewrite(int(f))
		if err != nil {
			return err
		}
		p.bodies[f] = b
	}
	return nil
}

// assemble writes the module with everything that was added.
func (p *meterPass) assemble() []byte {
	m := p.m
	out := make([]byte, 0, len(m.raw)+len(m.raw)/4)
	out = append(out, header...)
	for _, id := range sectionOrder {
		var extra []byte // elements to append
		var n uint32     // how many
		switch id {
		case secType:
			n = uint32(len(p.newTypes))
			for _, t := range p.newTypes {
				extra = append(extra, t...)
			}
		case secFunction:
			n = uint32(len(p.helpers))
			for _, h := range p.helpers {
				extra = appendU32(extra, h.typ)
			}
		case secGlobal:
			n = 1
			extra = code{}.op(vI32[0], 1).i32(int32(p.cfg.Quantum)).op(opEnd)
		case secExport:
			n = 1
			extra = appendU32(append(appendName(nil, p.cfg.FuelExport), kindGlobal), p.fuel)
		case secCode:
			out = appendSection(out, id, p.codeSection())
			continue
		}
		s := m.sections[id]
		content := m.raw[s.start:s.end]
		switch {
		case n > 0:
			out = appendSection(out, id, extendVector(content, n, extra))
		case s.present:
			out = appendSection(out, id, content)
		}
	}
	return out
}

// extendVector appends n encoded elements to the content of a section, which is empty if there is none.
func extendVector(content []byte, n uint32, extra []byte) []byte {
	r := &reader{buf: content, end: len(content)}
	var old uint32
	if len(content) > 0 {
		old = r.u32()
	}
	out := appendU32(make([]byte, 0, len(content)+len(extra)+5), old+n)
	return append(append(out, content[r.pos:]...), extra...)
}

func (p *meterPass) codeSection() []byte {
	size := 5
	for _, b := range p.bodies {
		size += len(b) + 5
	}
	out := appendU32(make([]byte, 0, size), uint32(len(p.bodies)+len(p.helpers)))
	add := func(b []byte) {
		out = appendU32(out, uint32(len(b)))
		out = append(out, b...)
	}
	for _, b := range p.bodies {
		add(b)
	}
	for _, h := range p.helpers {
		add(h.body)
	}
	return out
}
