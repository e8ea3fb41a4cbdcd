package runtime

import (
	"os"
	"path"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// systemMemory returns the machine's memory, or what the process's control groups leave
// of it, in bytes.
func systemMemory() int64 {
	total := int64(0)
	if info := (unix.Sysinfo_t{}); unix.Sysinfo(&info) == nil {
		total = int64(info.Totalram) * int64(info.Unit) // smaller types on 32-bit systems
	}
	groups, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return total
	}
	for _, limit := range groupLimits(string(groups), readGroupFile) {
		if total <= 0 || limit < total {
			total = limit
		}
	}
	return total
}

func readGroupFile(name string) string {
	text, err := os.ReadFile(path.Join("/sys/fs/cgroup", name))
	if err != nil {
		return "" // not there: a group without this limit, or another hierarchy
	}
	return string(text)
}

// groupLimits returns the memory limits that hold for a process, given its
// /proc/self/cgroup: of each group it is in and of all above it. See
// Documentation/admin-guide/cgroup-v2.rst, memory.max, and cgroup-v1/memory.rst.
func groupLimits(groups string, read func(name string) string) []int64 {
	var limits []int64
	for line := range strings.Lines(groups) {
		// 0::/path in version 2, 4:memory:/path in version 1
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(fields) != 3 {
			continue
		}
		root, file := "", "memory.max"
		if fields[0] != "0" {
			if !strings.Contains(","+fields[1]+",", ",memory,") {
				continue
			}
			root, file = "memory", "memory.limit_in_bytes"
		}
		// In a container the path may be the host's, where the own group is the root.
		for dir := path.Clean("/" + fields[2]); ; dir = path.Dir(dir) {
			limit, err := strconv.ParseInt(strings.TrimSpace(read(path.Join(root, dir, file))), 10, 64)
			if err == nil && limit > 0 {
				limits = append(limits, limit)
			}
			if dir == "/" {
				break
			}
		}
	}
	return limits
}
