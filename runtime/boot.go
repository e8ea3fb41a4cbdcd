package runtime

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/tetratelabs/wazero/experimental"

	"github.com/vivarium-go/vivarium/hostabi"
	"github.com/vivarium-go/vivarium/modules"
	"github.com/vivarium-go/vivarium/python"
)

// CacheEnv is the environment variable that names the cache directory when
// Config.CacheDir does not.
const CacheEnv = "VIVARIUM_CACHE_DIR"

// CacheOff says, as Config.CacheDir or in the environment, to do without a cache.
const CacheOff = "off"

// defaultPreimport are the modules that scripts commonly import: each saves a script
// that does so the milliseconds of importing it, and costs the others next to nothing.
// random, and what imports it, is left out: in the image it has to be seeded for every
// task, which takes 14 µs, whether the task draws a number or not.
var defaultPreimport = []string{
	"abc", "argparse", "asyncio", "base64", "bisect", "collections", "contextlib", "copy", "csv", "dataclasses",
	"datetime", "decimal", "enum", "fractions", "functools", "hashlib", "heapq", "hmac", "html", "io", "itertools", "json",
	"logging", "math", "operator", "os", "pathlib", "pickle", "re", "shutil", "sqlite3",
	"string", "struct", "textwrap", "time", "traceback", "types", "typing", "unicodedata", "urllib.parse",
	"uuid", "zlib", "zoneinfo",
}

// boot brings up an engine's interpreter: out of the cache, or into it.
type boot struct {
	cfg   Config
	cache *modules.Cache // nil: there is none
	parts func() (parts, error)

	codeKey, imageKey modules.Key
	digest, origin    string // what the keys depend on but the platform: of the interpreter, and of the image

	// What happened, for the status.
	codeLoaded, imageLoaded     bool
	compileTime, bootTime       time.Duration
	codeLoadTime, imageLoadTime time.Duration // side by side
	failed                      error         // the first thing that was not stored
}

// bootSummary is how an interpreter was brought up.
type bootSummary struct {
	dir                         string // of the cache, empty if there is none
	codeLoaded, imageLoaded     bool   // out of the cache
	compileTime, bootTime       time.Duration
	codeLoadTime, imageLoadTime time.Duration
	notStored                   error
}

func (b *boot) summary() bootSummary {
	s := bootSummary{
		codeLoaded: b.codeLoaded, imageLoaded: b.imageLoaded,
		compileTime: b.compileTime, bootTime: b.bootTime, notStored: b.failed,
		codeLoadTime: b.codeLoadTime, imageLoadTime: b.imageLoadTime,
	}
	if b.cache != nil {
		s.dir = b.cache.Dir()
	}
	return s
}

// parts is a metered interpreter taken apart: what is compiled, and the data that only
// an instance without an image needs.
type parts struct {
	hollow []byte
	data   []python.Segment
}

func newBoot(cfg Config) (*boot, error) {
	if err := python.CheckResetEnv(); err != nil {
		return nil, invalidConfig(err)
	}
	cfg.Preimport = slices.Concat(defaultPreimport, cfg.Preimport)
	cache, err := openCache(cfg)
	if err != nil {
		return nil, err
	}
	b := &boot{cfg: cfg, cache: cache}
	digest, load, err := interpreterOf(cfg)
	if err != nil {
		return nil, fmt.Errorf("runtime: %w", err)
	}
	b.codeKey = modules.KeyOf("code", modules.Platform(), digest)
	b.digest, b.origin = digest, python.ImageOrigin(cfg.Preimport)
	b.imageKey = modules.KeyOf("image", string(b.codeKey), b.origin)
	b.parts = sync.OnceValues(func() (p parts, err error) {
		module, err := load()
		if err != nil {
			return p, err
		}
		hollow, data, err := modules.Split(module)
		p.hollow = hollow
		for _, s := range data {
			p.data = append(p.data, python.Segment(s))
		}
		return p, err
	})
	return b, nil
}

