package runtime

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vivarium-go/vivarium/hostabi"
	"github.com/vivarium-go/vivarium/python"
)

// Rules and sums, without an engine.

func TestJudge(t *testing.T) {
	t.Parallel()
	says := func(state HealthState, reason string) rule[int] {
		return rule[int]{state, "", func(int) string { return reason }}
	}
	for _, test := range []struct {
		name  string
		rules []rule[int]
		want  ComponentHealth
	}{
		{"no rules", nil, ComponentHealth{Healthy, ""}},
		{"none holds", []rule[int]{says(Unhealthy, ""), says(Degraded, "")}, ComponentHealth{Healthy, ""}},
		{"the worst first", []rule[int]{says(Unhealthy, "a"), says(Degraded, "b")}, ComponentHealth{Unhealthy, "a"}},
		{"the worst last", []rule[int]{says(Degraded, "a"), says(Unhealthy, "b")}, ComponentHealth{Unhealthy, "b"}},
		{"two of a kind", []rule[int]{says(Degraded, "a"), says(Degraded, "b"), says(Degraded, "")}, ComponentHealth{Degraded, "a; b"}},
	} {
		if got := judge(test.rules, 0); got != test.want {
			t.Errorf("%s: %+v, want %+v", test.name, got, test.want)
		}
	}
}

// Every rule, at its bound and just before it.
func TestRules(t *testing.T) {
	t.Parallel()
	well := ComponentHealth{Healthy, ""}
	for _, test := range []struct{ got, want ComponentHealth }{
		{judge(inputQueueRules, inputQueueSeen{fullness: 0.79}), well},
		{judge(inputQueueRules, inputQueueSeen{fullness: 0.8}), ComponentHealth{Degraded, "80 % full"}},
		{judge(inputQueueRules, inputQueueSeen{refused: 2, fullness: 1}), ComponentHealth{Unhealthy, "2 tasks refused since the last check"}},
		{judge(outputQueueRules, storeStats{fullness: 0.7}), well},
		{judge(outputQueueRules, storeStats{fullness: 0.8}), ComponentHealth{Degraded, "80 % full"}},
		{judge(outputQueueRules, storeStats{taken: 10, capacity: 10, unfetched: 9, refusing: true}), ComponentHealth{Unhealthy, "full: 9 results of 10 are not fetched, and submitted tasks wait"}},
		{judge(dispatcherRules, dispatcherSeen{}), well},
		{judge(dispatcherRules, dispatcherSeen{held: 3}), ComponentHealth{Degraded, "3 tasks held back"}},
		{judge(dispatcherRules, dispatcherSeen{closed: true, held: 3}), ComponentHealth{Unhealthy, "the engine is closing"}},
		{judge(poolRules, poolSeen{slots: 2}), well},
		{judge(poolRules, poolSeen{slots: 2, broken: 1}), ComponentHealth{Degraded, "1 of 2 slots heal"}},
		{judge(poolRules, poolSeen{slots: 2, broken: 2}), ComponentHealth{Unhealthy, "no usable slot of 2"}},
		{judge(workerRules, workerSeen{losses: 2}), well},
		{judge(workerRules, workerSeen{losses: 3}), ComponentHealth{Unhealthy, "3 instances lost within 10s"}},
		{judge(workerRules, workerSeen{losses: 3, stuck: 7}), ComponentHealth{Unhealthy, "3 instances lost within 10s; task 7 has not ticked for 1s"}},
		{judge(executorRules, executorSeen{"scan", true}), well},
		{judge(executorRules, executorSeen{"copy", true}), ComponentHealth{Degraded, "reset by copying the whole image"}},
		{judge(executorRules, executorSeen{"scan", false}), ComponentHealth{Degraded, "without a cache directory"}},
		{judge(moduleCacheRules, moduleCacheSeen{}), well},
		{judge(moduleCacheRules, moduleCacheSeen{errors.New("no room")}), ComponentHealth{Degraded, "not stored: no room"}},
	} {
		if test.got != test.want {
			t.Errorf("%+v, want %+v", test.got, test.want)
		}
	}
}

