package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/vivarium-go/vivarium/runtime"
)

// freeAddress returns an address that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}()
	return l.Addr().String()
}

// echoEngine ends each task at once, with its params, and counts what is on its way.
type echoEngine struct {
	running, most atomic.Int64
	each          func(runtime.Task)
}

func (e *echoEngine) Run(_ context.Context, task runtime.Task) (*runtime.Result, error) {
	if n := e.running.Add(1); n > e.most.Load() {
		e.most.Store(n)
	}
	defer e.running.Add(-1)
	if e.each != nil {
		e.each(task)
	}
	return &runtime.Result{Value: []byte("1")}, nil
}

func (e *echoEngine) Status() runtime.Status       { return runtime.Status{} }
func (e *echoEngine) Metrics() prometheus.Gatherer { return prometheus.NewRegistry() }
func (e *echoEngine) Close(context.Context) error  { return nil }
func (e *echoEngine) batch(out io.Writer) *batch {
	return &batch{
		eng: e, out: &resultFile{to: out, path: "test"}, stats: newBatchStats(), concurrency: [2]int{2, 3},
		complain: func(string) {},
	}
}

// endless is a stream of tasks that never ends by itself.
type endless struct{ line []byte }

func (e *endless) Read(p []byte) (n int, err error) {
	for n < len(p) {
		n += copy(p[n:], e.line)
		e.line = append(e.line[len(e.line):], `{"source":"1"}`+"\n"...)
	}
	return n, nil
}

