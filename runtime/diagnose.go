package runtime

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	goruntime "runtime"

	"github.com/vivarium-go/vivarium/modules"
	"github.com/vivarium-go/vivarium/python"
)

// FindingState says how good or bad a Finding is.
type FindingState string

// The states of a Finding.
const (
	FindingOK      FindingState = "ok"
	FindingNote    FindingState = "note"    // it works, at the cost that the text names
	FindingProblem FindingState = "problem" // no engine starts, or no task runs
)

// Finding is one thing that Diagnose looked at.
type Finding struct {
	Name   string       `json:"name"` // "fast_reset", "memory"
	State  FindingState `json:"state"`
	Text   string       `json:"text"`   // what was found, and what it costs
	Advice string       `json:"advice"` // what to do about it; empty if nothing has to be done
}

// Diagnose looks at what the machine, its limits, and the cache directory mean for an engine
// with this configuration. It starts no engine, compiles nothing but a module of 28 bytes, and
// changes nothing; it takes about a tenth of a second when the cache is warm, whose files it
// reads. What a system does not have, or does not tell, has no Finding.
func Diagnose(ctx context.Context, cfg Config) []Finding {
	raw := cfg
	cfg = cfg.withDefaults()
	d := &diagnosis{}
	if err := errors.Join(cfg.validate(), python.CheckResetEnv()); err != nil {
		d.problem("configuration", "change what it names", "%v", err)
		return d.findings
	}
	d.system()
	d.compiler(ctx)
	d.fastReset()
	d.cache(raw)
	d.cores(cfg)
	d.memory(cfg)
	d.limits(cfg)
	return d.findings
}

// diagnosis collects findings. It belongs to one goroutine.
type diagnosis struct{ findings []Finding }

func (d *diagnosis) ok(name, format string, args ...any) {
	d.findings = append(d.findings, Finding{name, FindingOK, fmt.Sprintf(format, args...), ""})
}

func (d *diagnosis) note(name, advice, format string, args ...any) {
	d.findings = append(d.findings, Finding{name, FindingNote, fmt.Sprintf(format, args...), advice})
}

func (d *diagnosis) problem(name, advice, format string, args ...any) {
	d.findings = append(d.findings, Finding{name, FindingProblem, fmt.Sprintf(format, args...), advice})
}

func (d *diagnosis) system() {
	v := Version()
	kernel := kernelRelease()
	if kernel != "" {
		kernel = ", kernel " + kernel
	}
	d.ok("system", "%s/%s%s, %s, vivarium %s, CPython %s", goruntime.GOOS, goruntime.GOARCH, kernel, goruntime.Version(), v.Vivarium, v.CPython)
}

func (d *diagnosis) compiler(ctx context.Context) {
	const name = "compiler"
	switch compiles, err := modules.HasCompiler(ctx); {
	case err != nil:
		d.problem(name, "make the directory for temporary files writable, or set TMPDIR to one that is", "cannot be tried: %v", err)
	case !compiles:
		d.note(name, "run on linux, darwin or windows, on amd64 (with SSE 4.1) or arm64",
			"WebAssembly is interpreted on %s/%s: scripts take many times as long, and nothing is cached", goruntime.GOOS, goruntime.GOARCH)
	default:
		d.ok(name, "WebAssembly is compiled to machine code")
	}
}

func (d *diagnosis) fastReset() {
	const name = "fast_reset"
	var failed []error
	for _, trial := range python.TryResets() {
		if trial.Err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", trial.Method, trial.Err))
			continue
		}
		switch {
		case failed == nil:
			d.ok(name, "%s works: what a task wrote is found in 0.05 ms and put back", trial.Method)
		case trial.Method != "copy":
			d.note(name, "Linux 6.7 or later has the faster way, unless seccomp forbids its ioctl", "%s works: a small task takes 0.04 ms more than with scan (%s)", trial.Method, oneLine(errors.Join(failed...)))
		default:
			d.note(name, "use Linux, with memfd_create and /proc/self/pagemap allowed by seccomp",
				"only copy works: a small task takes 3 ms more than with scan, and each instance has the whole image for itself (%s)", oneLine(errors.Join(failed...)))
		}
		return
	}
}

