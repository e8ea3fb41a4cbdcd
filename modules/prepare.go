package modules

import (
	"fmt"

	"github.com/vivarium-go/vivarium/modules/internal/wasm"
)

// Metering names what the metering pass adds to a module and needs from it.
type Metering struct {
	Tick    string // the guest's exported function, () -> (), called when fuel runs out
	Fuel    string // the mutable i32 global to add, and its export
	Quantum uint32 // fuel added before each tick
}

// Prepare makes a user's own interpreter fit to be run: the same metering as the
// embedded one has had.
func Prepare(module []byte, m Metering) ([]byte, error) {
	metered, _, err := wasm.Meter(module, wasm.MeterConfig{
		TickExport: m.Tick,
		FuelExport: m.Fuel,
		Quantum:    m.Quantum,
	})
	if err != nil {
		return nil, fmt.Errorf("modules: the interpreter cannot be metered: %w", err)
	}
	return metered, nil
}
