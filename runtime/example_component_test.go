package runtime_test

import (
	"fmt"
	"sync/atomic"

	"github.com/vivarium-go/vivarium/runtime"
)

// uploads is a component of the service around the engine: what waits to be sent elsewhere.
// It may be used by several goroutines.
type uploads struct{ waiting atomic.Int64 }

const enoughUploads = 100

func (*uploads) Name() string { return "uploads" }

func (u *uploads) Status() runtime.ComponentStatus {
	waiting := u.waiting.Load()
	status := runtime.ComponentStatus{
		Health:  runtime.Healthy,
		Metrics: map[string]float64{"waiting": float64(waiting)},
		Info:    map[string]string{"to": "archive"},
	}
	if waiting > enoughUploads {
		status.Health = runtime.Degraded
		status.Reason = fmt.Sprintf("%d uploads wait", waiting)
	}
	return status
}

// A component of the service's own is in the engine's status and health.
func ExampleComponent() {
	queue := new(uploads)
	eng, stop := start(runtime.Config{Components: []runtime.Component{queue}})
	defer stop()
	queue.waiting.Store(7)
	status, ok := eng.ComponentStatus("uploads")
	fmt.Println(ok, status.Metrics["waiting"], status.Info["to"])
	// Output: true 7 archive
}
