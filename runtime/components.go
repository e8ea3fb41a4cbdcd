package runtime

import (
	"strconv"
	"strings"
	"time"

	"github.com/vivarium-go/vivarium/pool"
)

// components are all parts of the engine that report how they are: its own, then those
// of Config.
func (e *Engine) components(b *boot) []Component {
	cpu := &poolComponent{engine: e, lane: e.lanes[CPUBound], name: "cpu_pool"}
	io := &poolComponent{engine: e, lane: e.lanes[IOBound], name: "io_pool"}
	all := []Component{
		&inputQueue{engine: e},
		&outputQueue{engine: e},
		&dispatcher{engine: e},
		cpu, io,
		&processPool{engine: e, cpu: cpu, io: io},
	}
	for _, l := range e.lanes {
		for id, w := range l.workers {
			all = append(all, &workerComponent{worker: w, lane: l, id: id})
		}
	}
	all = append(all, &executor{engine: e, cached: b.cache != nil, preimport: strings.Join(b.cfg.Preimport, ",")}, &moduleCache{boot: b.summary()})
	for _, c := range e.cfg.Components {
		all = append(all, &patient{Component: c})
	}
	return all
}

// ownComponents are the names of the engine's components, workers apart.
var ownComponents = []string{"input_queue", "output_queue", "dispatcher", "cpu_pool", "io_pool", "process_pool", "executor", "module_cache"}

// inputQueue is where accepted tasks wait: a queue for each type of task.
type inputQueue struct {
	vitals
	engine  *Engine
	refused uint64 // when it was last checked; by check only
}

// inputQueueSeen is what a check sees of the input queue.
type inputQueueSeen struct {
	refused  uint64  // since the last check
	fullness float64 // of the fuller queue
}

func (q *inputQueue) Name() string { return "input_queue" }

func (q *inputQueue) check(time.Time) {
	var seen inputQueueSeen
	for _, l := range q.engine.lanes {
		seen.refused += l.rejected.Load()
		seen.fullness = max(seen.fullness, fullness(l.pool.Stats()))
	}
	seen.refused, q.refused = seen.refused-q.refused, seen.refused
	q.set(judge(inputQueueRules, seen))
}

func fullness(s pool.Stats) float64 { return float64(s.Queued) / float64(s.Capacity) }

// Status implements Component.
func (q *inputQueue) Status() ComponentStatus {
	cpu, io := q.engine.lanes[CPUBound], q.engine.lanes[IOBound]
	c, i := cpu.pool.Stats(), io.pool.Stats()
	return q.status(map[string]float64{
		"size":           float64(c.Queued + i.Queued),
		"capacity":       float64(c.Capacity + i.Capacity),
		"fullness":       max(fullness(c), fullness(i)),
		"cpu_size":       float64(c.Queued),
		"io_size":        float64(i.Queued),
		"cpu_peak":       float64(c.Peak),
		"io_peak":        float64(i.Peak),
		"accepted_total": float64(cpu.accepted.Load() + io.accepted.Load()),
		"rejected_total": float64(cpu.rejected.Load() + io.rejected.Load()),
	}, nil)
}

// outputQueue is the store of results.
type outputQueue struct {
	vitals
	engine *Engine
}

// stats are the store's; tasks that it has refused count while they still wait.
func (q *outputQueue) stats() storeStats {
	s := q.engine.store.stats()
	s.refusing = q.engine.held() > 0
	return s
}

func (q *outputQueue) Name() string { return "output_queue" }

func (q *outputQueue) check(time.Time) { q.set(judge(outputQueueRules, q.stats())) }

