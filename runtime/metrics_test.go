package runtime

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"go.uber.org/goleak"

	"github.com/vivarium-go/vivarium/hostabi"
)

// gather returns the values of all series, under their names and labels as Prometheus
// writes them; of histograms and summaries, the counts and sums.
func gather(t testing.TB, from prometheus.Gatherer) map[string]float64 {
	t.Helper()
	families, err := from.Gather()
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			var labels []string
			for _, pair := range m.GetLabel() {
				labels = append(labels, fmt.Sprintf("%s=%q", pair.GetName(), pair.GetValue()))
			}
			series := func(suffix string) string {
				name := f.GetName() + suffix
				if labels == nil {
					return name
				}
				return name + "{" + strings.Join(labels, ",") + "}"
			}
			switch {
			case m.GetCounter() != nil:
				values[series("")] = m.GetCounter().GetValue()
			case m.GetGauge() != nil:
				values[series("")] = m.GetGauge().GetValue()
			case m.GetHistogram() != nil:
				values[series("_count")] = float64(m.GetHistogram().GetSampleCount())
				values[series("_sum")] = m.GetHistogram().GetSampleSum()
			case m.GetSummary() != nil:
				values[series("_count")] = float64(m.GetSummary().GetSampleCount())
				values[series("_sum")] = m.GetSummary().GetSampleSum()
			default:
				t.Errorf("%s is neither", series(""))
			}
		}
	}
	return values
}

// having returns the values whose name begins so.
func having(values map[string]float64, prefix string) map[string]float64 {
	some := map[string]float64{}
	for name, value := range values {
		if strings.HasPrefix(name, prefix) {
			some[name] = value
		}
	}
	return some
}

// wantSeries checks the values of all series whose name begins so.
func wantSeries(t *testing.T, from prometheus.Gatherer, prefix string, want map[string]float64) {
	t.Helper()
	if got := having(gather(t, from), prefix); !maps.Equal(got, want) {
		t.Errorf("%v\nwant %v", got, want)
	}
}

func TestMetricsAreWellNamed(t *testing.T) {
	t.Parallel()
	p := newProbe(t, Config{})
	if err := p.fetch(t, p.submit(t, reports("gauge"))).Err; err != nil {
		t.Fatal(err)
	}
	if err := p.fetch(t, p.submit(t, reports("counter"))).Err; err != nil {
		t.Fatal(err)
	}
	if err := p.fetch(t, p.submit(t, reports("histogram"))).Err; err != nil {
		t.Fatal(err)
	}
	families, err := p.Metrics().Gather()
	if err != nil {
		t.Fatal(err)
	}
	if len(families) < 30 {
		t.Errorf("%d families", len(families))
	}
	problems, err := promlint.NewWithMetricFamilies(families).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range problems {
		t.Errorf("%s: %s", problem.Metric, problem.Text)
	}
}

// reports is a task that reports a metric of that kind, named after it.
func reports(kind string) Task {
	return Task{Script: Source("reports.py", fmt.Sprintf("import vivarium\nvivarium.metric(%q, 1, kind=%[1]q)", kind))}
}

