package modules

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	goruntime "runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tetratelabs/wazero"

	"github.com/vivarium-go/vivarium/modules/internal/wasm"
)

func openTestCache(t testing.TB) *Cache {
	t.Helper()
	c, err := OpenCache(filepath.Join(t.TempDir(), "cache"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func storeText(c *Cache, key Key, text string) error {
	return c.Store(key, func(w *EntryWriter) error {
		w.Note("note", "a note")
		return w.Create("text", func(to io.Writer) error { _, err := io.WriteString(to, text); return err })
	})
}

func readText(c *Cache, key Key) (string, error) {
	e, err := c.Load(key)
	if err != nil {
		return "", err
	}
	b, err := e.ReadFile("text")
	return string(b), err
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// leftovers lists what a cache holds but for its entries.
func leftovers(t *testing.T, c *Cache) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(c.Dir(), tmpPattern))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestCacheKeeps(t *testing.T) {
	t.Parallel()
	c, key := openTestCache(t), KeyOf("a", "key")
	if _, err := c.Load(key); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an entry that is not there: %v", err)
	}
	text := strings.Repeat("some text\n", 10_000)
	if err := storeText(c, key, text); err != nil {
		t.Fatal(err)
	}
	if got, err := readText(c, key); err != nil || got != text {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	e, err := c.Load(key)
	if err != nil {
		t.Fatal(err)
	}
	if got := e.Note("note"); got != "a note" {
		t.Errorf("note %q", got)
	}
	if _, err := e.Open("other"); err == nil {
		t.Error("a file that is not listed opens")
	}
	if found := leftovers(t, c); len(found) > 0 {
		t.Errorf("%v is left over", found)
	}
	if err := c.Remove(key); err != nil {
		t.Error(err)
	}
	if _, err := c.Load(key); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a removed entry: %v", err)
	}
	if err := c.Remove(key); err != nil {
		t.Errorf("removing what is not there: %v", err)
	}
}

func TestKeysOfDifferentPartsDiffer(t *testing.T) {
	t.Parallel()
	keys := map[Key]bool{KeyOf("ab", "c"): true, KeyOf("a", "bc"): true, KeyOf("abc"): true, KeyOf("abc", ""): true, KeyOf(): true}
	if len(keys) != 5 {
		t.Errorf("%d keys of 5", len(keys))
	}
}

// Nothing that is not what was stored is ever read as if it were.
func TestCacheFindsDamage(t *testing.T) {
	t.Parallel()
	const text = "text that matters"
	for name, damage := range map[string]func(text, index string) error{
		"a bit":     func(path, _ string) error { return os.WriteFile(path, []byte("tezt that matters"), 0o600) },
		"truncated": func(path, _ string) error { return os.Truncate(path, 4) },
		"emptied":   func(path, _ string) error { return os.Truncate(path, 0) },
		"longer":    func(path, _ string) error { return os.WriteFile(path, []byte(text+"."), 0o600) },
		"removed":   func(path, _ string) error { return os.Remove(path) },
		"no index":  func(_, path string) error { return os.WriteFile(path, nil, 0o600) },
		"an index of nothing": func(_, path string) error {
			return os.WriteFile(path, []byte("{}"), 0o600)
		},
		"an index that leads out": func(_, path string) error {
			return os.WriteFile(path, []byte(`{"files":{"../text":{"size":17}}}`), 0o600)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, key := openTestCache(t), KeyOf(name)
			if err := storeText(c, key, text); err != nil {
				t.Fatal(err)
			}
			dir := filepath.Join(c.Dir(), string(key))
			if err := damage(filepath.Join(dir, "text"), filepath.Join(dir, indexName)); err != nil {
				t.Fatal(err)
			}
			if got, err := readText(c, key); err == nil {
				t.Errorf("no error, %q", got)
			}
			if err := c.Remove(key); err != nil {
				t.Fatal(err)
			}
			if err := storeText(c, key, text); err != nil {
				t.Fatal(err)
			}
			if got, err := readText(c, key); err != nil || got != text {
				t.Errorf("stored again: %q, %v", got, err)
			}
		})
	}
}

// Whoever stores, loads and removes at once: what is loaded is whole, or is not there.
func TestCacheIsShared(t *testing.T) {
	t.Parallel()
	c, key := openTestCache(t), KeyOf("shared")
	text := strings.Repeat("x", 100_000)
	var group sync.WaitGroup
	for i := range 4 {
		group.Go(func() {
			for range 50 {
				if i == 0 {
					if err := c.Remove(key); err != nil {
						t.Error(err)
					}
					continue
				}
				if err := storeText(c, key, text); err != nil {
					t.Error(err)
				}
				switch got, err := readText(c, key); {
				case err == nil && got == text, errors.Is(err, fs.ErrNotExist):
				case err != nil && strings.HasSuffix(err.Error(), "is missing"): // removed in between
				default:
					t.Errorf("%d bytes, %v", len(got), err)
				}
			}
		})
	}
	group.Wait()
	if found := leftovers(t, c); len(found) > 0 {
		t.Errorf("%v is left over", found)
	}
}

func TestCacheIsTidied(t *testing.T) {
	t.Parallel()
	c := openTestCache(t)
	old, used, foreign := KeyOf("old"), KeyOf("used"), filepath.Join(c.Dir(), "foreign")
	for _, key := range []Key{old, used} {
		if err := storeText(c, key, "text"); err != nil {
			t.Fatal(err)
		}
	}
	killed, foreignTmp := filepath.Join(c.Dir(), "vivarium-tmp-killed"), filepath.Join(c.Dir(), "tmp-foreign")
	for _, dir := range []string{killed, foreign, foreignTmp} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	long := time.Now().Add(-2 * entryAge)
	for _, path := range []string{killed, foreign, foreignTmp, filepath.Join(c.Dir(), string(old), indexName), filepath.Join(c.Dir(), string(used), indexName)} {
		if err := os.Chtimes(path, long, long); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := readText(c, used); err != nil { // which says that it is in use
		t.Fatal(err)
	}
	if _, err := OpenCache(c.Dir()); err != nil {
		t.Fatal(err)
	}
	if exists(killed) || exists(filepath.Join(c.Dir(), string(old))) {
		t.Error("old things are still there")
	}
	if _, err := readText(c, used); err != nil || !exists(foreign) || !exists(foreignTmp) {
		t.Errorf("too much was removed: %v", err)
	}
}

// A clock that was wrong when something was dated, or is wrong now, makes nothing stay for
// ever, and takes nothing away that is of use and was used lately.
func TestTidyingByAWrongClock(t *testing.T) {
	t.Parallel()
	future, past := time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC), time.Unix(0, 0)
	for _, test := range []struct {
		name      string
		temporary bool
		dated     time.Time
		used      bool // after it was dated
		stays     bool
	}{
		{"a temporary folder of now", true, time.Now(), false, true},
		{"of 1970", true, past, false, false},
		{"of 2100", true, future, false, false},
		{"of a clock that is half an hour ahead", true, time.Now().Add(tmpAge / 2), false, true},
		{"an entry of 1970", false, past, false, false},
		{"of 1970, used since", false, past, true, true},
		{"of 2100", false, future, false, true},
		{"of 2100, used since", false, future, true, true},
	} {
		c, key := openTestCache(t), KeyOf(test.name)
		if err := storeText(c, key, "text"); err != nil {
			t.Fatal(err)
		}
		path, dated := filepath.Join(c.Dir(), string(key)), filepath.Join(c.Dir(), string(key), indexName)
		if test.temporary {
			path = filepath.Join(c.Dir(), strings.Replace(tmpPattern, "*", "123", 1))
			dated = path
			if err := os.MkdirAll(filepath.Join(path, "entry"), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chtimes(dated, test.dated, test.dated); err != nil {
			t.Fatal(err)
		}
		if test.used {
			if _, err := c.Load(key); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := OpenCache(c.Dir()); err != nil {
			t.Fatal(err)
		}
		if exists(path) != test.stays {
			t.Errorf("%s: there is %v", test.name, exists(path))
		}
		if text, err := readText(c, key); !test.temporary && test.stays && text != "text" {
			t.Errorf("%s: %q, %v", test.name, text, err)
		}
	}
}

func TestOpenCacheRefuses(t *testing.T) {
	t.Parallel()
	if goruntime.GOOS == "windows" {
		t.Skip("modes are Unix's")
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	open := filepath.Join(dir, "open")
	if err := os.Mkdir(open, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(open, 0o777); err != nil { //nolint:gosec // that is what is refused
		t.Fatal(err)
	}
	for path, want := range map[string]string{file: "not a directory", open: "others may write to it; use another directory", filepath.Join(file, "below"): "not a directory"} {
		if _, err := OpenCache(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
	made := filepath.Join(dir, "deep", "made")
	if _, err := OpenCache(made); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(made); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// Somebody else's directory, entry or file is not trusted.
func TestCacheOfSomebodyElse(t *testing.T) {
	t.Parallel()
	if goruntime.GOOS == "windows" || os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	const nobody = 65534
	c, key := openTestCache(t), KeyOf("planted")
	if err := storeText(c, key, "text"); err != nil {
		t.Fatal(err)
	}
	entry := filepath.Join(c.Dir(), string(key))
	if err := os.Chown(entry, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Load(key); err == nil || errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "belongs to user 65534") {
		t.Errorf("an entry of theirs: %v", err)
	}
	if err := os.Chown(entry, 0, 0); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"text", indexName} {
		if err := os.Chown(filepath.Join(entry, file), nobody, nobody); err != nil {
			t.Fatal(err)
		}
		if text, err := readText(c, key); err == nil || !strings.Contains(err.Error(), "belongs to user 65534") {
			t.Errorf("%s of theirs: %q, %v", file, text, err)
		}
	}
	if err := os.Chown(c.Dir(), nobody, nobody); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenCache(c.Dir()); err == nil || !strings.Contains(err.Error(), "belongs to user 65534") {
		t.Errorf("a directory of theirs: %v", err)
	}
}

// answer42 is (module (func (export "f") (result i32) (i32.const 42))).
var answer42 = []byte("\x00asm\x01\x00\x00\x00\x01\x05\x01\x60\x00\x01\x7f\x03\x02\x01\x00\x07\x05\x01\x01f\x00\x00\x0a\x06\x01\x04\x00\x41\x2a\x0b")

func wantAnswer42(t *testing.T, code *Compiled) {
	t.Helper()
	ctx := context.Background()
	m, err := code.Runtime.InstantiateModule(ctx, code.Module, wazero.NewModuleConfig())
	if err != nil {
		t.Fatal(err)
	}
	if r, err := m.ExportedFunction("f").Call(ctx); err != nil || r[0] != 42 {
		t.Errorf("%v, %v", r, err)
	}
	if err := code.Close(ctx); err != nil {
		t.Error(err)
	}
}

func hasCompiler() bool { return goruntime.GOARCH == "amd64" || goruntime.GOARCH == "arm64" }

func needCompiler(t *testing.T) {
	t.Helper()
	if !hasCompiler() {
		t.Skip("wazero compiles for amd64 and arm64")
	}
}

func TestCodeIsStored(t *testing.T) {
	t.Parallel()
	needCompiler(t)
	ctx, c, key := context.Background(), openTestCache(t), KeyOf("code")
	code, notStored, err := c.CompileAndStore(ctx, key, answer42)
	if err != nil || notStored != nil {
		t.Fatal(err, notStored)
	}
	wantAnswer42(t, code)
	for range 2 {
		code, err := c.LoadCode(ctx, key)
		if err != nil {
			t.Fatal(err)
		}
		wantAnswer42(t, code)
	}
	if found := leftovers(t, c); len(found) > 0 {
		t.Errorf("%v is left over", found)
	}
}

// A stub whose code is not found compiles, too: to functions that only trap.
func TestLoadCodeNeverRunsTheStub(t *testing.T) {
	t.Parallel()
	needCompiler(t)
	for name, change := range map[string]func(*index){
		"another path":       func(i *index) { i.Notes[codePath] = "wazero/0000" },
		"a path that is out": func(i *index) { i.Notes[codePath] = "../code" },
		"no path":            func(i *index) { delete(i.Notes, codePath) },
		"code of wazero's old format": func(i *index) {
			i.Files[codeFile] = i.Files[stubFile]
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, c, key := context.Background(), openTestCache(t), KeyOf(name)
			code, notStored, err := c.CompileAndStore(ctx, key, answer42)
			if err != nil || notStored != nil {
				t.Fatal(err, notStored)
			}
			wantAnswer42(t, code)
			e, err := c.Load(key)
			if err != nil {
				t.Fatal(err)
			}
			again := openTestCache(t)
			err = again.Store(key, func(w *EntryWriter) error {
				for _, file := range []string{stubFile, codeFile} {
					from := file
					if e.index.Files[file] == e.index.Files[stubFile] {
						from = stubFile
					}
					content, err := e.ReadFile(from)
					if err != nil {
						return err
					}
					if err := w.Create(file, func(to io.Writer) error { _, err := to.Write(content); return err }); err != nil {
						return err
					}
				}
				w.index.Notes = e.index.Notes
				change(&w.index)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if code, err := again.LoadCode(ctx, key); err == nil {
				t.Errorf("%v was loaded", code)
			}
			if found := leftovers(t, again); len(found) > 0 {
				t.Errorf("%v is left over", found)
			}
		})
	}
}

// A cache that was filled beforehand is of use where it cannot be written to.
func TestReadOnlyCache(t *testing.T) {
	t.Parallel()
	needCompiler(t)
	if os.Geteuid() == 0 || goruntime.GOOS == "windows" {
		t.Skip("root may write to every directory, and Windows has other rules")
	}
	ctx, c, key := context.Background(), openTestCache(t), KeyOf("code")
	code, notStored, err := c.CompileAndStore(ctx, key, answer42)
	if err != nil || notStored != nil {
		t.Fatal(err, notStored)
	}
	wantAnswer42(t, code)
	if err := os.Chmod(c.dir, 0o500); err != nil { //nolint:gosec // a directory
		t.Fatal(err)
	}
	if code, err = c.LoadCode(ctx, key); err != nil {
		t.Fatal(err)
	}
	wantAnswer42(t, code)
}

// What cannot be stored is compiled all the same.
func TestUnusableCache(t *testing.T) {
	t.Parallel()
	c := openTestCache(t)
	if err := os.Remove(c.dir); err != nil {
		t.Fatal(err)
	}
	code, notStored, err := c.CompileAndStore(context.Background(), KeyOf("code"), answer42)
	if err != nil || notStored == nil {
		t.Fatal(err, notStored)
	}
	wantAnswer42(t, code)
}

func TestWazeroVersionIsThatOfGoMod(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`github\.com/tetratelabs/wazero (v\S+)`).FindSubmatch(text)
	if m == nil || string(m[1]) != wazeroVersion {
		t.Errorf("go.mod has wazero %s, wazeroVersion is %s", m, wazeroVersion)
	}
}

// What the passes make of an interpreter is stored under passVersion. When this test
// fails although the artefact is the same, raise passVersion.
func TestPassVersion(t *testing.T) {
	t.Parallel()
	const (
		want = "2 of 1aa299f5"
		sum  = "2731bafde18baaabdc453ad3550b87943ea6478afc24a52428ad9335dc1e445f"
	)
	module, err := Interpreter()
	if err != nil {
		t.Fatal(err)
	}
	hollow, _, err := Split(module)
	if err != nil {
		t.Fatal(err)
	}
	stub, err := wasm.Stub(hollow)
	if err != nil {
		t.Fatal(err)
	}
	got := passVersion + " of " + manifest(t).RawSHA256[:8]
	if gotSum := digest(append(hollow, stub...)); got != want || gotSum != sum {
		t.Errorf("version %s makes %s, expected version %s and %s", got, gotSum, want, sum)
	}
}
