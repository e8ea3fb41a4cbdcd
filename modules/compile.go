package modules

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	goruntime "runtime"
	"runtime/debug"

	"github.com/tetratelabs/wazero"
	"golang.org/x/sys/cpu"

	"github.com/vivarium-go/vivarium/modules/internal/wasm"
)

// wazeroVersion is the version in go.mod, which a test compares. Test binaries do not
// know what they are linked with.
const wazeroVersion = "v1.12.0"

// passVersion is raised when a pass changes what it makes of a module, and when what is
// stored with compiled code changes.
const passVersion = "2"

// Platform describes what machine code depends on but the module: the compiler and the
// processor.
func Platform() string {
	return fmt.Sprintf("wazero %s (%s) passes %s %s/%s %+v %+v",
		wazeroVersion, linkedWazero(), passVersion, goruntime.GOOS, goruntime.GOARCH, cpu.X86, cpu.ARM64)
}

// linkedWazero returns the versions in this program's build information: a program may
// be linked with a newer wazero than go.mod's, and wazero marks its code with what it
// finds there, and takes no other.
func linkedWazero() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, m := range info.Deps {
		if m.Path == "github.com/tetratelabs/wazero" {
			if m.Replace != nil {
				return m.Version + " " + m.Replace.Path + " " + m.Replace.Version
			}
			return m.Version
		}
	}
	return info.Main.Version
}

// Compiled is a module as machine code, in a wazero runtime of its own. Whoever had it
// compiled closes it after all instances.
type Compiled struct {
	Runtime wazero.Runtime
	Module  wazero.CompiledModule
	cache   wazero.CompilationCache // nil without a directory
}

// Close frees the runtime and the machine code.
func (c *Compiled) Close(ctx context.Context) error {
	err := c.Runtime.Close(ctx)
	if c.cache != nil {
		err = errors.Join(err, c.cache.Close(ctx))
	}
	return err
}

// Compile compiles a module. A context made by experimental.WithCompilationWorkers says
// on how many cores.
func Compile(ctx context.Context, module []byte) (*Compiled, error) {
	return compileIn(ctx, "", module)
}

// compileIn compiles a module with wazero's own cache in dir, where wazero then looks
// for machine code, or leaves what it made. Without dir there is no cache.
func compileIn(ctx context.Context, dir string, module []byte) (_ *Compiled, err error) {
	c := &Compiled{}
	config := wazero.NewRuntimeConfig()
	if dir != "" {
		if c.cache, err = wazero.NewCompilationCacheWithDir(dir); err != nil {
			return nil, fmt.Errorf("modules: %w", err)
		}
		config = config.WithCompilationCache(c.cache)
	}
	c.Runtime = wazero.NewRuntimeWithConfig(ctx, config)
	if c.Module, err = c.Runtime.CompileModule(ctx, module); err != nil {
		return nil, errors.Join(fmt.Errorf("modules: the module does not compile: %w", err), c.Close(ctx))
	}
	return c, nil
}

// Files and notes of an entry that holds machine code.
const (
	codeFile = "code"      // as wazero's cache writes it
	stubFile = "stub.wasm" // what wazero is given instead of the module
	codePath = "path"      // note: where wazero's cache looks for the stub's machine code
)

