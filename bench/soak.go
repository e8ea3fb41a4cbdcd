package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"gonum.org/v1/gonum/stat"

	"github.com/vivarium-go/vivarium/runtime"
)

// SoakConfig says how to soak.
type SoakConfig struct {
	// Engine is the configuration of the engine, to whose HostFuncs those of the hostile
	// scripts are added. The engines that are started beside it have a cache of their own.
	Engine runtime.Config
	// Duration is how long to soak, warming up and cooling down not included.
	Duration time.Duration
	// Seed decides the order of the hostile scripts.
	Seed uint64
	// Progress, if it is set, is called now and then.
	Progress func(SoakReport)
}

// SoakReport is what came of a soak.
type SoakReport struct {
	Machine Machine   `json:"machine"`
	Began   time.Time `json:"began"`
	Seconds float64   `json:"seconds"`
	Seed    uint64    `json:"seed"`

	// Tasks that ended as they had to, by kind of load; none other is lost or wrong
	// unless Failures says so.
	Tasks   map[string]int64 `json:"tasks"`
	PerS    float64          `json:"tasks_per_s"`
	Stops   Stops            `json:"stops"`
	Resets  int64            `json:"resets"`  // instances that were put back after a task
	Engines int64            `json:"engines"` // started beside it, each from a cache that was damaged before

	// Latencies from submission to result of tasks that somebody waits for, and "overrun",
	// how long hostile scripts ran beyond their time, if they did.
	Latencies map[string]Latency `json:"latencies"`

	// Before is the process with an engine that was closed again, After the same at the
	// end. What grows in between is in Slopes, by least squares over the samples of the last
	// three quarters, per hour.
	Before  Footprint `json:"before"`
	After   Footprint `json:"after"`
	Slopes  Slopes    `json:"slopes_per_hour"`
	Samples int       `json:"samples"`

	FailureCount int      `json:"failure_count"`
	Failures     []string `json:"failures"` // the first ones

	accepted, finished float64 // tasks
}

// Stops counts the tasks that did not end by themselves.
type Stops struct {
	Soft int64 `json:"soft"` // the script stopped when it was asked to
	Hard int64 `json:"hard"` // it had to be stopped
	Died int64 `json:"died"` // its interpreter broke down
}

// Slopes are changes per hour.
type Slopes struct {
	Goroutines    float64 `json:"goroutines"`
	Descriptors   float64 `json:"descriptors"`
	Mappings      float64 `json:"mappings"`
	ResidentBytes float64 `json:"resident_bytes"`
}

// OK says whether everything was as it has to be.
func (r SoakReport) OK() bool { return r.FailureCount == 0 }

const (
	failuresKept = 20
	soakSamples  = 400 // footprints, at most
	sampleEvery  = 250 * time.Millisecond
	progressions = 60

	// leakedBytes is what the process may hold more in the end than in the beginning: Go's
	// heap and its spans are never given back to the last byte.
	leakedBytes = 64 << 20
)

// soak is a soak that goes on.
type soak struct {
	cfg    SoakConfig
	engine *runtime.Engine
	began  time.Time
	stop   context.Context // the load ends with it

	tasks, stopsSoft, stopsHard, died, engines atomic.Int64
	byKind                                     sync.Map // of *atomic.Int64
	watches                                    map[string]*stopwatch
	stuck                                      sync.WaitGroup // host functions that outlive their tasks

	mu       sync.Mutex
	failures []string
	failed   int
}

// The latencies that a soak measures.
const (
	waitCPU  = "cpu"     // an honest CPU-bound task
	waitIO   = "io"      // an honest IO-bound task that sleeps 1 ms
	overrun  = "overrun" // a hostile script, beyond its time
	newStart = "engine start"
)