// Tasks of every outcome are run, and counted as such.
func TestMetricsOfOutcomes(t *testing.T) {
	t.Parallel()
	p := newProbe(t, Config{CPUWorkers: 1, IOWorkers: 1, IOSlots: 1, QueueSize: 2, QueueFullRetries: -1, Grace: 10 * time.Second, HealthCheckInterval: -1})
	tasks := map[string]Task{
		"ok":            nothing,
		"exception":     {Script: Source("s.py", "1 / 0")},
		"exit":          {Script: Source("s.py", "import sys; sys.exit(3)")},
		"timeout":       {Script: Source("s.py", "while True: pass"), Timeout: 100 * time.Millisecond},
		"fuel":          {Script: Source("s.py", "while True: pass"), Limits: Limits{Fuel: 1_000_000}},
		"memory":        {Script: Source("s.py", "x = bytearray(1 << 28)"), Limits: Limits{MemoryBytes: 64 * mib}},
		"result":        {Script: Source("s.py", "def run(p): return 'x' * 1000"), Limits: Limits{ResultBytes: 100}},
		"stack":         {Script: Source("s.py", "x = ()\nfor _ in range(1_000_000): x = (x,)\nhash(x)")},
		"instance_lost": breaking,
	}
	want := map[string]float64{}
	var usages []Usage
	ended := func(outcome string, res *Result) {
		t.Helper()
		if (outcome == "ok") != (res.Err == nil) {
			t.Errorf("%s: %v", outcome, res.Err)
		}
		want[fmt.Sprintf("vivarium_tasks_finished_total{outcome=%q,type=%q}", outcome, "io")]++
		usages = append(usages, res.Usage)
	}
	for _, outcome := range slices.Sorted(maps.Keys(tasks)) {
		task := tasks[outcome]
		task.Type = IOBound
		res, err := p.Run(context.Background(), task)
		if err != nil {
			t.Fatal(outcome, err)
		}
		ended(outcome, res)
	}
	// By Cancel, and by a context that ends.
	running := p.occupy(t, IOBound)
	if err := p.Cancel(running); err != nil {
		t.Fatal(err)
	}
	ended("cancelled", p.fetch(t, running))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		<-p.waiting
		cancel()
	}()
	res, err := p.Run(ctx, Task{Script: Source("wait.py", waitScript), Type: IOBound})
	if err != nil {
		t.Fatal(err)
	}
	ended("cancelled", res)
	wantSeries(t, p.Metrics(), "vivarium_tasks_finished_total", want)
	compareUsage(t, p.Metrics(), usages)

	// Those that were not started are not among the histograms, and the refused one is not
	// among those that ended.
	p.occupy(t, CPUBound)
	waiting, late := p.submit(t, nothing), nothing
	late.TotalTimeout = time.Millisecond
	if res := p.fetch(t, p.submit(t, late)); !errors.Is(res.Err, context.DeadlineExceeded) {
		t.Error(res.Err)
	}
	p.submit(t, nothing)
	if _, err := p.Submit(context.Background(), nothing); !errors.Is(err, ErrQueueFull) {
		t.Error(err)
	}
	if err := p.Cancel(waiting); err != nil {
		t.Fatal(err)
	}
	if res := p.fetch(t, waiting); !errors.Is(res.Err, ErrCancelled) {
		t.Error(res.Err)
	}
	want[`vivarium_tasks_finished_total{outcome="not_started",type="cpu"}`] = 2
	wantSeries(t, p.Metrics(), "vivarium_tasks_finished_total", want)
	compareUsage(t, p.Metrics(), usages)
	for prefix, want := range map[string]map[string]float64{
		"vivarium_tasks_accepted_total":  {`vivarium_tasks_accepted_total{type="cpu"}`: 4, `vivarium_tasks_accepted_total{type="io"}`: float64(len(usages))},
		"vivarium_tasks_rejected_total":  {`vivarium_tasks_rejected_total{type="cpu"}`: 1, `vivarium_tasks_rejected_total{type="io"}`: 0},
		"vivarium_tasks_queued":          {`vivarium_tasks_queued{type="cpu"}`: 1, `vivarium_tasks_queued{type="io"}`: 0},
		"vivarium_tasks_active":          {`vivarium_tasks_active{type="cpu"}`: 1, `vivarium_tasks_active{type="io"}`: 0},
		"vivarium_queue_capacity_tasks":  {`vivarium_queue_capacity_tasks{type="cpu"}`: 2, `vivarium_queue_capacity_tasks{type="io"}`: 2},
		"vivarium_slots{":                {`vivarium_slots{type="cpu"}`: 1, `vivarium_slots{type="io"}`: 1},
		"vivarium_instances_lost_total":  {`vivarium_instances_lost_total{type="cpu"}`: 0, `vivarium_instances_lost_total{type="io"}`: 1},
		"vivarium_results_stored":        {"vivarium_results_stored": 3},
		"vivarium_results_unfetched":     {"vivarium_results_unfetched": 0},
		`vivarium_instances{state="busy`: {`vivarium_instances{state="busy"}`: 1},
		`vivarium_health{component="o`:   {`vivarium_health{component="overall"}`: 1, `vivarium_health{component="output_queue"}`: 1},
	} {
		wantSeries(t, p.Metrics(), prefix, want)
	}
}

