package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tickModule exports a function vivarium_tick that does nothing, and a memory of one page.
const tickModule = "\x00asm\x01\x00\x00\x00" + "\x01\x04\x01\x60\x00\x00" + "\x03\x02\x01\x00" + "\x05\x03\x01\x00\x01" +
	"\x07\x11\x01\x0dvivarium_tick\x00\x00" + "\x0a\x04\x01\x02\x00\x0b"

func TestPasses(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	if err := os.WriteFile(path("in"), []byte(tickModule), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		args string
		want string // in the error, or empty
	}{
		{"-meter in metered", ""},
		{"-hollow -memory-pages 3 metered hollow", ""},
		{"-inspect hollow", ""},
		{"-meter metered again", `already exports "vivarium_fuel"`},
		{"-hollow in hollow2", "0 pages are less than the module's minimum of 1"},
		{"-meter in", "1 file arguments, expected 2"},
		{"in out", "exactly one of"},
		{"-meter -hollow in out", "exactly one of"},
		{"-meter -quantum 5000000000 in out", "-quantum 5000000000"},
		{"-inspect absent", "no such file"},
	} {
		args := strings.Fields(tt.args)
		for i, a := range args {
			if strings.Trim(a, "abcdefghijklmnopqrstuvwxyz2") == "" {
				args[i] = path(a)
			}
		}
		err := run(args)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: error %v, expected %q", tt.args, err, tt.want)
		}
	}
}
