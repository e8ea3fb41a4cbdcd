package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vivarium-go/vivarium/runtime"
)

// The documents are kept true by running what they show:
//
//   - a block of sh is run by a shell, in a folder of the document's own. A block of text, json or
//     csv right after it is what it has to print, stdout and stderr together, where … stands
//     for anything;
//   - a block of another language that begins with the comment `# FILE` is that file, there for
//     the commands below it;
//   - a block of go must compile: as a file, as declarations, or as statements that have what
//     goFrame declares;
//   - a block of console is for people only: what installs things, takes long or never ends.

// docBlock is a fenced block of a document.
type docBlock struct {
	language string
	line     int // of its first line of text
	text     string
}

// documents returns the names of the documents, from the top of the module.
func documents(t *testing.T) []string {
	t.Helper()
	top := filepath.Join(here, "..", "..")
	guides, err := filepath.Glob(filepath.Join(top, "docs", "*.md"))
	if err != nil || len(guides) == 0 {
		t.Fatalf("no documents: %v", err)
	}
	names := []string{"README.md"}
	for _, guide := range guides {
		names = append(names, "docs/"+filepath.Base(guide))
	}
	return names
}

// docBlocks returns the fenced blocks of a document.
func docBlocks(t *testing.T, name string) (blocks []docBlock) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(here, "..", "..", name))
	if err != nil {
		t.Fatal(err)
	}
	inside := false
	line := 0
	for l := range strings.Lines(string(text)) {
		line++
		language, fence := strings.CutPrefix(l, "```")
		switch {
		case fence && inside:
			inside = false
		case fence:
			inside = true
			blocks = append(blocks, docBlock{language: strings.TrimSpace(language), line: line + 1})
		case inside:
			blocks[len(blocks)-1].text += l
		}
	}
	if inside {
		t.Fatalf("%s: the last block does not end", name)
	}
	return blocks
}

// elsewhere are the commands in blocks of sh that .ci/run runs, because this test cannot.
var elsewhere = []string{"go test ./...\n"}

var fileName = regexp.MustCompile(`^# ([\w-]+\.\w+)\n`)

func TestDocsCommands(t *testing.T) {
	if testing.Short() {
		t.Skip("starts many processes")
	}
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no shell")
	}
	t.Parallel()
	commands := 0
	for _, name := range documents(t) {
		blocks := docBlocks(t, name)
		for _, b := range blocks {
			if b.language == "sh" {
				commands++
			}
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			runDocument(t, shell, name, blocks)
		})
	}
	if commands < 10 {
		t.Errorf("the documents have %d blocks of commands", commands)
	}
}

// runDocument runs the commands of a document, one after the other.
func runDocument(t *testing.T, shell, name string, blocks []docBlock) {
	dir := t.TempDir()
	for _, folder := range []string{"testdata/scripts", "examples"} {
		if err := os.CopyFS(filepath.Join(dir, folder), os.DirFS(filepath.Join(here, "..", "..", folder))); err != nil {
			t.Fatal(err)
		}
	}
	for i, b := range blocks {
		if b.language != "sh" {
			if file := fileName.FindStringSubmatch(b.text); file != nil {
				if err := os.WriteFile(filepath.Join(dir, file[1]), []byte(b.text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			continue
		}
		if slices.Contains(elsewhere, b.text) {
			continue
		}
		// commands has a vivarium for tests, this binary.
		script := strings.ReplaceAll(b.text, "go run ./cmd/vivarium ", "vivarium ")
		if !strings.Contains(script, "vivarium ") {
			t.Errorf("%s:%d: this is no command of vivarium; if it cannot be run here, its language is console:\n%s", name, b.line, b.text)
			continue
		}
		cmd := exec.CommandContext(t.Context(), shell, "-euc", script)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), runtime.CacheEnv+"="+cacheDir(t))
		printed, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%s:%d: %v\n%s", name, b.line, err, printed)
		}
		if i+1 == len(blocks) || !slices.Contains([]string{"text", "json", "csv"}, blocks[i+1].language) {
			continue
		}
		if want := blocks[i+1]; !asShown(string(printed), want.text) {
			t.Errorf("%s:%d: printed\n%s%s:%d: shows\n%s", name, b.line, printed, name, want.line, want.text)
		}
	}
}

