package main

import (
	"slices"
	"strings"
	"testing"
)

func TestFlagsFirst(t *testing.T) {
	t.Parallel()
	app := new(process).app()
	for _, test := range []struct{ in, want string }{
		{"", ""},
		{"--help", "--help"},
		{"run", "run"},
		{"nope a --b c", "nope a --b c"},
		{"run s.py", "run -- s.py"},
		{"run s.py --param a=1", "run --param a=1 -- s.py"},
		{"run --param a=1 s.py --json --timeout 1s", "run --param a=1 --json --timeout 1s -- s.py"},
		{"run s.py --param=a=1 -json", "run --param=a=1 -json -- s.py"},
		{"run --json s.py t.py", "run --json -- s.py t.py"},
		{"run --param --json s.py", "run --param --json -- s.py"}, // a value that looks like a flag
		{"run - --params-file -", "run --params-file - -- -"},
		{"run -- --json", "run -- --json"},
		{"run --json -- s.py -- --param", "run --json -- s.py -- --param"},
		{"run s.py --unknown x", "run --unknown -- s.py x"},
		{"run s.py --timeout", "run --timeout"},
		{"run s.py -h", "run -h -- s.py"},
		{"version --licenses", "version --licenses"},
		{"bench", "bench"},
		{"bench nope --json", "bench nope --json"},
		{"bench soak x --duration 1s", "bench soak --duration 1s -- x"},
		{"--config f bench soak --json", "--config f bench soak --json"},
		{"--config", "--config"},
		{"--config f", "--config f"},
		{"--config f run s.py --json", "--config f run --json -- s.py"},
		{"--config=f run s.py --json", "--config=f run --json -- s.py"},
		{"--config run run s.py --json", "--config run run --json -- s.py"},
		{"run s.py --config f", "run --config f -- s.py"},
	} {
		in := append([]string{"vivarium"}, strings.Fields(test.in)...)
		before := slices.Clone(in)
		want := append([]string{"vivarium"}, strings.Fields(test.want)...)
		if got := flagsFirst(app, in); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", test.in, got, want)
		}
		if !slices.Equal(in, before) {
			t.Errorf("%q: changed its argument", test.in)
		}
	}
	if got := flagsFirst(app, nil); len(got) != 0 {
		t.Errorf("no arguments: got %q", got)
	}
}
