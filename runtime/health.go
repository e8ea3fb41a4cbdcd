package runtime

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// Health is how the engine and its components are, as of the last check.
type Health struct {
	Overall    HealthState                `json:"overall"` // the worst of all components
	Reason     string                     `json:"reason,omitempty"`
	Components map[string]ComponentHealth `json:"components"`
	// How many components are healthy, and so on.
	HealthyCount   int       `json:"healthy_count"`
	DegradedCount  int       `json:"degraded_count"`
	UnhealthyCount int       `json:"unhealthy_count"`
	UnknownCount   int       `json:"unknown_count"`
	CheckedAt      time.Time `json:"checked_at"` // zero before the first check
}

// ComponentHealth is how a component is, and why it is not better.
type ComponentHealth struct {
	State  HealthState `json:"state"`
	Reason string      `json:"reason,omitempty"`
}

// rule says when a component that observes a T is not healthy.
type rule[T any] struct {
	state HealthState
	when  string                  // for people
	holds func(T) (reason string) // empty if it does not
}

// judge returns the worst state whose rule holds, with all reasons for it.
func judge[T any](rules []rule[T], seen T) ComponentHealth {
	h := ComponentHealth{State: Healthy}
	for _, r := range rules {
		reason := r.holds(seen)
		switch {
		case reason == "" || r.state.rank() < h.State.rank():
		case r.state == h.State:
			h.Reason += "; " + reason
		default:
			h = ComponentHealth{r.state, reason}
		}
	}
	return h
}

// reasonIf returns the formatted reason if it holds.
func reasonIf(holds bool, format string, args ...any) string {
	if !holds {
		return ""
	}
	return fmt.Sprintf(format, args...)
}

// nearlyFull is the share of its capacity from which on a queue is degraded.
const nearlyFull = 0.8

// The rules. docs/operating.md has them as a table, which a test compares.
var (
	inputQueueRules = []rule[inputQueueSeen]{
		{Unhealthy, "it has refused a task since the last check", func(s inputQueueSeen) string {
			return reasonIf(s.refused > 0, "%d tasks refused since the last check", s.refused)
		}},
		{Degraded, "the queue of a type is at least 80 % full", func(s inputQueueSeen) string {
			return reasonIf(s.fullness >= nearlyFull, "%.0f %% full", 100*s.fullness)
		}},
	}
	outputQueueRules = []rule[storeStats]{
		{Unhealthy, "it is full of results that nobody has fetched, and tasks wait for that", func(s storeStats) string {
			return reasonIf(s.refusing, "full: %d results of %d are not fetched, and submitted tasks wait", s.unfetched, s.capacity)
		}},
		{Degraded, "results that nobody has fetched, and tasks that run, take at least 80 % of it", func(s storeStats) string {
			return reasonIf(s.fullness >= nearlyFull, "%.0f %% full", 100*s.fullness)
		}},
	}
	dispatcherRules = []rule[dispatcherSeen]{
		{Unhealthy, "it accepts no tasks, as the engine is closed or closing", func(s dispatcherSeen) string {
			return reasonIf(s.closed, "the engine is closing")
		}},
		{Degraded, "it holds tasks back until there is room in the output queue", func(s dispatcherSeen) string {
			return reasonIf(s.held > 0, "%d tasks held back", s.held)
		}},
	}
	poolRules = []rule[poolSeen]{
		{Unhealthy, "no slot is usable: all wait for an instance", func(s poolSeen) string {
			return reasonIf(s.broken >= s.slots, "no usable slot of %d", s.slots)
		}},
		{Degraded, "a slot waits for an instance in place of one that broke down", func(s poolSeen) string {
			return reasonIf(s.broken > 0, "%d of %d slots heal", s.broken, s.slots)
		}},
	}
	workerRules = []rule[workerSeen]{
		{Unhealthy, "it has lost three instances within 10 s", func(s workerSeen) string {
			return reasonIf(s.losses >= manyLosses, "%d instances lost within %v", s.losses, lossWindow)
		}},
		{Unhealthy, "a guest of its has not ticked for 1 s although it computes", func(s workerSeen) string {
			return reasonIf(s.stuck > 0, "task %d has not ticked for %v", s.stuck, stuckAfter)
		}},
	}
	executorRules = []rule[executorSeen]{
		{Degraded, "instances are reset by copying: the system has no fast way", func(s executorSeen) string {
			return reasonIf(s.reset == "copy", "reset by copying the whole image")
		}},
		{Degraded, "there is no cache directory, so every start compiles", func(s executorSeen) string {
			return reasonIf(!s.cached, "without a cache directory")
		}},
	}
	moduleCacheRules = []rule[moduleCacheSeen]{
		{Degraded, "something could not be stored, so every start makes it again", func(s moduleCacheSeen) string {
			return reasonIf(s.notStored != nil, "not stored: %v", s.notStored)
		}},
	}
)

