package runtime

import (
	"fmt"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// systemMemory returns the machine's memory, or what the process's control groups leave
// of it, in bytes.
func systemMemory() int64 {
	total, group := machineMemory(), groupMemory()
	if group > 0 && (total <= 0 || group < total) {
		return group
	}
	return total
}

// machineMemory returns the machine's memory in bytes, 0 if that is not known.
func machineMemory() int64 {
	if info := (unix.Sysinfo_t{}); unix.Sysinfo(&info) == nil {
		return int64(info.Totalram) * int64(info.Unit) // smaller types on 32-bit systems
	}
	return 0
}

// groupMemory returns the least limit of the process's control groups in bytes, 0 if there is
// none.
func groupMemory() int64 {
	groups, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return 0
	}
	if limits := groupLimits(string(groups), readGroupFile); limits != nil {
		return slices.Min(limits)
	}
	return 0
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
	eachGroup(groups, "memory", func(dir string, version int) {
		file := "memory.max"
		if version == 1 {
			file = "memory.limit_in_bytes"
		}
		limit, err := strconv.ParseInt(strings.TrimSpace(read(path.Join(dir, file))), 10, 64)
		if err == nil && limit > 0 {
			limits = append(limits, limit)
		}
	})
	return limits
}

// groupCores returns how many cores' worth of time the control groups leave a process, given
// its /proc/self/cgroup; 0 if they do not say. See cpu.max, and cgroup-v1's cpu.cfs_quota_us.
func groupCores(groups string, read func(name string) string) float64 {
	least := 0.0
	eachGroup(groups, "cpu", func(dir string, version int) {
		var quota, period float64
		text := read(path.Join(dir, "cpu.max"))
		if version == 1 {
			text = read(path.Join(dir, "cpu.cfs_quota_us")) + " " + read(path.Join(dir, "cpu.cfs_period_us"))
		}
		if n, _ := fmt.Sscan(text, &quota, &period); n != 2 || quota <= 0 || period <= 0 {
			return // "max", -1, or not there
		}
		if cores := quota / period; least == 0 || cores < least {
			least = cores
		}
	})
	return least
}

// eachGroup calls visit for each control group that a process is in, as far as the controller
// concerns it, and for all above, with its directory below /sys/fs/cgroup.
func eachGroup(groups, controller string, visit func(dir string, version int)) {
	for line := range strings.Lines(groups) {
		// 0::/path in version 2, 4:memory:/path in version 1
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(fields) != 3 {
			continue
		}
		root, version := "", 2
		if fields[0] != "0" {
			if !slices.Contains(strings.Split(fields[1], ","), controller) {
				continue
			}
			root, version = controller, 1
		}
		// In a container the path may be the host's, where the own group is the root.
		for dir := path.Clean("/" + fields[2]); ; dir = path.Dir(dir) {
			visit(path.Join(root, dir), version)
			if dir == "/" {
				break
			}
		}
	}
}
