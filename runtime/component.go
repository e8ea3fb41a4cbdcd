package runtime

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// Component is a part of the engine, or of the service around it, that tells how it is.
// Its methods may be called from several goroutines.
type Component interface {
	// Name tells it from others: "input_queue".
	Name() string
	// Status returns how it is now. It is called at every health check, and one that takes
	// longer than 100 ms, or panics, is Unhealthy.
	Status() ComponentStatus
}

// ComponentStatus is how a component is.
type ComponentStatus struct {
	// Health is that of the last check, and Reason what it is due to.
	Health HealthState `json:"health"`
	Reason string      `json:"reason,omitempty"`
	// Metrics are numbers by name: counts, bytes, seconds and shares of 1, as the name
	// says. Those that end in "_total" only grow.
	Metrics map[string]float64 `json:"metrics"`
	// Info is what is no number.
	Info map[string]string `json:"info,omitempty"`
}

// reservedComponent says whether a component of the engine's own may have the name.
func reservedComponent(name string) bool {
	return slices.Contains(ownComponents, name) || strings.HasPrefix(name, "cpu_worker_") || strings.HasPrefix(name, "io_worker_")
}

// HealthState says how well something is.
type HealthState string

// The states, from good to bad.
const (
	Healthy   HealthState = "healthy"
	Unknown   HealthState = "unknown"   // not checked yet
	Degraded  HealthState = "degraded"  // works, but not as well as it should
	Unhealthy HealthState = "unhealthy" // does not do all it is there for
)

// rank orders states; the worst has the highest.
func (s HealthState) rank() int {
	switch s {
	case Healthy:
		return 0
	case Degraded:
		return 2
	case Unhealthy:
		return 3
	default:
		return 1
	}
}

// patient is a component of the service's own: it may panic, or not return.
type patient struct {
	Component

	mu      sync.Mutex // guards what follows
	pending chan struct{}
	since   time.Time
	last    ComponentStatus
}

// statusPatience is how long a component's Status may take.
const statusPatience = 100 * time.Millisecond

// Status returns what the component says, or that it does not.
func (p *patient) Status() ComponentStatus {
	p.mu.Lock()
	if p.pending == nil {
		p.pending, p.since = make(chan struct{}), time.Now()
		go p.ask(p.pending)
	}
	answered, since := p.pending, p.since
	p.mu.Unlock()
	timer := time.NewTimer(statusPatience)
	defer timer.Stop()
	select {
	case <-answered:
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.last
	case <-timer.C:
		return ComponentStatus{Health: Unhealthy, Reason: fmt.Sprintf("Status has not returned for %v", time.Since(since).Round(time.Millisecond))}
	}
}

func (p *patient) ask(answered chan struct{}) {
	status := ComponentStatus{Health: Unhealthy, Reason: "Status did not return"}
	defer func() {
		if r := recover(); r != nil {
			status.Reason = fmt.Sprintf("Status panicked: %v", r)
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		p.last, p.pending = status, nil
		close(answered)
	}()
	status = p.Component.Status()
}