// Soak runs honest, hostile and cancelled tasks together for a while, starts other engines
// beside them from damaged caches, and reports what happened. The error says why it
// could not be done; whether all was well is in the report.
func Soak(ctx context.Context, cfg SoakConfig) (report SoakReport, err error) {
	dir, err := os.MkdirTemp("", "vivarium-soak-*")
	if err != nil {
		return SoakReport{}, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	s := &soak{cfg: cfg, watches: make(map[string]*stopwatch)}
	for _, name := range []string{waitCPU, waitIO, overrun, newStart} {
		s.watches[name] = newStopwatch()
	}
	// An engine that comes and goes first: what stays of it is no leak.
	if err := s.start(ctx); err != nil {
		return SoakReport{}, err
	}
	if err := s.close(); err != nil {
		return SoakReport{}, err
	}
	before := FootprintAtRest()
	if err := s.start(ctx); err != nil {
		return SoakReport{}, err
	}
	s.began = time.Now()
	stop, cancel := context.WithTimeout(ctx, cfg.Duration)
	defer cancel()
	s.stop = stop
	var load sync.WaitGroup
	for _, each := range s.loads(dir) {
		load.Go(each)
	}
	samples := s.watch()
	load.Wait()
	ended := time.Now()
	report = s.report(samples)
	if err := s.close(); err != nil {
		return report, err
	}
	report = s.report(samples)
	report.Seconds = ended.Sub(s.began).Seconds()
	report.PerS = float64(s.tasks.Load()) / report.Seconds
	report.Before, report.After = before, FootprintAtRest()
	report.judge()
	return report, context.Cause(ctx)
}

// start makes the engine.
func (s *soak) start(ctx context.Context) (err error) {
	cfg := s.cfg.Engine
	cfg.HostFuncs = s.hostFuncs()
	s.engine, err = runtime.New(ctx, cfg)
	if err != nil {
		return err
	}
	_, err = s.engine.Run(ctx, honest[0].task())
	return err
}

// close closes the engine, and waits for what its tasks have left behind.
func (s *soak) close() error {
	err := s.engine.Close(context.Background())
	s.stuck.Wait()
	return err
}

// watch takes samples until the load ends.
func (s *soak) watch() (samples []sample) {
	tick := time.NewTicker(max(s.cfg.Duration/soakSamples, sampleEvery))
	defer tick.Stop()
	reported := s.began
	for {
		select {
		case <-s.stop.Done():
			return samples
		case now := <-tick.C:
			samples = append(samples, sample{now.Sub(s.began), FootprintNow()})
			if s.cfg.Progress != nil && now.Sub(reported) >= max(s.cfg.Duration/progressions, time.Second) {
				s.cfg.Progress(s.report(samples))
				reported = now
			}
		}
	}
}

type sample struct {
	at time.Duration
	Footprint
}

// slopes fits a line to the last three quarters of the samples: before, caches fill.
func slopes(samples []sample) (s Slopes) {
	samples = samples[len(samples)/4:]
	if len(samples) < 2 {
		return Slopes{}
	}
	hours := make([]float64, len(samples))
	values := make([]float64, len(samples))
	slope := func(of func(Footprint) float64) float64 {
		for i, sample := range samples {
			hours[i], values[i] = sample.at.Hours(), of(sample.Footprint)
		}
		_, perHour := stat.LinearRegression(hours, values, nil, false)
		return perHour
	}
	return Slopes{
		Goroutines:    slope(func(f Footprint) float64 { return float64(f.Goroutines) }),
		Descriptors:   slope(func(f Footprint) float64 { return float64(f.Descriptors) }),
		Mappings:      slope(func(f Footprint) float64 { return float64(f.Mappings) }),
		ResidentBytes: slope(func(f Footprint) float64 { return float64(f.ResidentBytes) }),
	}
}

// fail notes that something is not as it has to be.
func (s *soak) fail(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed++; s.failed <= failuresKept {
		s.failures = append(s.failures, fmt.Sprintf("after %v: ", time.Since(s.began).Round(time.Second))+fmt.Sprintf(format, args...))
	}
}

// done counts a task that has ended as it had to.
func (s *soak) done(kind string) {
	s.tasks.Add(1)
	count, ok := s.byKind.Load(kind)
	if !ok {
		count, _ = s.byKind.LoadOrStore(kind, new(atomic.Int64))
	}
	count.(*atomic.Int64).Add(1)
}

// report says how things are.
func (s *soak) report(samples []sample) SoakReport {
	r := SoakReport{
		Machine: ThisMachine(),
		Began:   s.began, Seconds: time.Since(s.began).Seconds(), Seed: s.cfg.Seed,
		Tasks:   make(map[string]int64),
		Stops:   Stops{s.stopsSoft.Load(), s.stopsHard.Load(), s.died.Load()},
		Engines: s.engines.Load(),
		Slopes:  slopes(samples), Samples: len(samples),
		Latencies: make(map[string]Latency),
	}
	r.PerS = float64(s.tasks.Load()) / r.Seconds
	s.byKind.Range(func(kind, count any) bool {
		r.Tasks[kind.(string)] = count.(*atomic.Int64).Load()
		return true
	})
	status := s.engine.Status().Components
	pools := status["process_pool"].Metrics
	r.Resets = int64(pools["tasks_total"] - pools["lost_instances_total"])
	r.accepted, r.finished = status["input_queue"].Metrics["accepted_total"], status["dispatcher"].Metrics["finished_total"]
	for name, watch := range s.watches {
		r.Latencies[name] = watch.latency()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r.Failures, r.FailureCount = append([]string{}, s.failures...), s.failed
	return r
}

// judge adds what was lost, and what the process still holds, to the failures.
func (r *SoakReport) judge() {
	leak := func(what string, before, after, more int64) {
		if after > before+more {
			r.FailureCount++
			r.Failures = append(r.Failures, fmt.Sprintf("%s: %d before, %d after", what, before, after))
		}
	}
	if r.accepted != r.finished {
		r.FailureCount++
		r.Failures = append(r.Failures, fmt.Sprintf("%.0f tasks were accepted, but %.0f have ended", r.accepted, r.finished))
	}
	leak("goroutines", int64(r.Before.Goroutines), int64(r.After.Goroutines), 0)
	leak("descriptors", int64(r.Before.Descriptors), int64(r.After.Descriptors), 0)
	leak("mappings", int64(r.Before.Mappings), int64(r.After.Mappings), mappingsOfGo)
	leak("resident bytes", r.Before.ResidentBytes, r.After.ResidentBytes, leakedBytes)
}

// mappingsOfGo is how many mappings Go's own heap and stacks may have come to take.
const mappingsOfGo = 32
