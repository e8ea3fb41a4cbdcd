package main

import (
	"io"
	"os"
	"slices"
	"strings"

	"golang.org/x/term"
)

// isTerminal says whether somebody looks at what is written, and it may move about.
func (p *process) isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) && !slices.Contains(p.environ, "TERM=dumb")
}

// terminalWidth is that of the terminal on stderr, in columns.
func (p *process) terminalWidth() int {
	if f, ok := p.stderr.(*os.File); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 1 {
			return width
		}
	}
	return 80
}

// dim is a text of less importance, unless the user wants no colours: see https://no-color.org.
func dim(environ []string, text string) string {
	for _, variable := range environ {
		if name, value, _ := strings.Cut(variable, "="); name == "NO_COLOR" && value != "" {
			return text
		}
	}
	return "\x1b[2m" + text + "\x1b[0m"
}
