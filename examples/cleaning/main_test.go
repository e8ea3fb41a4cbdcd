package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What the README shows is what the command prints.
func TestReadme(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := regexp.MustCompile("(?s)```csv\n(.*?)```.*```text\n(.*?)```").FindStringSubmatch(string(readme))
	if shown == nil {
		t.Fatal("README.md does not say what is printed")
	}
	in, err := os.Open("customers.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	var out, report bytes.Buffer
	if err := run(t.Context(), "clean.py", in, &out, &report); err != nil {
		t.Fatal(err)
	}
	if out.String() != shown[1] || report.String() != shown[2] {
		t.Errorf("wrote\n%s\n%swant\n%s\n%s", &out, &report, shown[1], shown[2])
	}
}

// script writes a script to a file.
func script(t *testing.T, text string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "script.py")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Rows come out in order, whatever order they end in.
func TestOrder(t *testing.T) {
	t.Parallel()
	path := script(t, "def run(row):\n    for _ in range(int(row['n']) % 7 * 1000): pass\n    if row['n'] == '13': return {}\n    return row")
	var in, want strings.Builder
	in.WriteString("n\n")
	want.WriteString("n\n")
	for i := range 200 {
		fmt.Fprintln(&in, i)
		if i != 13 {
			fmt.Fprintln(&want, i)
		}
	}
	var out, report bytes.Buffer
	if err := run(t.Context(), path, strings.NewReader(in.String()), &out, &report); err != nil {
		t.Fatal(err)
	}
	if out.String() != want.String() {
		t.Errorf("wrote\n%s", &out)
	}
	if want := "line 15: the script returned no \"n\"\n199 rows written, 1 rejected\n"; report.String() != want {
		t.Errorf("reported\n%swant\n%s", &report, want)
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	var out, report bytes.Buffer
	if err := run(t.Context(), script(t, ""), strings.NewReader(""), &out, &report); err == nil || !strings.Contains(err.Error(), "the header") {
		t.Errorf("no header: %v", err)
	}
	if err := run(t.Context(), script(t, "def run(row): return row"), strings.NewReader("a,b\n1,2\n1\n"), &out, &report); err == nil || !strings.Contains(err.Error(), "wrong number of fields") {
		t.Errorf("ragged: %v", err)
	}
	if out.String() != "a,b\n1,2\n" {
		t.Errorf("wrote %q before the row that is wrong", &out)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := run(ctx, script(t, ""), strings.NewReader("a\n1\n"), &out, &report); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	if err := run(t.Context(), "missing.py", strings.NewReader("a\n1\n"), &out, &report); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no script: %v", err)
	}
	if report.Len() > 0 {
		t.Errorf("reported %q", &report)
	}
}
