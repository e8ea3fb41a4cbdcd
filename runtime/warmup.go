package runtime

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/vivarium-go/vivarium/modules"
)

// WarmUpReport is what the cache has of what a configuration needs.
type WarmUpReport struct {
	Dir      string // the cache directory
	Platform string // what machine code depends on: compiler, system, processor and its features
	Code     CacheEntry
	Image    CacheEntry // zero with Config.FreshImage, which needs none
}

// CacheEntry is one entry of the cache.
type CacheEntry struct {
	Key   string        // 64 hexadecimal digits: the SHA-256 of all that the entry depends on
	Bytes int64         // size of its files
	Found bool          // it was there, and is kept as it was
	Took  time.Duration // to load it if it was there, else to make it; of an export or import, all of that
}

// Names of the entries in an archive and in errors.
const (
	codeEntry  = "code"
	imageEntry = "image"
)

// WarmUp does what a first start does, and leaves no engine: afterwards the cache has the
// compiled code and the image that New needs with the same configuration, on this machine and
// on any with the same Platform. What is there already is loaded, so damage is found, and put
// right. Only what concerns the interpreter and the cache matters of cfg.
//
// Unlike New, WarmUp fails if the cache cannot be used or written to. The error is
// ErrInvalidConfig if cfg has no cache, a read-only one, or one where nothing can be stored.
func WarmUp(ctx context.Context, cfg Config) (WarmUpReport, error) {
	b, err := newWarmUp(cfg, true)
	if err != nil {
		return WarmUpReport{}, err
	}
	code, interpreter, err := b.interpreter(ctx)
	if err != nil {
		return WarmUpReport{}, fmt.Errorf("runtime: %w", err)
	}
	interpreter.Close()
	if err := code.Close(ctx); err != nil {
		return WarmUpReport{}, fmt.Errorf("runtime: %w", err)
	}
	if b.failed != nil {
		return WarmUpReport{}, invalidConfig(fmt.Errorf("nothing could be stored in the cache: %w; make room there, or set CacheDir, or %s, to another directory", b.failed, CacheEnv))
	}
	return b.report(func(name string) (bool, time.Duration) {
		switch {
		case name == codeEntry && b.codeLoaded:
			return true, b.codeLoadTime
		case name == codeEntry:
			return false, b.compileTime
		case b.imageLoaded:
			return true, b.imageLoadTime
		default:
			return false, b.bootTime
		}
	})
}

// VerifyCache reads every file that New would use with this configuration, compares each with
// its digest, then starts an engine from them and runs a trivial task. It changes nothing. The
// error is ErrCacheMiss if something is not there, is damaged, or cannot be read.
func VerifyCache(ctx context.Context, cfg Config) (WarmUpReport, error) {
	cfg.CacheReadOnly = true
	b, err := newWarmUp(cfg, false)
	if err != nil {
		return WarmUpReport{}, err
	}
	took := map[string]time.Duration{}
	for _, e := range b.bundle().Entries {
		start := time.Now()
		if _, err := b.cache.Verify(e.Key); err != nil {
			return WarmUpReport{}, b.miss(described(e.Name), e.Key, err)
		}
		took[e.Name] = time.Since(start)
	}
	if err := tryCache(ctx, cfg); err != nil {
		return WarmUpReport{}, err
	}
	return b.report(func(name string) (bool, time.Duration) { return true, took[name] })
}

// tryCache runs a trivial task on an engine that starts from a read-only cache.
func tryCache(ctx context.Context, cfg Config) (err error) {
	// The program may have an engine with these.
	cfg.Components, cfg.Registerer, cfg.HostFuncs, cfg.MetricsOff = nil, nil, nil, true
	cfg.HealthCheckInterval = -1
	eng, err := New(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, eng.Close(context.WithoutCancel(ctx))) }()
	res, err := eng.Run(ctx, Task{Script: Source("verify.py", "def run(params): return params * 2\n"), Params: 21})
	switch {
	case err != nil:
		return err
	case res.Err != nil:
		return fmt.Errorf("runtime: the cached interpreter does not run a trivial script: %w", res.Err)
	case cfg.Interpreter == nil && string(res.Value) != "42":
		return fmt.Errorf("runtime: the cached interpreter says that 21 * 2 is %q; empty the cache directory", res.Value)
	}
	return nil
}

// ExportReport is what ExportCache wrote.
type ExportReport struct {
	WarmUpReport
	SHA256 string // of the archive, in hexadecimal digits
	Bytes  int64  // of the archive
}

