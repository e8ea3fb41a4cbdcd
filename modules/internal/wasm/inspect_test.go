package wasm

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestInspect(t *testing.T) {
	t.Parallel()
	b := withTick()
	b.memory(2, 10)
	b.table(5, 100)
	b.global(i32T, code{}.i32(1))
	b.export("stack", kindGlobal, b.global(i64T, code{}.i64(1)))
	add(&b.globals, append(code{i32T, 0}.i32(3), opEnd)) // not mutable
	b.export("f", kindFunc, b.fn(b.typ("\x7f\x7e\x7d\x7c\x7b\x70\x6f", "\x7e\x7f"), 0, code{}.i64(0).i32(0)))
	info, err := Inspect(b.bytes())
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(info)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"imports":[{"module":"env","name":"tick","kind":"function","type":"()-\u003e()"}],` +
		`"exports":[{"name":"vivarium_tick","kind":"function","type":"()-\u003e()"},` +
		`{"name":"memory","kind":"memory","type":""},` +
		`{"name":"stack","kind":"global","type":"mut i64"},` +
		`{"name":"f","kind":"function","type":"(i32,i64,f32,f64,v128,funcref,externref)-\u003e(i64,i32)"}],` +
		`"memories":[{"min":2,"max":10}],"tables":[{"type":"funcref","min":5,"max":100}],` +
		`"mutable_globals":[{"index":0,"type":"i32","exports":[]},{"index":1,"type":"i64","exports":["stack"]}],` +
		`"start":false}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if hidden := info.Hidden(); len(hidden) != 1 || hidden[0].Index != 0 {
		t.Errorf("hidden globals %+v", hidden)
	}
}

// Malformed modules are refused with the place of the fault.
func TestFormatErrors(t *testing.T) {
	t.Parallel()
	module := func(sections ...string) []byte {
		return append(append([]byte{}, header...), strings.Join(sections, "")...)
	}
	for _, tt := range []struct {
		name   string
		module []byte
		want   string
	}{
		{"unknown section", module("\x0e\x00"), "section header, offset 0x8: unknown section 14"},
		{"cut", module("\x01\x05\x00"), "offset 0xa: 5 bytes needed, 1 left"},
		{"order", module("\x03\x01\x00", "\x01\x01\x00"), "section type, offset 0xb: section twice or out of order"},
		{"twice", module("\x01\x01\x00", "\x01\x01\x00"), "section type, offset 0xb: section twice or out of order"},
		{"left over", module("\x01\x02\x00\x00"), "section type, offset 0xb: 1 bytes left over"},
		{"huge count", module("\x01\x05\xff\xff\xff\xff\x0f"), "section type, offset 0xa: 4294967295 elements do not fit in 0 bytes"},
		{"long number", module("\x01\x06\xff\xff\xff\xff\x1f\x00"), "section type, offset 0xa: number overflows 32 bits"},
		{"value type", module("\x01\x05\x01\x60\x01\x40\x00"), "section type, offset 0xd: value type 0x40"},
		{"type index", module("\x03\x02\x01\x00"), "section function, offset 0xb: type 0 out of range, there are 0"},
		{"missing code", module("\x01\x04\x01\x60\x00\x00", "\x03\x02\x01\x00"), "section code, offset 0x0: 1 functions declared, 0 defined"},
		{"two memories", module("\x05\x05\x02\x00\x01\x00\x01"), "section memory, offset 0xa: 2 memories"},
		{"name", module("\x00\x02\x01\xff"), "section custom, offset 0xa: name is not UTF-8"},
		{"data count", module("\x0c\x01\x01"), "section data, offset 0x0: 0 data segments, but the data count is 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, err := Inspect(tt.module); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got error %v, expected %q", err, tt.want)
			}
		})
	}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		bytes string
		width uint
		want  int64
		ok    bool
	}{
		{"\x00", 32, 0, true},
		{"\x7f", 32, -1, true},
		{"\xff\xff\xff\xff\x7f", 32, -1, true},
		{"\xff\xff\xff\xff\x07", 32, 1<<31 - 1, true},
		{"\x80\x80\x80\x80\x78", 32, -1 << 31, true},
		{"\xff\xff\xff\xff\x0f", 32, 0, false},
		{"\x80\x80\x80\x80\x70", 32, 0, false},
		{"\x80\x80\x80\x80\x80\x00", 32, 0, false},
		{"\xff\xff\xff\xff\x0f", 33, 1<<32 - 1, true},
		{"\x80\x80\x80\x80\x70", 33, -1 << 32, true},
		{"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x7f", 64, -1 << 63, true},
		{"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00", 64, 1<<63 - 1, true},
		{"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 64, 0, false},
		{"\x80", 64, 0, false},
	} {
		r := &reader{buf: []byte(tt.bytes), end: len(tt.bytes)}
		if got := r.signed(tt.width); got != tt.want || (r.err == nil) != tt.ok {
			t.Errorf("%d bits of %x: %d, %v; expected %d, ok %v", tt.width, tt.bytes, got, r.err, tt.want, tt.ok)
		}
		if !tt.ok {
			continue
		}
		if enc := appendS64(nil, tt.want); len(enc) > len(tt.bytes) {
			t.Errorf("%d is encoded as %x", tt.want, enc)
		}
	}
}
