package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/vivarium-go/vivarium/runtime"
)

var coldstart = Benchmark{
	Name: "coldstart", Usage: "what a start takes, with and without a cache, broken into its parts", Duration: 3 * time.Second,
	measure: (*session).coldstart,
	columns: []column{seriesColumn, caseColumn, stateColumn, tasksColumn, p50Column, p95Column, worstColumn},
	chart: chart{title: "start", y: "ms", x: func(r Row) string { return r.Case }, value: func(r Row) float64 { return r.P50 / 1e3 }, bars: true,
		panel: func(r Row) string { return r.State }, only: func(Row) bool { return true }},
}

// colds is how many starts are cold.
var colds = 3

// coldstart measures the start of an engine in this process, part by part, and that of
// the whole command.
func (s *session) coldstart() error {
	w, err := s.payload(payloadScript, 1, 1)
	if err != nil {
		return err
	}
	dirs := make([]string, colds)
	parts := map[string]map[string]*stopwatch{"cold": {}, "warm": {}}
	for i := range dirs {
		s.progress("cold start %d of %d", i+1, colds)
		dirs[i] = filepath.Join(s.dir, fmt.Sprintf("cache%d", i))
		if err := s.startEngine(dirs[i], w, parts["cold"]); err != nil {
			return err
		}
	}
	for began := time.Now(); time.Since(began) < s.Duration; {
		s.progress("warm starts")
		if err := s.startEngine(dirs[0], w, parts["warm"]); err != nil {
			return err
		}
	}
	for _, state := range []string{"cold", "warm"} {
		for _, part := range startParts {
			if watch := parts[state][part]; watch != nil {
				s.add(Row{Series: "engine", Case: part, State: state, Workers: cores(), Concurrency: 1, Tasks: watch.latency().Count, SuccessRate: 1, Latency: watch.latency()})
			}
		}
	}
	return s.startCommands(dirs, w)
}

// The parts of an engine's start, in their order. What the cache has is loaded, machine code and
// image side by side; what it has not is made.
const (
	partCode  = "machine code"
	partImage = "image"
	partRest  = "the rest of New"
	partFirst = "first task"
	partNext  = "second task"
	partClose = "Close"
	partAll   = "all"
)

var startParts = []string{partCode, partImage, partRest, partFirst, partNext, partClose, partAll}

// startEngine starts an engine and measures its parts.
func (s *session) startEngine(dir string, w workload, parts map[string]*stopwatch) error {
	record := func(part string, d time.Duration) {
		if parts[part] == nil {
			parts[part] = newStopwatch()
		}
		parts[part].record(d)
	}
	cfg := s.Engine
	cfg.CacheDir = dir
	ctx := context.WithoutCancel(s.ctx)
	start := time.Now()
	eng, err := runtime.New(ctx, cfg)
	made := time.Now()
	if err != nil {
		return err
	}
	cache, _ := eng.ComponentStatus("module_cache")
	part := func(name string) time.Duration { return seconds(cache.Metrics[name]) }
	loading := max(part("code_load_seconds"), part("image_load_seconds")) // side by side
	making := part("compile_seconds") + part("boot_seconds")
	record(partCode, part("compile_seconds")+part("code_load_seconds"))
	record(partImage, part("boot_seconds")+part("image_load_seconds"))
	record(partRest, made.Sub(start)-loading-making)
	task := runtime.Task{Script: runtime.File(w.path), Params: w.params}
	began := made
	for _, part := range []string{partFirst, partNext} {
		if err := right(w)(eng.Run(ctx, task)); err != nil {
			return errors.Join(err, eng.Close(ctx))
		}
		now := time.Now()
		record(part, now.Sub(began))
		began = now
	}
	if err := eng.Close(ctx); err != nil {
		return err
	}
	record(partClose, time.Since(began))
	record(partAll, time.Since(start))
	return nil
}

// startCommands measures whole processes `vivarium run`, and those of peers.
func (s *session) startCommands(dirs []string, w workload) error {
	if s.Command == "" {
		s.note("skipped the starts of processes: the vivarium program is not known")
		return nil
	}
	run := func(dir string) error {
		cmd := exec.CommandContext(s.ctx, s.Command, "run", w.path, "--params", string(w.params))
		cmd.Env = append(os.Environ(), runtime.CacheEnv+"="+dir)
		var said strings.Builder
		cmd.Stderr = &said
		out, err := cmd.Output()
		if err != nil || string(out) != w.want+"\n" {
			return fmt.Errorf("%v: %w, it printed %.100q and %.500s", cmd.Args[:2], err, out, &said)
		}
		return nil
	}
	cold := &side{row: Row{Series: "vivarium run", Case: partAll, State: "cold", Workers: 1, Concurrency: 1}, watch: newStopwatch()}
	for i := range dirs {
		s.progress("cold start of a process, %d of %d", i+1, len(dirs))
		dir := filepath.Join(s.dir, fmt.Sprintf("command%d", i))
		cold.do = func(int) error { return run(dir) }
		if err := cold.turn(0); err != nil {
			return err
		}
	}
	s.add(cold.finish())
	s.progress("warm starts of a process")
	sides := []*side{{row: Row{Series: "vivarium run", Case: partAll, Workers: 1}, do: func(int) error { return run(dirs[0]) }}}
	for _, p := range s.peers {
		if p.name == peerSubprocess {
			side := p.side(w, 1)
			side.row.Case = partAll
			sides = append(sides, side)
		}
	}
	return s.interleave(false, sides...)
}