// ExportCache writes one archive of the compiled code and the image that cfg needs, for
// ImportCache on a machine with the same Platform. They have to be in the cache: see WarmUp.
// Every byte is checked against its digest on the way. The same entries make the same archive.
//
// The archive is native code, to be trusted like a program. And the image has the seed of
// Python's string hashes: wherever it is imported, hash("x") is the same. Who knows the seed
// can choose keys that make a script's dicts slow; keep the archive as private as the service
// is, or use FreshImage.
//
// The error is ErrCacheMiss if an entry is not in the cache, is damaged, or cannot be read.
func ExportCache(ctx context.Context, cfg Config, w io.Writer) (ExportReport, error) {
	cfg.CacheReadOnly = true
	b, err := newWarmUp(cfg, false)
	if err != nil {
		return ExportReport{}, err
	}
	sum := &counted{to: w, hash: sha256.New()}
	start := time.Now()
	if err := b.cache.Export(contextWriter{ctx, sum}, b.bundle()); err != nil {
		if sum.err != nil {
			return ExportReport{}, fmt.Errorf("runtime: writing the archive: %w", sum.err)
		}
		if ctx.Err() != nil {
			return ExportReport{}, context.Cause(ctx)
		}
		for _, e := range b.bundle().Entries { // which of them is it?
			if _, err := b.cache.Verify(e.Key); err != nil {
				return ExportReport{}, b.miss(described(e.Name), e.Key, err)
			}
		}
		return ExportReport{}, fmt.Errorf("runtime: %w", err)
	}
	took := time.Since(start)
	report, err := b.report(func(string) (bool, time.Duration) { return true, took })
	return ExportReport{report, hex.EncodeToString(sum.hash.Sum(nil)), sum.bytes}, err
}

// ImportCache stores the code and the image of an archive that ExportCache wrote, so that New
// finds them. sum, if it is not empty, is the archive's SHA-256 in hexadecimal digits, and is
// compared before anything else is done. The archive has to be trusted like a program.
//
// An archive is refused, with ErrArchive, unless it is whole and has just the keys that cfg
// needs on this machine; the error names the keys and what they differ in. Nothing is visible
// in the cache before all of the archive was checked; then each entry appears at once. An entry
// that is there already is kept if it is the same, and replaced if it is damaged or is another
// one, as an image with another hash seed is.
func ImportCache(ctx context.Context, cfg Config, r io.Reader, sum string) (WarmUpReport, error) {
	b, err := newWarmUp(cfg, true)
	if err != nil {
		return WarmUpReport{}, err
	}
	start := time.Now()
	imported, err := b.cache.Import(contextReader{ctx, r}, sum, b.bundle())
	if ctx.Err() != nil {
		return WarmUpReport{}, context.Cause(ctx)
	}
	if errors.Is(err, modules.ErrArchive) {
		return WarmUpReport{}, &invalid{ErrArchive, err}
	}
	if err != nil {
		return WarmUpReport{}, fmt.Errorf("runtime: %w", err)
	}
	took := time.Since(start)
	found := map[string]bool{}
	for _, e := range imported {
		found[e.Name] = e.Found
	}
	return b.report(func(name string) (bool, time.Duration) { return found[name], took })
}

// newWarmUp is newBoot for those who want the cache, and nothing else: to write to it, or
// only to read.
func newWarmUp(cfg Config, write bool) (*boot, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, invalidConfig(err)
	}
	if write && cfg.CacheReadOnly {
		return nil, invalidConfig(errors.New("CacheReadOnly: nothing can be stored in a read-only cache; leave it out (cache_readonly, --cache-readonly)"))
	}
	if write {
		dir, err := cacheDir(cfg)
		if err == nil && dir == CacheOff {
			return nil, invalidConfig(fmt.Errorf("CacheDir is %q, so there is no cache; set it, or %s, to a directory", CacheOff, CacheEnv))
		}
		if err == nil {
			_, err = modules.OpenCache(dir)
		}
		if err != nil {
			return nil, invalidConfig(fmt.Errorf("the cache cannot be used: %w; set CacheDir, or %s, to a directory of your own", err, CacheEnv))
		}
	}
	return newBoot(cfg)
}

// bundle is what the cache has to have.
func (b *boot) bundle() modules.Bundle {
	all := modules.Bundle{
		Entries: []modules.BundleEntry{{Name: codeEntry, Key: b.codeKey}},
		Parts:   map[string]string{"platform": modules.Platform(), "interpreter": b.digest},
	}
	if !b.cfg.FreshImage {
		all.Entries = append(all.Entries, modules.BundleEntry{Name: imageEntry, Key: b.imageKey})
		all.Parts["image"] = b.origin
	}
	return all
}

func described(entry string) string {
	if entry == codeEntry {
		return "compiled code"
	}
	return entry
}

// report describes the entries as they are in the cache now. how says of each whether it was
// there, and what time it took.
func (b *boot) report(how func(name string) (found bool, took time.Duration)) (WarmUpReport, error) {
	r := WarmUpReport{Dir: b.cache.Dir(), Platform: modules.Platform()}
	for _, wanted := range b.bundle().Entries {
		e, err := b.cache.Load(wanted.Key)
		if err != nil {
			return r, fmt.Errorf("runtime: the cache has changed meanwhile: %w", err)
		}
		to := &r.Code
		if wanted.Name == imageEntry {
			to = &r.Image
		}
		to.Key, to.Bytes = string(wanted.Key), e.Bytes()
		to.Found, to.Took = how(wanted.Name)
	}
	return r, nil
}