// interpreterOf says which interpreter an engine runs, and loads it, metered: the
// embedded one, which was metered when it was built, or the user's own.
func interpreterOf(cfg Config) (digest string, load func() ([]byte, error), err error) {
	if cfg.Interpreter == nil {
		manifest, err := modules.ReadManifest()
		return manifest.RawSHA256, modules.Interpreter, err
	}
	metering := modules.Metering{
		Tick:       hostabi.ExportTick,
		HostModule: hostabi.ModuleName,
		HostTick:   "tick",
		Fuel:       hostabi.ExportFuel,
		Quantum:    hostabi.FuelQuantum,
	}
	sum := sha256.Sum256(cfg.Interpreter)
	return fmt.Sprintf("%s %+v", hex.EncodeToString(sum[:]), metering),
		func() ([]byte, error) { return modules.Prepare(cfg.Interpreter, metering) }, nil
}

// cacheDir returns the cache directory of a configuration, or CacheOff.
func cacheDir(cfg Config) (string, error) {
	if cfg.CacheDir != "" {
		return cfg.CacheDir, nil
	}
	if dir := os.Getenv(CacheEnv); dir != "" {
		return dir, nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "vivarium"), nil
}

// openCache opens the cache directory; nil is to do without. An engine works without one,
// so what is wrong with it is a warning, unless nothing but the cache will do.
func openCache(cfg Config) (*modules.Cache, error) {
	dir, err := cacheDir(cfg)
	if cfg.CacheReadOnly {
		return openCacheReadOnly(dir, err)
	}
	if err == nil && dir == CacheOff {
		return nil, nil
	}
	var cache *modules.Cache
	if err == nil {
		cache, err = modules.OpenCache(dir)
	}
	if err != nil {
		cfg.Logger.Warn("working without a cache directory, so every start compiles the interpreter; set "+CacheEnv+" to a directory of your own, or to "+CacheOff, "error", err)
		return nil, nil
	}
	return cache, nil
}

// openCacheReadOnly opens a cache that has to be there. err is why its directory is not
// known.
func openCacheReadOnly(dir string, err error) (*modules.Cache, error) {
	if err == nil && dir == CacheOff {
		return nil, invalidConfig(fmt.Errorf("CacheReadOnly needs a cache, but %s is %q; set it to a directory that was warmed up", CacheEnv, CacheOff))
	}
	var cache *modules.Cache
	if err == nil {
		cache, err = modules.OpenCacheReadOnly(dir)
	}
	if err != nil {
		return nil, &invalid{ErrCacheMiss, fmt.Errorf("the read-only cache cannot be used: %w; %s", err, warmUpHint)}
	}
	return cache, nil
}

// warmUpHint says what to do about a cache that lacks something.
const warmUpHint = "run `vivarium warmup` with the same program and the same settings, or start without CacheReadOnly (cache_readonly, --cache-readonly)"

// miss is the error of an entry that a read-only cache lacks.
func (b *boot) miss(what string, key modules.Key, err error) error {
	how := "has no " + what
	if !errors.Is(err, fs.ErrNotExist) {
		how = "cannot use its " + what
	}
	return &invalid{ErrCacheMiss, fmt.Errorf("the read-only cache %s %s, key %s: %w; %s", b.cache.Dir(), how, key, err, warmUpHint)}
}

// interpreter brings the interpreter up. The caller closes both results.
func (b *boot) interpreter(ctx context.Context) (_ *modules.Compiled, _ *python.Interpreter, err error) {
	var (
		image    *python.Image
		imageErr error
		loading  sync.WaitGroup
	)
	loading.Go(func() { // it takes about as long as to load the code
		start := time.Now()
		if image, imageErr = b.loadImage(); image != nil {
			b.imageLoadTime = time.Since(start)
		}
	})
	code, err := b.code(ctx)
	loading.Wait()
	switch {
	case imageErr == nil:
	case !b.cfg.CacheReadOnly:
		b.notLoaded(b.imageKey, imageErr)
	case err == nil: // else the first thing that is missing is enough
		err = b.miss("image", b.imageKey, imageErr)
	}
	defer func() {
		if err == nil {
			return
		}
		if code != nil {
			err = errors.Join(err, code.Close(ctx))
		}
		if image != nil {
			image.Close() // again, if the interpreter has; that does nothing
		}
	}()
	if err != nil {
		return nil, nil, err
	}
	module := python.Module{Runtime: code.Runtime, Code: code.Module, Image: image}
	if image == nil {
		p, err := b.parts()
		if err != nil {
			return nil, nil, err
		}
		module.Data = p.data
	}
	if err := hostabi.Instantiate(ctx, code.Runtime); err != nil {
		return nil, nil, err
	}
	start := time.Now()
	interpreter, err := python.NewInterpreter(ctx, module, python.Config{
		Preimport:      b.cfg.Preimport,
		CodeCacheBytes: b.cfg.CodeCacheBytes,
		VerifyReset:    b.cfg.VerifyReset,
	})
	if err != nil {
		return nil, nil, err
	}
	b.imageLoaded = image != nil
	if image == nil {
		b.bootTime = time.Since(start)
		b.cfg.Logger.Info("booted the interpreter", "took", b.bootTime.Round(time.Millisecond))
		b.storeImage(interpreter.Image())
	}
	return code, interpreter, nil
}