// compareUsage checks that the histograms have these IO-bound tasks, and no others.
func compareUsage(t *testing.T, from prometheus.Gatherer, usages []Usage) {
	t.Helper()
	values := having(gather(t, from), "vivarium_task_")
	for name, of := range map[string]func(Usage) float64{
		"queue_seconds":     func(u Usage) float64 { return u.Queue.Seconds() },
		"exec_seconds":      func(u Usage) float64 { return u.Exec.Seconds() },
		"reset_seconds":     func(u Usage) float64 { return u.Reset.Seconds() },
		"fuel_units":        func(u Usage) float64 { return float64(u.Fuel) },
		"memory_peak_bytes": func(u Usage) float64 { return float64(u.MemoryPeakBytes) },
		"dirty_pages":       func(u Usage) float64 { return float64(u.DirtyPages) },
		"host_calls":        func(u Usage) float64 { return float64(u.HostCalls) },
		"abandoned_calls":   func(u Usage) float64 { return float64(u.AbandonedCalls) },
		"input_bytes":       func(u Usage) float64 { return float64(u.BytesIn) },
		"output_bytes":      func(u Usage) float64 { return float64(u.BytesOut) },
		"retries":           func(u Usage) float64 { return float64(u.Retries) },
	} {
		sum := 0.0
		for _, u := range usages {
			sum += of(u)
		}
		count := fmt.Sprintf(`vivarium_task_%s_count{type="io"}`, name)
		if values[count] != float64(len(usages)) {
			t.Errorf("%s is %v, want %d", count, values[count], len(usages))
		}
		total := fmt.Sprintf(`vivarium_task_%s_sum{type="io"}`, name)
		if math.Abs(values[total]-sum) > 1e-9*sum {
			t.Errorf("%s is %v, want %v", total, values[total], sum)
		}
		delete(values, count)
		delete(values, total)
	}
	if len(values) > 0 {
		t.Errorf("besides these there are %v", values)
	}
}

// Outcomes that are hard to come by.
func TestEnding(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err  error // of a task that has run
		want string
	}{
		{nil, "ok"},
		{&cancelledError{cause: ErrClosed}, "cancelled"},
		{&cancelledError{cause: errors.New("changed my mind")}, "cancelled"},
		{&LimitError{Kind: LimitMemory, lost: true}, "instance_lost"},
		{&LimitError{Kind: LimitStack}, "stack"},
		{errors.New("something else"), "error"},
	} {
		if got := (&job{result: &Result{Err: test.err}}).ending(); got != test.want {
			t.Errorf("%v: %q, want %q", test.err, got, test.want)
		}
	}
	if got := (&job{err: timeout(time.Second, "")}).ending(); got != "not_started" {
		t.Errorf("without a result: %q", got)
	}
}

