package runtime

import (
	"slices"
	"testing"
)

func TestGroupLimits(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"/memory.max":                           "max\n",
		"/a/memory.max":                         "4000\n",
		"/a/b/memory.max":                       "max\n",
		"memory/memory.limit_in_bytes":          "9223372036854771712\n",
		"memory/docker/x/memory.limit_in_bytes": "5000\n",
	}
	for groups, want := range map[string][]int64{
		"0::/a/b\n":                  {4000},
		"0::/\n":                     nil,
		"0::/of/another/namespace\n": nil,
		"12:pids:/p\n4:cpu,memory:/docker/x\n1:name=systemd:/q\n": {5000, 9223372036854771712},
		"nonsense": nil,
		"":         nil,
	} {
		if got := groupLimits(groups, func(name string) string { return files[name] }); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", groups, got, want)
		}
	}
	if total := systemMemory(); total < 64*mib {
		t.Errorf("this machine has %d bytes", total)
	}
}
