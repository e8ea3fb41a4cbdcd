package runtime

import (
	"slices"
	"strings"
)

// Component is a part of the engine, or of the service around it, that tells how it is.
// Its methods may be called from several goroutines.
type Component interface {
	// Name tells it from others: "input_queue".
	Name() string
	// Status returns how it is now. It must not block: it is called at every health check.
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