// oneLine joins an error's lines.
func oneLine(err error) string {
	text := []rune(err.Error())
	for i, r := range text {
		if r == '\n' {
			text[i] = ';'
		}
	}
	return string(text)
}

// cache looks at the cache directory without making or changing it.
func (d *diagnosis) cache(cfg Config) {
	const name = "cache"
	dir, err := cacheDir(cfg)
	switch {
	case err != nil && cfg.CacheReadOnly:
		d.problem(name, "set "+CacheEnv+" to a directory that was warmed up", "there is no cache directory: %v", err)
		return
	case err != nil:
		d.note(name, "set "+CacheEnv+" to a directory of your own", "there is no cache directory, so every start compiles for seconds: %v", err)
		return
	case dir == CacheOff && cfg.CacheReadOnly:
		d.problem(name, "set "+CacheEnv+" to a directory that was warmed up", "the cache is off, and nothing but it may be used (cache_readonly)")
		return
	case dir == CacheOff:
		d.note(name, "set "+CacheEnv+" to a directory of your own", "the cache is off, so every start compiles for seconds")
		return
	}
	readOnly := cfg.CacheReadOnly
	cfg.CacheDir, cfg.CacheReadOnly = dir, true
	cache, err := modules.OpenCacheReadOnly(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !readOnly:
		d.note(name, "run `vivarium warmup`", "%s is not there: the first start makes it, and compiles for seconds", dir)
		return
	case err != nil && readOnly:
		d.problem(name, "run `vivarium warmup` with the same settings, without cache_readonly", "%v", err)
		return
	case err != nil:
		d.note(name, "set "+CacheEnv+" to a directory of your own", "every start compiles for seconds: %v", err)
		return
	}
	usage, err := cache.Usage()
	what := fmt.Sprintf("%s, private, %d entries of %.0f MB in all", cache.Dir(), usage.Entries, float64(usage.Bytes)/1e6)
	switch {
	case err != nil:
		d.note(name, "make the directory readable, or set "+CacheEnv+" to another one", "%v", err)
	case usage.Write != nil && !readOnly:
		d.note(name, "set cache_readonly if that is meant, or else make it writable", "%s, cannot be written to: what is not in it is made anew at every start (%v)", what, usage.Write)
	case readOnly:
		d.ok(name, "%s, used read-only", what)
	default:
		d.ok(name, "%s, writable", what)
	}
	d.entries(cfg, readOnly)
}

// entries looks for the code and the image that a start needs.
func (d *diagnosis) entries(cfg Config, readOnly bool) {
	b, err := newWarmUp(cfg, false)
	if err != nil {
		d.problem("interpreter", "change what it names", "%v", err)
		return
	}
	for _, wanted := range b.bundle().Entries {
		name := "cached_" + wanted.Name
		entry, err := b.cache.Verify(wanted.Key)
		switch missing := errors.Is(err, fs.ErrNotExist); {
		case err == nil:
			d.ok(name, "the %s is there and undamaged, %.1f MB, key %s", described(wanted.Name), float64(entry.Bytes())/1e6, wanted.Key)
		case readOnly && missing:
			d.problem(name, "run `vivarium warmup` with the same settings, without cache_readonly", "the %s, key %s, is not in the cache, which is read-only", described(wanted.Name), wanted.Key)
		case readOnly:
			d.problem(name, "run `vivarium warmup` with the same settings, without cache_readonly", "the %s cannot be used: %v", described(wanted.Name), err)
		case missing:
			d.note(name, "run `vivarium warmup` with the same settings", "the %s, key %s, is not in the cache: the first start makes it, which takes %s", described(wanted.Name), wanted.Key, makingOf(wanted.Name))
		default:
			d.note(name, "run `vivarium warmup` with the same settings", "the %s cannot be used, and is made again, which takes %s: %v", described(wanted.Name), makingOf(wanted.Name), err)
		}
	}
}