// CompileAndStore compiles a module and stores the machine code. Code that cannot be
// stored is no error: notStored says why.
//
// wazero validates every module it is given, and that takes longer than to load its
// machine code. So the code is stored as if it were that of the module's stub, which has
// the same interface and next to nothing to validate.
func (c *Cache) CompileAndStore(ctx context.Context, key Key, module []byte) (code *Compiled, notStored, err error) {
	dir, notStored := c.tempDir()
	if notStored != nil {
		code, err = Compile(ctx, module)
		return code, notStored, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // what is left is for the next tidying
	if code, err = compileIn(ctx, filepath.Join(dir, "module"), module); err != nil {
		// wazero gives up a module whose code it cannot write, say to a disk that is full.
		code, failed := Compile(ctx, module)
		return code, err, failed
	}
	return code, c.storeCode(ctx, key, dir, module), nil
}

// storeCode stores the machine code of a module that was compiled in dir/module.
func (c *Cache) storeCode(ctx context.Context, key Key, dir string, module []byte) error {
	stub, err := wasm.Stub(module)
	if err != nil {
		return fmt.Errorf("modules: %w", err)
	}
	// Only wazero knows where it looks for a module's machine code, so it is asked.
	compiled, err := compileIn(ctx, filepath.Join(dir, "stub"), stub)
	if err != nil {
		return err
	}
	if err := compiled.Close(ctx); err != nil {
		return err
	}
	from, err := onlyFile(filepath.Join(dir, "module"))
	if err != nil {
		return err
	}
	path, err := onlyFile(filepath.Join(dir, "stub"))
	if err != nil {
		return err
	}
	return c.Store(key, func(w *EntryWriter) error {
		w.Note(codePath, filepath.ToSlash(path))
		return errors.Join(
			w.Create(stubFile, func(to io.Writer) error { _, err := to.Write(stub); return err }),
			w.Create(codeFile, func(to io.Writer) error { return copyFile(to, filepath.Join(dir, "module", from)) }),
		)
	})
}

// LoadCode returns stored machine code. The error is fs.ErrNotExist's if there is none.
func (c *Cache) LoadCode(ctx context.Context, key Key) (*Compiled, error) {
	entry, err := c.Load(key)
	if err != nil {
		return nil, err
	}
	stub, err := entry.ReadFile(stubFile)
	if err != nil {
		return nil, err
	}
	path := filepath.FromSlash(entry.Note(codePath))
	if !filepath.IsLocal(path) || filepath.Clean(path) == "." {
		return nil, fmt.Errorf("modules: %s: the note %q is no path", entry.dir, codePath)
	}
	dir, err := c.tempDir()
	if err != nil {
		// The cache may be read-only: filled beforehand, say in a container's image.
		if dir, err = os.MkdirTemp("", "vivarium-"); err != nil {
			return nil, fmt.Errorf("modules: a place for wazero to find the code: %w", err)
		}
	}
	defer func() { _ = os.RemoveAll(dir) }() // what is left is for the next tidying
	if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, path)), 0o700); err != nil {
		return nil, fmt.Errorf("modules: %w", err)
	}
	place, err := placeCode(entry, filepath.Join(dir, path))
	if err != nil {
		return nil, err
	}
	defer func() { _ = place.Close() }() // wazero has its copy
	before, err := os.Lstat(filepath.Join(dir, path))
	if err != nil {
		return nil, fmt.Errorf("modules: %w", err)
	}
	code, err := compileIn(ctx, dir, stub)
	if err != nil {
		return nil, err
	}
	// Did wazero take the code, or did it compile the stub, and leave the result?
	found, err := onlyFile(dir)
	if err == nil && found != path {
		err = fmt.Errorf("modules: wazero left %s in its cache", found)
	}
	if after, statErr := os.Lstat(filepath.Join(dir, path)); err != nil || statErr != nil || !os.SameFile(before, after) {
		err = errors.Join(errors.New("modules: wazero did not take the stored code"), err, statErr)
		return nil, errors.Join(err, code.Close(ctx))
	}
	return code, nil
}

// onlyFile returns the path, below dir, of the one file that wazero keeps there.
func onlyFile(dir string) (string, error) {
	var files []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, path)
		}
		return err
	})
	switch {
	case err != nil:
		return "", fmt.Errorf("modules: %w", err)
	case len(files) != 1:
		// None, where wazero has no compiler and interprets.
		return "", fmt.Errorf("modules: wazero's cache has %d files, expected 1", len(files))
	}
	return filepath.FromSlash(files[0]), nil
}

func copyFile(to io.Writer, path string) (err error) {
	f, err := os.Open(filepath.Clean(path))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	_, err = io.Copy(to, f)
	return err
}
