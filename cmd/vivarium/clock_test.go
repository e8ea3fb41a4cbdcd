package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Deadlines, time-outs and times to live are by the monotonic clock, which a change of the
// wall clock leaves alone: nobody computes with what a time.Time has of the wall clock only.
// The exceptions are what a script is told, and what a file system says.
func TestOnlyTheMonotonicClockIsComputedWith(t *testing.T) {
	t.Parallel()
	wall := regexp.MustCompile(`\.(Unix|UnixNano|UnixMicro|UnixMilli|ModTime|UTC|Local|In|AddDate)\(|\.(Round|Truncate)\(0\)|time\.(Unix|Date|Parse)\(`)
	root := filepath.Join(here, "..", "..")
	for _, folder := range []string{"pool", "runtime", "python", "hostabi", "modules", "cmd/vivarium"} {
		files, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(folder), "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatal(folder, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			switch path := folder + "/" + filepath.Base(file); {
			case strings.HasSuffix(file, "_test.go"),
				path == "modules/cache.go",  // see TestTidyingByAWrongClock
				path == "runtime/source.go": // a clock that is behind reads more often
				continue
			}
			for _, found := range wall.FindAllString(string(text), -1) {
				t.Errorf("%s/%s computes with the wall clock: %s", folder, filepath.Base(file), found)
			}
		}
	}
}
