package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Each promise of SECURITY.md has a proof, and each proof is a test that there is.
func TestSecurityPromisesHaveTests(t *testing.T) {
	t.Parallel()
	root := filepath.Join(here, "..", "..")
	text, err := os.ReadFile(filepath.Join(root, "SECURITY.md"))
	if err != nil {
		t.Fatal(err)
	}
	tests := make(map[string]bool)
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	err = filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		for _, match := range declared.FindAllSubmatch(source, -1) {
			tests[string(match[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`((?:Test|Fuzz)\\w+)`")
	promises := 0
	for line := range strings.Lines(string(text)) {
		proofs := named.FindAllStringSubmatch(line, -1)
		for _, proof := range proofs {
			if !tests[proof[1]] {
				t.Errorf("SECURITY.md names %s, which is no test", proof[1])
			}
		}
		cells := strings.Split(line, "|")
		if len(cells) != 5 || strings.Trim(cells[1], " -") == "" || !strings.Contains(line, "`") {
			continue
		}
		if promises++; len(proofs) == 0 {
			t.Errorf("nothing proves: %s", cells[1])
		}
	}
	if promises < 10 {
		t.Errorf("SECURITY.md has %d promises", promises)
	}
}