// makingOf says how long it takes to make an entry.
func makingOf(entry string) string {
	if entry == codeEntry {
		return "seconds"
	}
	return "half a second"
}

func (d *diagnosis) cores(cfg Config) {
	const name = "cores"
	procs, machine, quota := availableCores(), goruntime.NumCPU(), cpuQuota()
	what := fmt.Sprintf("GOMAXPROCS %d, %d cores of the machine", procs, machine)
	if quota > 0 {
		what += fmt.Sprintf(", a quota of %.4g in the control group", quota)
	}
	what += fmt.Sprintf("; %d tasks that compute run at once", cfg.CPUWorkers*cfg.CPUSlots)
	switch {
	case quota > 0 && float64(procs) >= quota+1 && procs > 2: // Go itself rounds up, to 2 at least
		d.note(name, fmt.Sprintf("set GOMAXPROCS to %d, or raise the quota", int(math.Ceil(quota))), "%s: above the quota the kernel stops all threads for the rest of each period, so latencies jump", what)
	case procs > machine:
		d.note(name, fmt.Sprintf("set GOMAXPROCS to %d", machine), "%s: more threads than cores only wait for each other", what)
	default:
		d.ok(name, "%s", what)
	}
}

// waitingTask is about what a small task holds while it waits, in bytes; BenchmarkSleepers
// measures it.
const waitingTask = 612 * kib

func (d *diagnosis) memory(cfg Config) {
	const name = "memory"
	machine, group := machineMemory(), groupMemory()
	what := "the memory of the machine is not known"
	if machine > 0 {
		what = fmt.Sprintf("%.1f GiB in the machine", gib(machine))
	}
	if group > 0 && (machine <= 0 || group < machine) { // a group without a limit may have a huge one
		what += fmt.Sprintf(", %.1f GiB in the control group", gib(group))
	}
	most := cfg.MaxHostMemory
	if most == math.MaxInt64 {
		d.note(name, "set max_host_memory", "%s: nothing bounds what all tasks take together", what)
		return
	}
	slots := cfg.IOWorkers * cfg.IOSlots
	room := (most - most/8) / waitingTask
	what += fmt.Sprintf("; tasks may hold %.1f GiB together (MaxHostMemory), room for %d small ones that wait, of which the configuration lets %d run at once", gib(most), room, slots)
	usable := systemMemory()
	switch {
	case usable > 0 && most > usable:
		d.note(name, "lower max_host_memory to three quarters of it", "%s: that is more than there is, and the system kills the process when it is used", what)
	case most < waitingTask:
		d.problem(name, "raise max_host_memory", "%s: that is too little for a single task", what)
	case room < int64(slots):
		d.note(name, "raise max_host_memory, or lower io_workers or io_slots", "%s: tasks wait for memory before they wait for slots", what)
	default:
		d.ok(name, "%s", what)
	}
}

func gib(bytes int64) float64 { return float64(bytes) / (1 << 30) }

// instances is how many instances of the interpreter there may be at once.
func (c Config) instances() int {
	return c.CPUWorkers*c.CPUSlots + c.IOWorkers*c.IOSlots + c.IdleInstances
}

// limits looks at what the system lets a process have.
func (d *diagnosis) limits(cfg Config) {
	if most, ok := openFilesLimit(); ok {
		const least = 1024
		// A mounted file that a script has open is one of the process's.
		if want := uint64(max(least, cfg.Limits.OpenFiles)); most < want {
			d.note("open_files", fmt.Sprintf("raise it to %d or more (ulimit -n, LimitNOFILE=)", want), "the limit of open files is %d: scripts with mounts may run out of them, a single one may open %d", most, cfg.Limits.OpenFiles)
		} else {
			d.ok("open_files", "the limit of open files is %d; a script may have %d open in its mounts", most, cfg.Limits.OpenFiles)
		}
	}
	d.systemLimits(cfg)
}
