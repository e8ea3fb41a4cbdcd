package main

import (
	"testing"
	"time"

	"github.com/vivarium-go/vivarium/runtime"
)

func TestParseSize(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"1":                   1,
		"1048576":             1 << 20,
		"10B":                 10,
		"64KiB":               64 << 10,
		"256MiB":              256 << 20,
		"1GiB":                1 << 30,
		"1kB":                 1000,
		"1KB":                 1000,
		"1MB":                 1_000_000,
		"2GB":                 2_000_000_000,
		"9223372036854775807": 1<<63 - 1,
		"":                    0,
		"0":                   0,
		"0MiB":                0,
		"MiB":                 0,
		"-1":                  0,
		"+1":                  0,
		"1.5GiB":              0,
		"1 MiB":               0,
		"1mib":                0,
		"1K":                  0,
		"1M":                  0,
		"1MiBB":               0,
		"1iB":                 0,
		"0x10":                0,
		"8589934592GiB":       0, // 2^63
		"99999999999GiB":      0,
		"9223372036854775808": 0,
	} {
		got, err := parseSize(text)
		if got != want || (err == nil) != (want > 0) {
			t.Errorf("%q: got %d, %v; want %d", text, got, err, want)
		}
	}
}

func TestParseDuration(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{"0": -1, "0s": -1, "1s": time.Second, "1m30s": 90 * time.Second, "5": 0, "": 0, "-1s": 0, "soon": 0} {
		got, err := parseDuration(text)
		if got != want || (err != nil) != (want == 0) {
			t.Errorf("%q: got %v, %v", text, got, err)
		}
	}
}

func TestParseMount(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]runtime.Mount{
		"data:/data":      {Host: "data", Guest: "/data"},
		"data:/data:ro":   {Host: "data", Guest: "/data"},
		"data:/data:rw":   {Host: "data", Guest: "/data", Writable: true},
		"/srv/a b:/in/x":  {Host: "/srv/a b", Guest: "/in/x"},
		`C:\x:/data:ro`:   {Host: `C:\x`, Guest: "/data"},
		`C:\x:/data:rw`:   {Host: `C:\x`, Guest: "/data", Writable: true},
		`C:/x:/data`:      {Host: "C:/x", Guest: "/data"},
		"/odd:name:/data": {Host: "/odd:name", Guest: "/data"},
		"/a:/b:/c":        {Host: "/a:/b", Guest: "/c"},
		"data:/":          {Host: "data", Guest: "/"}, // the runtime says why not
		"data:/x:rx":      {Host: "data", Guest: "/x:rx"},
		"":                {},
		"data":            {},
		"/data":           {},
		":/data":          {},
		"data:guest":      {},
		"data:guest:rw":   {},
		"data:rw":         {},
		`C:\x`:            {},
	} {
		got, err := parseMount(text)
		if got != want || (err == nil) != (want != runtime.Mount{}) {
			t.Errorf("%q: got %+v, %v; want %+v", text, got, err, want)
		}
	}
}

func TestParseVariable(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]variable{"A=1": {"A", "1"}, "A=": {"A", ""}, "A=b=c": {"A", "b=c"}, "A": {}, "=1": {}, "": {}} {
		got, err := parseVariable(text)
		if got != want || (err == nil) != (want != variable{}) {
			t.Errorf("%q: got %+v, %v", text, got, err)
		}
	}
}
