package runtime

import (
	"strings"
	"testing"
)

// What the kernel says is read off its files; these are other kernels' answers.
func TestDiagnoseLinux(t *testing.T) {
	t.Parallel()
	cfg := Config{CPUWorkers: 2, CPUSlots: 1, IOWorkers: 8, IOSlots: 20, IdleInstances: 20} // 182 instances
	for _, test := range []struct {
		look  func(*diagnosis)
		state FindingState
		text  string
	}{
		{func(d *diagnosis) { d.mappings(cfg, "65530") }, FindingOK, "enough for 12906 instances; the configuration lets there be 182"},
		{func(d *diagnosis) { d.mappings(cfg, "1500") }, FindingNote, "enough for 100 instances"},
		{func(d *diagnosis) { d.mappings(cfg, "500") }, FindingProblem, "no room for an instance"},
		{func(d *diagnosis) { d.hugePages("always [madvise] never\n") }, FindingOK, "madvise"},
		{func(d *diagnosis) { d.hugePages("always madvise [never]\n") }, FindingNote, "4 % longer"},
		{func(d *diagnosis) { d.landlock(0) }, FindingNote, "has none"},
		{func(d *diagnosis) { d.landlock(4) }, FindingNote, "ABI 4"},
		{func(d *diagnosis) { d.landlock(7) }, FindingOK, "ABI 7"},
	} {
		d := &diagnosis{}
		test.look(d)
		if len(d.findings) != 1 || d.findings[0].State != test.state || !strings.Contains(d.findings[0].Text, test.text) {
			t.Errorf("%+v, want %s with %q", d.findings, test.state, test.text)
		}
	}
	d := &diagnosis{}
	if d.mappings(cfg, "lots"); d.findings != nil {
		t.Errorf("%+v", d.findings)
	}
	if kernelRelease() == "" {
		t.Error("Linux has no version")
	}
}

func TestGroupCores(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"/a/b/cpu.max":              "max 100000\n",
		"/a/cpu.max":                "150000 100000\n",
		"cpu/c/cpu.cfs_quota_us":    "50000\n",
		"cpu/c/cpu.cfs_period_us":   "100000\n",
		"cpu/cpu.cfs_quota_us":      "-1\n",
		"cpu/cpu.cfs_period_us":     "100000\n",
		"/d/cpu.max":                "0 0\n",
		"cpu/none/cpu.cfs_quota_us": "",
	}
	for groups, want := range map[string]float64{
		"0::/a/b\n":                         1.5,
		"0::/\n":                            0,
		"0::/d\n":                           0,
		"4:cpu,cpuacct:/c\n3:memory:/x\n":   0.5,
		"4:cpuset:/c\n":                     0,
		"4:cpu:/none\n0::/a\nrubbish\n::\n": 1.5,
		"":                                  0,
	} {
		if got := groupCores(groups, func(name string) string { return files[name] }); got != want {
			t.Errorf("%q: %v, want %v", groups, got, want)
		}
	}
}
