package python

import (
	"context"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"

	"github.com/vivarium-go/vivarium/modules"
)

func TestArtefactReportsItsVersion(t *testing.T) {
	t.Parallel()
	manifest, err := modules.ReadManifest()
	if err != nil {
		t.Fatal(err)
	}
	r := runScript(t, "import sys, platform\ndef run(p): return [platform.python_version(), sys.platform, sys.version.split()[0]]")
	r.wantResult(t, `["`+manifest.CPython+`","wasi","`+manifest.CPython+`"]`)
}

// A module that is no interpreter is refused right after it is compiled, by what it
// lacks.
func TestInterpreterProbe(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	rt := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter())
	defer func() {
		if err := rt.Close(ctx); err != nil {
			t.Error(err)
		}
	}()
	// (module (func (export "vivarium_run") (param i32)))
	module := []byte("\x00asm\x01\x00\x00\x00\x01\x05\x01\x60\x01\x7f\x00\x03\x02\x01\x00\x07\x10\x01\x0cvivarium_run\x00\x00\x0a\x04\x01\x02\x00\x0b")
	code, err := rt.CompileModule(ctx, module)
	if err != nil {
		t.Fatal(err)
	}
	_, err = NewInterpreter(ctx, Module{Runtime: rt, Code: code}, Config{})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		"not a Vivarium interpreter of ABI v1",
		"vivarium_run: expected () -> (i32), found (i32) -> ()",
		"vivarium_compile: expected () -> (i64), found nothing",
		"memory: expected a memory, found nothing",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error lacks %q: %v", want, err)
		}
	}
}

func TestBootErrors(t *testing.T) {
	t.Parallel()
	interpreter, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := interpreter.NewInstance(context.Background(), 1<<20); err == nil || !strings.Contains(err.Error(), "raise the limit") {
		t.Errorf("too little memory: %v", err)
	}
	module, err := testModule()
	if err != nil {
		t.Fatal(err)
	}
	other := *interpreter // shares the compiled module; only the configuration differs
	other.cfg.Preimport = []string{"json", "no_such_module"}
	if _, err := other.bootInstance(context.Background(), module.Data); err == nil || !strings.Contains(err.Error(), "No module named 'no_such_module'") {
		t.Errorf("preimport of what is not there: %v", err)
	}
}

func TestAsyncio(t *testing.T) {
	t.Parallel()
	runScript(t, `
import asyncio, time

async def squares(queue, n):
    for i in range(n):
        await asyncio.sleep(0.001)
        await queue.put(i * i)
    await queue.put(None)

async def slow():
    await asyncio.sleep(3600)

async def run(params):
    queue, out = asyncio.Queue(2), []
    async with asyncio.TaskGroup() as group:
        group.create_task(squares(queue, 4))
        while (item := await queue.get()) is not None:
            out.append(item)
    gathered = await asyncio.gather(asyncio.sleep(0.01, "a"), asyncio.sleep(0, "b"))
    start = time.monotonic()
    await asyncio.gather(*(asyncio.sleep(0.05) for _ in range(20)))
    together = time.monotonic() - start < 0.5
    try:
        async with asyncio.timeout(0.01):
            await slow()
    except TimeoutError:
        timed = "timeout"
    try:
        await asyncio.wait_for(slow(), 0.01)
    except TimeoutError:
        waited = "wait_for"
    task = asyncio.create_task(slow())
    await asyncio.sleep(0)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        cancelled = True
    try:
        await asyncio.to_thread(print)
    except RuntimeError as error:
        refused = str(error)
    return [out, gathered, together, timed, waited, cancelled, refused]
`).wantResult(t, `[[0,1,4,9],["a","b"],true,"timeout","wait_for",true,"threads cannot be started in this sandbox; call the function directly"]`)
}

// What the image holds is not counted any more, so that a task which uses it does not
// write to it; what a task makes is.
func TestImageObjectsAreImmortal(t *testing.T) {
	t.Parallel()
	r := runScript(t, `
import os, sys
def run(params):
    never = sys.getrefcount(None)
    mine = []
    return [sys.getrefcount(thing) == never for thing in (os, os.path.join, os.path.join.__code__, os.__dict__, os.PathLike, mine, run)]
`)
	r.wantResult(t, `[true,true,true,true,true,false,false]`)
}
