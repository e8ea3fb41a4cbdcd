package wasm

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

var allFeatures = api.CoreFeaturesV2 | experimental.CoreFeaturesTailCall | experimental.CoreFeaturesExtendedConst |
	experimental.CoreFeaturesExceptionHandling | experimental.CoreFeaturesTypedFunctionReferences

var errKilled = errors.New("killed by the test")

// guest is an instance of a module under test.
type guest struct {
	t       *testing.T
	mod     api.Module
	ticks   int
	kill    int           // panic at this tick, 0 for never
	last    time.Time     // of the last tick
	longest time.Duration // between two ticks
	onTick  func(*guest)
}

func newRuntime(t testing.TB, features api.CoreFeatures) wazero.Runtime {
	ctx := context.Background()
	rt := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfig().WithCoreFeatures(features).WithMemoryLimitPages(4096))
	t.Cleanup(func() { rt.Close(ctx) })
	return rt
}

func start(t *testing.T, module []byte) *guest {
	t.Helper()
	rt, ctx, g := newRuntime(t, allFeatures), context.Background(), &guest{t: t}
	_, err := rt.NewHostModuleBuilder("env").NewFunctionBuilder().WithFunc(g.tick).Export("tick").Instantiate(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if g.mod, err = rt.Instantiate(ctx, module); err != nil {
		t.Fatal(err)
	}
	return g
}

func startMetered(t *testing.T, b *builder, quantum uint32) (*guest, MeterReport) {
	t.Helper()
	out, report, err := Meter(b.bytes(), MeterConfig{Quantum: quantum})
	if err != nil {
		t.Fatal(err)
	}
	return start(t, out), report
}

func (g *guest) tick() {
	g.ticks++
	now := time.Now()
	if !g.last.IsZero() {
		g.longest = max(g.longest, now.Sub(g.last))
	}
	g.last = now
	if g.ticks == g.kill {
		panic(errKilled)
	}
	if g.onTick != nil {
		g.onTick(g)
	}
}

func (g *guest) call(name string, args ...uint64) ([]uint64, error) {
	g.t.Helper()
	f := g.mod.ExportedFunction(name)
	if f == nil {
		g.t.Fatalf("no export %q", name)
	}
	return f.Call(context.Background(), args...)
}

func (g *guest) fuel() int32 { return int32(g.mod.ExportedGlobal("vivarium_fuel").Get()) }

func (g *guest) setFuel(fuel int32) {
	g.mod.ExportedGlobal("vivarium_fuel").(api.MutableGlobal).Set(api.EncodeI32(fuel))
}

// used is the fuel used by a guest whose host only ever granted a quantum per tick.
func (g *guest) used(quantum uint32) int64 {
	return int64(quantum)*int64(1+g.ticks) - int64(g.fuel())
}

// mustDie runs an export that never ends and expects the kill to end it.
func mustDie(t *testing.T, b *builder, name string, cfg MeterConfig) {
	t.Helper()
	out, _, err := Meter(b.bytes(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	g := start(t, out)
	g.kill = 5
	begin := time.Now()
	if _, err := g.call(name); !errors.Is(err, errKilled) {
		t.Fatalf("got error %v, expected the kill", err)
	}
	if d := time.Since(begin); d > 10*time.Second {
		t.Errorf("killed after %v", d)
	}
}
