package runtime

import (
	"maps"
	"slices"
	"time"
)

// Status is how the engine and all its components are now. Its JSON is for people and
// programs: "components.input_queue.metrics.size".
type Status struct {
	Engine     EngineStatus               `json:"engine"`
	Components map[string]ComponentStatus `json:"components"`
}

// EngineStatus is how the engine as a whole is.
type EngineStatus struct {
	IsRunning     bool        `json:"is_running"` // it accepts tasks
	Health        HealthState `json:"health"`
	Reason        string      `json:"reason,omitempty"`
	StartedAt     time.Time   `json:"started_at"`
	UptimeSeconds float64     `json:"uptime_seconds"`
	Version       string      `json:"version"`
}

// Status returns how the engine and all its components are now. Health is that of the
// last check.
func (e *Engine) Status() Status {
	health := e.Health()
	s := Status{
		Engine: EngineStatus{
			IsRunning:     !e.isClosed(),
			Health:        health.Overall,
			Reason:        health.Reason,
			StartedAt:     e.started,
			UptimeSeconds: time.Since(e.started).Seconds(),
			Version:       Version().Vivarium,
		},
		Components: make(map[string]ComponentStatus, len(e.health.components)),
	}
	for _, c := range e.health.components {
		s.Components[c.Name()] = statusOf(c, health)
	}
	return s
}

// ComponentStatus returns the status of one component; false if there is none of that
// name. Status has all of them.
func (e *Engine) ComponentStatus(name string) (ComponentStatus, bool) {
	at := slices.IndexFunc(e.health.components, func(c Component) bool { return c.Name() == name })
	if at < 0 {
		return ComponentStatus{}, false
	}
	return statusOf(e.health.components[at], e.Health()), true
}

// statusOf is a component's status with the health of the last check, so that it does not
// contradict Engine.Health.
func statusOf(c Component, health Health) ComponentStatus {
	s := c.Status()
	s.Metrics, s.Info = maps.Clone(s.Metrics), maps.Clone(s.Info)
	if s.Metrics == nil {
		s.Metrics = map[string]float64{}
	}
	checked := health.Components[c.Name()]
	s.Health, s.Reason = checked.State, checked.Reason
	return s
}

func (e *Engine) isClosed() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.closed
}
