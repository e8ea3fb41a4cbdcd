package python

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/vivarium-go/vivarium/hostabi"
	"github.com/vivarium-go/vivarium/hostabi/wasi"
)

// rig is one instance that runs script after script, reset in between.
type rig struct {
	instance *Instance
}

func newRig(t testing.TB, interpreter *Interpreter) *rig {
	t.Helper()
	instance, err := interpreter.NewInstance(context.Background(), testMemory)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := instance.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return &rig{instance}
}

// run runs a script, which is stopped hard after stop if that is not 0, and resets. The
// interpreter of the tests compares the whole memory with the image after each reset.
func (r *rig) run(source string, stop time.Duration) (Outcome, *hostabi.Call, error) {
	return r.runWith(hostabi.CallConfig{}, source, stop)
}

// runWith is run with host functions and the like.
func (r *rig) runWith(cfg hostabi.CallConfig, source string, stop time.Duration) (Outcome, *hostabi.Call, error) {
	cfg.Limits = hostabi.Limits{
		ResultBytes: 1 << 20, ErrorBytes: 1 << 18, LogBytes: 1 << 16, LogRecords: 100, MetricSeries: 10, MetricBytes: 4096, ProgressBytes: 4096, CallBytes: 4096,
	}
	call := hostabi.NewCall(cfg)
	files, err := wasi.New(wasi.Config{Waiter: call})
	if err != nil {
		return Outcome{}, nil, err
	}
	if stop > 0 {
		timer := time.AfterFunc(stop, call.Stop)
		defer timer.Stop()
	}
	outcome, err := r.instance.Run(context.Background(), Script{Name: "script.py", Source: []byte(source)}, call, files, testMemory)
	if err != nil {
		return outcome, call, err
	}
	if err := files.Close(); err != nil {
		return outcome, call, err
	}
	_, _, err = r.instance.Reset()
	return outcome, call, err
}

// mischief is what a task may leave behind, one statement each.
var mischief = []string{
	"import builtins; builtins.print = None; builtins.mark = 1",
	"import sys; sys.modules['json'] = None; sys.path.append('/x'); sys.argv.append('x')",
	"import os; os.environ['MARK'] = '1'; os.chdir('/')",
	"import os; [os.close(n) for n in (0, 1, 2)]",
	"f = open('/tmp/mark', 'w'); f.write('x' * 100000)",
	"import os; d = os.scandir('/'); next(d)",
	"import warnings; warnings.simplefilter('error'); warnings.filters.clear()",
	"import decimal; decimal.getcontext().prec = 3",
	"import gc; gc.disable(); gc.set_threshold(1, 1, 1); gc.unfreeze()",
	"import sys; sys.setrecursionlimit(77)",
	"import locale; locale.setlocale(locale.LC_ALL, 'C')",
	"import random; random.seed(1)",
	"import tempfile; tempfile.gettempdir(); tempfile.NamedTemporaryFile(delete=False)",
	"import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)",
	"import logging; logging.disable(50); logging.getLogger().handlers.clear()",
	"import vivarium; vivarium.params = None; vivarium.mark = 1",
	"import _vivarium_boot; _vivarium_boot.run = None; _vivarium_boot.HOME = '/nowhere'",
	"import json; json.loads = None; json.dumps = None",
	"x = [bytearray(1 << 20) for _ in range(60)]",
	"x = {i: str(i) for i in range(100000)}",
	"import threading; threading.current_thread().name = 'mark'",
	"import sqlite3; c = sqlite3.connect('/tmp/x.db'); c.execute('create table t (a)')",
	"import re; re.compile('mark'); re.purge()",
	"import codecs; codecs.register(lambda n: None)",
	"import atexit; atexit.register(print)",
	"def f(): return f()\ntry: f()\nexcept RecursionError: pass",
}

// endings are the ways a task ends, after its mischief.
var endings = []struct {
	code string
	stop time.Duration
}{
	{"", 0},
	{"def run(p): return 1", 0},
	{"raise ValueError('mark')", 0},
	{"import sys; sys.exit(3)", 0},
	{"import os; os._exit(4)", 0},
	{"x = bytearray(1 << 30)", 0},
	{"while True: pass", 20 * time.Millisecond},
	{"f = open('/tmp/w', 'wb')\nwhile True: f.seek(0); f.write(bytes(1 << 20))", 20 * time.Millisecond},
	{"x = []\nwhile True: x.append(bytes(1 << 16)); x = x[-100:]", 20 * time.Millisecond},
	{"import time; time.sleep(60)", 20 * time.Millisecond},
	{"def f(): return f()\nf()", 0},
}

