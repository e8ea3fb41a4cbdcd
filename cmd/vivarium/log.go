package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// noteHandler writes what the engine logs as lines for a person: "vivarium: compiled
// the interpreter (took 3s)". It may be used by several goroutines as far as its
// writer may.
type noteHandler struct {
	w     io.Writer
	least slog.Level
}

func (h noteHandler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= h.least
}

func (h noteHandler) Handle(_ context.Context, r slog.Record) error {
	var details []string
	r.Attrs(func(a slog.Attr) bool {
		details = append(details, fmt.Sprintf("%s %s", a.Key, a.Value))
		return true
	})
	line := "vivarium: " + r.Message
	if len(details) > 0 {
		line += " (" + strings.Join(details, ", ") + ")"
	}
	_, err := io.WriteString(h.w, line+"\n")
	return err
}

// The engine logs without groups and attributes of its own.
func (h noteHandler) WithAttrs([]slog.Attr) slog.Handler { return h }
func (h noteHandler) WithGroup(string) slog.Handler      { return h }
