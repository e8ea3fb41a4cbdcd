package wasm

import "slices"

// callGraph is the graph of direct calls between a module's own functions. Tail calls and indirect calls
// are left out: each of them has a check of its own, so no cycle through one is without a check.
type callGraph struct {
	callees [][]int32 // by own function, sorted, without duplicates

	// checked functions pass a check before they call anything: those whose entry is to be charged, and
	// those that enter a loop unconditionally.
	checked []bool
	charged []bool // the ones of checked that need a check at their entry

	scc []int32 // number of each function's component; functions of different components are not mutually recursive
}

// greedyEffort bounds the edges walked in search of a small set of functions to charge. CPython needs a few
// million; a module made to be expensive gets a larger set instead of a longer search.
const greedyEffort = 20_000_000

// breakCycles chooses functions to charge at entry so that every cycle of direct calls has a check in it.
//
// The smallest such set is a hard problem (feedback vertex set). What is done here: while there are cycles,
// charge the function in each strongly connected component with the most calls in and out, and look again.
func (g *callGraph) breakCycles() {
	n := len(g.callees)
	g.charged = make([]bool, n)
	all := make([]int32, n)
	for i := range all {
		all[i] = int32(i)
	}
	// The components of the whole graph say later which calls may come back to their caller.
	t := newTarjan(g.callees, nil)
	g.scc = make([]int32, n)
	for i, c := range t.components(all) {
		for _, f := range c {
			g.scc[f] = int32(i)
		}
	}

	t = newTarjan(g.callees, g.checked)
	in := make([]int32, n)
	for i := range in {
		in[i] = -1
	}
	queue := t.components(all)
	for len(queue) > 0 {
		c := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		if len(c) == 1 && !slices.Contains(g.callees[c[0]], c[0]) {
			continue
		}
		if t.effort > greedyEffort {
			g.chargeBackEdges(c)
			continue
		}
		best := g.busiest(c, in)
		g.charged[best], g.checked[best] = true, true
		queue = append(queue, t.components(c)...)
	}
}

// busiest returns the function of component c with the largest product of calls in and out, within c. A
// function that calls itself must be charged sooner or later, so it goes first. Ties go to the lowest index:
// the result must not depend on anything but the module. in is scratch space, -1 everywhere.
func (g *callGraph) busiest(c []int32, in []int32) int32 {
	for _, f := range c {
		in[f] = 0
	}
	defer func() {
		for _, f := range c {
			in[f] = -1
		}
	}()
	for _, f := range c {
		for _, callee := range g.callees[f] {
			if in[callee] >= 0 {
				in[callee]++
			}
		}
	}
	best, score := c[0], int64(-1)
	for _, f := range c {
		var out int64
		for _, callee := range g.callees[f] {
			if callee == f {
				return f
			}
			if in[callee] >= 0 {
				out++
			}
		}
		s := out * int64(in[f])
		if s > score || s == score && f < best {
			best, score = f, s
		}
	}
	return best
}

// chargeBackEdges charges every function of c that a depth-first search meets again while it is still
// inside it. Every cycle has such a function. The set is larger than necessary, but costs one walk.
func (g *callGraph) chargeBackEdges(c []int32) {
	const (
		outside = iota
		fresh
		open
		done
	)
	state := make(map[int32]int, len(c))
	for _, f := range c {
		state[f] = fresh
	}
	type frame struct {
		f    int32
		next int
	}
	for _, root := range c {
		if state[root] != fresh {
			continue
		}
		stack := []frame{{f: root}}
		state[root] = open
		for len(stack) > 0 {
			top := &stack[len(stack)-1]
			if top.next == len(g.callees[top.f]) {
				state[top.f] = done
				stack = stack[:len(stack)-1]
				continue
			}
			callee := g.callees[top.f][top.next]
			top.next++
			switch state[callee] {
			case open:
				g.charged[callee], g.checked[callee] = true, true
			case fresh:
				state[callee] = open
				stack = append(stack, frame{f: callee})
			}
		}
	}
}

// calleesFirst orders the functions so that each comes after those it calls, but for calls to checked
// functions of its own component: those are the ones that would make a cycle.
func (g *callGraph) calleesFirst() []int32 {
	order := make([]int32, 0, len(g.callees))
	seen := make([]bool, len(g.callees))
	type frame struct {
		f    int32
		next int
	}
	var stack []frame
	for root := range g.callees {
		if seen[root] {
			continue
		}
		seen[root] = true
		stack = append(stack[:0], frame{f: int32(root)})
		for len(stack) > 0 {
			top := &stack[len(stack)-1]
			if top.next == len(g.callees[top.f]) {
				order = append(order, top.f)
				stack = stack[:len(stack)-1]
				continue
			}
			callee := g.callees[top.f][top.next]
			top.next++
			if !seen[callee] && !g.cutEdge(top.f, callee) {
				seen[callee] = true
				stack = append(stack, frame{f: callee})
			}
		}
	}
	return order
}

// cutEdge reports whether the call from f to callee is recursion that a check in callee bounds.
func (g *callGraph) cutEdge(f, callee int32) bool {
	return g.checked[callee] && g.scc[f] == g.scc[callee]
}

// tarjan finds strongly connected components, leaving out the functions for which skip is true. It walks
// with a stack of its own, because a module may nest calls deeper than Go's stack allows.
type tarjan struct {
	callees [][]int32
	skip    []bool
	effort  int // edges walked so far

	scope    []int32 // round in which a function took part
	round    int32
	num, low []int32
	stack    []int32
	onStack  []bool
}

func newTarjan(callees [][]int32, skip []bool) *tarjan {
	n := len(callees)
	return &tarjan{callees: callees, skip: skip, scope: make([]int32, n), num: make([]int32, n),
		low: make([]int32, n), onStack: make([]bool, n)}
}

// components returns the components of the graph restricted to funcs, callees before callers.
func (t *tarjan) components(funcs []int32) [][]int32 {
	t.round++
	for _, f := range funcs {
		if t.skip == nil || !t.skip[f] {
			t.scope[f] = t.round
			t.num[f] = 0
		}
	}
	type frame struct {
		f    int32
		next int
	}
	var (
		out    [][]int32
		frames []frame
		count  int32
	)
	enter := func(f int32) {
		count++
		t.num[f], t.low[f] = count, count
		t.stack = append(t.stack, f)
		t.onStack[f] = true
		frames = append(frames, frame{f: f})
	}
	for _, root := range funcs {
		if t.scope[root] != t.round || t.num[root] != 0 {
			continue
		}
		enter(root)
		for len(frames) > 0 {
			top := &frames[len(frames)-1]
			f := top.f
			if top.next < len(t.callees[f]) {
				callee := t.callees[f][top.next]
				top.next++
				t.effort++
				switch {
				case t.scope[callee] != t.round:
				case t.num[callee] == 0:
					enter(callee)
				case t.onStack[callee]:
					t.low[f] = min(t.low[f], t.num[callee])
				}
				continue
			}
			frames = frames[:len(frames)-1]
			if len(frames) > 0 {
				caller := frames[len(frames)-1].f
				t.low[caller] = min(t.low[caller], t.low[f])
			}
			if t.low[f] != t.num[f] {
				continue
			}
			at := len(t.stack) - 1
			for t.stack[at] != f {
				at--
			}
			c := slices.Clone(t.stack[at:])
			for _, f := range c {
				t.onStack[f] = false
			}
			t.stack = t.stack[:at]
			out = append(out, c)
		}
	}
	return out
}
