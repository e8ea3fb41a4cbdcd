package main

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vivarium-go/vivarium/runtime"
)

// parsed is a flag's value that is turned into a T as it is read, so that the
// complaint about a bad one names the flag.
type parsed[T any] struct {
	to    *T
	parse func(string) (T, error)
	text  string // the default, for the help
}

// Set implements flag.Value.
func (p *parsed[T]) Set(text string) (err error) {
	*p.to, err = p.parse(text)
	return err
}

// String implements flag.Value.
func (p *parsed[T]) String() string { return p.text }

// each is a flag that may be given several times.
type each[T any] struct {
	to    *[]T
	parse func(string) (T, error)
}

// Set implements flag.Value.
func (e *each[T]) Set(text string) error {
	value, err := e.parse(text)
	if err == nil {
		*e.to = append(*e.to, value)
	}
	return err
}

// String implements flag.Value.
func (e *each[T]) String() string { return "" }

var sizeUnits = []struct {
	suffix string
	factor uint64
}{
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30},
	{"kB", 1e3}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9},
	{"B", 1}, {"", 1},
}

// parseSize reads a number of bytes: 1048576, 64KiB, 256MiB, 1MB.
func parseSize(text string) (int64, error) {
	digits := strings.TrimRight(text, "BGKMik")
	unit := text[len(digits):]
	at := slices.IndexFunc(sizeUnits, func(u struct {
		suffix string
		factor uint64
	}) bool {
		return u.suffix == unit
	})
	n, err := strconv.ParseUint(digits, 10, 63)
	if err != nil || at < 0 {
		return 0, fmt.Errorf("write a size as bytes or with a unit, such as 64KiB, 256MiB or 1GB")
	}
	over, size := bits.Mul64(n, sizeUnits[at].factor)
	switch {
	case over != 0 || int64(size) < 0:
		return 0, fmt.Errorf("the size is too large")
	case size == 0:
		return 0, fmt.Errorf("the size must be more than 0")
	}
	return int64(size), nil
}

// parseDuration reads a duration. 0 is none, which is negative for package runtime:
// its 0 is what nobody has set.
func parseDuration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("write a duration with its unit, such as 500ms, 30s or 2m; 0 means none")
	}
	return cmp.Or(d, -1), nil
}

// parseFuel reads an amount of fuel.
func parseFuel(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 {
		return 0, fmt.Errorf("write a whole number of at least 1; without the flag fuel is not limited")
	}
	return n, nil
}

func parseType(text string) (runtime.TaskType, error) {
	for _, t := range []runtime.TaskType{runtime.CPUBound, runtime.IOBound} {
		if t.String() == text {
			return t, nil
		}
	}
	return 0, fmt.Errorf("use cpu or io")
}

// variable is one of the script's environment variables.
type variable struct{ name, value string }

func parseVariable(text string) (variable, error) {
	name, value, ok := strings.Cut(text, "=")
	if !ok || name == "" {
		return variable{}, fmt.Errorf("write NAME=VALUE; variables of this process are never passed on by themselves")
	}
	return variable{name, value}, nil
}

// parseMount reads HOST:GUEST[:ro|:rw]. The guest's path is absolute, so the colon
// before it is the last ":/" and a Windows drive in HOST is no trouble.
func parseMount(text string) (runtime.Mount, error) {
	rest, mode, _ := cutLast(text, ":")
	m := runtime.Mount{Writable: mode == "rw"}
	if mode != "ro" && mode != "rw" {
		rest = text
	}
	host, guest, ok := cutLast(rest, ":/")
	if !ok || host == "" {
		return runtime.Mount{}, fmt.Errorf("write HOST:GUEST, HOST:GUEST:ro or HOST:GUEST:rw with an absolute GUEST path, such as ./data:/data")
	}
	m.Host, m.Guest = host, "/"+guest
	return m, nil
}

func cutLast(text, separator string) (before, after string, found bool) {
	if at := strings.LastIndex(text, separator); at >= 0 {
		return text[:at], text[at+len(separator):], true
	}
	return text, "", false
}