// look is what a task sees of its surroundings; it must be the same whatever ran
// before.
const look = `
import builtins, decimal, gc, json, locale, logging, os, re, signal, sys, threading, vivarium, warnings
def run(params):
    return [
        hasattr(builtins, "mark"), callable(print), sorted(sys.modules), sys.path, sys.argv, dict(os.environ), os.getcwd(),
        os.listdir("/"), os.listdir("/tmp"), [os.fstat(n).st_mode for n in (0, 1, 2)], len(warnings.filters),
        decimal.getcontext().prec, gc.isenabled(), gc.get_threshold(), gc.get_freeze_count() > 1000, sys.getrecursionlimit(),
        locale.setlocale(locale.LC_ALL), callable(signal.getsignal(signal.SIGINT)), len(logging.getLogger().handlers),
        hasattr(vivarium, "mark"), vivarium.params() is None, threading.current_thread().name, json.loads("[1]"),
    ]
`

// TestResetLeavesNoTrace runs random mischief on one instance, which ends in a random
// way. After each reset the memory and the globals are the image's, byte for byte,
// and the next task sees just what it sees on a new instance.
func TestResetLeavesNoTrace(t *testing.T) {
	interpreter, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	_, call, err := newRig(t, interpreter).run(look, 0)
	if err != nil || call.Result == nil {
		t.Fatalf("on a new instance: %v, %s", err, call.Error)
	}
	want := string(call.Result)
	rig := newRig(t, interpreter)
	rapid.Check(t, func(t *rapid.T) {
		statements := rapid.SliceOfN(rapid.SampledFrom(mischief), 0, 4).Draw(t, "mischief")
		ending := rapid.SampledFrom(endings).Draw(t, "ending")
		source := strings.Join(statements, "\n") + "\n" + ending.code + "\n"
		if _, _, err := rig.run(source, ending.stop); err != nil {
			t.Fatal(err)
		}
		for i, g := range rig.instance.state {
			if g.Get() != interpreter.image.globals[i] {
				t.Fatalf("global %s is %d, in the image %d", stateGlobals[i], g.Get(), interpreter.image.globals[i])
			}
		}
		outcome, call, err := rig.run(look, 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(call.Result); got != want {
			t.Fatalf("outcome %d: the next task sees\n%s\nwant\n%s\n%s", outcome.Kind, got, want, call.Error)
		}
	})
}

// Two tasks of one image never draw the same.
func TestRandomnessIsNotOfTheImage(t *testing.T) {
	t.Parallel()
	interpreter, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	rig, seen := newRig(t, interpreter), map[string]bool{}
	for range 3 {
		_, call, err := rig.run("import random, uuid, tempfile, secrets, os\ndef run(p): return [random.random(), str(uuid.uuid4()), next(tempfile._get_candidate_names()), secrets.token_hex(), list(os.urandom(4))]", 0)
		if err != nil || call.Result == nil {
			t.Fatal(err, string(call.Error))
		}
		for part := range strings.SplitSeq(string(call.Result), `,"`) {
			if seen[part] {
				t.Errorf("%s was drawn twice", part)
			}
			seen[part] = true
		}
	}
}

// A task that needed much memory leaves none of it: the next ones start at the same
// break, on the same instance.
func TestMemoryIsGivenBack(t *testing.T) {
	t.Parallel()
	interpreter, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	rig := newRig(t, interpreter)
	for i := range 6 {
		_, call, err := rig.run("def run(p): return len(bytearray(100 << 20))", 0)
		if err != nil || string(call.Result) != fmt.Sprint(100<<20) {
			t.Fatalf("round %d: %s, %v, %s", i, call.Result, err, call.Error)
		}
	}
}

// Fuel depends on the script alone: not on whether it had to be compiled, nor on what
// ran on the instance before, nor on which instance it is.
func TestFuelIsRepeatable(t *testing.T) {
	t.Parallel()
	interpreter, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	first, second := newRig(t, interpreter), newRig(t, interpreter)
	for i, source := range []string{
		"def run(p): return sum(i * i for i in range(2000))",
		"def run(p): return sorted({str(i) for i in range(3000)})[:3]",
		"class A: pass\ndef run(p): return len({A() for _ in range(500)})",
		"import json, re\ndef run(p): return json.dumps([re.sub('a', str(i), 'banana') for i in range(300)])",
		"def run(p): return len(bytes(bytearray(3 << 20)))",
		"x = [bytearray(1 << 20) for _ in range(30)]",
		"def f(n): return f(n - 1) + 1 if n else 0\ndef run(p): return f(400)",
		"raise ValueError('x')",
		"import datetime, decimal\ndef run(p): return str(decimal.Decimal(2).sqrt() * datetime.date(2026, 11, 23).toordinal())",
	} {
		var want uint64
		for round, rig := range []*rig{first, first, second, first, second} {
			_, call, err := rig.run(source, 0)
			if err != nil {
				t.Fatal(err)
			}
			if round == 0 {
				want = call.Fuel()
			}
			if got := call.Fuel(); got != want || got == 0 {
				t.Errorf("script %d, round %d: fuel %d, at first %d", i, round, got, want)
			}
		}
	}
}