func TestScriptMetrics(t *testing.T) {
	t.Parallel()
	p := newProbe(t, Config{ScriptMetricNames: 3})
	run := func(text string) *Result {
		t.Helper()
		res := p.fetch(t, p.submit(t, Task{Script: Source("s.py", "from vivarium import metric\n"+text)}))
		if res.Err != nil {
			t.Error(res.Err)
		}
		return res
	}
	run("metric('depth', 5)\nmetric('rows', 10, kind='counter')\nmetric('size', 1.5, kind='histogram')\nmetric('size', 2, kind='histogram')")
	run("metric('rows', 32, kind='counter')\nmetric('rows', 0.5, kind='counter')\nmetric('size', 4, kind='histogram')\nmetric('depth', 7)\nmetric('depth', -2)")
	want := map[string]float64{
		`vivarium_script_value{metric="depth"}`:             -2,
		`vivarium_script_counted_total{metric="rows"}`:      42.5,
		`vivarium_script_observations_count{metric="size"}`: 3,
		`vivarium_script_observations_sum{metric="size"}`:   7.5,
		"vivarium_script_metrics_dropped_total":             0,
		"vivarium_script_cache_hits_total":                  gather(t, p.Metrics())["vivarium_script_cache_hits_total"],
		"vivarium_script_cache_misses_total":                gather(t, p.Metrics())["vivarium_script_cache_misses_total"],
		"vivarium_script_cache_bytes":                       gather(t, p.Metrics())["vivarium_script_cache_bytes"],
	}
	check := func() {
		t.Helper()
		got := having(gather(t, p.Metrics()), "vivarium_script_")
		for name := range want {
			if strings.HasPrefix(name, "vivarium_script_cache_") {
				want[name] = got[name]
			}
		}
		if !maps.Equal(got, want) {
			t.Errorf("%v\nwant %v", got, want)
		}
	}
	check()

	// Labels make other series of the result, and of nothing else.
	res := run("metric('rows', 1, kind='counter', table='a', secret='x')\nmetric('rows', 2, kind='counter', table='b')")
	if len(res.Metrics) != 2 || res.Metrics[0].Labels["table"] != "a" {
		t.Errorf("%+v", res.Metrics)
	}
	want[`vivarium_script_counted_total{metric="rows"}`] = 45.5
	check()

	// A fourth name is too many, and a name has one kind. The script does not notice.
	run("metric('fourth', 1)\nmetric('fifth', 1, kind='counter')\nmetric('rows', 1)\nmetric('depth', 3)")
	want["vivarium_script_metrics_dropped_total"] = 3
	want[`vivarium_script_value{metric="depth"}`] = 3
	check()
}

func TestScriptMetricsOff(t *testing.T) {
	t.Parallel()
	p := newProbe(t, Config{ScriptMetricNames: -1})
	if res := p.fetch(t, p.submit(t, reports("gauge"))); res.Err != nil || len(res.Metrics) != 1 {
		t.Errorf("%+v", res)
	}
	values := gather(t, p.Metrics())
	if values["vivarium_script_metrics_dropped_total"] != 1 || len(having(values, "vivarium_script_value")) != 0 {
		t.Errorf("%v", having(values, "vivarium_script_"))
	}
}

// However many names scripts make up, only so many are kept.
func TestScriptMetricsAreBounded(t *testing.T) {
	t.Parallel()
	s := newScriptMetrics(100)
	var group sync.WaitGroup
	for task := range 8 {
		group.Go(func() {
			for i := range 1000 {
				s.report([]*Metric{{Name: fmt.Sprintf("m%d_%d", task, i), Kind: hostabi.MetricKind(i % 3), Count: 1, Value: 1}})
			}
		})
	}
	group.Wait()
	if len(s.series) != 100 || s.dropped != 8*1000-100 {
		t.Errorf("%d names, %d dropped", len(s.series), s.dropped)
	}
}

