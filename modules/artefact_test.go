package modules

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vivarium-go/vivarium/modules/internal/wasm"
)

func manifest(t *testing.T) Manifest {
	t.Helper()
	m, err := ReadManifest()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func TestDigestsMatchManifest(t *testing.T) {
	t.Parallel()
	m := manifest(t)
	if got := digest(compressed); got != m.CompressedSHA || int64(len(compressed)) != m.CompressedSize {
		t.Errorf("cpython.wasm.zst: %s, %d bytes; the manifest says %s, %d", got, len(compressed), m.CompressedSHA, m.CompressedSize)
	}
	module, err := Interpreter()
	if err != nil {
		t.Fatal(err)
	}
	if got := digest(module); got != m.RawSHA256 || int64(len(module)) != m.RawSize {
		t.Errorf("the module: %s, %d bytes; the manifest says %s, %d", got, len(module), m.RawSHA256, m.RawSize)
	}
}

// What the guest may ask of the host is a security boundary: it is stated in the
// manifest, and nothing but WASI preview 1 and the host ABI.
func TestImportsAndExportsMatchManifest(t *testing.T) {
	t.Parallel()
	module, err := Interpreter()
	if err != nil {
		t.Fatal(err)
	}
	found, err := wasm.Inspect(module)
	if err != nil {
		t.Fatal(err)
	}
	m := manifest(t)
	var imports, exports []string
	for _, i := range found.Imports {
		imports = append(imports, i.Module+"."+i.Name)
		if i.Module != "wasi_snapshot_preview1" && i.Module != "vivarium_v1" {
			t.Errorf("import %s.%s is neither WASI nor the host ABI", i.Module, i.Name)
		}
	}
	for _, e := range found.Exports {
		exports = append(exports, e.Name)
	}
	slices.Sort(imports)
	slices.Sort(exports)
	if !slices.Equal(imports, m.Imports) {
		t.Errorf("imports %v; the manifest says %v", imports, m.Imports)
	}
	if !slices.Equal(exports, m.Exports) {
		t.Errorf("exports %v; the manifest says %v", exports, m.Exports)
	}
	if !slices.ContainsFunc(m.Passes, func(p string) bool { return strings.HasPrefix(p, "meter/") }) {
		t.Errorf("passes %v: the artefact must be metered", m.Passes)
	}
}

func TestLicensesMatchManifest(t *testing.T) {
	t.Parallel()
	texts, err := Licenses()
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	err = fs.WalkDir(texts, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(texts, path)
		if len(bytes.TrimSpace(text)) == 0 {
			t.Errorf("%s is empty", path)
		}
		found = append(found, path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := manifest(t).Licenses; len(want) == 0 || !slices.Equal(found, want) {
		t.Errorf("LICENSES holds %v; the manifest says %v", found, want)
	}
}

// The artefact must come from the recipe beside it: whoever edits the recipe
// rebuilds the artefact. python/build/README.md states the digest's definition.
func TestArtefactIsOfThisRecipe(t *testing.T) {
	t.Parallel()
	const root = ".."
	var lines []string
	for _, dir := range []string{"python/build", "python/guest", "python/lib", "modules/internal"} {
		err := fs.WalkDir(os.DirFS(root), dir, func(path string, d fs.DirEntry, err error) error {
			switch {
			case d != nil && d.IsDir() && (d.Name() == "testdata" || d.Name() == "__pycache__"):
				return fs.SkipDir
			case err != nil, d.IsDir(), d.Name() == "README.md", strings.HasSuffix(d.Name(), "_test.go"):
				return err
			}
			data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(path)))
			lines = append(lines, fmt.Sprintf("%s  %s\n", path, digest(data)))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(lines)
	h := sha256.New()
	for _, line := range lines {
		path, sum, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		fmt.Fprintf(h, "%s  %s\n", sum, path)
	}
	if got, want := hex.EncodeToString(h.Sum(nil)), manifest(t).RecipeSHA256; got != want {
		t.Errorf("the recipe has digest %s, the artefact was built from %s: run python/build/build and commit what it writes", got, want)
	}
}

var testMetering = Metering{Tick: "vivarium_tick", HostModule: "vivarium_v1", HostTick: "tick", Fuel: "vivarium_fuel", Quantum: 20_000}

func TestPrepareRefusesWhatIsNoModule(t *testing.T) {
	t.Parallel()
	for _, module := range [][]byte{nil, []byte("#!/usr/bin/python3\n"), []byte("\x00asm\x01\x00\x00\x00")} {
		if _, err := Prepare(module, testMetering); err == nil {
			t.Errorf("%q: no error", module)
		}
	}
}

// What is already metered is not metered again: two fuels would count the same loops.
func TestPrepareRefusesMeteredModules(t *testing.T) {
	t.Parallel()
	module, err := Interpreter()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Prepare(module, testMetering); err == nil {
		t.Error("no error for a module that exports vivarium_fuel")
	}
}
