package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/schollz/progressbar/v3"

	"github.com/vivarium-go/vivarium/runtime"
)

// countLines counts the lines of a file, unless ctx ends before.
func countLines(ctx context.Context, r io.Reader) (n int64, err error) {
	buffer := make([]byte, 1<<18)
	last := byte('\n')
	for {
		if ctx.Err() != nil {
			return 0, context.Cause(ctx)
		}
		got, err := r.Read(buffer)
		n += int64(bytes.Count(buffer[:got], []byte{'\n'}))
		if got > 0 {
			last = buffer[got-1]
		}
		if errors.Is(err, io.EOF) {
			if last != '\n' {
				n++
			}
			return n, nil
		}
		if err != nil {
			return 0, err
		}
	}
}

// batchView shows on stderr how far a batch is. It may be used by several goroutines.
type batchView struct {
	mu    sync.Mutex
	w     io.Writer
	width int                      // of the terminal, in columns
	bar   *progressbar.ProgressBar // nil: none
	drawn int                      // lines of the live view on the screen
	over  chan struct{}
	done  sync.WaitGroup
}

// watchBatch begins to show. Where the results are on the same terminal they are enough.
func (p *process) watchBatch(v *batchView, o *batchOptions, b *batch, total int64) {
	if p.isTerminal(p.stderr) && !p.isTerminal(b.out.to) {
		if o.live {
			v.width = p.terminalWidth()
			v.every(200*time.Millisecond, func() { v.draw(liveText(b.eng.Status(), b.stats)) })
		} else {
			v.bar = newBar(p.stderr, total)
			v.every(200*time.Millisecond, func() { v.move(b.stats) })
		}
	}
	if o.statusEvery > 0 {
		v.every(o.statusEvery, func() {
			if text, err := json.Marshal(b.eng.Status()); err == nil {
				v.line(string(text))
			}
		})
	}
}

// newBar makes a progress bar; total is 0 if it is not known.
func newBar(w io.Writer, total int64) *progressbar.ProgressBar {
	if total == 0 {
		total = -1
	}
	return progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(w), progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("tasks"),
		progressbar.OptionSetPredictTime(true), progressbar.OptionClearOnFinish(), progressbar.OptionSetWidth(20),
		progressbar.OptionSetSpinnerChangeInterval(0)) // it is drawn when it moves, and by nobody else
}

// every calls f again and again until the view stops.
func (v *batchView) every(d time.Duration, f func()) {
	v.done.Go(func() {
		ticker := time.NewTicker(d)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				f()
			case <-v.over:
				return
			}
		}
	})
}

// move moves the bar.
func (v *batchView) move(s *batchStats) {
	ended, failed := s.progress()
	v.mu.Lock()
	defer v.mu.Unlock()
	if failed > 0 {
		v.bar.Describe(fmt.Sprintf("%d failed", failed))
	}
	_ = v.bar.Set64(ended) // it is only shown
}

// line writes a line above what is shown.
func (v *batchView) line(text string) {
	_, _ = fmt.Fprintf(v, "vivarium: %s\n", text)
}

// Write implements io.Writer for whole lines, which it writes above what is shown.
func (v *batchView) Write(text []byte) (int, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.clear()
	return v.w.Write(text)
}

// clear takes away what is shown.
func (v *batchView) clear() {
	if v.bar != nil {
		_ = v.bar.Clear()
	}
	if v.drawn > 0 {
		_, _ = fmt.Fprintf(v.w, "\x1b[%dA\x1b[J", v.drawn)
		v.drawn = 0
	}
}

// draw shows a text of several lines in place of the last one. A line that is too long for the
// terminal is cut: it would take two, and the next drawing miss one.
func (v *batchView) draw(text string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.clear()
	for line := range strings.Lines(text) {
		if runes := []rune(line); len(runes) > v.width {
			line = string(runes[:v.width-1]) + "\n"
		}
		_, _ = io.WriteString(v.w, line)
		v.drawn++
	}
}

// stop shows nothing any more.
func (v *batchView) stop() {
	close(v.over)
	v.done.Wait()
	v.mu.Lock()
	defer v.mu.Unlock()
	v.clear()
	v.bar = nil
}

// liveRows are the components that --live shows, and which of their metrics.
var liveRows = []struct {
	component string
	metrics   []string
}{
	{"input_queue", []string{"cpu_size", "io_size", "capacity"}},
	{"cpu_pool", []string{"active_tasks", "slots", "healing_slots", "tasks_total"}},
	{"io_pool", []string{"active_tasks", "slots", "healing_slots", "tasks_total"}},
	{"process_pool", []string{"instances", "idle_instances", "lost_instances_total"}},
	{"executor", []string{"scripts", "script_hits_total", "script_misses_total"}},
}

// liveText is what --live shows: the batch, the queues and pools, how busy each worker is, and
// whatever is not healthy with the reason.
func liveText(status runtime.Status, s *batchStats) string {
	var b strings.Builder
	ended, failed := s.progress()
	fmt.Fprintf(&b, "%d done, %d failed; engine %s for %s\n", ended, failed, status.Engine.Health, short(time.Duration(status.Engine.UptimeSeconds*float64(time.Second))))
	for _, row := range liveRows {
		c := status.Components[row.component]
		fmt.Fprintf(&b, "%-13s %-9s", row.component, c.Health)
		for _, metric := range row.metrics {
			fmt.Fprintf(&b, "  %s %.0f", metric, c.Metrics[metric])
		}
		b.WriteByte('\n')
	}
	for _, kind := range []string{"cpu", "io"} {
		b.WriteString(liveWorkers(status, kind))
	}
	for _, name := range slices.Sorted(maps.Keys(status.Components)) {
		if c := status.Components[name]; c.Health != runtime.Healthy && c.Health != runtime.Unknown {
			fmt.Fprintf(&b, "%s is %s: %s\n", name, c.Health, c.Reason)
		}
	}
	return b.String()
}

// liveWorkers shows how many slots are taken of each worker of a type.
func liveWorkers(status runtime.Status, kind string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-13s          ", kind+"_workers")
	for n := 0; ; n++ {
		c, ok := status.Components[fmt.Sprintf("%s_worker_%d", kind, n)]
		switch {
		case !ok:
			return b.String() + "\n"
		case n == liveWorkersShown:
			return b.String() + "  …\n"
		}
		fmt.Fprintf(&b, "  %.0f/%.0f", c.Metrics["active_tasks"], c.Metrics["slots"])
	}
}

// liveWorkersShown is how many workers of a type fit into a line.
const liveWorkersShown = 8

// serveMetrics serves what a monitoring system asks for, until stop is called. Without an address
// it does nothing.
func serveMetrics(addr string, eng engine) (stop func(), err error) {
	if addr == "" {
		return func() {}, nil
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, usagef("--metrics-listen: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("/metrics", promhttp.HandlerFor(eng.Metrics(), promhttp.HandlerOpts{}))
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) {
		health := eng.Status().Engine.Health
		if health == runtime.Unhealthy {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_, _ = fmt.Fprintln(w, health)
	})
	mux.HandleFunc("/status", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(eng.Status())
	})
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(listener) }) // ends with Close
	return func() {
		_ = server.Close()
		serving.Wait()
	}, nil
}
