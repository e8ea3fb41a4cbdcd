package wasi

import (
	"context"
	"testing"

	"github.com/tetratelabs/wazero"
)

func TestNoSystem(t *testing.T) {
	t.Parallel()
	v := newBareVM(t, shared().guest)
	for _, f := range functions {
		errno := v.call(f.name, make([]uint64, len(f.params))...)
		var want Errno
		switch {
		case f.name == "poll_oneoff" || f.name == "proc_raise":
			want = ENOSYS
		case f.needsSystem():
			want = EBADF
		}
		if errno != want {
			t.Errorf("%s without a System: %v, want %v", f.name, errno, want)
		}
	}
}

func TestNoMemory(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	mod, err := shared().rt.InstantiateModule(ctx, shared().memoryless, wazero.NewModuleConfig().WithName(""))
	if err != nil {
		t.Fatal(err)
	}
	defer mod.Close(ctx)
	sys, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer sys.Close()
	for _, f := range functions {
		res, err := mod.ExportedFunction(f.name).Call(WithSystem(ctx, sys), make([]uint64, len(f.params))...)
		if err != nil || Errno(res[0]) != EFAULT {
			t.Errorf("%s without a memory: %v, %v", f.name, res, err)
		}
	}
}

// TestBadPointers gives every function, one after the other, a bad value in
// each of its pointer arguments. Where is not the concern; that it is EFAULT is.
func TestBadPointers(t *testing.T) {
	t.Parallel()
	const bad = memorySize - 3
	tests := []struct {
		name string
		args []uint64
		want Errno
	}{
		{"args_sizes_get", []uint64{bad, 0}, EFAULT},
		{"args_sizes_get", []uint64{0, bad}, EFAULT},
		{"environ_sizes_get", []uint64{bad, 0}, EFAULT},
		{"environ_sizes_get", []uint64{0, bad}, EFAULT},
		{"clock_res_get", []uint64{0, bad}, EFAULT},
		{"clock_time_get", []uint64{0, 0, bad}, EFAULT},
		{"clock_time_get", []uint64{1, 0, bad}, EFAULT},
		{"random_get", []uint64{bad, 4}, EFAULT},
		{"random_get", []uint64{0, 1<<32 - 1}, EFAULT},
		{"fd_fdstat_get", []uint64{1, bad}, EFAULT},
		{"fd_filestat_get", []uint64{1, bad}, EFAULT},
		{"fd_prestat_get", []uint64{3, bad}, EFAULT},
		{"fd_prestat_dir_name", []uint64{3, memorySize, 1}, EFAULT},
		{"fd_read", []uint64{0, bad, 1, 0}, EFAULT},
		{"fd_read", []uint64{0, 16, 1, bad}, EFAULT},
		{"fd_read", []uint64{0, 0, 1, 64}, EFAULT}, // iovec 0 points nowhere, see below
		{"fd_write", []uint64{1, bad, 1, 0}, EFAULT},
		{"fd_write", []uint64{1, 16, 1, bad}, EFAULT},
		{"fd_write", []uint64{1, 0, 1, 64}, EFAULT},
		{"fd_pread", []uint64{4, bad, 1, 0, 0}, EFAULT},
		{"fd_pread", []uint64{4, 16, 1, 0, bad}, EFAULT},
		{"fd_pwrite", []uint64{4, 0, 1, 0, 64}, EFAULT},
		{"fd_readdir", []uint64{3, bad, 64, 0, 64}, EFAULT},
		{"fd_readdir", []uint64{3, 0, 64, 0, bad}, EFAULT},
		{"fd_seek", []uint64{4, 0, 0, bad}, EFAULT},
		{"fd_tell", []uint64{4, bad}, EFAULT},
		{"path_create_directory", []uint64{3, bad, 4}, EFAULT},
		{"path_filestat_get", []uint64{3, 0, bad, 4, 0}, EFAULT},
		{"path_filestat_get", []uint64{3, 0, 32, 3, bad}, EFAULT},
		{"path_filestat_set_times", []uint64{3, 0, bad, 4, 0, 0, 0}, EFAULT},
		{"path_link", []uint64{3, 0, bad, 4, 3, 32, 3}, EFAULT},
		{"path_link", []uint64{3, 0, 32, 3, 3, bad, 4}, EFAULT},
		{"path_open", []uint64{3, 0, bad, 4, 0, 0, 0, 0, 0}, EFAULT},
		{"path_open", []uint64{3, 0, 32, 3, 0, 0, 0, 0, bad}, EFAULT},
		{"path_readlink", []uint64{3, bad, 4, 0, 4, 0}, EFAULT},
		{"path_readlink", []uint64{3, 40, 5, bad, 64, 0}, EFAULT},
		{"path_readlink", []uint64{3, 40, 5, 64, 64, bad}, EFAULT},
		{"path_remove_directory", []uint64{3, bad, 4}, EFAULT},
		{"path_rename", []uint64{3, bad, 4, 3, 32, 3}, EFAULT},
		{"path_rename", []uint64{3, 32, 3, 3, bad, 4}, EFAULT},
		{"path_symlink", []uint64{bad, 4, 3, 32, 3}, EFAULT},
		{"path_symlink", []uint64{32, 3, 3, bad, 4}, EFAULT},
		{"path_unlink_file", []uint64{3, bad, 4}, EFAULT},
		{"poll_oneoff", []uint64{bad, 0, 1, 0}, EFAULT},
		{"poll_oneoff", []uint64{256, bad, 1, 0}, EFAULT},
		{"poll_oneoff", []uint64{256, 512, 1, bad}, EFAULT},
		// Lengths.
		{"path_open", []uint64{3, 0, 0, pathMax + 1, 0, 0, 0, 0, 0}, ENAMETOOLONG},
		{"path_open", []uint64{3, 0, 0, 1<<32 - 1, 0, 0, 0, 0, 0}, ENAMETOOLONG},
		{"path_open", []uint64{3, 0, 32, 0, 0, 0, 0, 0, 0}, ENOENT},
		{"path_symlink", []uint64{32, 0, 3, 40, 5}, ENOENT},
		{"fd_read", []uint64{0, 0, iovecsMax + 1, 64}, EINVAL},
		{"fd_read", []uint64{0, 0, 1<<32 - 1, 64}, EINVAL},
		{"fd_write", []uint64{1, 0, 1<<32 - 1, 64}, EINVAL},
		{"poll_oneoff", []uint64{0, 0, 0, 0}, EINVAL},
		{"poll_oneoff", []uint64{0, 0, subscriptionsMax + 1, 0}, EINVAL},
		{"poll_oneoff", []uint64{0, 0, 1<<32 - 1, 0}, EINVAL},
		{"fd_prestat_dir_name", []uint64{3, 0, 0}, ENAMETOOLONG},
		// Flags and the like.
		{"clock_res_get", []uint64{2, 0}, EINVAL},
		{"clock_time_get", []uint64{9, 0, 0}, EINVAL},
		{"fd_advise", []uint64{4, 0, 0, 6}, EINVAL},
		{"fd_advise", []uint64{4, 1 << 63, 0, 0}, EINVAL},
		{"fd_allocate", []uint64{4, 0, 0}, EINVAL},
		{"fd_allocate", []uint64{4, 1 << 63, 1}, EINVAL},
		{"fd_allocate", []uint64{4, 1<<63 - 1, 1<<63 - 1}, EFBIG},
		{"fd_allocate", []uint64{4, 0, 1 << 62}, EFBIG},
		{"fd_allocate", []uint64{4, 0, 1 << 40}, ENOSPC},
		{"fd_fdstat_set_flags", []uint64{4, 1 << 5}, EINVAL},
		{"fd_fdstat_set_flags", []uint64{4, flagSync}, EINVAL},
		{"fd_filestat_set_size", []uint64{4, 1 << 63}, EINVAL},
		{"fd_filestat_set_size", []uint64{4, 1 << 62}, EFBIG},
		{"fd_filestat_set_size", []uint64{1, 0}, EINVAL},
		{"fd_filestat_set_size", []uint64{3, 0}, EISDIR},
		{"fd_filestat_set_times", []uint64{4, 0, 0, setAtime | setAtimeNow}, EINVAL},
		{"fd_filestat_set_times", []uint64{4, 0, 0, setMtime | setMtimeNow}, EINVAL},
		{"fd_filestat_set_times", []uint64{4, 0, 0, 1 << 4}, EINVAL},
		{"fd_filestat_set_times", []uint64{4, 1 << 63, 0, setAtime}, EINVAL},
		{"fd_filestat_set_times", []uint64{1, 0, 0, setAtimeNow}, EPERM},
		{"fd_filestat_set_times", []uint64{3, 0, 0, setAtimeNow}, EROFS},
		{"fd_pread", []uint64{4, 16, 1, 1 << 63, 64}, EINVAL},
		{"fd_pwrite", []uint64{4, 16, 1, 1 << 63, 64}, EINVAL},
		{"fd_pread", []uint64{0, 16, 1, 0, 64}, ESPIPE},
		{"fd_pwrite", []uint64{1, 16, 1, 0, 64}, ESPIPE},
		{"fd_pread", []uint64{3, 16, 1, 0, 64}, EISDIR},
		{"fd_read", []uint64{3, 16, 1, 64}, EISDIR},
		{"fd_read", []uint64{1, 16, 1, 64}, EBADF},
		{"fd_write", []uint64{0, 16, 1, 64}, EBADF},
		{"fd_write", []uint64{3, 16, 1, 64}, EBADF},
		{"fd_readdir", []uint64{4, 128, 64, 0, 64}, ENOTDIR},
		{"fd_readdir", []uint64{1, 128, 64, 0, 64}, ENOTDIR},
		{"fd_seek", []uint64{4, 0, 3, 64}, EINVAL},
		{"fd_seek", []uint64{4, 1 << 63, 0, 64}, EINVAL},
		{"fd_seek", []uint64{0, 0, 0, 64}, ESPIPE},
		{"fd_seek", []uint64{3, 0, 0, 64}, EISDIR},
		{"fd_tell", []uint64{1, 64}, ESPIPE},
		{"fd_sync", []uint64{1}, EINVAL},
		{"fd_close", []uint64{3}, ENOTSUP},
		{"fd_renumber", []uint64{3, 4}, ENOTSUP},
		{"fd_renumber", []uint64{4, 3}, ENOTSUP},
		{"fd_renumber", []uint64{4, DefaultMaxOpenFiles}, EBADF},
		{"fd_prestat_get", []uint64{1, 0}, EBADF},
		{"fd_prestat_dir_name", []uint64{1, 0, 9}, EBADF},
		{"path_filestat_get", []uint64{3, 2, 32, 3, 128}, EINVAL},
		{"path_filestat_set_times", []uint64{3, 2, 32, 3, 0, 0, 0}, EINVAL},
		{"path_filestat_set_times", []uint64{3, 0, 32, 3, 0, 0, 1 << 4}, EINVAL},
		{"path_link", []uint64{3, 2, 32, 3, 3, 32, 3}, EINVAL},
		{"path_open", []uint64{3, 2, 32, 3, 0, 0, 0, 0, 0}, EINVAL},
		{"path_open", []uint64{3, 0, 32, 3, 1 << 4, 0, 0, 0, 0}, EINVAL},
		{"path_open", []uint64{3, 0, 32, 3, 0, 0, 0, 1 << 5, 0}, EINVAL},
		{"path_open", []uint64{3, 0, 32, 3, openCreate | openDirectory, 0, 0, 0, 0}, EINVAL},
		{"path_open", []uint64{4, 0, 32, 3, 0, 0, 0, 0, 0}, ENOTDIR},
		{"path_open", []uint64{0, 0, 32, 3, 0, 0, 0, 0, 0}, ENOTDIR},
		{"path_readlink", []uint64{3, 32, 3, 128, 64, 256}, EINVAL},
		{"proc_raise", []uint64{6}, ENOSYS},
		{"sock_accept", []uint64{0, 0, 0}, ENOTSOCK},
		{"sock_recv", []uint64{0, 0, 0, 0, 0, 0}, ENOTSOCK},
		{"sock_send", []uint64{1, 0, 0, 0, 0}, ENOTSOCK},
		{"sock_shutdown", []uint64{3, 0}, ENOTSOCK},
		{"sock_accept", []uint64{99, 0, 0}, EBADF},
	}
	v := newVM(t, Config{})
	fd := v.mustOpen("/tmp/file", openCreate, rw)
	if fd != firstFree {
		t.Fatalf("first file is %d", fd)
	}
	v.ok(v.symlink("target", "/tmp/l"))
	for _, tt := range tests {
		mem := v.mod.Memory()
		// 0: an iovec that points nowhere; 16: one that is fine; 32, 40: paths;
		// 256: a subscription to a clock that has rung.
		mem.Write(0, make([]byte, 1024))
		mem.Write(0, le.AppendUint32(le.AppendUint32(nil, bad), 16))
		mem.Write(16, le.AppendUint32(le.AppendUint32(nil, 128), 16))
		mem.Write(32, []byte("tmp"))
		mem.Write(40, []byte("tmp/l"))
		if errno := v.call(tt.name, tt.args...); errno != tt.want {
			t.Errorf("%s%v is %v, want %v", tt.name, tt.args, errno, tt.want)
		}
	}
}

// TestBadDescriptors: no function that takes a descriptor accepts one that is
// not open.
func TestBadDescriptors(t *testing.T) {
	t.Parallel()
	v := newVM(t, Config{})
	closed := v.mustOpen("/tmp/file", openCreate, rw)
	v.ok(v.close(closed))
	for _, f := range functions {
		if !f.needsSystem() || f.name == "poll_oneoff" {
			continue
		}
		for _, fd := range []uint64{closed, 200, 1 << 16, 1<<31 - 1, 1 << 31, 1<<32 - 1} {
			args := make([]uint64, len(f.params))
			args[0] = fd
			if f.name == "path_symlink" {
				v.reset()
				args[0], args[1] = v.str("target")
				args[2] = fd
			}
			if errno := v.call(f.name, args...); errno != EBADF {
				t.Errorf("%s on descriptor %d: %v", f.name, int32(fd), errno)
			}
		}
	}
	// The second descriptor of those with two.
	v.reset()
	p, n := v.str("tmp")
	v.want(EBADF, v.call("path_rename", fdRoot, p, n, 77, p, n))
	v.want(EBADF, v.call("path_link", fdRoot, 0, p, n, 77, p, n))
}
