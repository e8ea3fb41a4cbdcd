package runtime

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// kernelRelease returns the kernel's version, empty if it is not known.
func kernelRelease() string {
	var name unix.Utsname
	if unix.Uname(&name) != nil {
		return ""
	}
	return unix.ByteSliceToString(name.Release[:])
}

// cpuQuota returns how many cores' worth of time the control group has, 0 for no limit.
func cpuQuota() float64 {
	groups, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return 0
	}
	return groupCores(string(groups), readGroupFile)
}

// mappingsOfInstance is how many mappings an instance takes: three of its memory, one of its
// native stack, and one where wazero's tables part Go's heap.
const mappingsOfInstance = 5

// mappingsOfProcess are those of the program itself, with room to grow.
const mappingsOfProcess = 1000

func (d *diagnosis) systemLimits(cfg Config) {
	if text, err := os.ReadFile("/proc/sys/vm/max_map_count"); err == nil {
		d.mappings(cfg, strings.TrimSpace(string(text)))
	}
	if text, err := os.ReadFile("/sys/kernel/mm/transparent_hugepage/enabled"); err == nil {
		d.hugePages(string(text))
	} else {
		d.hugePages("[never]")
	}
	d.landlock(landlockABI())
}

func (d *diagnosis) mappings(cfg Config, text string) {
	const name = "mappings"
	most, err := strconv.Atoi(text)
	if err != nil {
		return
	}
	fit, want := max(most-mappingsOfProcess, 0)/mappingsOfInstance, cfg.instances()
	switch {
	case fit == 0:
		d.problem(name, "sysctl vm.max_map_count=65530, or more", "vm.max_map_count is %d: there is no room for an instance, which takes %d", most, mappingsOfInstance)
	case fit < want:
		d.note(name, "sysctl vm.max_map_count="+strconv.Itoa(mappingsOfProcess+want*mappingsOfInstance)+", or lower io_workers or io_slots",
			"vm.max_map_count is %d, which is enough for %d instances, and the configuration lets there be %d: tasks fail beyond", most, fit, want)
	default:
		d.ok(name, "vm.max_map_count is %d, enough for %d instances; the configuration lets there be %d", most, fit, want)
	}
}

// hugePages reads /sys/kernel/mm/transparent_hugepage/enabled, where the choice is in brackets.
func (d *diagnosis) hugePages(text string) {
	const name = "huge_pages"
	_, rest, _ := strings.Cut(text, "[")
	choice, _, _ := strings.Cut(rest, "]")
	if choice == "never" || choice == "" {
		d.note(name, "echo madvise >/sys/kernel/mm/transparent_hugepage/enabled", "there are no transparent huge pages: small tasks of a busy engine take 4 %% longer")
		return
	}
	d.ok(name, "transparent huge pages: %s; a busy engine moves its machine code there", choice)
}

// landlockABI returns the version of landlock's ABI, 0 if there is none.
func landlockABI() int {
	const createRulesetVersion = 1
	abi, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, createRulesetVersion)
	if errno != 0 {
		return 0
	}
	return int(abi)
}

func (d *diagnosis) landlock(abi int) {
	const name, all = "landlock", 6 // the ABI that restricts all that --lockdown promises
	switch {
	case abi == 0:
		d.note(name, "boot with landlock in lsm=, if you use --lockdown", "this kernel has none, or it is switched off: --lockdown only sets no_new_privs")
	case abi < all:
		d.note(name, "Linux 6.12 or later restricts all of it, if you use --lockdown", "ABI %d: --lockdown restricts a part of what it could, and says which", abi)
	default:
		d.ok(name, "ABI %d: --lockdown restricts all that it promises", abi)
	}
}
