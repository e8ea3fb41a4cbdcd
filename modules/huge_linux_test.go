package modules

import "testing"

func TestMachineCodeOfMaps(t *testing.T) {
	t.Parallel()
	for line, want := range map[string][2]uintptr{
		"7f0000200000-7f0000800000 r-xp 00000000 00:00 0 ":                  {0x7f0000200000, 0x7f0000800000},
		"7f0000201000-7f00007ff000 r-xp 00000000 00:00 0":                   {0x7f0000400000, 0x7f0000600000},
		"7f0000200000-7f0000800000 rw-p 00000000 00:00 0 ":                  {},
		"7f0000200000-7f0000800000 r-xp 00000000 08:01 99 /usr/lib/libc.so": {},
		"7fff00200000-7fff00202000 r-xp 00000000 00:00 0 [vdso]":            {},
		"": {}, "x y": {}, "g-h r-xp 00000000 00:00 0": {},
	} {
		if from, to := machineCode(line); [2]uintptr{from, to} != want {
			t.Errorf("%q: %x-%x, want %x", line, from, to, want)
		}
	}
}
