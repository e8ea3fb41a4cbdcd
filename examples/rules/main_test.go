package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
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
	_, want, _ := strings.Cut(string(readme), "```text\n")
	want, _, found := strings.Cut(want, "```")
	if !found {
		t.Fatal("README.md does not say what is printed")
	}
	var out bytes.Buffer
	if err := run(t.Context(), "rules", "order.json", &out); err != nil {
		t.Fatal(err)
	}
	if out.String() != want {
		t.Errorf("printed\n%swant\n%s", &out, want)
	}
}

func TestInputs(t *testing.T) {
	t.Parallel()
	broken := filepath.Join(t.TempDir(), "order.json")
	if err := os.WriteFile(broken, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, folder, order, want string }{
		{"no rules", t.TempDir(), "order.json", "no rules in"},
		{"no order", "rules", filepath.Join(t.TempDir(), "order.json"), "order.json"},
		{"no JSON", "rules", broken, "unexpected end of JSON input"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			err := run(t.Context(), tt.folder, tt.order, &out)
			if err == nil || !strings.Contains(err.Error(), tt.want) || out.Len() > 0 {
				t.Errorf("%v, and printed %q; want an error with %q", err, &out, tt.want)
			}
		})
	}
}

func TestInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := run(ctx, "rules", "order.json", new(bytes.Buffer)); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want %v", err, context.Canceled)
	}
}

// Whatever rules say, half of the order is paid.
func TestReport(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := report(&out, 1000, []verdict{{rule: "all", cents: 1000}, {rule: "more", cents: 1 << 62}}); err != nil {
		t.Fatal(err)
	}
	if want := "to pay          5.00  instead of 10.00\n"; !strings.HasSuffix(out.String(), want) {
		t.Errorf("printed\n%swant at the end\n%s", &out, want)
	}
}
