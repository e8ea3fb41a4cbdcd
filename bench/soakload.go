package bench

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/vivarium-go/vivarium/runtime"
	"github.com/vivarium-go/vivarium/testdata/hostile"
)

// honestTask is a script that somebody might well run, and its only right result.
type honestTask struct {
	name, script string
	params       any
	want         string
}

func (h honestTask) task() runtime.Task {
	return runtime.Task{Script: runtime.Source(h.name+".py", h.script), Params: h.params, Timeout: 5 * time.Minute}
}

var honest = []honestTask{
	{"double", "def module(): return M()\nclass M:\n  def run(self, params): return {'result': params['value'] * 2}", map[string]int{"value": 21}, `{"result":42}`},
	{"json", "def run(params): return len(params['rows'])", map[string]any{"rows": make([]int, 50_000)}, `50000`},
	{"primes", "def run(n):\n  sieve = bytearray([1]) * n\n  for i in range(2, int(n ** 0.5) + 1):\n    if sieve[i]: sieve[i * i::i] = bytes(len(range(i * i, n, i)))\n  return sum(sieve) - 2", 100_000, `9592`},
	{"words", "import collections, re\ndef run(text): return collections.Counter(re.findall(r'\\w+', text)).most_common(1)", strings.Repeat("to be or not to be to ", 500), `[["to",1500]]`},
	{"files", "import os\ndef run(n):\n  for i in range(n):\n    with open(f'f{i}', 'w') as f: f.write('x' * i)\n  return sum(os.path.getsize(f) for f in os.listdir())", 100, `4950`},
	{"report", "import logging, vivarium\ndef run(params):\n  for i in range(10):\n    vivarium.metric('rows', i); vivarium.progress(i / 10); logging.warning('row %d', i); print(i)\n  return vivarium.call('echo', a=1)", nil, `{"a":1}`},
	{"memory", "def run(mib): return sum(len(bytearray(1 << 20)) for _ in [bytearray(mib << 20)])", 50, `1048576`},
}

// loads are the kinds of load; each runs until the soak stops.
func (s *soak) loads(dir string) []func() {
	return []func(){
		s.honest, s.honest, s.batches, s.neighbours, s.sleepers, s.canaries, s.cancelled,
		func() { s.hostile(dir, 1) },
		func() { s.hostile(dir, 2) },
		func() { s.restarts(dir) },
	}
}

// hostFuncs are those of the hostile scripts. Their stuck function must come back some
// time: what a soak has started it waits for in the end.
func (s *soak) hostFuncs() map[string]runtime.HostFunc {
	funcs := maps.Clone(s.cfg.Engine.HostFuncs)
	if funcs == nil {
		funcs = make(map[string]runtime.HostFunc)
	}
	maps.Copy(funcs, hostile.HostFuncs(context.Background()))
	funcs["stuck"] = func(context.Context, []byte) ([]byte, error) {
		s.stuck.Add(1)
		defer s.stuck.Done()
		time.Sleep(2 * time.Second)
		return []byte("null"), nil
	}
	funcs["meet"] = func(context.Context, []byte) ([]byte, error) { return []byte("null"), nil }
	return funcs
}

// expect counts a task of a kind, or says what is wrong with its result.
func (s *soak) expect(kind, want string, res *runtime.Result, err error) {
	switch {
	case err != nil:
		s.fail("%s: %v", kind, err)
	case hostile.Ended(res) != want:
		s.fail("%s: it ended with %.300s and not %.300s", kind, hostile.Ended(res), want)
	default:
		s.done(kind)
	}
}

// honest waits for one task after the other.
func (s *soak) honest() {
	ctx := context.Background()
	for i := 0; s.stop.Err() == nil; i++ {
		h := honest[i%len(honest)]
		start := time.Now()
		var res *runtime.Result
		var err error
		if i%2 == 0 {
			res, err = s.engine.Run(ctx, h.task())
		} else {
			res, err = s.submitAndFetch(ctx, h.task())
		}
		s.watches[waitCPU].record(time.Since(start))
		s.expect("honest", "value "+h.want, res, err)
	}
}

func (s *soak) submitAndFetch(ctx context.Context, task runtime.Task) (*runtime.Result, error) {
	id, err := s.engine.Submit(ctx, task)
	if err != nil {
		return nil, err
	}
	return s.engine.Result(ctx, id)
}

// batches runs many at once, and leaves every third batch in its middle.
func (s *soak) batches() {
	var tasks []runtime.Task
	for i := range 50 {
		task := honest[0].task()
		task.Type = runtime.TaskType(i % 2)
		tasks = append(tasks, task)
	}
	for round := 0; s.stop.Err() == nil; round++ {
		seen := make(map[int]bool)
		for i, res := range s.engine.RunBatch(context.Background(), tasks) {
			s.expect("batch", "value "+honest[0].want, res, nil)
			if seen[i] {
				s.fail("batch: task %d has two results", i)
			}
			if seen[i] = true; round%3 == 2 && len(seen) == len(tasks)/2 {
				break
			}
		}
		if round%3 != 2 && len(seen) != len(tasks) {
			s.fail("batch: %d of %d tasks have a result", len(seen), len(tasks))
		}
	}
}

// neighbours wait a millisecond, and no attacker may make them wait much longer.
func (s *soak) neighbours() {
	for s.stop.Err() == nil {
		start := time.Now()
		res, err := s.engine.Run(context.Background(), hostile.Neighbour())
		s.watches[waitIO].record(time.Since(start))
		s.expect("neighbour", "value "+hostile.NeighbourValue, res, err)
		time.Sleep(5 * time.Millisecond)
	}
}

