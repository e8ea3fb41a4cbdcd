// Package hostile is a collection of scripts that try to get out of their sandbox, to
// take more than they were given, to outlast their time, to fool the host or to harm
// whoever runs beside or after them. Tests run each of them against the engine and the
// command, the soak mixes them with honest work.
//
// A script begins with what it tries, and then says how that ends:
//
//	# A sort whose key function never returns.
//	#
//	# outcome: limit timeout soft
//	# time: <= timeout + 100ms
//	# host_rss: <= memory + 64MiB
//	# timeout: 500ms
//
// outcome is one of
//
//	value JSON              the result, byte for byte
//	exception TYPE: TEXT    the exception that leaves it; TEXT is part of its message, and may be left out
//	exit STATUS             it ended itself
//	limit KIND soft|hard    the limit that ended it, and whether the script did so when it was asked to
//	died                    the interpreter broke down, and nothing else
//
// time bounds the run from submission to result, host_rss what the process grows by
// meanwhile; both are sums of timeout, grace, memory, durations and sizes. The other lines are
// optional: see Script.
package hostile

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/vivarium-go/vivarium/runtime"
)

//go:embed *.py
var files embed.FS

// Script is one of the scripts, with what its header says.
type Script struct {
	Name   string // "loop_sort_key.py"
	Source string

	Outcome string        // as the header has it
	Time    time.Duration // at most from submission to result
	HostRSS int64         // bytes that the process grows by at most

	IO      bool          // "type: io"
	Timeout time.Duration // "timeout: 500ms", else DefaultTimeout
	Grace   time.Duration // "grace: 100ms", else SoftGrace if it must stop softly, and DefaultGrace
	Memory  int64         // "memory: 64MiB", else DefaultMemory
	Fuel    int64         // "fuel: 1000000", else not limited
	Params  string        // "params: JSON", else null
	Mount   string        // "mount: ro" or "mount: rw": the directory of Fixture is at /data
	Host    bool          // "host: yes": it needs the functions of HostFuncs

	// Unstoppable says that the script spends its time inside one C call, a sleep, a host
	// function or file I/O: "unstoppable: yes".
	Unstoppable bool
}

// What holds for a script whose header does not say otherwise.
const (
	DefaultTimeout = 500 * time.Millisecond
	DefaultGrace   = 200 * time.Millisecond
	Patience       = 5 * time.Minute
	SoftGrace      = 10 * time.Second // it is the script that ends it, on a busy machine too
	DefaultMemory  = 128 << 20
)

// Kind is the first word of the script's name: what it attacks.
func (s Script) Kind() string {
	kind, _, _ := strings.Cut(s.Name, "_")
	return kind
}

// TimesOut says that the script goes on until it is stopped.
func (s Script) TimesOut() bool {
	return strings.HasPrefix(s.Outcome, "limit "+string(runtime.LimitTime))
}

// Deadline is the time-out to run the script with. What ends by itself is not stopped when a
// busy machine makes it late: its Time is for the one who runs it to look at.
func (s Script) Deadline() time.Duration {
	if s.TimesOut() {
		return s.Timeout
	}
	return max(s.Timeout, Patience)
}

// Scripts returns all scripts, by name. The error says what is wrong with a header.
var Scripts = sync.OnceValues(func() ([]Script, error) {
	names, err := fs.Glob(files, "*.py")
	if err != nil {
		return nil, err
	}
	var scripts []Script
	var errs []error
	for _, name := range names {
		source, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		script, err := Parse(name, string(source))
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
		scripts = append(scripts, script)
	}
	return scripts, errors.Join(errs...)
})