func TestHealthOf(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		states  map[string]ComponentHealth
		overall HealthState
		reason  string
		counts  [4]int // healthy, degraded, unhealthy, unknown
	}{
		{nil, Healthy, "", [4]int{}},
		{map[string]ComponentHealth{"a": {Healthy, ""}, "b": {Healthy, ""}}, Healthy, "", [4]int{2, 0, 0, 0}},
		{map[string]ComponentHealth{"a": {Healthy, ""}, "b": {Unknown, "not checked yet"}}, Unknown, "b: not checked yet", [4]int{1, 0, 0, 1}},
		{map[string]ComponentHealth{"a": {Unknown, ""}, "b": {Degraded, "slow"}}, Degraded, "b: slow", [4]int{0, 1, 0, 1}},
		{map[string]ComponentHealth{"a": {Degraded, "slow"}, "b": {Unhealthy, "gone"}, "c": {Healthy, ""}, "d": {Unhealthy, "gone too"}}, Unhealthy, "b: gone", [4]int{1, 1, 2, 0}},
		{map[string]ComponentHealth{"a": {Unhealthy, ""}}, Unhealthy, "a: unhealthy", [4]int{0, 0, 1, 0}},
	} {
		h := healthOf(test.states, time.Time{})
		if counts := [4]int{h.HealthyCount, h.DegradedCount, h.UnhealthyCount, h.UnknownCount}; h.Overall != test.overall || h.Reason != test.reason || counts != test.counts {
			t.Errorf("%v: %s because %q, %v", test.states, h.Overall, h.Reason, counts)
		}
	}
}

func TestWorkerForgetsLosses(t *testing.T) {
	t.Parallel()
	w, start := newWorker("cpu_worker_0", 1), time.Now()
	for second := range 5 {
		w.lose(start.Add(time.Duration(second)*time.Second), false)
	}
	for _, test := range []struct {
		after  time.Duration // the first loss
		losses int
	}{
		{4 * time.Second, 3}, // no more are needed, nor kept
		{12*time.Second - 1, 3},
		{12 * time.Second, 2},
		{14*time.Second - 1, 1},
		{14 * time.Second, 0},
	} {
		if seen := w.look(start.Add(test.after)); seen.losses != test.losses || seen.stuck != 0 {
			t.Errorf("after %v: %+v, want %d losses", test.after, seen, test.losses)
		}
	}
	if s := w.stats(); s != (workerStats{broken: 5, lost: 5}) || !w.ill() {
		t.Errorf("%+v", s)
	}
}

func TestWorkerIsStuck(t *testing.T) {
	t.Parallel()
	w, start := newWorker("cpu_worker_0", 1), time.Now()
	j := &job{id: 7, stopped: make(chan struct{})}
	look := func(after time.Duration) TaskID { return w.look(start.Add(after)).stuck }
	w.begin(j)
	if look(0) != 0 || look(time.Hour) != 0 {
		t.Error("a task that has not come so far as to call the guest is stuck")
	}
	if !j.begin(hostabi.NewCall(hostabi.CallConfig{})) {
		t.Fatal("the job does not begin")
	}
	if look(time.Hour) != 0 || look(time.Hour+stuckAfter-1) != 0 {
		t.Error("stuck before its time")
	}
	if id := look(time.Hour + stuckAfter); id != 7 {
		t.Errorf("task %d is stuck", id)
	}
	j.end()
	if !j.begin(hostabi.NewCall(hostabi.CallConfig{})) { // as when it is run again
		t.Fatal("the job does not begin again")
	}
	if look(2*time.Hour) != 0 {
		t.Error("another call is as stuck as the one before")
	}
	if look(2*time.Hour+stuckAfter) != 7 {
		t.Error("but it becomes so")
	}
	w.end(j)
	if look(3*time.Hour) != 0 {
		t.Error("a task that has ended is stuck")
	}
}

// A component's vitals are what was seen last; a component of the service's own may say
// what it likes.
func TestHealthChecks(t *testing.T) {
	t.Parallel()
	parts := []*fakeComponent{
		{name: "fine", status: ComponentStatus{Health: Healthy}},
		{name: "mute"},
		{name: "odd", status: ComponentStatus{Health: "on fire"}},
	}
	h := newHealthChecks([]Component{parts[0], parts[1], parts[2]})
	if h.latest.Overall != Unknown || h.latest.UnknownCount != 3 || h.latest.Reason != "fine: not checked yet" || !h.latest.CheckedAt.IsZero() {
		t.Errorf("before the first check %+v", h.latest)
	}
	now := time.Now()
	h.check(now)
	if h.latest.Overall != Unknown || h.latest.UnknownCount != 2 || h.latest.Components["odd"].State != Unknown || !h.latest.CheckedAt.Equal(now) {
		t.Errorf("%+v", h.latest)
	}
	parts[2].set(ComponentStatus{Health: Unhealthy})
	h.check(now)
	if h.latest.Overall != Unhealthy || h.latest.Reason != "odd: unhealthy" {
		t.Errorf("%+v", h.latest)
	}
}

