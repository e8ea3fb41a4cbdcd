package python

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/tetratelabs/wazero/api"

	"github.com/vivarium-go/vivarium/hostabi"
	"github.com/vivarium-go/vivarium/hostabi/wasi"
)

//go:embed zygote/warm.py
var warmSource []byte

//go:embed zygote/tidy.py
var tidySource []byte

// warmUps is how often the zygote runs the warm-up script: CPython specialises
// bytecode after a few runs.
const warmUps = 5

// zygoteMemory bounds the zygote, and so the image.
const zygoteMemory = 1 << 30

// stateGlobals are the mutable globals of a guest: with the memory, its whole state.
var stateGlobals = [...]string{hostabi.ExportStack, hostabi.ExportFuel}

// takeImage boots the interpreter, warms it up and takes its snapshot.
func (p *Interpreter) takeImage(ctx context.Context, data []Segment) (_ *Image, err error) {
	zygote, err := p.bootInstance(ctx, data)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, zygote.Close(ctx)) }()
	for range warmUps {
		if err := zygote.warm(ctx, Script{Name: "warm.py", Source: warmSource}, io.Discard); err != nil {
			return nil, err
		}
	}
	var lasting bytes.Buffer
	if err := zygote.warm(ctx, Script{Name: "tidy.py", Source: tidySource}, &boundedWriter{to: &lasting, left: maxLasting}); err != nil {
		return nil, err
	}
	zygote.immortalize(lasting.Bytes())
	globals, err := zygote.globals()
	if err != nil {
		return nil, err
	}
	state := make([]uint64, len(globals))
	for i, g := range globals {
		state[i] = g.Get()
	}
	return imageOf(zygote.memory.view(), state)
}

// maxLasting bounds what tidy.py writes, in bytes: 4 million objects.
const maxLasting = 16 << 20

// immortalize makes objects immortal in the sense of PEP 683: it gives them the
// reference count at which CPython stops counting. Without it a task writes to the
// count of whatever it uses of the image, and so to a third more pages, each of
// which is then copied and put back.
//
// lasting is what tidy.py wrote: the count, the address of None, which has it, and
// the objects' addresses, as words of 32 bits. An object begins with its count. What
// does not fit, because the guest is no CPython, is left alone.
func (in *Instance) immortalize(lasting []byte) {
	memory := in.module.Memory()
	word := func(i int) uint32 { return binary.LittleEndian.Uint32(lasting[4*i:]) }
	if len(lasting) < 8 {
		return
	}
	immortal := word(0)
	if got, ok := memory.ReadUint32Le(word(1)); !ok || got != immortal || immortal < 1<<24 {
		return
	}
	for i := 2; i < len(lasting)/4; i++ {
		// A count that is no small number belongs to an object that is immortal already.
		if count, ok := memory.ReadUint32Le(word(i)); ok && count > 0 && count < 1<<24 {
			memory.WriteUint32Le(word(i), immortal)
		}
	}
}

// warm runs a script of ours on the zygote.
func (in *Instance) warm(ctx context.Context, script Script, stdout io.Writer) error {
	call := hostabi.NewCall(hostabi.CallConfig{Limits: hostabi.Limits{ResultBytes: 4096, ErrorBytes: 64 << 10}})
	call.SetInput(hostabi.InputParams, []byte(`{"value":21,"text":"é","list":[1.5,null,true]}`))
	disarm := stopWith(ctx, call)
	defer disarm()
	files, err := wasi.New(wasi.Config{Stdout: stdout, Stderr: io.Discard, Waiter: call})
	if err != nil {
		return fmt.Errorf("python: %w", err)
	}
	outcome, err := in.Run(ctx, script, call, files, zygoteMemory)
	err = errors.Join(err, files.Close())
	if err = errors.Join(err, outcome.Err); err != nil {
		return fmt.Errorf("python: warming up with %s: %w", script.Name, err)
	}
	if outcome.Kind != OutcomeOK {
		return fmt.Errorf("python: warming up with %s: outcome %d\n%s", script.Name, outcome.Kind, call.Error)
	}
	return nil
}

// globals returns the guest's mutable globals, in the order of stateGlobals.
func (in *Instance) globals() ([]api.MutableGlobal, error) {
	globals := make([]api.MutableGlobal, len(stateGlobals))
	for i, name := range stateGlobals {
		g, ok := in.module.ExportedGlobal(name).(api.MutableGlobal)
		if !ok {
			return nil, fmt.Errorf("python: the module has no mutable global %q", name)
		}
		globals[i] = g
	}
	return globals, nil
}

// learnHotSet runs the warm-up script on an instance and marks what it dirtied as
// hot. It is for before the image is shared.
func (p *Interpreter) learnHotSet(ctx context.Context) (err error) {
	in, err := p.NewInstance(ctx, zygoteMemory)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close(ctx)) }()
	m, ok := in.memory.(interface {
		dirty(end int, f func(from, to int) error) error
	})
	if !ok {
		return nil // the method has no hot set
	}
	for range 2 { // the second run starts, like a task's, from a reset
		if _, _, err := in.Reset(); err != nil {
			return err
		}
		if err := in.warm(ctx, Script{Name: "warm.py", Source: warmSource}, io.Discard); err != nil {
			return err
		}
	}
	hot := make([]bool, len(p.image.bytes)/pageSize)
	err = m.dirty(len(p.image.bytes), func(from, to int) error {
		for page := from / pageSize; page < to/pageSize; page++ {
			hot[page] = true
		}
		return nil
	})
	p.image.hot = hot
	return err
}