// describedRule is a row of the table of all rules.
type describedRule struct {
	components string
	state      HealthState
	when       string
}

// describedRules are all rules, for people.
func describedRules() []describedRule {
	return slices.Concat(
		describe("`input_queue`", inputQueueRules),
		describe("`output_queue`", outputQueueRules),
		describe("`dispatcher`", dispatcherRules),
		describe("`cpu_pool`, `io_pool`", poolRules),
		describe("`cpu_worker_N`, `io_worker_N`", workerRules),
		describe("`executor`", executorRules),
		describe("`module_cache`", moduleCacheRules),
	)
}

func describe[T any](components string, rules []rule[T]) (rows []describedRule) {
	for _, r := range rules {
		rows = append(rows, describedRule{components, r.state, r.when})
	}
	return rows
}

// vitals is a component's own health, as of its last check. It may be used by several
// goroutines.
type vitals struct {
	mu     sync.Mutex
	health ComponentHealth
}

func (v *vitals) set(h ComponentHealth) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.health = h
}

// status is the status of a component with these vitals.
func (v *vitals) status(metrics map[string]float64, info map[string]string) ComponentStatus {
	v.mu.Lock()
	defer v.mu.Unlock()
	return ComponentStatus{Health: cmp.Or(v.health.State, Unknown), Reason: v.health.Reason, Metrics: metrics, Info: info}
}

// checked is a component that looks after itself at every check.
type checked interface {
	Component
	check(now time.Time)
}

// healthChecks is the last check of all components. It may be used by several goroutines.
type healthChecks struct {
	components []Component

	mu     sync.Mutex
	latest Health
}

func newHealthChecks(components []Component) *healthChecks {
	h := &healthChecks{components: components}
	states := map[string]ComponentHealth{}
	for _, c := range components {
		states[c.Name()] = ComponentHealth{Unknown, "not checked yet"}
	}
	h.latest = healthOf(states, time.Time{})
	return h
}

// check checks all components.
func (h *healthChecks) check(now time.Time) {
	states := make(map[string]ComponentHealth, len(h.components))
	for _, c := range h.components {
		if c, ok := c.(checked); ok {
			c.check(now)
		}
		status := c.Status()
		state := status.Health
		if state.rank() == Unknown.rank() {
			state = Unknown // whatever a component of the service's own calls it
		}
		states[c.Name()] = ComponentHealth{state, status.Reason}
	}
	latest := healthOf(states, now)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.latest = latest
}

// healthOf sums the components' health up.
func healthOf(states map[string]ComponentHealth, at time.Time) Health {
	h := Health{Overall: Healthy, Components: states, CheckedAt: at}
	for _, name := range slices.Sorted(maps.Keys(states)) {
		c := states[name]
		switch c.State {
		case Healthy:
			h.HealthyCount++
		case Degraded:
			h.DegradedCount++
		case Unhealthy:
			h.UnhealthyCount++
		default:
			h.UnknownCount++
		}
		if c.State.rank() > h.Overall.rank() {
			h.Overall, h.Reason = c.State, name+": "+cmp.Or(c.Reason, string(c.State))
		}
	}
	return h
}

// Health returns how the engine and its components are, as of the last check; everything
// is Unknown before the first. Config.HealthCheckInterval says how often checks are.
func (e *Engine) Health() Health {
	e.health.mu.Lock()
	defer e.health.mu.Unlock()
	h := e.health.latest
	h.Components = maps.Clone(h.Components)
	return h
}
