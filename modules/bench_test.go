package modules

import (
	"testing"

	"github.com/vivarium-go/vivarium/modules/internal/wasm"
)

// BenchmarkPasses measures the passes over the whole interpreter: what it is split into at a cold
// start, and how it is metered, which a user's own interpreter is at a start.
func BenchmarkPasses(b *testing.B) {
	module, err := Interpreter()
	if err != nil {
		b.Fatal(err)
	}
	for _, pass := range []struct {
		name string
		make func() ([]byte, error)
	}{
		{"meter", func() ([]byte, error) {
			// It is metered already, so this is done to the checks, too: some more than usual.
			metered, _, err := wasm.Meter(module, wasm.MeterConfig{
				TickExport: "vivarium_tick", FuelExport: "again", Quantum: 20_000,
				HostTick: wasm.ImportName{Module: "vivarium_v1", Name: "tick"},
			})
			return metered, err
		}},
		{"split", func() ([]byte, error) { hollow, _, err := Split(module); return hollow, err }},
		{"stub", func() ([]byte, error) { return wasm.Stub(module) }},
	} {
		b.Run(pass.name, func(b *testing.B) {
			b.SetBytes(int64(len(module)))
			for b.Loop() {
				if out, err := pass.make(); err != nil || len(out) == 0 {
					b.Fatalf("%d bytes, %v", len(out), err)
				}
			}
		})
	}
}
