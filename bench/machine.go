package bench

import (
	"os"
	goruntime "runtime"
	"runtime/debug"
	"strings"

	"github.com/vivarium-go/vivarium/runtime"
)

// Machine says where and with what a report was made. Figures of two machines, or of two
// commits, are compared at the reader's risk.
type Machine struct {
	System   string `json:"system"` // "linux/amd64"
	Kernel   string `json:"kernel,omitempty"`
	CPU      string `json:"cpu,omitempty"`
	Cores    int    `json:"cores"` // that Go uses
	Go       string `json:"go"`
	Commit   string `json:"commit"` // "+" at its end: with changes; "unknown" without version control
	Artefact string `json:"artefact_sha256"`
}

// ThisMachine describes the machine and the program that call it.
func ThisMachine() Machine {
	return Machine{
		System:   goruntime.GOOS + "/" + goruntime.GOARCH,
		Kernel:   firstLineOf("/proc/sys/kernel/osrelease", ""),
		CPU:      firstLineOf("/proc/cpuinfo", "model name"),
		Cores:    goruntime.GOMAXPROCS(0),
		Go:       goruntime.Version(),
		Commit:   commit(),
		Artefact: runtime.Version().Artefact,
	}
}

// firstLineOf returns the first line of a file that begins with a key, without it; "" if there is
// none, as on systems without /proc.
func firstLineOf(path, key string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, key); ok {
			return strings.Trim(value, " \t:\n")
		}
	}
	return ""
}

// commit returns what the go command knew when it built the program.
func commit() string {
	revision, changes := "unknown", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			switch {
			case s.Key == "vcs.revision":
				revision = s.Value
			case s.Key == "vcs.modified" && s.Value == "true":
				changes = "+"
			}
		}
	}
	return revision + changes
}
