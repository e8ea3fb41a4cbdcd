package wasm

import "math"

// maxStretch is the longest path between two checks, in the weights of opTable, which are generous
// nanoseconds. A millisecond is promised; that this is much less costs nothing, as there are few places where
// a longer path is possible, and fewer where it is taken. It bounds the time of a quantum of fuel, too:
// a quantum of 20,000 usually lasts 0.2 ms, and in a module made to be slow at most 0.4 s.
const maxStretch = 20_000

const (
	// importWeight is what is assumed of a host function. Those that wait or work are the host's business.
	importWeight = 500
	// indirectWeight is what a trusted module's indirect calls are assumed to take of the stretch.
	indirectWeight = 500
	// smallBulk is the largest length for which a bulk instruction stays inline, and smallWeight its time.
	// A longer one adds the time of one piece to a stretch, which is about 60 µs.
	smallBulk   = 1 << 10
	smallWeight = 100
	// maxTableGrow is the size beyond which table.grow fails: the host copies the whole table in one go, and
	// no memory limit counts it.
	maxTableGrow = 1 << 18
)

// none is the weight of a path that does not exist.
const none = math.MinInt32

// summary is what the callers of a function need to know about it.
type summary struct {
	through int32 // longest path from entry to return that passes no check, or none
	head    int32 // longest path from entry to a check, or none
	tail    int32 // longest path from a check to return, or none
}

// paths are the longest paths to one point of a function. Both are none in dead code.
type paths struct {
	entry int32 // from the function's entry, passing no check
	check int32 // from a check
}

func (a paths) merge(b paths) paths {
	return paths{max(a.entry, b.entry), max(a.check, b.check)}
}

func (a paths) plus(weight int32) paths {
	if a.entry != none {
		a.entry += weight
	}
	if a.check != none {
		a.check += weight
	}
	return a
}

func (a paths) longest() int32 { return max(a.entry, a.check) }
func (a paths) dead() bool     { return a.longest() == none }

// label is an open block. Code that branches to it continues at its end, or at the header of a loop.
type label struct {
	op     opcode
	end    paths // joined from all branches to the end
	other  paths // for if: the state where else starts
	landed bool  // an exception may continue at the end
}

// rewriter rewrites one function.
type rewriter struct {
	p       *meterPass
	f       int
	out     []byte
	copied  int // the input is in out up to here
	at      paths
	head    int32
	labels  []label
	tail    int32 // of paths that leave by a tail call
	scratch uint32
	used    bool // scratch is needed
}

// rewrite returns the body of own function f with checks and charges in it, and notes its summary.
func (p *meterPass) rewrite(f int) ([]byte, error) {
	r, err := p.m.body(f)
	if err != nil {
		return nil, err
	}
	w := &rewriter{
		p: p, f: f, out: make([]byte, 0, (r.end-r.pos)*5/4+16), copied: r.pos,
		at: paths{entry: 0, check: none}, head: none, tail: none, scratch: uint32(r.locals),
		labels: []label{{op: opBlock, end: paths{none, none}}},
	}
	if p.graph.charged[f] {
		w.emitCheck()
		p.report.Entries++
	}
	var in instr
	for r.next(&in) {
		if len(w.labels) == 0 {
			r.fail(in.start, "code after the end of function %d", p.m.importedFuncs+f)
			break
		}
		w.step(r, &in)
	}
	if r.err == nil && len(w.labels) > 0 {
		r.fail(r.pos, "function %d ends inside a block", p.m.importedFuncs+f)
	}
	if r.err != nil {
		return nil, r.err
	}
	w.copyTo(p.m.raw, r.end)
	// w.at is now the function's end.
	p.summaries[f] = summary{through: w.at.entry, head: w.head, tail: max(w.tail, w.at.check)}
	return w.finish(r)
}