func TestInjectedRegisterer(t *testing.T) { //nolint:paralleltest // it looks for goroutines that are left
	ctx := context.Background()
	registry := prometheus.NewRegistry()
	first, err := New(ctx, Config{Registerer: registry})
	if err != nil {
		t.Fatal(err)
	}
	res, err := first.Run(ctx, nothing)
	if err != nil || res.Err != nil {
		t.Fatal(err, res)
	}
	ok := map[string]float64{`vivarium_tasks_finished_total{outcome="ok",type="cpu"}`: 1}
	wantSeries(t, registry, "vivarium_tasks_finished_total", ok)
	wantSeries(t, first.Metrics(), "vivarium_tasks_finished_total", ok)

	before := goleak.IgnoreCurrent()
	second, err := New(ctx, Config{Registerer: registry})
	if !errors.Is(err, ErrInvalidConfig) || !errors.As(err, new(prometheus.AlreadyRegisteredError)) || !strings.Contains(err.Error(), "WrapRegistererWith") {
		t.Errorf("a second engine in the registry: %v, %v", second, err)
	}
	goleak.VerifyNone(t, before)
	wantSeries(t, registry, "vivarium_tasks_finished_total", ok) // is still there

	wrapped := prometheus.WrapRegistererWith(prometheus.Labels{"engine": "2"}, registry)
	if _, err = New(ctx, Config{Registerer: wrapped}); !errors.Is(err, ErrInvalidConfig) {
		t.Errorf("only one of two engines has the label: %v", err)
	}
	if err := first.Close(ctx); err != nil {
		t.Error(err)
	}
	if left := gather(t, registry); len(left) != 0 {
		t.Errorf("after Close %v", left)
	}
}

func TestWrappedRegisterer(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	registry := prometheus.NewRegistry()
	var engines []*Engine
	for i := range 2 {
		labels := prometheus.Labels{"engine": fmt.Sprint(i)}
		eng, err := New(ctx, Config{Registerer: prometheus.WrapRegistererWith(labels, registry)})
		if err != nil {
			t.Fatal(err)
		}
		engines = append(engines, eng)
		for range i + 1 {
			if res, err := eng.Run(ctx, nothing); err != nil || res.Err != nil {
				t.Fatal(err, res)
			}
		}
	}
	const finished = "vivarium_tasks_finished_total"
	wantSeries(t, registry, finished, map[string]float64{
		finished + `{engine="0",outcome="ok",type="cpu"}`: 1,
		finished + `{engine="1",outcome="ok",type="cpu"}`: 2,
	})
	if err := engines[0].Close(ctx); err != nil {
		t.Error(err)
	}
	wantSeries(t, registry, finished, map[string]float64{finished + `{engine="1",outcome="ok",type="cpu"}`: 2})
	if err := engines[1].Close(ctx); err != nil {
		t.Error(err)
	}
	if left := gather(t, registry); len(left) != 0 {
		t.Errorf("after both are closed %v", left)
	}
}

func TestMetricsOff(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	p := newProbe(t, Config{MetricsOff: true, Registerer: registry})
	if res := p.fetch(t, p.submit(t, reports("gauge"))); res.Err != nil || len(res.Metrics) != 1 {
		t.Errorf("%+v", res)
	}
	if values := gather(t, p.Metrics()); len(values) != 0 {
		t.Errorf("%v", values)
	}
	if values := gather(t, registry); len(values) != 0 {
		t.Errorf("%v", values)
	}
}

// Everything that can be asked is asked while tasks run and slots heal.
func TestGatheringWhileTasksRun(t *testing.T) {
	t.Parallel()
	p := newProbe(t, Config{HealthCheckInterval: time.Millisecond, Components: []Component{&fakeComponent{name: "db"}}})
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := p.Metrics().Gather(); err != nil {
					t.Error(err)
					return
				}
				p.Status()
				p.Health()
				p.ComponentStatus("process_pool")
			}
		})
	}
	const each = 15
	kinds := []string{"gauge", "counter", "histogram"}
	var writers sync.WaitGroup
	for kind := range 2 {
		writers.Go(func() {
			for i := range each {
				task := reports(kinds[i%3])
				if i == 5 {
					task = breaking
				}
				task.Type = TaskType(kind)
				if _, err := p.Run(context.Background(), task); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	close(stop)
	readers.Wait()
	finished, values := 0.0, gather(t, p.Metrics())
	for _, n := range having(values, "vivarium_tasks_finished_total") {
		finished += n
	}
	if finished != 2*each || values[`vivarium_script_counted_total{metric="counter"}`] != 2*each/3 || values[`vivarium_script_observations_count{metric="histogram"}`] != 2*(each/3-1) {
		t.Errorf("%v finished: %v", finished, having(values, "vivarium_script_"))
	}
}
