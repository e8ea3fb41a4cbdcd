package wasi

import (
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

// Defaults of [Config].
const (
	DefaultScratchBytes    = 64 << 20
	DefaultMaxOpenFiles    = 256
	DefaultMaxScratchFiles = 10_000
)

// maxOpenFilesCeiling bounds the descriptor table whatever the Config asks for.
const maxOpenFilesCeiling = 1 << 16

// Mount shows a directory or one regular file of the host to the guest.
type Mount struct {
	Guest    string // absolute and clean, such as "/data"; not "/", not in /tmp, not inside another mount
	Host     string // exists; a relative one is taken from the working directory now
	Writable bool   // default false: every change is EROFS. There is no quota but the host's
}

// Config says what a guest is given. The zero value is a guest with empty
// input, discarded output and the default /tmp.
type Config struct {
	Stdin  io.Reader // nil: empty. Read ahead of the guest in pieces of 64 KiB
	Stdout io.Writer // nil: discard. Must not keep what it is passed, nor block: a Write cannot be stopped
	Stderr io.Writer // nil: discard. As Stdout. An Errno they return is what the guest sees

	Mounts []Mount // not changed by the System, and not to be changed during its life

	ScratchBytes    int64 // quota of /tmp; 0: 64 MiB; < 0: none, every write is ENOSPC
	MaxOpenFiles    int   // descriptors, the four first ones included; 0: 256; at most 65,536
	MaxScratchFiles int   // names in /tmp; 0: 10,000; < 0: none

	Waiter Waiter // nil: only the context ends a wait

	// Take is asked before /tmp takes n more bytes than it ever had, in the middle of a
	// call; false is ENOSPC. nil allows everything.
	Take func(n int64) bool
}

func (c Config) withDefaults() Config {
	if c.ScratchBytes == 0 {
		c.ScratchBytes = DefaultScratchBytes
	}
	if c.MaxOpenFiles == 0 {
		c.MaxOpenFiles = DefaultMaxOpenFiles
	}
	if c.MaxScratchFiles == 0 {
		c.MaxScratchFiles = DefaultMaxScratchFiles
	}
	if c.Waiter == nil {
		c.Waiter = contextWaiter{}
	}
	return c
}

// System is the state of one call: its descriptors, its scratch files, its
// mounts. It belongs to the one goroutine that runs the guest and is not safe
// for concurrent use; ScratchBytes and Close may come from another goroutine
// once the guest has returned.
type System struct {
	cfg    Config
	stdin  input
	stdout output
	stderr output
	table  table
	tree   *node // the root of the made-up part of the tree
	mounts []mount
	tmp    scratch
}

// New checks the Config and returns a System. It touches the host only to look
// at the mounts; nothing is opened before the guest asks.
func New(cfg Config) (*System, error) {
	cfg = cfg.withDefaults()
	if cfg.MaxOpenFiles < firstFree || cfg.MaxOpenFiles > maxOpenFilesCeiling {
		return nil, fmt.Errorf("wasi: MaxOpenFiles is %d; it must be between %d and %d",
			cfg.MaxOpenFiles, firstFree, maxOpenFilesCeiling)
	}
	s := &System{cfg: cfg}
	s.tmp.maxBytes, s.tmp.maxNames, s.tmp.take = cfg.ScratchBytes, cfg.MaxScratchFiles, cfg.Take
	s.tree = bareTree
	if len(cfg.Mounts) > 0 {
		if err := s.addMounts(cfg.Mounts); err != nil {
			return nil, err
		}
	}
	s.stdin.r = cfg.Stdin
	s.stdout = output{cfg.Stdout, fdStdout}
	s.stderr = output{cfg.Stderr, fdStderr}
	s.table.init(s)
	return s, nil
}

// Close closes what the guest left open. A read of stdin that is under way ends
// with the reader; its data is lost.
func (s *System) Close() error {
	s.table.closeAll()
	for i := range s.mounts {
		s.mounts[i].close()
	}
	s.tmp.drop()
	s.stdin.r, s.stdout.w, s.stderr.w = nil, nil, nil
	return nil
}

// ScratchBytes returns how much of the quota of /tmp is in use.
func (s *System) ScratchBytes() int64 { return s.tmp.bytes }

// pause is called between the pieces of long work: it lets a hard stop unwind
// and reports a soft interrupt.
func (s *System) pause(g guest) (interrupted bool) {
	_, err := s.cfg.Waiter.Wait(g.ctx, g.mod, 0, nil)
	return err != nil
}

func (s *System) addMounts(mounts []Mount) error {
	s.mounts = make([]mount, len(mounts))
	s.tree = newTree()
	for i, m := range mounts {
		if err := checkGuestPath(m.Guest, mounts[:i]); err != nil {
			return err
		}
		to := &s.mounts[i]
		to.writable = m.Writable
		if err := to.locate(m); err != nil {
			return err
		}
		s.tree.add(m.Guest, to)
	}
	return nil
}

// checkGuestPath checks one mount's place against the rules and against the
// mounts before it.
func checkGuestPath(p string, before []Mount) error {
	fail := func(why string) error { return fmt.Errorf("wasi: mount at %q: %s", p, why) }
	switch {
	case !strings.HasPrefix(p, "/"):
		return fail("the guest path must be absolute")
	case strings.IndexByte(p, 0) >= 0 || !utf8.ValidString(p):
		return fail("the guest path must be UTF-8 without NUL")
	case p == "/":
		return fail("the root itself cannot be mounted; choose a path below it")
	case path.Clean(p) != p:
		return fail(fmt.Sprintf("the guest path must be clean; write %q", path.Clean(p)))
	case within(p, "/tmp"):
		return fail("/tmp is the task's own scratch directory")
	case len(p) > pathMax/2 || slices.ContainsFunc(strings.Split(p, "/"), func(c string) bool { return len(c) > nameMax }):
		return fail("the guest path is too long")
	}
	for _, b := range before {
		switch {
		case b.Guest == p:
			return fail("mounted twice")
		case within(p, b.Guest) || within(b.Guest, p):
			return fail(fmt.Sprintf("overlaps the mount at %q", b.Guest))
		}
	}
	return nil
}

// within tells whether p is dir or lies below it.
func within(p, dir string) bool {
	rest, ok := strings.CutPrefix(p, dir)
	return ok && (rest == "" || rest[0] == '/')
}

// locate finds the mount's host directory, and its host file if it is one.
func (m *mount) locate(from Mount) error {
	if from.Host == "" {
		return fmt.Errorf("wasi: mount at %q: no host path", from.Guest)
	}
	host, err := filepath.Abs(from.Host)
	if err != nil {
		return fmt.Errorf("wasi: mount at %q: %w", from.Guest, err)
	}
	info, err := os.Stat(host)
	switch {
	case err != nil:
		return fmt.Errorf("wasi: mount at %q: host path: %w", from.Guest, err)
	case info.IsDir():
		m.host = host
		return nil
	case !info.Mode().IsRegular():
		return fmt.Errorf("wasi: mount at %q: host path %s is neither a directory nor a regular file", from.Guest, host)
	}
	// The file itself, not a link to it: its directory is what gets opened.
	if host, err = filepath.EvalSymlinks(host); err != nil {
		return fmt.Errorf("wasi: mount at %q: host path: %w", from.Guest, err)
	}
	m.host, m.file = filepath.Dir(host), filepath.Base(host)
	return nil
}
