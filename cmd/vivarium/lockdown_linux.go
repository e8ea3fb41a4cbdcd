package main

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/landlock-lsm/go-landlock/landlock"
	ll "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"
)

// Rights to files and directories. Nobody gets the one to execute, or to make devices,
// pipes and sockets.
const (
	readFile  landlock.AccessFSSet = ll.AccessFSReadFile
	writeFile landlock.AccessFSSet = readFile | ll.AccessFSWriteFile | ll.AccessFSTruncate
	readDir   landlock.AccessFSSet = readFile | ll.AccessFSReadDir
	writeDir  landlock.AccessFSSet = readDir | writeFile | ll.AccessFSMakeReg | ll.AccessFSMakeDir |
		ll.AccessFSRemoveFile | ll.AccessFSRemoveDir
)

// restrict closes everything but what r names to all threads of this process, for good,
// as far as the kernel can, and says what it cannot.
func restrict(r reach) (missing string, err error) {
	if err := ll.AllThreadsPrctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return "", fmt.Errorf("no_new_privs: %w", err)
	}
	abi, err := ll.LandlockGetABIVersion()
	if err != nil {
		abi = 0 // it is not built in, not started, or filtered by seccomp
	}
	if abi > 0 {
		rules := append(ownRules(), r.rules(abi)...)
		if err := landlock.V10.BestEffort().Restrict(rules...); err != nil {
			return "", err
		}
	}
	return missingOf(abi), nil
}

// rules are those of the cache and the mounts. What is not there has none: the engine
// says so in its own words, as it does without --lockdown.
func (r reach) rules(abi int) []landlock.Rule {
	var rules []landlock.Rule
	allow := func(rights landlock.AccessFSSet, path string) {
		// To move files from one directory to another is a right of its own since ABI 2, and
		// denied before. Asked for it there, the library would restrict nothing at all.
		if abi >= 2 && rights&ll.AccessFSMakeReg != 0 {
			rights |= ll.AccessFSRefer
		}
		rules = append(rules, landlock.PathAccess(rights, path))
	}
	if r.cache != "" && os.MkdirAll(r.cache, 0o700) == nil {
		allow(writeDir|ll.AccessFSMakeSym, r.cache) // the symlink is that to the code, see modules
	}
	for _, m := range r.mounts {
		host, err := filepath.EvalSymlinks(m.Host)
		if err != nil {
			continue
		}
		file, dir := readFile, readDir
		if m.Writable {
			file, dir = writeFile, writeDir
		}
		switch info, err := os.Stat(host); {
		case err != nil:
		case info.IsDir():
			allow(dir, host)
		case info.Mode().IsRegular():
			allow(file, host)
			allow(ll.AccessFSReadDir, filepath.Dir(host)) // which is what os.Root opens
		}
	}
	return rules
}

// ownRules are those of the files that Vivarium itself reads: the pagemap, without which
// instances are reset the slow way, and the control groups' limits of memory. Scripts'
// machine code is put into a file in memory, which no rule has to allow.
func ownRules() []landlock.Rule {
	var rules []landlock.Rule
	for _, name := range append(memoryLimitFiles(), "/proc/self/cgroup", "/proc/self/pagemap") {
		// A rule is about an inode, and those of /proc are made anew when the kernel has
		// forgotten them. It does not as long as they are open, and that is until the end.
		fd, err := unix.Open(name, unix.O_PATH|unix.O_CLOEXEC, 0)
		if err != nil {
			continue // not there: the engine does without
		}
		rules = append(rules, landlock.PathAccess(readFile, fmt.Sprintf("/proc/self/fd/%d", fd)))
	}
	return rules
}

// memoryLimitFiles returns where the memory limits of this process's control groups are,
// if they exist, in either version of the hierarchy. Package runtime reads those of them
// that count.
func memoryLimitFiles() []string {
	groups, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return nil
	}
	var files []string
	for line := range strings.Lines(string(groups)) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3) // 4:memory:/path, 0::/path
		if len(fields) != 3 {
			continue
		}
		for dir := path.Clean("/" + fields[2]); ; dir = path.Dir(dir) {
			files = append(files,
				path.Join("/sys/fs/cgroup", dir, "memory.max"),
				path.Join("/sys/fs/cgroup/memory", dir, "memory.limit_in_bytes"))
			if dir == "/" {
				break
			}
		}
	}
	slices.Sort(files)
	return slices.Compact(files)
}
