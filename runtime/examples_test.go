package runtime

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"
)

// shownBy are the names that have no example of their own, with the one that shows them, or
// "" for those that no example needs.
var shownBy = map[string]string{
	"CacheEntry":            "WarmUp",
	"Component.Name":        "Component",
	"Component.Status":      "Component",
	"ComponentHealth":       "Engine_Health",
	"ComponentStatus":       "Component",
	"Engine":                "", // the package's example
	"EngineStatus":          "Engine_Status",
	"Event":                 "Engine_Events",
	"EventKind":             "Engine_Events",
	"ExitError.Error":       "Result_OK",
	"ExportReport":          "ExportCache",
	"Finding":               "Diagnose",
	"FindingState":          "Diagnose",
	"Frame":                 "Source",
	"Health":                "Engine_Health",
	"HealthState":           "Engine_Health",
	"ImportCache":           "ExportCache",
	"LimitError.Error":      "Limits",
	"LimitError.Is":         "Result_err",
	"LimitError.Unwrap":     "LimitError",
	"LimitKind":             "LimitError",
	"LogRecord":             "Task_stream",
	"Metric":                "Result",
	"Progress":              "Task_stream",
	"ScriptError.Error":     "ScriptError",
	"ScriptError.Traceback": "ScriptError",
	"Status":                "Engine_Status",
	"TaskID":                "Engine_Result",
	"TaskType.String":       "TaskType",
	"Usage":                 "Result",
	"VerifyCache":           "WarmUp",
	"VersionInfo":           "Version",
	"WarmUpReport":          "WarmUp",
}

// Whatever the package exports has an example, whose output is compared.
func TestExamples(t *testing.T) {
	t.Parallel()
	code, tests := sources(t)
	examples := map[string]bool{}
	for _, e := range doc.Examples(tests...) {
		examples[e.Name] = true
		name, _, _ := strings.Cut(e.Name, "_")
		if parts := strings.Split(e.Name, "_"); len(parts) > 1 && ast.IsExported(parts[1]) {
			name += "." + parts[1]
		}
		examples[name] = true
		if e.Output == "" {
			t.Errorf("Example%s has no output", e.Name)
		}
	}
	exported := map[string]bool{}
	for _, name := range exportedNames(code) {
		exported[name] = true
		by, excepted := shownBy[name]
		switch {
		case excepted && examples[name]:
			t.Errorf("%s has an example now; shownBy need not have it", name)
		case excepted && by != "" && !examples[by]:
			t.Errorf("%s is to be shown by Example%s, which there is not", name, by)
		case !excepted && !examples[name]:
			t.Errorf("%s has no example; write one, or say in shownBy which shows it", name)
		}
	}
	for name := range shownBy {
		if !exported[name] {
			t.Errorf("shownBy has %s, which is not exported", name)
		}
	}
	if len(exported) < 50 {
		t.Errorf("only %d names are exported", len(exported))
	}
}

// sources parses the files of the package, and of its tests.
func sources(t *testing.T) (code, tests []*ast.File) {
	t.Helper()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") {
			continue
		}
		file, err := parser.ParseFile(set, e.Name(), nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(e.Name(), "_test.go") {
			tests = append(tests, file)
		} else {
			code = append(code, file)
		}
	}
	return code, tests
}

// exportedNames returns the functions, the types, and the methods of these: "Engine.Run".
func exportedNames(files []*ast.File) (names []string) {
	for _, file := range files {
		for _, decl := range file.Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				name := decl.Name.Name
				if decl.Recv != nil {
					name = receiver(decl) + "." + name
				}
				if decl.Name.IsExported() && ast.IsExported(name) {
					names = append(names, name)
				}
			case *ast.GenDecl:
				names = append(names, exportedTypes(decl)...)
			}
		}
	}
	return names
}

// receiver returns the type that a method is of.
func receiver(method *ast.FuncDecl) string {
	switch typ := method.Recv.List[0].Type.(type) {
	case *ast.StarExpr:
		if name, ok := typ.X.(*ast.Ident); ok {
			return name.Name
		}
	case *ast.Ident:
		return typ.Name
	}
	return "" // generic: none of them is exported
}

// exportedTypes returns the types of a declaration, and the methods of those that are interfaces.
func exportedTypes(decl *ast.GenDecl) (names []string) {
	for _, spec := range decl.Specs {
		typ, ok := spec.(*ast.TypeSpec)
		if !ok || !typ.Name.IsExported() {
			continue
		}
		names = append(names, typ.Name.Name)
		if methods, ok := typ.Type.(*ast.InterfaceType); ok {
			for _, m := range methods.Methods.List {
				names = append(names, typ.Name.Name+"."+m.Names[0].Name)
			}
		}
	}
	return names
}
