package bench

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/vivarium-go/vivarium/hostabi"
	"github.com/vivarium-go/vivarium/hostabi/wasi"
	"github.com/vivarium-go/vivarium/modules"
	"github.com/vivarium-go/vivarium/python"
	"github.com/vivarium-go/vivarium/runtime"
)

// bareInterpreter is the interpreter that an engine has, without the engine around it.
func bareInterpreter(b *testing.B, like *runtime.Engine) *python.Interpreter {
	b.Helper()
	ctx := context.Background()
	executor, _ := like.ComponentStatus("executor")
	module, err := modules.Interpreter()
	if err != nil {
		b.Fatal(err)
	}
	hollow, data, err := modules.Split(module)
	if err != nil {
		b.Fatal(err)
	}
	code, err := modules.Compile(ctx, hollow)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := code.Close(ctx); err != nil {
			b.Error(err)
		}
	})
	if err := hostabi.Instantiate(ctx, code.Runtime); err != nil {
		b.Fatal(err)
	}
	m := python.Module{Runtime: code.Runtime, Code: code.Module}
	for _, s := range data {
		m.Data = append(m.Data, python.Segment(s))
	}
	interpreter, err := python.NewInterpreter(ctx, m, python.Config{
		Preimport:      strings.Split(executor.Info["preimport"], ","),
		CodeCacheBytes: 1 << 20,
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(interpreter.Close)
	return interpreter
}

// bareInstance is one instance of it.
func bareInstance(b *testing.B, interpreter *python.Interpreter) *python.Instance {
	b.Helper()
	instance, err := interpreter.NewInstance(context.Background(), bareMemory)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := instance.Close(context.Background()); err != nil {
			b.Error(err)
		}
	})
	return instance
}

const bareMemory = 256 << 20

// runBare runs a script as little as it can be run, and resets the instance.
func runBare(instance *python.Instance, script python.Script, params []byte, want string) error {
	call := hostabi.NewCall(hostabi.CallConfig{Limits: hostabi.Limits{ResultBytes: 1 << 20, ErrorBytes: 1 << 16}})
	call.SetInput(hostabi.InputParams, params)
	files, err := wasi.New(wasi.Config{Waiter: call})
	if err != nil {
		return err
	}
	if err := instance.Limit(bareMemory, nil); err != nil {
		return err
	}
	outcome, err := instance.Run(context.Background(), script, call, files, bareMemory)
	if err != nil || outcome.Kind != python.OutcomeOK || string(call.Result) != want {
		return fmt.Errorf("%s: %+v, %s, %w", script.Name, outcome, call.Result, err)
	}
	_, _, err = instance.Reset()
	return err
}