// finish puts the local declarations before the code, with one more local if the code needs it.
func (w *rewriter) finish(r *instrReader) ([]byte, error) {
	decl := &reader{buf: r.buf, pos: w.p.m.bodies[w.f].start, end: r.end}
	groups := decl.u32()
	if !w.used {
		return append(r.buf[w.p.m.bodies[w.f].start:r.start:r.start], w.out...), nil
	}
	if r.locals >= math.MaxUint32 || groups == math.MaxUint32 {
		r.fail(decl.pos, "too many locals")
		return nil, r.err
	}
	b := make([]byte, 0, r.start-decl.pos+len(w.out)+7)
	b = appendU32(b, groups+1)
	b = append(b, r.buf[decl.pos:r.start]...)
	b = append(b, 1, 0x7f)
	return append(b, w.out...), nil
}

// copyTo copies the input up to offset end.
func (w *rewriter) copyTo(raw []byte, end int) {
	w.out = append(w.out, raw[w.copied:end]...)
	w.copied = end
}

// checked notes that all paths to here end at a check.
func (w *rewriter) checked() {
	if w.at.entry != none {
		w.head = max(w.head, w.at.entry)
	}
	if !w.at.dead() {
		w.at = paths{entry: none, check: 0}
	}
}

func (w *rewriter) emitCheck() {
	w.out = append(w.out, w.p.check...)
	w.checked()
}

// reserve makes sure that the next weight nanoseconds fit in the stretch, with a check if they do not. Right
// after a check another one would not help.
func (w *rewriter) reserve(weight int32) {
	if w.at.longest()+weight > w.p.stretch && (w.at.entry != none || w.at.check > 0) {
		w.emitCheck()
		w.p.report.Lines++
	}
}

// step rewrites one instruction.
func (w *rewriter) step(r *instrReader, in *instr) {
	weight := int32(in.info.weight)
	for _, l := range in.labels { // of br_table and try_table
		w.checkLabel(r, in, l)
	}
	if in.info.imm == immLabel {
		w.checkLabel(r, in, in.x)
	}
	if r.err != nil {
		return
	}
	w.copyTo(r.buf, in.start)
	switch in.info.class {
	case charged:
		w.call(r, in)
	case chunked, limited:
		w.bulk(r, in)
	case control:
		w.reserve(weight)
		w.at = w.at.plus(weight)
		w.control(r, in)
	default:
		w.reserve(weight)
		w.at = w.at.plus(weight)
	}
}

// checkLabel refuses branches out of the function.
func (w *rewriter) checkLabel(r *instrReader, in *instr, l uint32) {
	limit := len(w.labels)
	if uint64(l) >= uint64(limit) {
		r.fail(in.start, "label %d out of range, there are %d", l, limit)
	}
}

func (w *rewriter) top() *label { return &w.labels[len(w.labels)-1] }

// branch joins the current paths to those that continue at label l.
func (w *rewriter) branch(l uint32) {
	target := &w.labels[len(w.labels)-1-int(l)]
	target.end = target.end.merge(w.at)
}

func (w *rewriter) die() { w.at = paths{none, none} }

