package runtime

// Component is a part of the engine, or of the service around it, that tells how it is.
// Its methods may be called from several goroutines.
type Component interface {
	// Name tells it from others: "input_queue".
	Name() string
	// Status returns how it is now. It must not block: it is called at every health check.
	Status() ComponentStatus
}

// ComponentStatus is how a component is.
type ComponentStatus struct{}

func reservedComponent(string) bool { return false }
