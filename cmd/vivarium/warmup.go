package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/vivarium-go/vivarium/runtime"
)

// warmUpOptions are the flags of `vivarium warmup`.
type warmUpOptions struct {
	preimport  string
	verify     bool
	exportFile string
	importFile string
	sha256     string
	json       bool
}

func (p *process) warmUpCommand() *cli.Command {
	o := new(warmUpOptions)
	return &cli.Command{
		Name:  "warmup",
		Usage: "compile the interpreter and take its image ahead of time, into the cache or from an archive",
		Description: strings.Join([]string{
			"Afterwards `vivarium run` and services with the same program and the same settings start in a tenth",
			"of a second, on machines of this kind also with --cache-readonly, which writes nothing.",
			"",
			"    vivarium warmup --verify                          fill the cache, and check it",
			"    vivarium warmup --verify --cache-readonly         only check it",
			"    vivarium warmup --export warm.vivarium            make an archive of it",
			"    vivarium warmup --import warm.vivarium --sha256 … take it from there",
			"",
			"An archive holds native code: trust it as you would a program. The image in it has the seed of",
			"Python's string hashes, so scripts see the same hashes wherever it is imported.",
		}, "\n"),
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "preimport", Usage: "import `MODULES`, with a comma between, before the image is taken; starts need the same setting", Destination: &o.preimport},
			&cli.BoolFlag{Name: "verify", Usage: "read every file, compare it with its digest, and run a trivial task", Destination: &o.verify},
			&cli.StringFlag{Name: "export", Usage: "write code and image to the archive `FILE`", Destination: &o.exportFile},
			&cli.StringFlag{Name: "import", Usage: "store code and image of the archive `FILE`, - is stdin, instead of making them", Destination: &o.importFile},
			&cli.GenericFlag{Name: "sha256", Usage: "refuse an archive whose SHA-256 is not `HEX`", Value: &parsed[string]{&o.sha256, parseSHA256, ""}},
			p.configFlag(),
			p.cacheReadOnlyFlag(),
			&cli.BoolFlag{Name: "json", Usage: "print one JSON object instead", Destination: &o.json},
		},
		Action: func(c *cli.Context) error {
			switch {
			case c.Args().Present():
				return usagef("warmup takes no arguments, but %q was given; `vivarium warmup --help` explains it", c.Args().First())
			case o.exportFile != "" && o.importFile != "":
				return usagef("--export and --import exclude each other; copy the file")
			case o.sha256 != "" && o.importFile == "":
				return usagef("--sha256 is for --import; --export says what it is")
			case o.exportFile == "-":
				return usagef("--export needs a file, stdout has the report; name one")
			}
			return p.warmUp(c.Context, o)
		},
	}
}

func parseSHA256(text string) (string, error) {
	if sum, err := hex.DecodeString(text); err != nil || len(sum) != 32 {
		return "", errors.New("write the 64 hexadecimal digits that --export, or sha256sum, has printed")
	}
	return text, nil
}

// warmUpReport is what the command prints.
type warmUpReport struct {
	Dir      string       `json:"dir"`
	Platform string       `json:"platform"`
	Code     cacheEntry   `json:"code"`
	Image    *cacheEntry  `json:"image"` // null with fresh_image
	Verified bool         `json:"verified"`
	Archive  *archiveFile `json:"archive,omitempty"`
}

type cacheEntry struct {
	Key     string  `json:"key"`
	Bytes   int64   `json:"bytes"`
	Found   bool    `json:"found"`
	Seconds float64 `json:"seconds"`
}

// archiveFile is what was exported or imported.
type archiveFile struct {
	File   string `json:"file"`
	SHA256 string `json:"sha256,omitempty"` // of an export
	Bytes  int64  `json:"bytes,omitempty"`  // of an export
}

// warmUp fills the cache, and does with it what the flags say.
func (p *process) warmUp(ctx context.Context, o *warmUpOptions) error {
	cfg, err := p.configured()
	if err == nil && o.preimport != "" {
		if err = acceptPreimport(&cfg, written{from: "--preimport", text: o.preimport}); err != nil {
			err = usagef("--preimport is %q; %w", o.preimport, err)
		}
	}
	if err == nil {
		err = p.readInterpreter(&cfg)
	}
	if err != nil {
		return err
	}
	cfg.Logger = p.logger(cfg)
	filled, how, err := p.fill(ctx, cfg, o)
	if err != nil {
		return err
	}
	report := &warmUpReport{}
	if o.importFile != "" {
		report.Archive = &archiveFile{File: o.importFile}
	}
	if o.verify {
		if filled, err = verified(ctx, cfg, filled); err != nil {
			return err
		}
		report.Verified = true
	}
	if o.exportFile != "" {
		exported, err := export(ctx, cfg, o.exportFile)
		if err != nil {
			return err
		}
		report.Archive = &archiveFile{o.exportFile, exported.SHA256, exported.Bytes}
		if filled.Dir == "" {
			filled = exported.WarmUpReport
		}
	}
	report.set(filled)
	if o.json {
		return p.printJSON(report)
	}
	return report.writeText(p.stdout, how)
}