// sleepers are many that wait together.
func (s *soak) sleepers() {
	task := runtime.Task{
		Script: runtime.Source("sleeper.py", "import time\ndef run(params): time.sleep(params); return params"),
		Params: 0.5, Type: runtime.IOBound,
	}
	for s.stop.Err() == nil {
		for _, res := range s.engine.RunBatch(context.Background(), slices.Repeat([]runtime.Task{task}, 64)) {
			s.expect("sleeper", "value 0.5", res, nil)
		}
	}
}

// canaries find out whether anything has changed for them.
func (s *soak) canaries() {
	song := ""
	for s.stop.Err() == nil {
		res, err := s.engine.Run(context.Background(), hostile.Canary())
		if song == "" && err == nil {
			song = hostile.Ended(res)
		}
		s.expect("canary", song, res, err)
		time.Sleep(50 * time.Millisecond)
	}
}

// cancelled tasks would go on for ever, were it not for somebody who changes his mind.
func (s *soak) cancelled() {
	task := runtime.Task{Script: runtime.Source("endless.py", "while True: pass"), Type: runtime.IOBound, Timeout: -1}
	for s.stop.Err() == nil {
		id, err := s.engine.Submit(context.Background(), task)
		if err != nil {
			s.fail("cancelled: %v", err)
			continue
		}
		time.Sleep(rand.N(100 * time.Millisecond))
		if err := s.engine.Cancel(id); err != nil {
			s.fail("cancelled: %v", err)
		}
		res, err := s.engine.Result(context.Background(), id)
		if err != nil || !errors.Is(res.Err, runtime.ErrCancelled) {
			s.fail("cancelled: %+v, %v", res, err)
			continue
		}
		s.done("cancelled")
	}
}

// hostile runs the hostile scripts again and again, each time in another order.
func (s *soak) hostile(dir string, stream uint64) {
	scripts, err := hostile.Scripts()
	if err != nil {
		s.fail("hostile: %v", err)
		return
	}
	scripts = slices.Clone(scripts)
	order := rand.New(rand.NewPCG(s.cfg.Seed, stream))
	for {
		order.Shuffle(len(scripts), func(i, j int) { scripts[i], scripts[j] = scripts[j], scripts[i] })
		for _, script := range scripts {
			if s.stop.Err() != nil {
				return
			}
			if err := s.attack(dir, script); err != nil {
				s.fail("%s: %v", script.Name, err)
			}
		}
	}
}

// soakPatience is how much longer hostile scripts have in a soak.
const soakPatience = time.Second

// attack runs one hostile script. What its header says of the process's memory holds for
// one script at a time, and is not looked at here.
func (s *soak) attack(dir string, script hostile.Script) (err error) {
	own, err := os.MkdirTemp(dir, "fixture-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(own)) }()
	fixture, err := hostile.NewFixture(own)
	if err != nil {
		return err
	}
	task := script.Task(fixture)
	// It has to come to its attack first, and shares the cores with many.
	task.Timeout += soakPatience
	res, err := s.engine.Run(context.Background(), task)
	if err != nil {
		return err
	}
	ended := hostile.Ended(res)
	s.countStop(ended)
	if late := res.Usage.Exec - script.Time - soakPatience; script.TimesOut() && late > 0 {
		s.watches[overrun].record(late)
	}
	if !script.Matches(ended) {
		return fmt.Errorf("it ended with %.300s and not %.300s", ended, script.Outcome)
	}
	s.done("hostile")
	return fixture.Check(script)
}

func (s *soak) countStop(ended string) {
	switch {
	case ended == "died":
		s.died.Add(1)
	case strings.HasPrefix(ended, "limit ") && strings.HasSuffix(ended, " hard"):
		s.stopsHard.Add(1)
	case strings.HasPrefix(ended, "limit "):
		s.stopsSoft.Add(1)
	}
}

// restartEvery is the pause between two engines that are started beside the soaked one.
const restartEvery = 20 * time.Second

// restarts starts engines from a cache of their own, one byte of which is wrong.
func (s *soak) restarts(dir string) {
	cfg := s.cfg.Engine
	cfg.CacheDir = filepath.Join(dir, "cache")
	for s.stop.Err() == nil {
		start := time.Now()
		eng, err := runtime.New(context.Background(), cfg)
		if err != nil {
			s.fail("engine: %v", err)
			return
		}
		s.watches[newStart].record(time.Since(start))
		res, err := eng.Run(context.Background(), honest[0].task())
		s.expect("after a start", "value "+honest[0].want, res, err)
		if err := eng.Close(context.Background()); err != nil {
			s.fail("engine: %v", err)
		}
		s.engines.Add(1)
		if err := damage(cfg.CacheDir); err != nil {
			s.fail("engine: %v", err)
			return
		}
		select {
		case <-s.stop.Done():
		case <-time.After(restartEvery):
		}
	}
}

// damage flips a bit somewhere in the files of a directory.
func damage(dir string) error {
	var files []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) == 0 {
		return errors.Join(errors.New("the engine has cached nothing"), err)
	}
	f, err := os.OpenFile(files[rand.IntN(len(files))], os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	at := rand.Int64N(info.Size())
	var b [1]byte
	if _, err := f.ReadAt(b[:], at); err != nil {
		return err
	}
	b[0] ^= 1 << rand.IntN(8)
	_, err = f.WriteAt(b[:], at)
	return err
}
