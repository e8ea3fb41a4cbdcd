package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/vivarium-go/vivarium/runtime"
)

// reach is what --lockdown leaves within this process's reach, besides what Vivarium
// itself needs.
type reach struct {
	cache  string // the cache directory, empty for none
	mounts []runtime.Mount
}

// lockDown gives up what the process can do to the host and does not need: what a script
// that broke out of the sandbox finds then is the cache, the mounts, and itself. All that
// the command line names has been read by now.
func (p *process) lockDown(c *config, mounts []runtime.Mount) error {
	if c.CacheReadOnly {
		// Code is loaded through a link in a temporary folder, and the only place that is
		// left for one is the cache.
		return usagef("--lockdown cannot be had with a read-only cache: the cache is the only directory it leaves to write to; leave out --lockdown or --cache-readonly (cache_readonly)")
	}
	// The engine is told which directory it is, so that both mean the same one.
	if c.CacheDir == "" {
		if dir, err := os.UserCacheDir(); err == nil {
			c.CacheDir = filepath.Join(dir, "vivarium")
		}
	}
	r := reach{mounts: mounts}
	if c.CacheDir != runtime.CacheOff {
		r.cache = c.CacheDir
	}
	missing, err := p.restrict(r)
	if err != nil {
		return fmt.Errorf("--lockdown: %w", err)
	}
	if missing != "" {
		p.logger(*c).Warn("--lockdown: " + missing)
	}
	return nil
}

// landlockSteps are the versions of landlock's ABI that restrict more than those before,
// as far as --lockdown promises it. Later ones are used where the kernel has them.
var landlockSteps = []struct {
	abi       int
	restricts string
}{
	{3, "truncating files"},                  // Linux 6.2
	{4, "TCP"},                               // Linux 6.7
	{5, "device ioctls"},                     // Linux 6.10
	{6, "abstract Unix sockets and signals"}, // Linux 6.12
}

// missingOf says what of --lockdown a kernel with that version of landlock's ABI, 0 for
// none, does not enforce; nothing if it enforces all of it.
func missingOf(abi int) string {
	if abi <= 0 {
		return "this kernel has no landlock, or it is switched off; only no_new_privs is set"
	}
	var not []string
	for _, step := range landlockSteps {
		if abi < step.abi {
			not = append(not, step.restricts)
		}
	}
	if not == nil {
		return ""
	}
	return fmt.Sprintf("this kernel's landlock is of ABI %d, which does not restrict %s", abi, strings.Join(not, ", "))
}
