package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/vivarium-go/vivarium/runtime"
)

const (
	slowestTasks   = 5   // that a summary names
	commonErrors   = 5   // that a summary names
	distinctErrors = 500 // that are told apart; the others are counted together
)

// batchStats counts how the tasks of a batch end. It may be used by several goroutines.
type batchStats struct {
	mu        sync.Mutex
	began     time.Time
	ok        int64
	failed    int64
	skipped   int64                   // had a result already
	badBefore int64                   // of these, failed
	exec      *hdrhistogram.Histogram // microseconds
	slowest   []slowTask              // the slowest first
	errors    map[string]int64
}

type slowTask struct {
	name string
	exec time.Duration
}

func newBatchStats() *batchStats {
	return &batchStats{
		began:  time.Now(),
		exec:   hdrhistogram.New(1, (24 * time.Hour).Microseconds(), 3),
		errors: map[string]int64{},
	}
}

func (s *batchStats) skip() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.skipped++
}

func (s *batchStats) count(o outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o.result.OK() {
		s.ok++
	} else {
		s.failed++
		what := headline(o.result.Err)
		if _, known := s.errors[what]; !known && len(s.errors) >= distinctErrors {
			what = "others"
		}
		s.errors[what]++
	}
	if o.err != nil {
		return // it was not run
	}
	took := o.result.Usage.Exec
	_ = s.exec.RecordValue(max(took.Microseconds(), 1)) // what lasts for more than a day is not in it
	if len(s.slowest) == slowestTasks && took <= s.slowest[slowestTasks-1].exec {
		return
	}
	s.slowest = append(s.slowest, slowTask{o.name(), took})
	slices.SortStableFunc(s.slowest, func(a, b slowTask) int { return cmp.Compare(b.exec, a.exec) })
	s.slowest = s.slowest[:min(len(s.slowest), slowestTasks)]
}

// name is what people call a task.
func (t batchTask) name() string {
	if t.id == "" {
		return fmt.Sprintf("line %d", t.line)
	}
	return fmt.Sprintf("%s (line %d)", t.id, t.line)
}

// headline is an error in a line, without what differs from task to task as far as that is known.
func headline(err error) string {
	text := err.Error()
	if script := new(runtime.ScriptError); errors.As(err, &script) && !errors.As(err, new(*runtime.LimitError)) {
		text = script.Error()
	}
	text, _, _ = strings.Cut(text, "\n")
	if runes := []rune(text); len(runes) > 100 {
		text = string(runes[:99]) + "…"
	}
	return text
}

// progress returns how many tasks have ended and how many of them failed, those done before
// included in the former.
func (s *batchStats) progress() (ended, failed int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ok + s.failed + s.skipped, s.failed
}

// write writes the summary.
func (s *batchStats) write(w io.Writer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	ran, took := s.ok+s.failed, time.Since(s.began)
	fmt.Fprintf(&b, "%d tasks in %s, %.0f a second", ran, short(took), float64(ran)/took.Seconds())
	if s.skipped > 0 {
		fmt.Fprintf(&b, "; %d had a result before, of which %d failed", s.skipped, s.badBefore)
	}
	b.WriteByte('\n')
	if ran > 0 {
		fmt.Fprintf(&b, "success    %.2f %% (%d ok, %d failed)\n", 100*float64(s.ok)/float64(ran), s.ok, s.failed)
	}
	if s.exec.TotalCount() > 0 {
		at := func(q float64) string { return short(time.Duration(s.exec.ValueAtQuantile(q)) * time.Microsecond) }
		fmt.Fprintf(&b, "exec       p50 %s, p95 %s, p99 %s\n", at(50), at(95), at(99))
	}
	for i, t := range s.slowest {
		fmt.Fprintf(&b, "%-10s %s  %s\n", heading("slowest", i), short(t.exec), t.name)
	}
	type counted struct {
		what string
		n    int64
	}
	var all []counted
	for what, n := range s.errors {
		all = append(all, counted{what, n})
	}
	slices.SortFunc(all, func(a, b counted) int { return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(a.what, b.what)) })
	for i, e := range all[:min(len(all), commonErrors)] {
		fmt.Fprintf(&b, "%-10s %d ×  %s\n", heading("errors", i), e.n, e.what)
	}
	_, _ = io.WriteString(w, b.String())
}

// heading is shown before the first of several lines.
func heading(text string, i int) string {
	if i > 0 {
		return ""
	}
	return text
}
