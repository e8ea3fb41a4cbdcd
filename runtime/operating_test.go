package runtime

import (
	"context"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// operating is docs/operating.md.
func operating(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// table returns the rows, as their cells, of the table in docs/operating.md with that
// header. There must be exactly one.
func table(t *testing.T, header ...string) (rows [][]string) {
	t.Helper()
	found := 0
	in := false
	for line := range strings.Lines(operating(t)) {
		line, isRow := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "|")
		if !isRow {
			in = false
			continue
		}
		cells := strings.Split(strings.TrimSuffix(line, "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		switch {
		case slices.Equal(cells, header):
			in = true
			found++
		case in && strings.Trim(cells[0], "-") != "":
			if len(cells) != len(header) {
				t.Fatalf("a row of %d cells, instead of %d: %q", len(cells), len(header), line)
			}
			rows = append(rows, cells)
		}
	}
	if found != 1 {
		t.Fatalf("docs/operating.md has %d tables with the columns %q", found, header)
	}
	return rows
}

// names returns what a cell names in backquotes.
func names(cell string) (all []string) {
	for _, match := range regexp.MustCompile("`([^`]*)`").FindAllStringSubmatch(cell, -1) {
		all = append(all, match[1])
	}
	return all
}

// sameSet says what only one of two lists has.
func sameSet(t *testing.T, documented, actual []string) {
	t.Helper()
	inDocs, inCode := map[string]bool{}, map[string]bool{}
	for _, d := range documented {
		if inDocs[d] {
			t.Errorf("docs/operating.md has %s twice", d)
		}
		inDocs[d] = true
	}
	for _, r := range actual {
		inCode[r] = true
		if !inDocs[r] {
			t.Errorf("docs/operating.md lacks %s", r)
		}
	}
	for _, d := range slices.Sorted(maps.Keys(inDocs)) {
		if !inCode[d] {
			t.Errorf("docs/operating.md has %s, which there is not", d)
		}
	}
}

func TestOperatingHealthRules(t *testing.T) {
	t.Parallel()
	var documented, rules []string
	for _, row := range table(t, "component", "state", "when", "what to do") {
		if row[3] == "" {
			t.Errorf("nothing to do about %s", row)
		}
		documented = append(documented, strings.Join(row[:3], " | "))
	}
	for _, r := range describedRules() {
		rules = append(rules, fmt.Sprintf("%s | %s | %s", r.components, r.state, r.when))
	}
	// It has no rules of its own.
	sameSet(t, documented, append(rules, "`process_pool` | as the pool | it has the worse of its two pools"))

	var states []string
	for _, row := range table(t, "state", "meaning") {
		states = append(states, names(row[0])...)
	}
	if want := []string{string(Healthy), string(Unknown), string(Degraded), string(Unhealthy)}; !slices.Equal(states, want) {
		t.Errorf("states %q, want %q: from good to bad", states, want)
	}
}

// TestOperating compares the document with an engine in which every kind of metric has
// been used.
func TestOperating(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	eng, err := New(ctx, Config{HealthCheckInterval: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := eng.Close(ctx); err != nil {
			t.Error(err)
		}
	}()
	res := runSource(t, eng, "import vivarium\nfor kind in ('gauge', 'counter', 'histogram'): vivarium.metric(kind, 1, kind=kind)", Limits{})
	if res.Err != nil {
		t.Fatal(res.Err)
	}
	t.Run("status", func(t *testing.T) { compareStatus(t, eng) })
	t.Run("example", func(t *testing.T) { compareExample(t, eng) })
	t.Run("metrics", func(t *testing.T) { compareMetrics(t, eng) })
	t.Run("served", func(t *testing.T) { serve(t, eng) })
}

var workerNumber = regexp.MustCompile(`^(cpu|io)_worker_\d+$`)

func compareStatus(t *testing.T, eng *Engine) {
	status := eng.Status()
	var components, paths []string
	for name, s := range status.Components {
		name = workerNumber.ReplaceAllString(name, "${1}_worker_N")
		components = append(components, name)
		for metric := range s.Metrics {
			paths = append(paths, name+" metrics."+metric)
		}
		for info := range s.Info {
			paths = append(paths, name+" info."+info)
		}
	}
	var documented, documentedPaths []string
	for _, row := range table(t, "component", "what it is") {
		documented = append(documented, names(row[0])...)
	}
	for _, row := range table(t, "component", "path", "unit", "meaning") {
		for _, name := range names(row[0]) {
			documentedPaths = append(documentedPaths, name+" "+names(row[1])[0])
		}
		if isInfo := strings.HasPrefix(row[1], "`info."); isInfo != (row[2] == "") {
			t.Errorf("the unit of %s is %q", row[1], row[2])
		}
		if total := strings.HasSuffix(row[1], "_total`"); total && row[2] != "tasks" && row[2] != "results" && row[2] != "instances" {
			t.Errorf("%s counts %q", row[1], row[2])
		}
	}
	sameSet(t, documented, components)
	sameSet(t, documentedPaths, paths)

	status.Engine.Reason = "not empty, and so not left out"
	var fields []string
	for field := range asJSON(t, status.Engine).(map[string]any) {
		fields = append(fields, "engine."+field)
	}
	var documentedFields []string
	for _, row := range table(t, "path", "meaning") {
		documentedFields = append(documentedFields, names(row[0])...)
	}
	sameSet(t, documentedFields, fields)
}

// asJSON returns what v is in JSON, decoded.
func asJSON(t *testing.T, v any) (decoded any) {
	t.Helper()
	text, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(text, &decoded)
	}
	if err != nil {
		t.Fatal(err)
	}
	return decoded
}

// compareExample checks that what the example of a status has, statuses have.
func compareExample(t *testing.T, eng *Engine) {
	_, example, _ := strings.Cut(operating(t), "```json\n")
	example, _, _ = strings.Cut(example, "```")
	var shown any
	if err := json.Unmarshal([]byte(example), &shown); err != nil {
		t.Fatal(err)
	}
	var within func(path string, shown, actual any)
	within = func(path string, shown, actual any) {
		object, isObject := shown.(map[string]any)
		if !isObject {
			if fmt.Sprintf("%T", shown) != fmt.Sprintf("%T", actual) {
				t.Errorf("%s is a %T in the example, and a %T in a status", path, shown, actual)
			}
			return
		}
		members, _ := actual.(map[string]any)
		for name, value := range object {
			member, ok := members[name]
			if !ok && name != "reason" { // it is left out when there is none
				t.Errorf("%s.%s is only in the example", path, name)
			} else if ok {
				within(path+"."+name, value, member)
			}
		}
	}
	within("status", shown, asJSON(t, eng.Status()))
}

func compareMetrics(t *testing.T, eng *Engine) {
	families, err := eng.Metrics().Gather()
	if err != nil {
		t.Fatal(err)
	}
	var documented, gathered, gatheredNames, described []string
	for _, f := range families {
		gatheredNames = append(gatheredNames, f.GetName())
		for _, m := range f.GetMetric() {
			var labels []string
			for _, pair := range m.GetLabel() {
				labels = append(labels, pair.GetName())
			}
			slices.Sort(labels)
			gathered = append(gathered, fmt.Sprintf("%s, a %s by %s", f.GetName(), strings.ToLower(f.GetType().String()), labels))
		}
	}
	for _, row := range table(t, "metric", "type", "labels", "meaning") {
		labels := names(row[2])
		slices.Sort(labels)
		documented = append(documented, fmt.Sprintf("%s, a %s by %s", names(row[0])[0], row[1], labels))
	}
	sameSet(t, documented, gathered)

	// And nothing is described that the engine above had no occasion to use.
	descriptions := make(chan *prometheus.Desc, 1000)
	eng.metrics.Describe(descriptions)
	close(descriptions)
	for d := range descriptions {
		name, err := strconv.Unquote(regexp.MustCompile(`fqName: ("[^"]*")`).FindStringSubmatch(d.String())[1])
		if err != nil {
			t.Fatal(err)
		}
		described = append(described, name)
	}
	slices.Sort(described)
	if !slices.Equal(described, gatheredNames) {
		t.Errorf("described %q, gathered %q", described, gatheredNames)
	}
}

// serve is what the document says on how metrics are served.
func serve(t *testing.T, eng *Engine) {
	answer := httptest.NewRecorder()
	promhttp.HandlerFor(eng.Metrics(), promhttp.HandlerOpts{}).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
	if want := `vivarium_tasks_finished_total{outcome="ok",type="cpu"} 1`; answer.Code != http.StatusOK || !strings.Contains(answer.Body.String(), want) {
		t.Errorf("%d, without %s:\n%s", answer.Code, want, answer.Body)
	}
}

// Outcomes are what ending returns, and it returns literals and the kinds of limits.
func TestOperatingOutcomes(t *testing.T) {
	t.Parallel()
	var documented, outcomes []string
	for _, row := range table(t, "outcome", "how the task ended") {
		documented = append(documented, names(row[0])...)
	}
	for node := range ast.Preorder(declaration(t, "metrics.go", "ending")) {
		returned, ok := node.(*ast.ReturnStmt)
		if !ok {
			continue
		}
		switch value := returned.Results[0].(type) {
		case *ast.BasicLit:
			outcomes = append(outcomes, unquoted(t, value))
		case *ast.CallExpr: // string(limit.Kind)
			outcomes = append(outcomes, limitKinds(t)...)
		default:
			t.Fatalf("ending returns a %T, of which this test does not know what it can be", value)
		}
	}
	if len(outcomes) < 10 {
		t.Errorf("outcomes %q", outcomes)
	}
	sameSet(t, documented, outcomes)
}

func unquoted(t *testing.T, literal *ast.BasicLit) string {
	t.Helper()
	text, err := strconv.Unquote(literal.Value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// declaration returns the function of that name.
func declaration(t *testing.T, file, name string) *ast.FuncDecl {
	t.Helper()
	for _, d := range parsed(t, file).Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Name.Name == name {
			return f
		}
	}
	t.Fatalf("%s has no function %s", file, name)
	return nil
}

func parsed(t *testing.T, file string) *ast.File {
	t.Helper()
	tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// limitKinds returns all constants of type LimitKind.
func limitKinds(t *testing.T) (kinds []string) {
	t.Helper()
	for node := range ast.Preorder(parsed(t, "errors.go")) {
		spec, ok := node.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			continue
		}
		if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "LimitKind" {
			kinds = append(kinds, unquoted(t, spec.Values[0].(*ast.BasicLit)))
		}
	}
	return kinds
}

// The component in the document is the one of the example.
func TestOperatingComponent(t *testing.T) {
	t.Parallel()
	_, shown, _ := strings.Cut(operating(t), "```go\n// uploads ")
	shown, _, found := strings.Cut(shown, "```")
	example, err := os.ReadFile("example_component_test.go")
	if err != nil {
		t.Fatal(err)
	}
	if !found || !strings.Contains(string(example), "// uploads "+shown) {
		t.Errorf("example_component_test.go has no\n%s", shown)
	}
}

// The table of errors in docs/embedding.md has all there are.
func TestEmbeddingErrors(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/embedding.md")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range []string{"errors.go", "result.go"} {
		for node := range ast.Preorder(parsed(t, file)) {
			var name string
			switch node := node.(type) {
			case *ast.TypeSpec:
				if name = node.Name.Name; !strings.HasSuffix(name, "Error") {
					continue
				}
				name = "*" + name
			case *ast.ValueSpec:
				if name = node.Names[0].Name; !strings.HasPrefix(name, "Err") {
					continue
				}
			default:
				continue
			}
			if !ast.IsExported(strings.TrimPrefix(name, "*")) {
				continue
			}
			found++
			if !strings.Contains(string(text), "\n| `"+name+"` | ") {
				t.Errorf("docs/embedding.md has no row for %s", name)
			}
		}
	}
	if found < 14 {
		t.Errorf("only %d errors are exported", found)
	}
}