// Parse reads a script's header. The error says which line is wrong, or missing.
func Parse(name, source string) (Script, error) {
	s := Script{Name: name, Source: source, Timeout: DefaultTimeout, Grace: DefaultGrace, Memory: DefaultMemory}
	var bounds [2]string // of time and host_rss, read when what they refer to is known
	fields := map[string]func(string) error{
		"outcome":     func(text string) error { s.Outcome = text; return checkOutcome(text) },
		"time":        bound(&bounds[0]),
		"host_rss":    bound(&bounds[1]),
		"type":        flag(&s.IO, "io"),
		"timeout":     parsed(&s.Timeout, time.ParseDuration),
		"grace":       parsed(&s.Grace, time.ParseDuration),
		"memory":      parsed(&s.Memory, parseSize),
		"fuel":        parsed(&s.Fuel, parseSize),
		"params":      parsed(&s.Params, parseJSON),
		"mount":       oneOf(&s.Mount, "ro", "rw"),
		"host":        flag(&s.Host, "yes"),
		"unstoppable": flag(&s.Unstoppable, "yes"),
	}
	seen := make(map[string]bool)
	for line := range strings.Lines(source) {
		text, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "# ")
		if !ok && line != "#\n" {
			break
		}
		key, value, _ := strings.Cut(text, ": ")
		read := fields[key]
		if read == nil {
			continue // what it tries
		}
		if seen[key] {
			return s, fmt.Errorf("%s is there twice", key)
		}
		seen[key] = true
		if err := read(strings.TrimSpace(value)); err != nil {
			return s, fmt.Errorf("%s: %w", key, err)
		}
	}
	for _, key := range []string{"outcome", "time", "host_rss"} {
		if !seen[key] {
			return s, fmt.Errorf("the header has no line %q", "# "+key+": ")
		}
	}
	if !seen["grace"] && strings.HasSuffix(s.Outcome, " soft") {
		s.Grace = SoftGrace
	}
	most, err := s.sum(bounds[0])
	if err != nil {
		return s, fmt.Errorf("time: %w", err)
	}
	s.Time = time.Duration(most)
	if s.HostRSS, err = s.sum(bounds[1]); err != nil {
		return s, fmt.Errorf("host_rss: %w", err)
	}
	if most := s.Timeout + s.Grace + 100*time.Millisecond; s.Time > most {
		return s, fmt.Errorf("time: %v is more than %v", s.Time, most)
	}
	if most := s.Memory + 64<<20; s.HostRSS > most {
		return s, fmt.Errorf("host_rss: %d bytes are more than %d", s.HostRSS, most)
	}
	return s, nil
}

// bound reads "<= timeout + 100ms" as far as its sum.
func bound(sum *string) func(string) error {
	return func(text string) error {
		var ok bool
		if *sum, ok = strings.CutPrefix(text, "<= "); !ok {
			return errors.New(`write "<= " and a sum`)
		}
		return nil
	}
}

// sum reads "timeout + 100ms": nanoseconds, or bytes.
func (s *Script) sum(terms string) (total int64, err error) {
	for term := range strings.SplitSeq(terms, " + ") {
		switch term {
		case "timeout":
			total += int64(s.Timeout)
		case "grace":
			total += int64(s.Grace)
		case "memory":
			total += s.Memory
		default:
			if d, err := time.ParseDuration(term); err == nil {
				total += int64(d)
				continue
			}
			size, err := parseSize(term)
			if err != nil {
				return 0, err
			}
			total += size
		}
	}
	return total, nil
}

func parseJSON(text string) (string, error) {
	if !json.Valid([]byte(text)) {
		return "", fmt.Errorf("%.100q is no JSON", text)
	}
	return text, nil
}

func parseSize(text string) (int64, error) {
	number, unit := text, int64(1)
	if mib, ok := strings.CutSuffix(text, "MiB"); ok {
		number, unit = mib, 1<<20
	}
	var n int64
	if _, err := fmt.Sscanf(number+"\n", "%d\n", &n); err != nil {
		return 0, fmt.Errorf("%q is no size, like 64MiB, and no duration", text)
	}
	return n * unit, nil
}

func parsed[T any](field *T, parse func(string) (T, error)) func(string) error {
	return func(text string) (err error) {
		*field, err = parse(text)
		return err
	}
}

func flag(field *bool, set string) func(string) error {
	return func(text string) error {
		*field = text == set
		if !*field {
			return fmt.Errorf("%q must be %q", text, set)
		}
		return nil
	}
}

func oneOf(field *string, choices ...string) func(string) error {
	return func(text string) error {
		*field = text
		if !slices.Contains(choices, text) {
			return fmt.Errorf("%q must be one of %q", text, choices)
		}
		return nil
	}
}
