package runtime_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/vivarium-go/vivarium/runtime"
)

// tinyInterpreter is a module that speaks the host ABI and understands one thing: its
// vivarium_run and its vivarium_init have the given bodies, and start, if it is not
// empty, is the body of a start function.
func tinyInterpreter(init, run, start string) []byte {
	section := func(id byte, entries ...string) string {
		body := string([]byte{byte(len(entries))}) + strings.Join(entries, "")
		return string([]byte{id, byte(len(body)) | 0x80, byte(len(body) >> 7)}) + body
	}
	text := func(s string) string { return string([]byte{byte(len(s))}) + s }
	const (
		toNothing, toI32, toI64 = "\x60\x00\x00", "\x60\x00\x01\x7f", "\x60\x00\x01\x7e"
		fromI32, i32ToI32       = "\x60\x01\x7f\x00", "\x60\x01\x7f\x01\x7f"
		end                     = "\x0b"
	)
	code := func(body string) string { return text("\x00" + body + end) }
	funcs := []string{"\x00", "\x01", "\x01", "\x02", "\x01", "\x00", "\x03", "\x04"}
	bodies := []string{
		code(""),                             // _initialize
		code("\x41\x01"),                     // vivarium_abi_version: 1
		code(init),                           // vivarium_init
		code("\x42\x84\x80\x80\x80\x80\x02"), // vivarium_compile: 4 bytes at 16
		code(run),                            // vivarium_run
		code("\x10\x00\x1a"),                 // vivarium_tick: calls the host
		code(""),                             // vivarium_interrupt
		code("\x41\x00"),                     // vivarium_limit_memory: 0
	}
	startSection := ""
	if start != "" {
		funcs, bodies = append(funcs, "\x00"), append(bodies, code(start))
		startSection = "\x08\x01\x09"
	}
	return []byte("\x00asm\x01\x00\x00\x00" +
		section(1, toNothing, toI32, toI64, fromI32, i32ToI32) +
		section(2, text("vivarium_v1")+text("tick")+"\x00\x01") +
		section(3, funcs...) +
		section(5, "\x00\x01") +
		section(6, "\x7f\x01\x41\x80\x08\x0b") +
		section(7,
			text("memory")+"\x02\x00", text("__stack_pointer")+"\x03\x00",
			text("_initialize")+"\x00\x01", text("vivarium_abi_version")+"\x00\x02", text("vivarium_init")+"\x00\x03",
			text("vivarium_compile")+"\x00\x04", text("vivarium_run")+"\x00\x05", text("vivarium_tick")+"\x00\x06",
			text("vivarium_interrupt")+"\x00\x07", text("vivarium_limit_memory")+"\x00\x08") +
		startSection +
		section(10, bodies...))
}

const (
	answerOK  = "\x41\x00"
	loop      = "\x03\x40\x0c\x00\x0b" + answerOK
	trap      = "\x00" + answerOK
	loopAlone = "\x03\x40\x0c\x00\x0b"
)

func TestOwnInterpreter(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	eng, err := runtime.New(ctx, runtime.Config{Interpreter: tinyInterpreter(answerOK, answerOK, "")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := eng.Close(ctx); err != nil {
			t.Error(err)
		}
	}()
	for range 2 { // the second on a reset instance
		if res, err := eng.Run(ctx, runtime.Task{Script: source("anything")}); err != nil || !res.OK() {
			t.Errorf("%v, %+v", err, res)
		}
	}
}

// An interpreter of one's own is no more trusted than a script: wherever it loops, it
// is stopped.
func TestHostileInterpreter(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		module []byte
		want   string
	}{
		{"loops at boot", tinyInterpreter(loop, answerOK, ""), "call stopped"},
		{"loops in the warm-up", tinyInterpreter(answerOK, loop, ""), "warming up"},
		{"traps at boot", tinyInterpreter(trap, answerOK, ""), "unreachable"},
		{"fails at boot", tinyInterpreter("\x41\x03", answerOK, ""), "status 3"},
		{"has a start function", tinyInterpreter(answerOK, answerOK, loopAlone), "start function"},
		{"does not call the host", []byte(strings.Replace(string(tinyInterpreter(answerOK, answerOK, "")), "\x10\x00\x1a", "\x41\x00\x1a", 1)), "metered"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
			defer cancel()
			eng, err := runtime.New(ctx, runtime.Config{Interpreter: test.module})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("engine %v, error %v; want one with %q", eng, err, test.want)
			}
		})
	}
}