// A disk that is full, or a reader of the results that goes away, ends a batch, and says why.
func TestBatchEndsWhenItCannotWrite(t *testing.T) {
	t.Parallel()
	full := errors.New("the disk is full")
	written := 0
	b := (&echoEngine{}).batch(writerFunc(func(p []byte) (int, error) {
		if written++; written > 100 {
			return 0, full
		}
		return len(p), nil
	}))
	err := b.run(context.Background(), &endless{line: []byte("{\"source\":\"1\"}\n")}, plainTasks)
	if !errors.Is(err, full) || !strings.Contains(err.Error(), "writing a result to test") || exitCodeOf(err) != exitUsage {
		t.Error(err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// An input that fails in the middle ends a batch after what came before.
func TestBatchEndsWhenItCannotRead(t *testing.T) {
	t.Parallel()
	broken := errors.New("the connection was reset")
	in := io.MultiReader(strings.NewReader(strings.Repeat("{\"source\":\"1\"}\n", 10)), readerFunc(func([]byte) (int, error) { return 0, broken }))
	var out bytes.Buffer
	err := (&echoEngine{}).batch(&out).run(context.Background(), in, plainTasks)
	if !errors.Is(err, broken) || exitCodeOf(err) != exitUsage {
		t.Error(err)
	}
	if got := strings.Count(out.String(), `"ok":true`); got != 10 {
		t.Errorf("%d of 10 tasks that were read have results", got)
	}
}

// A batch that is stopped does not wait for who writes its input.
func TestBatchEndsThoughItsInputDoesNot(t *testing.T) {
	t.Parallel()
	in, feeding := io.Pipe()
	defer func() { _ = feeding.Close() }() // only written
	ctx, cancel := context.WithCancelCause(context.Background())
	b := (&echoEngine{}).batch(writerFunc(func(p []byte) (int, error) {
		cancel(errInterrupted)
		return len(p), nil
	}))
	go func() { _, _ = io.WriteString(feeding, "{\"source\":\"1\"}\n") }()
	if err := b.run(ctx, in, plainTasks); !errors.Is(err, errInterrupted) {
		t.Error(err)
	}
}

// The first failure is the last task, also if it is a line that is wrong, of very many.
func TestFailFastOfBadLines(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	b := (&echoEngine{}).batch(&out)
	b.failFast = true
	err := b.run(context.Background(), strings.NewReader(strings.Repeat("{}\n", 10_000)), plainTasks)
	if got := strings.Count(out.String(), "\n"); !errors.Is(err, errFailFast) || got != 1 {
		t.Errorf("%d results, %v", got, err)
	}
}

func plainTasks(r io.Reader) taskSource { return jsonTasks(r, runtime.Task{}) }

// What is no file of results is left as it is, whatever it ends with.
func TestResumeSparesOtherFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	tasks := filepath.Join(dir, "tasks.jsonl")
	for path, text := range map[string]string{
		tasks:                               `{"source":"1"}`,
		filepath.Join(dir, "precious.json"): `{"precious":true}`,
		filepath.Join(dir, "notes.txt"):     "no results\n",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, out := range []string{"precious.json", "notes.txt", "tasks.jsonl", "./tasks.jsonl"} {
		path := dir + "/" + out
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var said bytes.Buffer
		p := process{stdin: strings.NewReader(""), stdout: io.Discard, stderr: &said, newEngine: sharedEngine}
		if code := p.mainIn(here, []string{"vivarium", "batch", tasks, "--out", path, "--resume"}); code != exitUsage {
			t.Errorf("%s: %d: %s", out, code, said.String())
		}
		if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
			t.Errorf("%s: %q, %v", out, after, err)
		}
	}
}

// A quote that is never closed does not take the rest of the file into memory.
func TestUnclosedQuote(t *testing.T) {
	t.Parallel()
	fullRunOnly(t)
	var read atomic.Int64
	in := io.MultiReader(strings.NewReader("a,b\n1,\"2\n"), readerFunc(func(p []byte) (int, error) {
		read.Add(int64(len(p)))
		return copy(p, bytes.Repeat([]byte("x,y\n"), len(p)/4+1)), nil
	}))
	err := (&echoEngine{}).batch(io.Discard).run(context.Background(), in, func(r io.Reader) taskSource { return csvInputs(r, mapped{}) })
	if err == nil || !strings.Contains(err.Error(), "is a quote not closed?") || read.Load() > 2*maxTaskLine {
		t.Errorf("%d MiB were read: %v", read.Load()/mib, err)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// However large its lines are, a batch holds a bounded amount of them.
func TestBatchHoldsBoundedMemory(t *testing.T) {
	t.Parallel()
	fullRunOnly(t)
	var mu sync.Mutex
	read, ended, most := 0, 0, 0
	line := []byte(`{"source":"` + strings.Repeat("#", mib) + "\"}\n")
	const lines = 120
	left := lines
	in := readerFunc(func(p []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		if left == 0 {
			return 0, io.EOF
		}
		n := copy(p, line[read%len(line):])
		if read += n; read%len(line) == 0 {
			left--
		}
		most = max(most, read-ended)
		return n, nil
	})
	e := &echoEngine{each: func(runtime.Task) {
		time.Sleep(time.Millisecond)
		mu.Lock()
		defer mu.Unlock()
		ended += len(line)
	}}
	if err := e.batch(io.Discard).run(context.Background(), in, plainTasks); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if ended != lines*len(line) {
		t.Errorf("%d bytes of tasks have ended", ended)
	}
	if most > maxWaitingBytes+16*mib {
		t.Errorf("%d MiB were read ahead", most/mib)
	}
}

// A line that is too long is a task that is wrong, and what follows is read.
func TestLongLine(t *testing.T) {
	t.Parallel()
	fullRunOnly(t)
	tooLong := func() io.Reader {
		return io.LimitReader(readerFunc(func(p []byte) (int, error) { return copy(p, bytes.Repeat([]byte("x"), len(p))), nil }), maxTaskLine+1)
	}
	long := io.MultiReader(strings.NewReader("1\n"), tooLong(), strings.NewReader("\nlast\n"), tooLong())
	r := bufio.NewReaderSize(long, 1<<16)
	for _, want := range []struct {
		line string
		err  error
	}{{"1\n", nil}, {"", errLongLine}, {"last\n", nil}, {"", errLongLine}, {"", io.EOF}} {
		if line, err := readLine(r); string(line) != want.line || !errors.Is(err, want.err) {
			t.Errorf("%.20q, %v; want %+v", line, err, want)
		}
	}
}

func TestConcurrencyIsExact(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 2, 19, 20, 21, 23, 200, 1000} {
		var cfg runtime.Config
		if got, want := (concurrency{n, n}).apply(&cfg), [2]int{n, n}; got != want || cfg.CPUWorkers*cfg.CPUSlots != n || cfg.IOWorkers*cfg.IOSlots != n || cfg.QueueSize < 2*n {
			t.Errorf("%d: %v, %+v", n, got, cfg)
		}
	}
}

func TestCountLines(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{"": 0, "a": 1, "a\n": 1, "a\n\nb": 3, "\n\n": 2} {
		if n, err := countLines(context.Background(), strings.NewReader(text)); n != want || err != nil {
			t.Errorf("%q: %d, %v", text, n, err)
		}
	}
}

// FuzzTaskLine reads any line as a task: it has a script then, or an error of one line.
func FuzzTaskLine(f *testing.F) {
	for _, text := range []string{
		`{"script":"a.py"}`, `{"source":"1","params":{"a":[1]},"id":7}`, `{"id":"x","script":"a.py","type":"io","timeout":"1s","memory":"64MiB","mounts":["a:/b"],"env":{"A":"b"},"labels":{"c":"d"}}`,
		`{}`, `[]`, `1`, `"`, `{"script":1}`, `{"script":"a","source":"b"}`, `{"id":{}}`, `{"id":null,"script":"a"}`, `{"memory":-1,"script":"a"}`, `{"mounts":[""],"script":"a"}`, `{} {}`, `{"fuel":1e99}`, "\xff",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		_, task, err := parseTaskLine(text, runtime.Task{})
		switch {
		case err != nil && (err.Error() == "" || strings.Contains(err.Error(), "\n")):
			t.Errorf("%q: %q", text, err)
		case err == nil && reflect.DeepEqual(task.Script, runtime.Script{}):
			t.Errorf("%q has no script", text)
		}
	})
}

func TestSummaryNamesWhatIsCommonAndSlow(t *testing.T) {
	t.Parallel()
	s := newBatchStats()
	for i := range 1000 {
		res := &runtime.Result{Usage: runtime.Usage{Exec: time.Duration(i+1) * time.Millisecond}}
		if i%10 == 0 {
			res.Err = &runtime.ScriptError{Type: "ValueError", Message: fmt.Sprintf("number %d\nand more", i/100)}
		}
		s.count(outcome{batchTask{line: i + 1}, res})
	}
	var text bytes.Buffer
	s.write(&text)
	for _, want := range []string{
		"1000 tasks in ", "success    90.00 % (900 ok, 100 failed)\n", "exec       p50 500.22ms, p95 950.27ms, p99 990.21ms\n",
		"slowest    1s  line 1000\n           999ms  line 999\n", "errors     10 ×  ValueError: number 0 …\n           10 ×  ValueError: number 1 …\n",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in\n%s", want, text.String())
		}
	}
	if got := strings.Count(text.String(), "\n"); got != 3+slowestTasks+commonErrors {
		t.Errorf("%d lines", got)
	}
}

// The live view is redrawn in place, and a line said meanwhile stands above it.
func TestLiveView(t *testing.T) {
	t.Parallel()
	var screen bytes.Buffer
	v := &batchView{w: &screen, width: 5, over: make(chan struct{})}
	v.draw("a\nb\n")
	v.draw("c too long\n")
	v.line("said")
	v.draw("d\n")
	v.stop()
	if got, want := screen.String(), "a\nb\n\x1b[2A\x1b[Jc to\n\x1b[1A\x1b[Jvivarium: said\nd\n\x1b[1A\x1b[J"; got != want {
		t.Errorf("%q", got)
	}
	status := runtime.Status{Engine: runtime.EngineStatus{Health: runtime.Degraded, UptimeSeconds: 61}, Components: map[string]runtime.ComponentStatus{
		"input_queue":  {Health: runtime.Degraded, Reason: "it is 90 % full", Metrics: map[string]float64{"cpu_size": 9, "capacity": 10}},
		"cpu_worker_0": {Health: runtime.Healthy, Metrics: map[string]float64{"active_tasks": 1, "slots": 2}},
	}}
	text := liveText(status, newBatchStats())
	for _, want := range []string{"0 done, 0 failed; engine degraded for 1m1s\n", "input_queue   degraded   cpu_size 9  io_size 0  capacity 10\n", "cpu_workers              1/2\n", "input_queue is degraded: it is 90 % full\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// fullRunOnly leaves out what is large: it takes minutes under the race detector.
func fullRunOnly(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("the full run has it")
	}
}