func (w *rewriter) control(r *instrReader, in *instr) {
	switch in.op {
	case opBlock, opcTry:
		w.labels = append(w.labels, label{op: in.op, end: paths{none, none}})
	case opLoop:
		w.labels = append(w.labels, label{op: in.op, end: paths{none, none}})
		w.copyTo(r.buf, r.pos)
		check := w.p.loopCheck
		if in.x > 0 {
			check = w.p.check
		}
		w.out = append(w.out, check...)
		w.checked()
		w.p.report.Loops++
	case opIf:
		w.labels = append(w.labels, label{op: in.op, end: paths{none, none}, other: w.at})
	case opcTryTable:
		for _, l := range in.labels {
			w.labels[len(w.labels)-1-int(l)].landed = true
		}
		w.labels = append(w.labels, label{op: in.op, end: paths{none, none}})
	case opElse:
		top := w.top()
		if top.op != opIf {
			r.fail(in.start, "else without if")
			return
		}
		top.end = top.end.merge(w.at)
		top.op = opElse
		w.at = top.other
	case opcCatch, opcCatchAll:
		top := w.top()
		if top.op != opcTry && top.op != opcCatch {
			r.fail(in.start, "catch without try")
			return
		}
		top.end = top.end.merge(w.at)
		top.op = opcCatch
		w.land(r)
	case opEnd:
		w.end(r)
	case opcDelegate:
		if w.top().op != opcTry {
			r.fail(in.start, "delegate without try")
			return
		}
		w.at = w.at.merge(w.top().end)
		w.labels = w.labels[:len(w.labels)-1]
	case opcBr:
		w.branch(in.x)
		w.die()
	case opcBrIf, opcBrOnNull, opcBrOnNonNull:
		w.branch(in.x)
	case opcBrTable:
		for _, l := range in.labels {
			w.branch(l)
		}
		w.die()
	case opcReturn:
		w.branch(uint32(len(w.labels) - 1))
		w.die()
	case opcUnreachable, opcThrow, opcThrowRef, opcRethrow:
		w.die()
	}
}

func (w *rewriter) end(r *instrReader) {
	top := *w.top()
	w.labels = w.labels[:len(w.labels)-1]
	if top.op == opIf { // without else
		w.at = w.at.merge(top.other)
	}
	if top.op != opLoop { // branches to a loop go to its header, where there is a check
		w.at = w.at.merge(top.end)
	}
	switch {
	case !top.landed || top.op == opLoop:
		if top.landed {
			w.head = w.p.stretch
		}
	case len(w.labels) > 0:
		w.land(r)
	default: // an exception may end the function: the caller has to look after it
		w.head = w.p.stretch
		w.at = paths{w.p.stretch, w.p.stretch}
	}
}

// land puts a check where an exception continues: where it came from is not known.
func (w *rewriter) land(r *instrReader) {
	w.copyTo(r.buf, r.pos)
	w.at = paths{w.p.stretch, w.p.stretch}
	w.emitCheck()
	w.p.report.Catches++
}

func (w *rewriter) call(r *instrReader, in *instr) {
	weight := int32(in.info.weight)
	switch in.op {
	case opcCall:
		w.directCall(r, in)
	case opcCallIndirect, opcCallRef:
		w.indirectCall(r)
	default: // tail calls
		w.emitCheck()
		w.p.report.TailCalls++
		if !w.at.dead() {
			w.tail = w.p.stretch
		}
		w.die()
	}
	w.at = w.at.plus(weight)
}

func (w *rewriter) indirectCall(r *instrReader) {
	w.reserve(indirectWeight)
	if w.at.entry != none || w.p.cfg.Untrusted {
		w.emitCheck()
		w.p.report.IndirectCalls++
	}
	w.at = w.at.plus(indirectWeight)
	if w.p.cfg.Untrusted {
		w.copyTo(r.buf, r.pos)
		w.emitCheck()
		w.p.report.IndirectCalls++
	}
}

func (w *rewriter) directCall(r *instrReader, in *instr) {
	weight := int32(in.info.weight)
	f := int(in.x) - w.p.m.importedFuncs
	if f < 0 {
		w.reserve(weight + importWeight)
		w.at = w.at.plus(importWeight)
		return
	}
	s := w.p.summaries[f]
	w.reserve(weight + max(s.through, s.head, 0))
	if w.at.dead() {
		return
	}
	if w.at.entry != none && s.head != none {
		w.head = max(w.head, w.at.entry+s.head)
	}
	after := paths{none, s.tail}
	if s.through != none {
		after = after.merge(w.at.plus(s.through))
	}
	w.at = after
	if w.p.graph.cutEdge(int32(w.f), int32(f)) {
		w.copyTo(r.buf, r.pos)
		w.at = paths{none, 0}
		w.out = append(w.out, w.p.check...)
		w.p.report.Returns++
	}
}