// code loads the interpreter's machine code, or compiles it.
func (b *boot) code(ctx context.Context) (*modules.Compiled, error) {
	if b.cache != nil {
		start := time.Now()
		code, err := b.cache.LoadCode(ctx, b.codeKey)
		if err == nil {
			b.codeLoaded, b.codeLoadTime = true, time.Since(start)
			return code, nil
		}
		if b.cfg.CacheReadOnly {
			return nil, b.miss("compiled code", b.codeKey, err)
		}
		b.notLoaded(b.codeKey, err)
	}
	p, err := b.parts()
	if err != nil {
		return nil, err
	}
	cores := availableCores()
	b.cfg.Logger.Info("compiling the interpreter for this machine, a matter of seconds"+b.whenAgain(), "cores", cores)
	start := time.Now()
	ctx = experimental.WithCompilationWorkers(ctx, cores)
	var (
		code      *modules.Compiled
		notStored error
	)
	if b.cache == nil {
		code, err = modules.Compile(ctx, p.hollow)
	} else {
		code, notStored, err = b.cache.CompileAndStore(ctx, b.codeKey, p.hollow)
	}
	if err != nil {
		return nil, err
	}
	b.compileTime = time.Since(start)
	b.cfg.Logger.Info("compiled the interpreter", "took", b.compileTime.Round(time.Millisecond))
	if notStored != nil {
		b.notStored(notStored)
	}
	return code, nil
}

func (b *boot) whenAgain() string {
	if b.cache == nil {
		return ""
	}
	return "; later starts find it in " + b.cache.Dir()
}

// imageFile is the one file of an image's entry.
const imageFile = "image"

// loadImage returns the stored image, nil if none is to be used.
func (b *boot) loadImage() (*python.Image, error) {
	if b.cache == nil || b.cfg.FreshImage {
		return nil, nil
	}
	entry, err := b.cache.Load(b.imageKey)
	if err != nil {
		return nil, err
	}
	f, err := entry.Open(imageFile)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	return python.ReadImage(f)
}

func (b *boot) storeImage(image *python.Image) {
	if b.cache == nil || b.cfg.FreshImage || b.cfg.CacheReadOnly {
		return
	}
	err := b.cache.Store(b.imageKey, func(w *modules.EntryWriter) error {
		return w.Create(imageFile, func(to io.Writer) error {
			_, err := image.WriteTo(to)
			return err
		})
	})
	if err != nil {
		b.notStored(err)
	}
}

// notStored says, once, that the cache cannot be written to.
func (b *boot) notStored(err error) {
	if b.failed == nil {
		b.failed = err
		b.cfg.Logger.Warn("the interpreter was not stored, so every start brings it up anew; set "+CacheEnv+" to a directory of your own", "error", err)
	}
}

// misplaced are the errors of what is there, but is no file, or cannot be one's name.
var misplaced = []syscall.Errno{
	syscall.ENOTDIR, syscall.EISDIR, syscall.ELOOP, syscall.ENXIO, syscall.EEXIST, syscall.EINVAL, syscall.ENAMETOOLONG,
}

// notLoaded removes an entry that is there but of no use. One that the system did not
// let be read may be of use next time.
func (b *boot) notLoaded(key modules.Key, err error) {
	var system syscall.Errno
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case errors.As(err, &system) && !slices.Contains(misplaced, system):
		b.cfg.Logger.Warn("the cache could not be used", "error", err)
	default:
		b.cfg.Logger.Warn("an entry of the cache is of no use and is made again", "error", errors.Join(err, b.cache.Remove(key)))
	}
}
