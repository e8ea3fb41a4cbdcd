package main

import (
	"encoding/json"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/vivarium-go/vivarium"

// mayImport is the import direction: for each folder the ones of this module it may
// import. A folder's own subfolders, and those of the folders it may import, are
// included.
var mayImport = map[string][]string{
	"cmd/vivarium": {"runtime", "bench"},
	"bench":        {"runtime", "testdata/hostile"},
	"examples":     {"runtime"},
	"runtime":      {"pool", "python", "modules", "hostabi"},
	"python":       {"hostabi"},
	"hostabi":      {},
	"modules":      {},
	"pool":         {},
}

// outside names who may import what from outside of the module and the standard
// library. Other modules are nobody's.
var outside = map[string][]string{
	"cmd/vivarium": {
		"github.com/urfave/cli/v2", "github.com/goccy/go-yaml", "github.com/landlock-lsm/go-landlock", "github.com/schollz/progressbar/v3",
		"github.com/fsnotify/fsnotify", "github.com/prometheus/client_golang", "github.com/HdrHistogram/hdrhistogram-go",
		"github.com/cespare/xxhash", "golang.org/x/sys", "golang.org/x/term",
	},
	"bench":    {"github.com/HdrHistogram/hdrhistogram-go", "gonum.org/v1/gonum", "github.com/go-analyze/charts"},
	"runtime":  {"github.com/tetratelabs/wazero", "github.com/goccy/go-json", "github.com/prometheus/client_golang", "golang.org/x/sys"},
	"python":   {"github.com/tetratelabs/wazero", "golang.org/x/sys"},
	"hostabi":  {"github.com/tetratelabs/wazero", "golang.org/x/sys"},
	"modules":  {"github.com/tetratelabs/wazero", "github.com/klauspost/compress", "golang.org/x/sys", "github.com/cespare/xxhash/v2"},
	"pool":     {},
	"examples": {"github.com/prometheus/client_golang"},
}

func TestImportDirection(t *testing.T) {
	t.Parallel()
	for _, system := range []string{"linux", "windows", "darwin"} {
		for path, imports := range listImports(t, system) {
			folder := folderOf(path)
			if _, ok := mayImport[folder]; !ok {
				t.Errorf("package %s is in no folder of ARCHITECTURE.md", path)
				continue
			}
			for _, imported := range imports {
				if !allowed(folder, imported) {
					t.Errorf("%s (%s) must not import %s", path, system, imported)
				}
			}
		}
	}
}

// listImports returns the packages of the module with what they import, tests left
// out, built for system.
func listImports(t *testing.T, system string) map[string][]string {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "./...")
	cmd.Dir = filepath.Join(here, "..", "..")
	cmd.Env = append(os.Environ(), "GOOS="+system, "CGO_ENABLED=0")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	packages := make(map[string][]string)
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		packages[p.ImportPath] = p.Imports
	}
	return packages
}

// folderOf returns the top-level folder a package of the module belongs to.
func folderOf(path string) string {
	rel := strings.TrimPrefix(path, module+"/")
	for folder := range mayImport {
		if within(rel, folder) {
			return folder
		}
	}
	return rel
}

func allowed(folder, imported string) bool {
	if rel, ours := strings.CutPrefix(imported, module+"/"); ours {
		return within(rel, folder) || slices.ContainsFunc(mayImport[folder], func(other string) bool { return within(rel, other) })
	}
	if first, _, _ := strings.Cut(imported, "/"); !strings.Contains(first, ".") {
		return imported != "C" // the standard library
	}
	return slices.ContainsFunc(outside[folder], func(other string) bool { return within(imported, other) })
}

func within(path, folder string) bool { return path == folder || strings.HasPrefix(path, folder+"/") }

// What package runtime exports promises compatibility, so no type of wazero may be
// part of it, not even through an alias.
func TestRuntimeExportsNoWazeroType(t *testing.T) {
	t.Parallel()
	exports := exportData(t, []string{"./runtime"})
	pkg, err := importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) {
		return os.Open(exports[path])
	}).Import(module + "/runtime")
	if err != nil {
		t.Fatal(err)
	}
	names := pkg.Scope().Names()
	if len(names) == 0 {
		t.Fatal("package runtime has no names")
	}
	seen := make(map[types.Type]bool)
	for _, name := range names {
		if object := pkg.Scope().Lookup(name); object.Exported() {
			refuseWazero(t, module+"/runtime."+name, object.Type(), seen)
		}
	}
}

// refuseWazero fails the test if what an importer can reach of typ is wazero's.
func refuseWazero(t *testing.T, where string, typ types.Type, seen map[types.Type]bool) {
	t.Helper()
	if seen[typ] {
		return
	}
	seen[typ] = true
	switch typ := typ.(type) {
	case *types.Alias:
		refuseWazero(t, where, types.Unalias(typ), seen)
	case *types.Named:
		if pkg := typ.Obj().Pkg(); pkg == nil || !within(pkg.Path(), module) {
			if pkg != nil && within(pkg.Path(), "github.com/tetratelabs/wazero") {
				t.Errorf("%s has the type %s", where, typ)
			}
			return
		}
		for method := range typ.Methods() {
			if method.Exported() {
				refuseWazero(t, where+"."+method.Name(), method.Type(), seen)
			}
		}
		refuseWazero(t, where, typ.Underlying(), seen)
	case *types.Struct:
		for field := range typ.Fields() {
			if field.Exported() {
				refuseWazero(t, where+"."+field.Name(), field.Type(), seen)
			}
		}
	case *types.Interface:
		for method := range typ.Methods() {
			refuseWazero(t, where+"."+method.Name(), method.Type(), seen)
		}
	case *types.Signature:
		for v := range typ.Params().Variables() {
			refuseWazero(t, where, v.Type(), seen)
		}
		for v := range typ.Results().Variables() {
			refuseWazero(t, where, v.Type(), seen)
		}
	case *types.Map:
		refuseWazero(t, where, typ.Key(), seen)
		refuseWazero(t, where, typ.Elem(), seen)
	case interface{ Elem() types.Type }: // pointer, slice, array, channel
		refuseWazero(t, where, typ.Elem(), seen)
	}
}