// fill makes what the cache lacks, or imports it; a read-only cache has to have it. how
// names what was done with an entry that was not there.
func (p *process) fill(ctx context.Context, cfg config, o *warmUpOptions) (r runtime.WarmUpReport, how [2]string, err error) {
	switch {
	case o.importFile != "":
		r, err = p.importArchive(ctx, cfg, o)
		return r, [2]string{"imported", "imported"}, err
	case cfg.CacheReadOnly && (o.verify || o.exportFile != ""):
		return r, how, nil
	}
	r, err = inBackground(ctx, func() (runtime.WarmUpReport, error) { return runtime.WarmUp(ctx, cfg.Config) })
	return r, [2]string{"compiled", "booted"}, cfg.blame(err)
}

// verified checks the cache. What filled says about how the entries came about is kept.
func verified(ctx context.Context, cfg config, filled runtime.WarmUpReport) (runtime.WarmUpReport, error) {
	checked, err := inBackground(ctx, func() (runtime.WarmUpReport, error) { return runtime.VerifyCache(ctx, cfg.Config) })
	if err != nil || filled.Dir == "" {
		return checked, cfg.blame(err)
	}
	return filled, nil
}

func (p *process) importArchive(ctx context.Context, cfg config, o *warmUpOptions) (r runtime.WarmUpReport, err error) {
	from := p.stdin
	if o.importFile != "-" {
		f, err := os.Open(o.importFile)
		if err != nil {
			return r, usagef("--import: %w; name the file that `vivarium warmup --export` has written", err)
		}
		defer func() { _ = f.Close() }() // only read
		from = f
	}
	r, err = inBackground(ctx, func() (runtime.WarmUpReport, error) {
		return runtime.ImportCache(ctx, cfg.Config, from, o.sha256)
	})
	switch {
	case errors.Is(err, runtime.ErrInvalidConfig), errors.Is(err, errInterrupted):
		return r, err
	case errors.Is(err, runtime.ErrArchive):
		return r, usagef("--import %s: %w", o.importFile, err)
	case err != nil:
		return r, usagef("--import %s: %w; the cache takes 80 MB meanwhile: see that there is room, and that both can be read", o.importFile, err)
	}
	return r, nil
}

// export writes the archive under a name of its own and renames it at the end, so that nobody
// finds half of one.
func export(ctx context.Context, cfg config, path string) (r runtime.ExportReport, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".vivarium-export-*")
	if err != nil {
		return r, usagef("--export: %w; name a file in a directory that you may write to", err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name()) // it may have been renamed
		}
	}()
	r, err = inBackground(ctx, func() (runtime.ExportReport, error) { return runtime.ExportCache(ctx, cfg.Config, f) })
	if err == nil {
		err = f.Sync() // a machine that stops now has the old file or the new one
	}
	err = errors.Join(err, f.Close())
	switch {
	case errors.Is(err, runtime.ErrCacheMiss), errors.Is(err, errInterrupted):
		return r, err
	case err != nil:
		return r, usagef("--export: %w; make room for 20 MB, or name a file elsewhere", err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return r, usagef("--export: %w; name a file, not a directory", err)
	}
	return r, nil
}

func (r *warmUpReport) set(from runtime.WarmUpReport) {
	r.Dir, r.Platform = from.Dir, from.Platform
	r.Code = entryOf(from.Code)
	if from.Image.Key != "" {
		image := entryOf(from.Image)
		r.Image = &image
	}
}

func entryOf(e runtime.CacheEntry) cacheEntry {
	return cacheEntry{e.Key, e.Bytes, e.Found, e.Took.Seconds()}
}

// writeText writes the report for a person; how names what was done with code and image that
// were not there.
func (r *warmUpReport) writeText(w io.Writer, how [2]string) error {
	var text strings.Builder
	line := func(name string, e cacheEntry, how string) {
		took := time.Duration(e.Seconds * float64(time.Second)).Round(time.Millisecond)
		if e.Found {
			how = "was there, read"
		}
		fmt.Fprintf(&text, "%-6s %s  %.1f MB, %s in %v\n", name, e.Key, float64(e.Bytes)/1e6, how, took)
	}
	line("code", r.Code, how[0])
	if r.Image != nil {
		line("image", *r.Image, how[1])
	}
	fmt.Fprintf(&text, "cache  %s\n", r.Dir)
	if r.Verified {
		text.WriteString("verified: every file is what its digest says, and a trivial task ran\n")
	}
	if a := r.Archive; a != nil && a.SHA256 != "" {
		fmt.Fprintf(&text, "archive %s  %.1f MB\nsha256 %s\n", a.File, float64(a.Bytes)/1e6, a.SHA256)
		text.WriteString("The archive holds native code: trust it like a program, and pass --sha256 where it is imported.\n")
		if r.Image != nil {
			text.WriteString("Its image has the seed of Python's string hashes, which is the same wherever it is imported.\n")
		}
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// printJSON prints one line of JSON.
func (p *process) printJSON(v any) error {
	line, err := encode(v)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "%s\n", line)
	return err
}

// inBackground waits for f, or for ctx: what compiles cannot be interrupted, but the process
// can end without it.
func inBackground[T any](ctx context.Context, f func() (T, error)) (T, error) {
	type outcome struct {
		value T
		err   error
	}
	done := make(chan outcome, 1)
	go func() {
		value, err := f()
		done <- outcome{value, err}
	}()
	select {
	case <-ctx.Done():
		var none T
		return none, context.Cause(ctx)
	case o := <-done:
		return o.value, o.err
	}
}
