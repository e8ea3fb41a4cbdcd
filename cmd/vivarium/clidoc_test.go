package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

// docs/cli.md is what each command's --help says. VIVARIUM_TEST_UPDATE=1 writes it anew.
func TestCLIDoc(t *testing.T) {
	var text strings.Builder
	text.WriteString("# The command line\n\nThis is what `--help` prints, command by command; a test keeps it so.\n")
	var describe func(names []string, commands []*cli.Command)
	describe = func(names []string, commands []*cli.Command) {
		text.WriteString("\n## " + strings.Join(names, " ") + "\n\n```text\n" + help(t, names) + "```\n")
		for _, c := range commands {
			if !c.Hidden {
				describe(append(names[:len(names):len(names)], c.Name), c.Subcommands)
			}
		}
	}
	describe([]string{"vivarium"}, new(process).app().Commands)
	path := filepath.Join(here, "..", "..", "docs", "cli.md")
	if os.Getenv("VIVARIUM_TEST_UPDATE") != "" {
		if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != text.String() {
		t.Error("docs/cli.md is not what the commands say; run VIVARIUM_TEST_UPDATE=1 go test ./cmd/vivarium -run TestCLIDoc")
	}
}

// help returns what a command's --help prints.
func help(t *testing.T, names []string) string {
	t.Helper()
	var out bytes.Buffer
	p := process{stdout: &out, stderr: &out}
	workingDirectory.Lock() // variables of urfave/cli are the process's
	defer workingDirectory.Unlock()
	if code := p.main(context.Background(), append(names[:len(names):len(names)], "--help")); code != exitOK {
		t.Fatalf("%v: %d: %s", names, code, out.String())
	}
	lines := strings.Split(out.String(), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return strings.Join(lines, "\n")
}