// asShown says whether a command has printed what a document shows.
func asShown(printed, shown string) bool {
	pattern := strings.ReplaceAll(regexp.QuoteMeta(shown), "…", "(?s:.*?)")
	return regexp.MustCompile(`\A` + pattern + `\z`).MatchString(printed)
}

// goImports are the packages that Go in the documents may use without importing them.
var goImports = []string{
	"context", "encoding/json", "errors", "fmt", "log", "log/slog", "net/http", "os", "os/signal", "sync/atomic", "syscall", "time",
	"github.com/prometheus/client_golang/prometheus",
	"github.com/prometheus/client_golang/prometheus/promhttp",
	module + "/runtime",
}

// goFrame is around statements: what they may use without declaring it.
const goFrame = `func _(ctx context.Context, eng *runtime.Engine, task runtime.Task, tasks []runtime.Task) error {
	{
//line %s:%d
%s
	}
	return nil
}
`

func TestDocsGo(t *testing.T) {
	t.Parallel()
	set := token.NewFileSet()
	exports := exportData(t, goImports)
	imports := importer.ForCompiler(set, "gc", func(path string) (io.ReadCloser, error) {
		if exports[path] == "" {
			return nil, fmt.Errorf("the documents must not import %s", path)
		}
		return os.Open(exports[path])
	})
	checked := 0
	for _, name := range documents(t) {
		for _, b := range docBlocks(t, name) {
			if b.language != "go" {
				continue
			}
			checked++
			file, err := parseGo(set, name, b)
			if err != nil {
				t.Error(err)
				continue
			}
			checker := types.Config{Importer: imports, Error: func(err error) {
				// Nothing is wrong with a variable or an import that a part does not use.
				if e := (types.Error{}); !errors.As(err, &e) || !e.Soft {
					t.Error(err)
				}
			}}
			_, _ = checker.Check("docs", set, []*ast.File{file}, nil)
		}
	}
	if checked < 5 {
		t.Errorf("the documents have %d blocks of Go", checked)
	}
}

// parseGo parses a block of Go: a file, or else declarations, or else statements.
func parseGo(set *token.FileSet, name string, b docBlock) (*ast.File, error) {
	if strings.HasPrefix(b.text, "package ") {
		return parser.ParseFile(set, name, fmt.Sprintf("//line %s:%d\n%s", filepath.Base(name), b.line, b.text), parser.SkipObjectResolution)
	}
	var top strings.Builder
	top.WriteString("package docs\n")
	for _, path := range goImports {
		fmt.Fprintf(&top, "import %q\n", path)
	}
	file, err := parser.ParseFile(set, name, fmt.Sprintf("%s//line %s:%d\n%s", &top, filepath.Base(name), b.line, b.text), parser.SkipObjectResolution)
	if err != nil {
		file, err = parser.ParseFile(set, name, top.String()+fmt.Sprintf(goFrame, filepath.Base(name), b.line, b.text), parser.SkipObjectResolution)
	}
	return file, err
}

// exportData returns the files with what packages, and all that these import, export.
func exportData(t *testing.T, packages []string) map[string]string {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-export", "-deps", "-f", "{{.ImportPath}}\t{{.Export}}"}, packages...)...)
	cmd.Dir = filepath.Join(here, "..", "..")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	files := make(map[string]string)
	for line := range strings.Lines(string(out)) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), "\t")
		files[path] = file
	}
	return files
}

// A link in a document leads to a file that is there.
func TestDocsLinks(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`)
	for _, name := range documents(t) {
		path := filepath.Join(here, "..", "..", name)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range link.FindAllStringSubmatch(string(text), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), match[1])); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// What docs/migrating.md says the original's settings are now, there is.
func TestDocsMigrating(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(here, "..", "..", "docs", "migrating.md"))
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile("(?m)^\\| `\\w+` \\| .*`(\\w+)`.* \\| `(\\w+)` \\|.*$").FindAllStringSubmatch(string(text), -1)
	if len(rows) != 11 {
		t.Errorf("%d rows about settings", len(rows))
	}
	for _, row := range rows {
		if _, ok := reflect.TypeFor[runtime.Config]().FieldByName(row[1]); !ok {
			t.Errorf("runtime.Config has no %s", row[1])
		}
		if !slices.ContainsFunc(settings, func(s setting) bool { return s.key == row[2] }) {
			t.Errorf("there is no setting %s", row[2])
		}
	}
}