// fakeComponent is a part of the service. It may be used by several goroutines.
type fakeComponent struct {
	name string

	mu     sync.Mutex
	status ComponentStatus
}

func (f *fakeComponent) Name() string { return f.name }

func (f *fakeComponent) Status() ComponentStatus {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.status
}

func (f *fakeComponent) set(s ComponentStatus) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.status = s
}

// While no slot can be healed, attempts become rarer, and closing ends them.
func TestHealingGivesUpWhenClosing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var attempts atomic.Int64
		e := &Engine{cfg: Config{}.withDefaults(), closing: make(chan struct{})}
		e.newInstance = func(context.Context, uint64) (*python.Instance, error) {
			attempts.Add(1)
			return nil, errNoInstance
		}
		w := newWorker("cpu_worker_0", 1)
		w.lose(time.Now(), false)
		healed := make(chan struct{})
		go func() {
			e.heal(w)
			close(healed)
		}()
		time.Sleep(time.Minute)
		// 0.05 s, 0.1 s … 3.2 s, in all 6.35 s; then one every 5 s.
		if n := attempts.Load(); n != 18 {
			t.Errorf("%d attempts", n)
		}
		if w.ill() || w.stats().broken != 1 {
			t.Error("somebody else would heal it, too")
		}
		close(e.closing)
		<-healed
		if w.stats().broken != 0 {
			t.Errorf("%+v", w.stats())
		}
	})
}

var errNoInstance = errors.New("no memory to be had")

// Rules, seen at an engine.

// probe is an engine whose scripts can wait, by vivarium.call("wait"), until the gate
// opens; each says before that it does.
type probe struct {
	*Engine
	waiting chan struct{}
	gate    chan struct{}
	open    func()
	fails   atomic.Bool // no instance can be made
}

const waitScript = "import vivarium\ndef run(params): vivarium.call('wait')"