// Status implements Component.
func (q *outputQueue) Status() ComponentStatus {
	s := q.stats()
	return q.status(map[string]float64{
		"size":           float64(s.size),
		"unfetched":      float64(s.unfetched),
		"capacity":       float64(s.capacity),
		"fullness":       s.fullness,
		"bytes":          float64(s.bytes),
		"expired_total":  float64(s.expired),
		"evicted_total":  float64(s.evicted),
		"holds_tasks_up": number(s.refusing),
	}, nil)
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// dispatcher is what brings tasks to workers. It has no goroutine of its own: who gives a
// slot back takes the next task along.
type dispatcher struct {
	vitals
	engine *Engine
}

// dispatcherSeen is what a check sees of the dispatcher.
type dispatcherSeen struct {
	closed bool
	held   int // tasks that wait for room in the result store
}

func (d *dispatcher) Name() string { return "dispatcher" }

// held returns how many submitted tasks wait while the result store is full.
func (e *Engine) held() (n int) {
	if e.store.stats().refusing {
		for _, l := range e.lanes {
			n += l.pool.Stats().Gated
		}
	}
	return n
}

func (d *dispatcher) check(time.Time) {
	d.set(judge(dispatcherRules, dispatcherSeen{d.engine.isClosed(), d.engine.held()}))
}

// Status implements Component.
func (d *dispatcher) Status() ComponentStatus {
	var started, finished uint64
	for _, l := range d.engine.lanes {
		started += l.started.Load()
		finished += l.finished.Load()
	}
	return d.status(map[string]float64{
		"dispatched_total": float64(started),
		"finished_total":   float64(finished),
		"held":             float64(d.engine.held()),
	}, nil)
}

// poolComponent is the workers of one type of task.
type poolComponent struct {
	vitals
	engine *Engine
	lane   *lane
	name   string
}

// poolSeen is what a check sees of a pool.
type poolSeen struct{ slots, broken int }

func (p *poolComponent) Name() string { return p.name }

func (p *poolComponent) check(time.Time) {
	p.set(judge(poolRules, poolSeen{p.lane.pool.Stats().Slots, p.lane.broken()}))
}

// broken returns how many slots need a new instance.
func (l *lane) broken() (n int) {
	for _, w := range l.workers {
		n += w.stats().broken
	}
	return n
}

// Status implements Component.
func (p *poolComponent) Status() ComponentStatus { return p.status(p.metrics(), nil) }

func (p *poolComponent) metrics() map[string]float64 {
	s, broken := p.lane.pool.Stats(), p.lane.broken()
	var lost uint64
	for _, w := range p.lane.workers {
		lost += w.stats().lost
	}
	return map[string]float64{
		"active_tasks":         float64(max(s.Active-broken, 0)),
		"workers":              float64(len(p.lane.workers)),
		"slots":                float64(s.Slots),
		"healing_slots":        float64(broken),
		"tasks_total":          float64(p.lane.started.Load()),
		"lost_instances_total": float64(lost),
	}
}

// processPool is both pools together, and the instances that they share.
type processPool struct {
	vitals
	engine  *Engine
	cpu, io *poolComponent
}

func (p *processPool) Name() string { return "process_pool" }

func (p *processPool) check(time.Time) {
	worst := ComponentHealth{State: Healthy}
	for _, part := range []*poolComponent{p.cpu, p.io} {
		if s := part.status(nil, nil); s.Health.rank() > worst.State.rank() {
			worst = ComponentHealth{s.Health, part.name + ": " + s.Reason}
		}
	}
	p.set(worst)
}

// Status implements Component.
func (p *processPool) Status() ComponentStatus {
	metrics := p.cpu.metrics()
	for name, value := range p.io.metrics() {
		metrics[name] += value
	}
	e := p.engine
	metrics["instances"] = float64(e.live.Load())
	metrics["idle_instances"] = float64(e.idle.Len())
	metrics["instances_made_total"] = float64(e.made.Load())
	metrics["host_memory_bytes"] = float64(e.memory.usedBytes())
	metrics["host_memory_limit_bytes"] = float64(e.cfg.MaxHostMemory)
	return p.status(metrics, nil)
}

// workerComponent is one worker.
type workerComponent struct {
	vitals
	worker *worker
	lane   *lane
	id     int
}

// workerSeen is what a check sees of a worker.
type workerSeen struct {
	losses int    // lately
	stuck  TaskID // a task whose guest does not tick; 0 if there is none
}

func (w *workerComponent) Name() string { return w.worker.name }

func (w *workerComponent) check(now time.Time) { w.set(judge(workerRules, w.worker.look(now))) }

// Status implements Component.
func (w *workerComponent) Status() ComponentStatus {
	load, s := w.lane.pool.Load(w.id), w.worker.stats()
	return w.status(map[string]float64{
		"active_tasks":         float64(max(load.Active-s.broken, 0)),
		"slots":                float64(w.worker.slots),
		"healing_slots":        float64(s.broken),
		"tasks_total":          float64(load.Total),
		"lost_instances_total": float64(s.lost),
	}, nil)
}

// executor is the interpreter: its image, and the scripts it has compiled.
type executor struct {
	vitals
	engine    *Engine
	cached    bool
	preimport string // modules, separated by commas
}

// executorSeen is what a check sees of the executor.
type executorSeen struct {
	reset  string
	cached bool
}

func (x *executor) Name() string { return "executor" }

func (x *executor) check(time.Time) {
	x.set(judge(executorRules, executorSeen{x.engine.interpreter.Stats().Reset, x.cached}))
}

// Status implements Component.
func (x *executor) Status() ComponentStatus {
	s := x.engine.interpreter.Stats()
	return x.status(map[string]float64{
		"image_bytes":         float64(s.ImageBytes),
		"hot_pages":           float64(s.HotPages),
		"scripts":             float64(s.Scripts),
		"script_bytes":        float64(s.ScriptBytes),
		"script_hits_total":   float64(s.CodeHits),
		"script_misses_total": float64(s.CodeMisses),
	}, map[string]string{"reset": s.Reset, "preimport": x.preimport})
}

// moduleCache is the cache directory, of which an engine makes use when it starts.
type moduleCache struct {
	vitals
	boot bootSummary
}

// moduleCacheSeen is what a check sees of the cache directory.
type moduleCacheSeen struct{ notStored error }

func (m *moduleCache) Name() string { return "module_cache" }

func (m *moduleCache) check(time.Time) {
	m.set(judge(moduleCacheRules, moduleCacheSeen{m.boot.notStored}))
}

// Status implements Component.
func (m *moduleCache) Status() ComponentStatus {
	return m.status(map[string]float64{
		"code_loaded":        number(m.boot.codeLoaded),
		"image_loaded":       number(m.boot.imageLoaded),
		"compile_seconds":    m.boot.compileTime.Seconds(),
		"code_load_seconds":  m.boot.codeLoadTime.Seconds(),
		"image_load_seconds": m.boot.imageLoadTime.Seconds(),
		"boot_seconds":       m.boot.bootTime.Seconds(),
	}, map[string]string{"directory": m.boot.dir, "enabled": strconv.FormatBool(m.boot.dir != "")})
}
