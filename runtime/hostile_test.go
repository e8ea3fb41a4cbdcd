package runtime_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vivarium-go/vivarium/runtime"
	"github.com/vivarium-go/vivarium/testdata/hostile"
)

// arena is an engine with one hostile script in it at a time, an honest task beside it, and
// canaries after it.
type arena struct {
	*runtime.Engine
	song string // what every canary must sing

	mu      sync.Mutex
	awaited int // canaries that have not come yet
	met     chan struct{}
}

func newArena(t *testing.T) *arena {
	t.Helper()
	a := &arena{}
	stop, cancel := context.WithCancel(context.Background())
	funcs := hostile.HostFuncs(stop)
	funcs["meet"] = a.meet
	var err error
	if a.Engine, err = runtime.New(stop, runtime.Config{CPUWorkers: 8, HostFuncs: funcs}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		if err := a.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	a.canaries(t) // the first ones find instances that nobody has used
	return a
}

// canaries runs one canary on each instance there is, also on that which the last script
// has left.
func (a *arena) canaries(t *testing.T) {
	t.Helper()
	pool, _ := a.ComponentStatus("process_pool")
	n := max(int(pool.Metrics["instances"]), 1)
	a.awaited, a.met = n, make(chan struct{})
	for i, res := range a.RunBatch(context.Background(), slices.Repeat([]runtime.Task{hostile.Canary()}, n)) {
		switch song := hostile.Ended(res); {
		case res.Err != nil:
			t.Errorf("canary %d of %d: %v", i, n, res.Err)
		case a.song == "":
			a.song = song
		case song != a.song:
			t.Errorf("canary %d of %d sings\n%s\nand not\n%s", i, n, song, a.song)
		}
	}
}

// meet is a host function that returns when all canaries have called it.
func (a *arena) meet(ctx context.Context, _ []byte) ([]byte, error) {
	a.mu.Lock()
	if a.awaited--; a.awaited == 0 {
		close(a.met)
	}
	met := a.met
	a.mu.Unlock()
	select {
	case <-met:
		return []byte("null"), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// neighbour runs honest tasks until stop is called, which returns how long each took, in
// order.
func (a *arena) neighbour(t *testing.T) (stop func() []time.Duration) {
	t.Helper()
	var took []time.Duration
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			began := time.Now()
			res, err := a.Run(context.Background(), hostile.Neighbour())
			took = append(took, time.Since(began))
			if err != nil || string(res.Value) != hostile.NeighbourValue {
				t.Errorf("the task beside: %+v, %v", res, err)
			}
			time.Sleep(2 * time.Millisecond)
			select {
			case <-quit:
				if len(took) >= 20 {
					return
				}
			default:
			}
		}
	}()
	return func() []time.Duration {
		close(quit)
		<-done
		slices.Sort(took)
		return took
	}
}

// neighbourP99 is what the 99th percentile of a task that waits one millisecond may be.
const neighbourP99 = 25 * time.Millisecond

// A script that is late, or whose neighbour is, gets another attempt, and fails after so many
// in which the process had the machine for itself. What comes out must be right each time.
const (
	attemptsAlone = 3
	attempts      = 8
)

// Each script of testdata/hostile ends as it says, in the time and with the memory that it
// says, and neither the task beside it nor the next one on its instance notices.
func TestHostileScripts(t *testing.T) {
	scripts, err := hostile.Scripts()
	if err != nil {
		t.Fatal(err)
	}
	if testing.Short() { // the race detector sees one of each kind
		scripts = slices.CompactFunc(slices.Clone(scripts), func(a, b hostile.Script) bool { return a.Kind() == b.Kind() })
	}
	a := newArena(t)
	for _, script := range scripts {
		t.Run(strings.TrimSuffix(script.Name, ".py"), func(t *testing.T) {
			alone := 0
			for range attempts {
				disturbed := othersCompute()
				late := a.fight(t, script)
				if late == nil || t.Failed() {
					return
				}
				if disturbed() {
					t.Log("while others had the machine, ", late)
				} else if alone++; alone == attemptsAlone {
					t.Fatalf("%d times, the last one: %v", alone, late)
				}
			}
			t.Log("the machine has other things to do: nothing can be said about its time")
		})
	}
}

// fight runs a script and its neighbour. The error says what took too much.
func (a *arena) fight(t *testing.T, script hostile.Script) error {
	t.Helper()
	fixture, err := hostile.NewFixture(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	grown := residentGrowth()
	stop := a.neighbour(t)
	began := time.Now()
	res, err := a.Run(context.Background(), script.Task(fixture))
	took := time.Since(began)
	latencies := stop()
	growth := grown()
	if err != nil {
		t.Fatal(err)
	}
	ended := hostile.Ended(res)
	if !script.Matches(ended) {
		t.Errorf("it ended with\n%.2000s\nand not\n%s", ended, script.Outcome)
	}
	if strings.Contains(fmt.Sprintf("%s %s %s %s", ended, res.Stdout, res.Stderr, res.Logs), hostile.Secret) {
		t.Errorf("it has read what it must not")
	}
	if err := fixture.Check(script); err != nil {
		t.Error(err)
	}
	a.canaries(t)

	p99 := latencies[len(latencies)*99/100]
	t.Logf("%s: %v (limit %v), host +%d MiB (limit %d), neighbour p99 %v of %d",
		strings.ToValidUTF8(ended[:min(len(ended), 100)], "?"), took.Round(time.Millisecond), script.Time, growth>>20, script.HostRSS>>20, p99.Round(100*time.Microsecond), len(latencies))
	var errs []error
	if took > script.Time {
		errs = append(errs, fmt.Errorf("it took %v, not %v", took, script.Time))
	}
	if growth > script.HostRSS {
		errs = append(errs, fmt.Errorf("the process grew by %d bytes, not %d", growth, script.HostRSS))
	}
	if p99 > neighbourP99 {
		errs = append(errs, fmt.Errorf("the task beside took %v", p99))
	}
	return errors.Join(errs...)
}

// A canary that sings whatever was done would prove nothing.
func TestCanaryNotices(t *testing.T) {
	t.Parallel()
	eng := newGated(t, runtime.Config{CPUWorkers: 1})
	sing := func(before string) string {
		task := hostile.Canary()
		task.Script = runtime.Source("canary.py", before+"\nimport vivarium\nvivarium.call = print\n"+hostile.CanarySource)
		res, err := eng.Run(context.Background(), task)
		if err != nil {
			t.Fatal(err)
		}
		return hostile.Ended(res)
	}
	honest := sing("")
	for _, before := range []string{
		"import builtins; builtins.len = lambda x: 7",
		"import builtins; builtins.new_name = 1",
		"import json; json.dumps = json.loads",
		"import sys; sys.path.append('/x')",
		"import sys; sys.modules['evil'] = sys",
		"import sys; sys.setrecursionlimit(500)",
		"import gc; gc.disable()",
		"import os; os.environ['X'] = 'y'",
		"import os; os.chdir('/')",
		"open('/tmp/left', 'w').close()",
		"import os; os.open('/tmp', 0)",
		"import os; os.close(0)",
		"import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)",
		"import warnings; warnings.simplefilter('error')",
		"import vivarium; vivarium.log = print",
	} {
		if sing(before) == honest {
			t.Errorf("it does not notice\n%s", before)
		}
	}
	if again := sing(""); again != honest {
		t.Errorf("it sings\n%s\nand not\n%s", again, honest)
	}
}

// The collection is as large as was asked for, and its headers say what they must.
func TestHostileCollection(t *testing.T) {
	t.Parallel()
	scripts, err := hostile.Scripts()
	if err != nil {
		t.Fatal(err)
	}
	unstoppable := 0
	for _, s := range scripts {
		if s.Unstoppable {
			unstoppable++
		}
	}
	if len(scripts) < 60 || unstoppable < 10 {
		t.Errorf("%d scripts, %d of which try to be unstoppable", len(scripts), unstoppable)
	}
}

func TestHostileHeaders(t *testing.T) {
	t.Parallel()
	const good = "# What it tries.\n#\n# outcome: value 1\n# time: <= timeout + 100ms\n# host_rss: <= memory + 64MiB\n"
	s, err := hostile.Parse("kind_of.py", good+"# timeout: 2s\n# memory: 64MiB\n# type: io\n# mount: rw\n# params: [1]\n# host: yes\n# unstoppable: yes\n\n# fuel: not of the header\n")
	if err != nil {
		t.Fatal(err)
	}
	s.Source = ""
	want := hostile.Script{
		Name: "kind_of.py", Outcome: "value 1", Time: 2100 * time.Millisecond, HostRSS: 128 << 20,
		IO: true, Timeout: 2 * time.Second, Grace: hostile.DefaultGrace, Memory: 64 << 20, Params: "[1]", Mount: "rw", Host: true, Unstoppable: true,
	}
	if s != want || s.Kind() != "kind" {
		t.Errorf("%+v, want %+v", s, want)
	}
	for text, wrong := range map[string]string{
		"print(1)": `no line "# outcome: "`,
		strings.Replace(good, "value 1", "happy end", 1):      "none of those",
		strings.Replace(good, "value 1", "limit patience", 1): "none of those",
		strings.Replace(good, "value 1", "limit timeout", 1):  "none of those",
		strings.Replace(good, "<= timeout", "timeout", 1):     `write "<= "`,
		strings.Replace(good, "100ms", "101ms + grace", 1):    "is more than",
		strings.Replace(good, "64MiB", "65MiB", 1):            "are more than",
		strings.Replace(good, "64MiB", "much", 1):             `"much" is no size`,
		good + "# type: cpu\n":                                `must be "io"`,
		good + "# mount: both\n":                              "must be one of",
		good + "# outcome: value 2\n":                         "there twice",
		good + "# timeout: soon\n":                            "timeout",
	} {
		if _, err := hostile.Parse("x.py", text); err == nil || !strings.Contains(err.Error(), wrong) {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, test := range []struct {
		outcome, ended string
		want           bool
	}{
		{"value 1", "value 1", true},
		{"value 1", "value 12", false},
		{"exception KeyError", "exception KeyError: 'a'", true},
		{"exception KeyError: a", "exception KeyError: 'a'", true},
		{"exception KeyError: b", "exception KeyError: 'a'", false},
		{"exception Key", "exception KeyError: 'a'", false},
		{"limit timeout soft", "limit timeout hard", false},
		{"died", "died", true},
	} {
		if got := (hostile.Script{Outcome: test.outcome}).Matches(test.ended); got != test.want {
			t.Errorf("%q ends as %q: %v", test.ended, test.outcome, got)
		}
	}
}