func newProbe(t *testing.T, cfg Config) *probe {
	t.Helper()
	ctx := context.Background()
	p := &probe{waiting: make(chan struct{}, 1000), gate: make(chan struct{})}
	p.open = sync.OnceFunc(func() { close(p.gate) })
	if cfg.HealthCheckInterval == 0 {
		cfg.HealthCheckInterval = 5 * time.Millisecond
	}
	cfg.HostFuncs = map[string]HostFunc{"wait": func(ctx context.Context, _ []byte) ([]byte, error) {
		p.waiting <- struct{}{}
		select {
		case <-p.gate:
		case <-ctx.Done():
		}
		return []byte("null"), nil
	}}
	eng, err := New(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	p.Engine = eng
	create := eng.newInstance
	eng.newInstance = func(ctx context.Context, memory uint64) (*python.Instance, error) {
		if p.fails.Load() {
			return nil, errNoInstance
		}
		return create(ctx, memory)
	}
	t.Cleanup(func() {
		p.open()
		p.fails.Store(false)
		if err := p.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return p
}

func (p *probe) submit(t *testing.T, task Task) TaskID {
	t.Helper()
	id, err := p.Submit(context.Background(), task)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// occupy submits a task that waits at the gate, and returns when it does.
func (p *probe) occupy(t *testing.T, kind TaskType) TaskID {
	t.Helper()
	id := p.submit(t, Task{Script: Source("wait.py", waitScript), Type: kind})
	<-p.waiting
	return id
}

func (p *probe) fetch(t *testing.T, id TaskID) *Result {
	t.Helper()
	res, err := p.Result(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// breakOne runs a task that costs its instance.
func (p *probe) breakOne(t *testing.T) error {
	t.Helper()
	return p.fetch(t, p.submit(t, breaking)).Err
}

var (
	nothing  = Task{Script: Source("nothing.py", "")}
	breaking = Task{
		Script: Source("breaks.py", "import vivarium\nvivarium.log('now')"),
		OnLog:  func(LogRecord) { panic("a callback that panics leaves the guest in the middle of a call") },
	}
)

// becomes waits until a component has that state and a reason with these words.
func (p *probe) becomes(t *testing.T, component string, state HealthState, reason string) {
	t.Helper()
	p.until(t, fmt.Sprintf("%s to be %s: %s", component, state, reason), func() bool {
		c := p.Health().Components[component]
		return c.State == state && strings.Contains(c.Reason, reason) && (c.Reason == "") == (reason == "")
	})
}

func (p *probe) until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waiting for %s: %+v", what, p.Health())
		}
	}
}

func TestHealthOfInputQueue(t *testing.T) {
	t.Parallel()
	for _, kind := range []TaskType{CPUBound, IOBound} {
		t.Run(kind.String(), func(t *testing.T) {
			t.Parallel()
			p := newProbe(t, Config{CPUWorkers: 1, IOWorkers: 1, IOSlots: 1, QueueSize: 5, QueueFullRetries: -1})
			task := nothing
			task.Type = kind
			p.occupy(t, kind)
			for range 3 {
				p.submit(t, task)
			}
			p.becomes(t, "input_queue", Healthy, "")
			p.submit(t, task)
			p.becomes(t, "input_queue", Degraded, "80 % full")
			p.submit(t, task)
			p.becomes(t, "input_queue", Degraded, "100 % full")
			p.until(t, "a refusal to be seen", func() bool { // it is for one check only
				if _, err := p.Submit(context.Background(), task); !errors.Is(err, ErrQueueFull) {
					t.Fatal(err)
				}
				h := p.Health()
				c := h.Components["input_queue"]
				return c.State == Unhealthy && strings.Contains(c.Reason, "refused since the last check") && h.Overall == Unhealthy
			})
			p.becomes(t, "input_queue", Degraded, "100 % full")
			p.open()
			p.becomes(t, "input_queue", Healthy, "")
		})
	}
}

// The output queue, and the dispatcher, which waits for it.
func TestHealthOfOutputQueue(t *testing.T) {
	t.Parallel()
	p := newProbe(t, Config{ResultStoreSize: 5})
	var ids []TaskID
	submit := func(n int) {
		for range n {
			ids = append(ids, p.submit(t, nothing))
		}
	}
	submit(3)
	p.until(t, "three results", func() bool { return p.store.stats().size == 3 })
	p.becomes(t, "output_queue", Healthy, "")
	submit(1)
	p.becomes(t, "output_queue", Degraded, "80 % full")
	submit(1)
	p.becomes(t, "output_queue", Degraded, "100 % full")
	p.becomes(t, "dispatcher", Healthy, "")
	submit(2)
	p.becomes(t, "output_queue", Unhealthy, "full: 5 results of 5 are not fetched")
	p.becomes(t, "dispatcher", Degraded, "2 tasks held back")
	if h := p.Health(); h.Overall != Unhealthy || !strings.HasPrefix(h.Reason, "output_queue: full") {
		t.Errorf("overall %s: %s", h.Overall, h.Reason)
	}
	for _, id := range ids {
		if res := p.fetch(t, id); res.Err != nil {
			t.Error(res.Err)
		}
	}
	p.becomes(t, "output_queue", Healthy, "")
	p.becomes(t, "dispatcher", Healthy, "")
}

// A task that waited for room, and does not any more, is no reason to complain.
func TestHealthOfOutputQueueWhenTasksGiveUp(t *testing.T) {
	t.Parallel()
	p := newProbe(t, Config{ResultStoreSize: 1})
	p.submit(t, nothing)
	id := p.submit(t, nothing)
	p.becomes(t, "output_queue", Unhealthy, "full: 1 results of 1")
	if err := p.Cancel(id); err != nil {
		t.Fatal(err)
	}
	p.becomes(t, "output_queue", Degraded, "100 % full") // that it was cancelled takes no room
	p.becomes(t, "dispatcher", Healthy, "")
	if s, _ := p.ComponentStatus("output_queue"); s.Metrics["holds_tasks_up"] != 0 {
		t.Errorf("%+v", s)
	}
}

func TestHealthOfClosedEngine(t *testing.T) {
	t.Parallel()
	p := newProbe(t, Config{HealthCheckInterval: -1})
	if s := p.Status(); !s.Engine.IsRunning {
		t.Errorf("%+v", s.Engine)
	}
	if err := p.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	p.health.check(time.Now()) // an engine that has closed checks nothing any more
	p.becomes(t, "dispatcher", Unhealthy, "the engine is closing")
	if s := p.Status(); s.Engine.IsRunning || s.Engine.Health != Unhealthy || s.Engine.Reason != "dispatcher: the engine is closing" {
		t.Errorf("%+v", s.Engine)
	}
}

// Slots that have lost their instances wait while no others can be made.
func TestHealthOfPools(t *testing.T) {
	t.Parallel()
	p := newProbe(t, Config{CPUWorkers: 2})
	p.becomes(t, "process_pool", Healthy, "")
	p.fails.Store(true)
	if err := p.breakOne(t); !errors.Is(err, ErrInstanceLost) {
		t.Fatal(err)
	}
	p.becomes(t, "cpu_pool", Degraded, "1 of 2 slots heal")
	p.becomes(t, "process_pool", Degraded, "cpu_pool: 1 of 2 slots heal")
	if err := p.breakOne(t); !errors.Is(err, errNoInstance) { // the other slot found none, either
		t.Fatal(err)
	}
	p.becomes(t, "cpu_pool", Unhealthy, "no usable slot of 2")
	p.becomes(t, "process_pool", Unhealthy, "cpu_pool: no usable slot of 2")
	p.becomes(t, "io_pool", Healthy, "")
	if s, _ := p.ComponentStatus("cpu_pool"); s.Metrics["healing_slots"] != 2 || s.Metrics["active_tasks"] != 0 || s.Metrics["lost_instances_total"] != 2 {
		t.Errorf("%+v", s)
	}
	waits := p.submit(t, nothing)
	p.fails.Store(false)
	if res := p.fetch(t, waits); res.Err != nil {
		t.Error(res.Err)
	}
	p.becomes(t, "cpu_pool", Healthy, "")
	p.becomes(t, "process_pool", Healthy, "")
}

func TestHealthOfProcessPoolIsTheWorse(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ cpu, io, want ComponentHealth }{
		{ComponentHealth{Healthy, ""}, ComponentHealth{Healthy, ""}, ComponentHealth{Healthy, ""}},
		{ComponentHealth{Healthy, ""}, ComponentHealth{Degraded, "1"}, ComponentHealth{Degraded, "io_pool: 1"}},
		{ComponentHealth{Degraded, "1"}, ComponentHealth{Unhealthy, "2"}, ComponentHealth{Unhealthy, "io_pool: 2"}},
		{ComponentHealth{Unhealthy, "1"}, ComponentHealth{Degraded, "2"}, ComponentHealth{Unhealthy, "cpu_pool: 1"}},
		{ComponentHealth{Degraded, "1"}, ComponentHealth{Degraded, "2"}, ComponentHealth{Degraded, "cpu_pool: 1"}},
	} {
		p := &processPool{cpu: &poolComponent{name: "cpu_pool"}, io: &poolComponent{name: "io_pool"}}
		p.cpu.set(test.cpu)
		p.io.set(test.io)
		p.check(time.Time{})
		if s := p.status(nil, nil); s.Health != test.want.State || s.Reason != test.want.Reason {
			t.Errorf("%+v and %+v make %s: %s", test.cpu, test.io, s.Health, s.Reason)
		}
	}
}

func TestHealthOfWorkerThatLosesInstances(t *testing.T) {
	t.Parallel()
	p := newProbe(t, Config{CPUWorkers: 1, HealthCheckInterval: -1}) // checks are made here, at times of the test's choosing
	for losses := 1; losses <= 3; losses++ {
		p.health.check(time.Now())
		p.becomes(t, "cpu_worker_0", Healthy, "")
		if err := p.breakOne(t); !errors.Is(err, ErrInstanceLost) {
			t.Fatal(err)
		}
	}
	p.health.check(time.Now())
	p.becomes(t, "cpu_worker_0", Unhealthy, "3 instances lost within 10s")
	p.becomes(t, "io_worker_0", Healthy, "")
	if err := p.fetch(t, p.submit(t, nothing)).Err; err != nil {
		t.Errorf("it still works: %v", err)
	}
	p.health.check(time.Now().Add(lossWindow))
	p.becomes(t, "cpu_worker_0", Healthy, "")
}

func TestHealthOfWorkerThatIsStuck(t *testing.T) {
	t.Parallel()
	p := newProbe(t, Config{CPUWorkers: 1, IOWorkers: 1})
	p.occupy(t, IOBound) // one that waits is not stuck, however long it does
	seen := make(chan struct{})
	task := breaking
	task.OnLog = func(LogRecord) { <-seen }
	id := p.submit(t, task)
	p.becomes(t, "cpu_worker_0", Unhealthy, fmt.Sprintf("task %d has not ticked for 1s", id))
	p.becomes(t, "io_worker_0", Healthy, "")
	close(seen)
	if err := p.fetch(t, id).Err; err != nil {
		t.Error(err)
	}
	p.becomes(t, "cpu_worker_0", Healthy, "")
}

func TestHealthOfExecutorThatCopies(t *testing.T) {
	t.Setenv(python.ResetEnv, "copy") // and so not parallel
	p := newProbe(t, Config{})
	p.becomes(t, "executor", Degraded, "reset by copying the whole image")
	if s, _ := p.ComponentStatus("executor"); s.Info["reset"] != "copy" || s.Health != Degraded {
		t.Errorf("%+v", s)
	}
}

func TestHealthIsUnknownWithoutChecks(t *testing.T) {
	t.Parallel()
	p := newProbe(t, Config{HealthCheckInterval: -1})
	if err := p.fetch(t, p.submit(t, nothing)).Err; err != nil {
		t.Fatal(err)
	}
	h := p.Health()
	if h.Overall != Unknown || h.Reason != "cpu_pool: not checked yet" || h.UnknownCount != len(h.Components) || !h.CheckedAt.IsZero() {
		t.Errorf("%+v", h)
	}
	if s := p.Status(); s.Engine.Health != Unknown || s.Components["executor"].Health != Unknown {
		t.Errorf("%+v", s.Engine)
	}
}

// Components of the service's own count as the engine's do.
func TestConfigComponents(t *testing.T) {
	t.Parallel()
	db := &fakeComponent{name: "database"}
	db.set(ComponentStatus{Health: Healthy, Metrics: map[string]float64{"connections": 3}, Info: map[string]string{"host": "db1"}})
	mute := &fakeComponent{name: "mute"}
	mute.set(ComponentStatus{Health: Healthy})
	p := newProbe(t, Config{Components: []Component{db, mute}})
	p.becomes(t, "database", Healthy, "")
	s, ok := p.ComponentStatus("database")
	if !ok || s.Metrics["connections"] != 3 || s.Info["host"] != "db1" || s.Health != Healthy {
		t.Errorf("%+v", s)
	}
	s.Metrics["connections"] = 0 // is the caller's own
	if s = p.Status().Components["database"]; s.Metrics["connections"] != 3 {
		t.Errorf("%+v", s)
	}
	if s = p.Status().Components["mute"]; s.Metrics == nil {
		t.Error("no metrics are null in JSON, and not an empty object")
	}
	before := p.Health()
	if n := before.HealthyCount + before.DegradedCount + before.UnhealthyCount + before.UnknownCount; n != len(before.Components) {
		t.Errorf("%d components, %d counted", len(before.Components), n)
	}
	db.set(ComponentStatus{Health: Unhealthy, Reason: "no connection"})
	p.becomes(t, "database", Unhealthy, "no connection")
	h := p.Health()
	if h.Overall != Unhealthy || h.Reason != "database: no connection" || h.UnhealthyCount != 1 || h.HealthyCount != before.HealthyCount-1 {
		t.Errorf("%+v", h)
	}
	h.Components["database"] = ComponentHealth{} // is the caller's own, too
	db.set(ComponentStatus{Health: Healthy})
	p.becomes(t, "database", Healthy, "")
	p.until(t, "the engine to be as before", func() bool { return p.Health().Overall == before.Overall })
}

func TestComponentNames(t *testing.T) {
	t.Parallel()
	named := func(names ...string) (all []Component) {
		for _, name := range names {
			all = append(all, &fakeComponent{name: name})
		}
		return all
	}
	for _, test := range []struct {
		components []Component
		want       string
	}{
		{named("db", "cache", "db"), `Components[2]: there is a component "db" already`},
		{named("dispatcher"), `Components[0]: there is a component "dispatcher" already`},
		{named("io_worker_1000"), `Components[0]: there is a component "io_worker_1000" already`},
		{named("a", ""), "Components[1]: needs a name"},
		{[]Component{nil}, "Components[0]: needs a name"},
	} {
		eng, err := New(context.Background(), Config{Components: test.components})
		if !errors.Is(err, ErrInvalidConfig) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("engine %v, error %v; want %s", eng, err, test.want)
		}
	}
	// All that an engine has are reserved.
	for name := range newProbe(t, Config{}).Status().Components {
		if !reservedComponent(name) {
			t.Errorf("%s is not reserved", name)
		}
	}
}

func TestStatus(t *testing.T) {
	t.Parallel()
	p := newProbe(t, Config{CPUWorkers: 2, IOWorkers: 3, IOSlots: 2, QueueSize: 10})
	var ids []TaskID
	for _, kind := range []TaskType{CPUBound, CPUBound, IOBound, IOBound, IOBound} {
		ids = append(ids, p.occupy(t, kind))
	}
	ids = append(ids, p.submit(t, nothing))
	p.becomes(t, "process_pool", Healthy, "") // so that it has been checked
	text, err := json.Marshal(p.Status())
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]any{
		"engine.is_running": true,
		"engine.health":     string(p.Health().Overall),
		"components.process_pool.metrics.active_tasks":      5.0,
		"components.process_pool.metrics.slots":             8.0,
		"components.process_pool.metrics.workers":           5.0,
		"components.cpu_pool.metrics.active_tasks":          2.0,
		"components.io_pool.metrics.active_tasks":           3.0,
		"components.cpu_worker_0.metrics.active_tasks":      1.0,
		"components.cpu_worker_1.metrics.tasks_total":       1.0,
		"components.io_worker_2.metrics.active_tasks":       1.0,
		"components.io_worker_2.metrics.slots":              2.0,
		"components.input_queue.metrics.size":               1.0,
		"components.input_queue.metrics.fullness":           0.1,
		"components.input_queue.metrics.capacity":           20.0,
		"components.input_queue.metrics.cpu_size":           1.0,
		"components.input_queue.metrics.accepted_total":     6.0,
		"components.dispatcher.metrics.dispatched_total":    5.0,
		"components.dispatcher.metrics.finished_total":      0.0,
		"components.output_queue.metrics.fullness":          5.0 / 10_000,
		"components.process_pool.metrics.instances":         float64(p.live.Load()),
		"components.executor.metrics.script_hits_total":     float64(p.interpreter.Stats().CodeHits),
		"components.module_cache.info.enabled":              p.Status().Components["module_cache"].Info["enabled"],
		"components.process_pool.health":                    "healthy",
		"components.process_pool.metrics.host_memory_bytes": float64(p.memory.usedBytes()),
	} {
		if got := at(t, text, path); got != want {
			t.Errorf("%s is %v, want %v", path, got, want)
		}
	}
	p.open()
	for _, id := range ids {
		if err := p.fetch(t, id).Err; err != nil {
			t.Error(err)
		}
	}
	p.until(t, "all slots to be given back", func() bool {
		s, ok := p.ComponentStatus("process_pool")
		return ok && s.Metrics["active_tasks"] == 0
	})
	if s, _ := p.ComponentStatus("dispatcher"); s.Metrics["finished_total"] != 6 {
		t.Errorf("%+v", s)
	}
	if s, ok := p.ComponentStatus("nothing"); ok {
		t.Errorf("%+v", s)
	}
	if err := p.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if text, err = json.Marshal(p.Status()); err != nil || at(t, text, "engine.is_running") != false {
		t.Errorf("%v, %s", err, text)
	}
}

// at returns what is at a path in JSON.
func at(t *testing.T, text []byte, path string) (found any) {
	t.Helper()
	if err := json.Unmarshal(text, &found); err != nil {
		t.Fatal(err)
	}
	for name := range strings.SplitSeq(path, ".") {
		object, _ := found.(map[string]any)
		var ok bool
		if found, ok = object[name]; !ok {
			t.Errorf("there is no %s", path)
			return nil
		}
	}
	return found
}
