package wasi

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestNewChecksConfig(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		cfg  Config
		want string // part of the error; "": none
	}{
		{"zero", Config{}, ""},
		{"directory", Config{Mounts: []Mount{{Guest: "/data", Host: dir}}}, ""},
		{"deep", Config{Mounts: []Mount{{Guest: "/a/b/c", Host: dir}, {Guest: "/a/b/d", Host: dir}}}, ""},
		{"file", Config{Mounts: []Mount{{Guest: "/data.txt", Host: file}}}, ""},
		{"like tmp", Config{Mounts: []Mount{{Guest: "/tmpfiles", Host: dir}}}, ""},
		{"relative", Config{Mounts: []Mount{{Guest: "data", Host: dir}}}, "must be absolute"},
		{"empty", Config{Mounts: []Mount{{Guest: "", Host: dir}}}, "must be absolute"},
		{"root", Config{Mounts: []Mount{{Guest: "/", Host: dir}}}, "root itself"},
		{"unclean", Config{Mounts: []Mount{{Guest: "/a/../b", Host: dir}}}, `write "/b"`},
		{"slash", Config{Mounts: []Mount{{Guest: "/a/", Host: dir}}}, `write "/a"`},
		{"tmp", Config{Mounts: []Mount{{Guest: "/tmp", Host: dir}}}, "scratch"},
		{"in tmp", Config{Mounts: []Mount{{Guest: "/tmp/x", Host: dir}}}, "scratch"},
		{"nul", Config{Mounts: []Mount{{Guest: "/a\x00", Host: dir}}}, "UTF-8"},
		{"latin1", Config{Mounts: []Mount{{Guest: "/a\xff", Host: dir}}}, "UTF-8"},
		{"long", Config{Mounts: []Mount{{Guest: "/" + strings.Repeat("x", 256), Host: dir}}}, "too long"},
		{"twice", Config{Mounts: []Mount{{Guest: "/a", Host: dir}, {Guest: "/a", Host: dir}}}, "twice"},
		{"nested", Config{Mounts: []Mount{{Guest: "/a", Host: dir}, {Guest: "/a/b", Host: dir}}}, "overlaps"},
		{"around", Config{Mounts: []Mount{{Guest: "/a/b", Host: dir}, {Guest: "/a", Host: dir}}}, "overlaps"},
		{"no host", Config{Mounts: []Mount{{Guest: "/a"}}}, "no host path"},
		{"missing host", Config{Mounts: []Mount{{Guest: "/a", Host: filepath.Join(dir, "no")}}}, "host path"},
		{"few descriptors", Config{MaxOpenFiles: 3}, "MaxOpenFiles"},
		{"many descriptors", Config{MaxOpenFiles: 1 << 20}, "MaxOpenFiles"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, err := New(tt.cfg)
			switch {
			case err == nil && tt.want == "":
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			case err == nil:
				t.Errorf("no error, want %q", tt.want)
			case tt.want == "" || !strings.Contains(err.Error(), tt.want):
				t.Errorf("error is %q, want %q", err, tt.want)
			}
		})
	}
}

func TestCloseReleasesAndDisables(t *testing.T) {
	t.Parallel()
	v := newVM(t, Config{Mounts: []Mount{{Guest: "/data", Host: t.TempDir(), Writable: true}}})
	v.create("/tmp/a", "aa")
	fd := v.mustOpen("/data/a", openCreate, rw)
	host := v.sys.table.files[fd].object.(*hostFile).f
	if v.sys.ScratchBytes() == 0 {
		t.Error("nothing is charged")
	}
	if err := v.sys.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := host.Stat(); err == nil {
		t.Error("the host file is still open")
	}
	if v.sys.mounts[0].opened != nil {
		t.Error("the mount is still open")
	}
	v.want(EBADF, v.close(fd))
	_, errno := v.write(fdStdout, "x")
	v.want(EBADF, errno)
	_, errno = v.open("/tmp/a", 0, rd)
	v.want(EBADF, errno)
	if err := v.sys.Close(); err != nil {
		t.Error("second Close:", err)
	}
}

// TestSystemsShareNothing: two calls of one module instance see two worlds.
func TestSystemsShareNothing(t *testing.T) {
	t.Parallel()
	v := newVM(t, Config{})
	v.create("/tmp/secret", "x")
	v.ok(v.close(fdStderr))
	other, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	v.ctx = WithSystem(v.ctx, other)
	if got := v.ls("/tmp"); got != "" {
		t.Errorf("/tmp holds %s", got)
	}
	if _, errno := v.write(fdStderr, "x"); errno != success {
		t.Errorf("stderr: %v", errno)
	}
}
