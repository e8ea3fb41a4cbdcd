package wasm

import (
	"bytes"
	"context"
	"strings"
	"testing"
)

func TestHollow(t *testing.T) {
	t.Parallel()
	b := withTick()
	b.memory(2, 10)
	b.data(false, 100, "active data")
	seg := b.data(true, 0, "passive data")
	b.start = appendU32(nil, b.fn(b.typ("", ""), 0, code{}.i32(0).i32(1).i32(50).misc(0x0b, 0)))
	b.table(1, 100)
	f := b.fn(b.typ("", "\x7f"), 0, code{}.i32(42))
	b.elem(false, f)
	b.export("indirect", kindFunc, b.fn(b.typ("", "\x7f"), 0, code{}.i32(0).idx(0x11, b.typ("", "\x7f")).op(0)))
	b.export("init", kindFunc, b.fn(b.typ("", ""), 0, code{}.i32(200).i32(0).i32(12).misc(0x08, seg, 0).misc(0x09, 0)))
	out, err := Hollow(b.bytes(), 7)
	if err != nil {
		t.Fatal(err)
	}
	g := start(t, out)
	mem := g.mod.Memory()
	if pages, _ := mem.Grow(0); pages != 7 {
		t.Errorf("%d pages, expected 7", pages)
	}
	if all, _ := mem.Read(0, mem.Size()); len(bytes.Trim(all, "\x00")) != 0 {
		t.Error("memory is not empty")
	}
	if r, err := g.call("indirect"); err != nil || r[0] != 42 {
		t.Errorf("indirect call: %v, %v", r, err)
	}
	if _, err := g.call("init"); err != nil {
		t.Error(err)
	}
	if got, _ := mem.Read(200, 12); string(got) != "passive data" {
		t.Errorf("passive segment gives %q", got)
	}
}

func TestHollowWithoutDataCount(t *testing.T) {
	t.Parallel()
	b := withTick()
	b.memory(1, 1)
	b.data(false, 0, "active data")
	out, err := Hollow(b.bytes(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(out, []byte("active")) {
		t.Error("data is still there")
	}
	start(t, out)
}

func TestHollowRefuses(t *testing.T) {
	t.Parallel()
	small := withTick()
	small.memory(2, 3)
	for _, tt := range []struct {
		module []byte
		pages  uint32
		want   string
	}{
		{withTick().bytes(), 1, "no memory"},
		{small.bytes(), 1, "1 pages are less than the module's minimum of 2"},
		{small.bytes(), 4, "4 pages are more than the module's maximum of 3"},
		{[]byte("\x00asm\x02\x00\x00\x00"), 1, "not a WebAssembly 1 module"},
	} {
		if _, err := Hollow(tt.module, tt.pages); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("got error %v, expected %q", err, tt.want)
		}
	}
}

// Hollowing a metered module and metering a hollow one give the same.
func TestHollowAndMeterCommute(t *testing.T) {
	t.Parallel()
	b := bulkGuest()
	metered, _, err := Meter(b.bytes(), MeterConfig{})
	if err != nil {
		t.Fatal(err)
	}
	one, err := Hollow(metered, bulkPages)
	if err != nil {
		t.Fatal(err)
	}
	hollow, err := Hollow(b.bytes(), bulkPages)
	if err != nil {
		t.Fatal(err)
	}
	two, _, err := Meter(hollow, MeterConfig{})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(one, two) {
		t.Error("the order of the passes matters")
	}
	if _, err := newRuntime(t, allFeatures).CompileModule(context.Background(), one); err != nil {
		t.Error(err)
	}
}
