package bench

import (
	"bufio"
	"bytes"
	"cmp"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

//go:embed peers/*.py
var peerScripts embed.FS

// Peers are what Options.Compare may name.
var Peers = []string{peerPool, peerSubprocess}

const (
	// peerPool is a warm concurrent.futures.ProcessPoolExecutor: as fast as Python gets, and
	// isolates nothing.
	peerPool = "processpool"
	// peerSubprocess is a fresh `python3 -I -S` for each task: a process's isolation, with the
	// user's rights.
	peerSubprocess = "subprocess"
)

// peer runs scripts in another way.
type peer struct {
	name string
	// side returns how it runs a workload, so many at once.
	side func(w workload, atOnce int) *side
}

// workload is a script with its params and its only right result.
type workload struct {
	path   string // of the script
	params json.RawMessage
	want   string
}

// findPython finds the native CPython. What is on PATH may be a script that looks for it, which
// takes longer than Python itself, so it is asked where it is.
func (s *session) findPython() {
	const ask = "import platform, sys; print(platform.python_version()); print(sys.executable)"
	out, err := exec.CommandContext(s.ctx, cmp.Or(s.Python, "python3"), "-I", "-c", ask).Output()
	version, path, _ := strings.Cut(string(bytes.TrimSpace(out)), "\n")
	if err != nil || path == "" {
		s.note("nothing is compared: there is no native CPython: %v", err)
		return
	}
	s.native = path
	s.note("the native CPython is %s", version)
}

// startPeers starts the peers that are to be measured, if there is what they need.
func (s *session) startPeers() error {
	if s.native == "" {
		return nil
	}
	for _, name := range s.Compare {
		script, err := s.peerScript(map[string]string{peerPool: "processpool.py", peerSubprocess: "once.py"}[name])
		if err != nil {
			return fmt.Errorf("bench: %q is no peer; there are %q: %w", name, Peers, err)
		}
		if name == peerSubprocess {
			s.peers = append(s.peers, s.subprocesses(script))
			continue
		}
		pool, err := s.processPool(script)
		if err != nil {
			return err
		}
		s.peers = append(s.peers, pool)
	}
	return nil
}

// peerScript writes one of our scripts to a file.
func (s *session) peerScript(name string) (string, error) {
	text, err := peerScripts.ReadFile("peers/" + name)
	if err != nil {
		return "", err
	}
	path := filepath.Join(s.dir, name)
	return path, os.WriteFile(path, text, 0o600)
}

// subprocesses starts a python for each task.
func (s *session) subprocesses(once string) peer {
	return peer{peerSubprocess, func(w workload, atOnce int) *side {
		return &side{row: Row{Series: peerSubprocess, Workers: atOnce, Concurrency: atOnce}, do: func(int) error {
			cmd := exec.CommandContext(s.ctx, s.native, "-I", "-S", once, w.path)
			cmd.Stdin, cmd.Stderr = bytes.NewReader(w.params), os.Stderr
			out, err := cmd.Output()
			if err == nil && string(bytes.TrimSpace(out)) != w.want {
				err = fmt.Errorf("it printed %.100q", out)
			}
			return err
		}}
	}}
}

// processPool is a pool with a process for each core. It takes as many tasks at once as it is given; only when
// each is waited for do they not queue.
func (s *session) processPool(script string) (peer, error) {
	pool, stop, err := startNativePool(s.native, script, cores())
	if err != nil {
		return peer{}, err
	}
	s.closers = append(s.closers, stop)
	return peer{peerPool, func(w workload, atOnce int) *side {
		return &side{row: Row{Series: peerPool, Workers: cores(), Concurrency: atOnce}, many: func(n int) ([]time.Duration, time.Duration, error) {
			return pool.run(w, nativeRun{Tasks: n, Chunk: 1, Window: atOnce})
		}}
	}}, nil
}

// nativePool is a process of peers/processpool.py. It belongs to one goroutine.
type nativePool struct {
	commands *json.Encoder
	answers  *json.Decoder
}

// startNativePool starts one, which stop ends.
func startNativePool(python, script string, processes int) (_ *nativePool, stop func() error, _ error) {
	cmd := exec.Command(python, "-I", script, strconv.Itoa(processes))
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, nil, err
	}
	stop = func() error {
		// The end of its input ends it.
		closing := stdin.Close()
		_, draining := io.Copy(io.Discard, stdout)
		return errors.Join(closing, draining, cmd.Wait())
	}
	return &nativePool{json.NewEncoder(stdin), json.NewDecoder(bufio.NewReader(stdout))}, stop, nil
}

// nativeRun says how a native pool runs a workload: so many tasks, so many to a message,
// at most so many on their way, and whether the workers keep the code.
type nativeRun struct {
	Tasks  int  `json:"tasks"`
	Chunk  int  `json:"chunk"`
	Window int  `json:"window"`
	Keep   bool `json:"keep"`
}

// run runs tasks. It returns how long they took, each, if they were sent one by one, and all together.
func (p *nativePool) run(w workload, how nativeRun) (each []time.Duration, all time.Duration, err error) {
	command := struct {
		Path   string          `json:"path"`
		Params json.RawMessage `json:"params"`
		nativeRun
	}{w.path, w.params, how}
	if err := p.commands.Encode(command); err != nil {
		return nil, 0, fmt.Errorf("processpool.py: %w", err)
	}
	var answer struct {
		Seconds float64
		Each    []float64
		Value   string
		Wrong   int
	}
	if err := p.answers.Decode(&answer); err != nil {
		return nil, 0, fmt.Errorf("processpool.py: %w", err)
	}
	if answer.Value != w.want || answer.Wrong > 0 {
		return nil, 0, fmt.Errorf("processpool.py: %d tasks returned %.100q, %d did not", how.Tasks-answer.Wrong, answer.Value, answer.Wrong)
	}
	for _, s := range answer.Each {
		each = append(each, seconds(s))
	}
	return each, seconds(answer.Seconds), nil
}
