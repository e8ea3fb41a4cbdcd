package wasm

// builder assembles small modules for tests. Its methods return the index of what they add; imports must
// come before functions.
type builder struct {
	types, imports, funcs, tables, mems, tags, globals, exports, elems, bodies, datas [][]byte

	start     []byte
	dataCount bool
	imported  uint32
}

const (
	i32T = 0x7f
	i64T = 0x7e
)

func vec(items [][]byte) []byte {
	b := appendU32(nil, uint32(len(items)))
	for _, i := range items {
		b = append(b, i...)
	}
	return b
}

func add(list *[][]byte, item []byte) uint32 {
	*list = append(*list, item)
	return uint32(len(*list) - 1)
}

func (b *builder) typ(params, results string) uint32 {
	t := append(appendName([]byte{0x60}, params), appendName(nil, results)...)
	for i, have := range b.types {
		if string(have) == string(t) {
			return uint32(i)
		}
	}
	return add(&b.types, t)
}

func (b *builder) importFunc(module, name string, typ uint32) uint32 {
	b.imported++
	return add(&b.imports, appendU32(append(appendName(appendName(nil, module), name), kindFunc), typ))
}

// fn adds a function with the given i32 locals; the final end is added.
func (b *builder) fn(typ uint32, locals uint32, body code) uint32 {
	i := b.declare(typ)
	b.define(i, locals, body)
	return i
}

// declare and define add a function in two steps, for recursion.
func (b *builder) declare(typ uint32) uint32 {
	add(&b.bodies, nil)
	return b.imported + add(&b.funcs, appendU32(nil, typ))
}

func (b *builder) define(f uint32, locals uint32, body code) {
	c := []byte{0}
	if locals > 0 {
		c = append(appendU32([]byte{1}, locals), i32T)
	}
	c = append(append(c, body...), opEnd)
	b.bodies[f-b.imported] = append(appendU32(nil, uint32(len(c))), c...)
}

func (b *builder) export(name string, kind byte, index uint32) {
	add(&b.exports, appendU32(append(appendName(nil, name), kind), index))
}

func (b *builder) memory(minPages, maxPages uint32) {
	add(&b.mems, appendLimits(nil, limits{min: minPages, max: maxPages, hasMax: true}))
	b.export("memory", kindMemory, 0)
}

func (b *builder) table(size, maxSize uint32) uint32 {
	return add(&b.tables, appendLimits([]byte{0x70}, limits{min: size, max: maxSize, hasMax: true}))
}

func (b *builder) global(typ byte, init code) uint32 {
	return add(&b.globals, append(append([]byte{typ, 1}, init...), opEnd))
}

// elem adds an active segment at the start of table 0, or a passive one.
func (b *builder) elem(passive bool, funcs ...uint32) uint32 {
	e := []byte{0, 0x41, 0, opEnd}
	if passive {
		e = []byte{1, 0}
	}
	e = appendU32(e, uint32(len(funcs)))
	for _, f := range funcs {
		e = appendU32(e, f)
	}
	return add(&b.elems, e)
}

func (b *builder) data(passive bool, offset int32, content string) uint32 {
	d := append(code{0}.i32(offset), opEnd)
	if passive {
		b.dataCount = true
		d = code{1}
	}
	return add(&b.datas, appendName(d, content))
}

// withTick imports env.tick and exports a function that calls it as vivarium_tick.
func withTick() *builder {
	b := &builder{}
	tick := b.importFunc("env", "tick", b.typ("", ""))
	b.export("vivarium_tick", kindFunc, b.fn(b.typ("", ""), 0, code{}.call(tick)))
	return b
}

func (b *builder) bytes() []byte {
	out := append([]byte{}, header...)
	section := func(id byte, items [][]byte) {
		if len(items) > 0 {
			out = appendSection(out, id, vec(items))
		}
	}
	section(secType, b.types)
	section(secImport, b.imports)
	section(secFunction, b.funcs)
	section(secTable, b.tables)
	section(secMemory, b.mems)
	section(secTag, b.tags)
	section(secGlobal, b.globals)
	section(secExport, b.exports)
	if b.start != nil {
		out = appendSection(out, secStart, b.start)
	}
	section(secElement, b.elems)
	if b.dataCount {
		out = appendSection(out, secDataCount, appendU32(nil, uint32(len(b.datas))))
	}
	section(secCode, b.bodies)
	section(secData, b.datas)
	return out
}
