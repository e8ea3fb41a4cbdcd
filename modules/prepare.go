package modules

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"

	"github.com/vivarium-go/vivarium/modules/internal/wasm"
)

// Metering names what the metering pass adds to a module and needs from it.
type Metering struct {
	Tick       string // the guest's exported function, () -> (), called when fuel runs out
	HostModule string // the import module of HostTick
	HostTick   string // the imported function that Tick must call first
	Fuel       string // the mutable i32 global to add, and its export
	Quantum    uint32 // fuel added before each tick
}

// prepared remembers the module metered last, by its digest: a process that makes
// several engines makes them of one interpreter.
var prepared struct {
	sync.Mutex // held while a module is metered, so that it is done once
	of         [sha256.Size]byte
	metering   Metering
	module     []byte
}

// Prepare makes a user's own interpreter fit to be run: the metering of the embedded
// one, and what keeps a module made to escape it from doing so. The caller must not
// change what it returns.
func Prepare(module []byte, m Metering) ([]byte, error) {
	digest := sha256.Sum256(module)
	prepared.Lock()
	defer prepared.Unlock()
	if prepared.module != nil && prepared.of == digest && prepared.metering == m {
		return prepared.module, nil
	}
	metered, _, err := wasm.Meter(module, wasm.MeterConfig{
		TickExport: m.Tick,
		FuelExport: m.Fuel,
		Quantum:    m.Quantum,
		Untrusted:  true,
		HostTick:   wasm.ImportName{Module: m.HostModule, Name: m.HostTick},
	})
	if err != nil {
		return nil, fmt.Errorf("modules: the interpreter cannot be metered: %w", err)
	}
	prepared.of, prepared.metering, prepared.module = digest, m, metered
	return metered, nil
}

// Segment is data that belongs at an offset of an interpreter's memory.
type Segment = wasm.Segment

// Split takes a metered interpreter apart: the module that instances of a snapshot
// are made of, and the data that only the first one needs.
func Split(module []byte) (hollow []byte, data []Segment, err error) {
	found, err := wasm.Inspect(module)
	if err != nil {
		return nil, nil, fmt.Errorf("modules: %w", err)
	}
	switch {
	case len(found.Hidden()) > 0:
		return nil, nil, fmt.Errorf("modules: the interpreter keeps state in %d mutable globals that it does not export", len(found.Hidden()))
	case found.Start:
		return nil, nil, errors.New("modules: the interpreter has a start function; build it as a reactor, with _initialize")
	case len(found.Memories) != 1:
		return nil, nil, fmt.Errorf("modules: the interpreter has %d memories, not 1", len(found.Memories))
	}
	if hollow, err = wasm.Hollow(module, found.Memories[0].Min); err != nil {
		return nil, nil, fmt.Errorf("modules: %w", err)
	}
	if data, err = wasm.Data(module); err != nil {
		return nil, nil, fmt.Errorf("modules: %w", err)
	}
	return hollow, data, nil
}
