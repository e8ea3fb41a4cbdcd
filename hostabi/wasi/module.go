package wasi

import (
	"context"
	"reflect"
	"strings"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

type systemKey struct{}

// WithSystem returns a context whose calls into a guest work on s.
func WithSystem(ctx context.Context, s *System) context.Context {
	return context.WithValue(ctx, systemKey{}, s)
}

const (
	i32 = api.ValueTypeI32
	i64 = api.ValueTypeI64
)

// function is one function of preview 1. Its parameters arrive in p; the errno
// it returns is its only result.
type function struct {
	name   string
	params []api.ValueType
	call   func(s *System, g guest, p []uint64) Errno
}

// functions is the whole of preview 1, in the order of the standard.
var functions = []function{
	{"args_get", []api.ValueType{i32, i32}, argsGet},
	{"args_sizes_get", []api.ValueType{i32, i32}, argsSizesGet},
	{"environ_get", []api.ValueType{i32, i32}, environGet},
	{"environ_sizes_get", []api.ValueType{i32, i32}, environSizesGet},
	{"clock_res_get", []api.ValueType{i32, i32}, clockResGet},
	{"clock_time_get", []api.ValueType{i32, i64, i32}, clockTimeGet},
	{"fd_advise", []api.ValueType{i32, i64, i64, i32}, fdAdvise},
	{"fd_allocate", []api.ValueType{i32, i64, i64}, fdAllocate},
	{"fd_close", []api.ValueType{i32}, fdClose},
	{"fd_datasync", []api.ValueType{i32}, fdSync},
	{"fd_fdstat_get", []api.ValueType{i32, i32}, fdFdstatGet},
	{"fd_fdstat_set_flags", []api.ValueType{i32, i32}, fdFdstatSetFlags},
	{"fd_fdstat_set_rights", []api.ValueType{i32, i64, i64}, fdFdstatSetRights},
	{"fd_filestat_get", []api.ValueType{i32, i32}, fdFilestatGet},
	{"fd_filestat_set_size", []api.ValueType{i32, i64}, fdFilestatSetSize},
	{"fd_filestat_set_times", []api.ValueType{i32, i64, i64, i32}, fdFilestatSetTimes},
	{"fd_pread", []api.ValueType{i32, i32, i32, i64, i32}, fdPread},
	{"fd_prestat_get", []api.ValueType{i32, i32}, fdPrestatGet},
	{"fd_prestat_dir_name", []api.ValueType{i32, i32, i32}, fdPrestatDirName},
	{"fd_pwrite", []api.ValueType{i32, i32, i32, i64, i32}, fdPwrite},
	{"fd_read", []api.ValueType{i32, i32, i32, i32}, fdRead},
	{"fd_readdir", []api.ValueType{i32, i32, i32, i64, i32}, fdReaddir},
	{"fd_renumber", []api.ValueType{i32, i32}, fdRenumber},
	{"fd_seek", []api.ValueType{i32, i64, i32, i32}, fdSeek},
	{"fd_sync", []api.ValueType{i32}, fdSync},
	{"fd_tell", []api.ValueType{i32, i32}, fdTell},
	{"fd_write", []api.ValueType{i32, i32, i32, i32}, fdWrite},
	{"path_create_directory", []api.ValueType{i32, i32, i32}, pathCreateDirectory},
	{"path_filestat_get", []api.ValueType{i32, i32, i32, i32, i32}, pathFilestatGet},
	{"path_filestat_set_times", []api.ValueType{i32, i32, i32, i32, i64, i64, i32}, pathFilestatSetTimes},
	{"path_link", []api.ValueType{i32, i32, i32, i32, i32, i32, i32}, pathLink},
	{"path_open", []api.ValueType{i32, i32, i32, i32, i32, i64, i64, i32, i32}, pathOpen},
	{"path_readlink", []api.ValueType{i32, i32, i32, i32, i32, i32}, pathReadlink},
	{"path_remove_directory", []api.ValueType{i32, i32, i32}, pathRemoveDirectory},
	{"path_rename", []api.ValueType{i32, i32, i32, i32, i32, i32}, pathRename},
	{"path_symlink", []api.ValueType{i32, i32, i32, i32, i32}, pathSymlink},
	{"path_unlink_file", []api.ValueType{i32, i32, i32}, pathUnlinkFile},
	{"poll_oneoff", []api.ValueType{i32, i32, i32, i32}, pollOneoff},
	{"proc_raise", []api.ValueType{i32}, procRaise},
	{"sched_yield", nil, schedYield},
	{"random_get", []api.ValueType{i32, i32}, randomGet},
	{"sock_accept", []api.ValueType{i32, i32, i32}, sockAccept},
	{"sock_recv", []api.ValueType{i32, i32, i32, i32, i32, i32}, sockRecv},
	{"sock_send", []api.ValueType{i32, i32, i32, i32, i32}, sockSend},
	{"sock_shutdown", []api.ValueType{i32, i32}, sockShutdown},
}

// needsSystem tells whether a function means anything without a System. Time,
// randomness and the empty args and environ do: a guest may be initialised with
// no call around it.
func (f function) needsSystem() bool {
	for _, prefix := range []string{"fd_", "path_", "poll_", "sock_"} {
		if strings.HasPrefix(f.name, prefix) {
			return true
		}
	}
	return false
}

// host turns f into what wazero calls.
func (f function) host() api.GoModuleFunc {
	needsSystem, call := f.needsSystem(), f.call
	// The guest's way through the tree is the host's work, and costs no fuel.
	pauses := strings.HasPrefix(f.name, "path_")
	without := EBADF
	if strings.HasPrefix(f.name, "poll_") {
		without = ENOSYS
	}
	return func(ctx context.Context, mod api.Module, stack []uint64) {
		s, _ := ctx.Value(systemKey{}).(*System)
		mem := mod.Memory()
		switch {
		case s == nil && needsSystem:
			setErrno(stack, without)
		case noMemory(mem):
			setErrno(stack, EFAULT)
		default:
			g := guest{ctx: ctx, mod: mod, mem: mem}
			if pauses {
				s.pause(g) // none of them waits, so that an interrupt may come before it
			}
			setErrno(stack, call(s, g, stack))
		}
	}
}

// noMemory is true for a module without a memory: wazero then gives a nil
// pointer in an interface, which cannot even be asked for its size.
func noMemory(mem api.Memory) bool {
	return mem == nil || reflect.ValueOf(mem).IsNil()
}

func setErrno(stack []uint64, errno Errno) { stack[0] = uint64(errno) }

// Instantiate registers the functions with rt, under [ModuleName]. It is done
// once per runtime; the guests' state is in the contexts of their calls.
//
// None of wazero's own functions is used: its clocks, randomness and arguments
// are those of the module instance, with defaults that are wrong here
// (deterministic randomness, a clock that stands still), and poll_oneoff must
// agree with clock_time_get on what the monotonic clock says.
func Instantiate(ctx context.Context, rt wazero.Runtime) error {
	builder := rt.NewHostModuleBuilder(ModuleName)
	for _, f := range functions {
		builder.NewFunctionBuilder().
			WithGoModuleFunction(f.host(), f.params, []api.ValueType{i32}).
			WithName(f.name).
			Export(f.name)
	}
	builder.NewFunctionBuilder().
		WithGoModuleFunction(api.GoModuleFunc(procExit), []api.ValueType{i32}, nil).
		WithName("proc_exit").
		Export("proc_exit")
	_, err := builder.Instantiate(ctx)
	return err
}
