package wasi

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// fuzzArgs are values worth trying as an argument, besides what the fuzzer
// makes up: descriptors, pointers to what layMemory writes, sizes, flags.
var fuzzArgs = []uint64{
	0, 1, 2, 3, 4, 5, 6, 7, 8, 16, 24, 48, 64, 100, 256, 512, 600, 700, 1000, 1024, 4096, 1 << 16, 1 << 20,
	smallSize - 64, smallSize - 1, smallSize, 1<<31 - 1, 1 << 31, 1<<32 - 8, 1<<32 - 1, 1 << 40, 1 << 62, 1<<63 - 1, 1 << 63, 1<<64 - 1,
	rd, wr, rw,
}

// layMemory writes paths, iovecs and subscriptions where fuzzArgs point.
func layMemory(v *vm) {
	mem := v.mod.Memory()
	mem.Write(0, []byte("tmp/a\x00tmp/b\x00tmp/\xff../data/f"))
	mem.Write(64, []byte("tmp/d/../l/a/./b"))
	mem.Write(100, []byte("/data/link/../d"))
	var iovs []byte
	for _, iov := range [][2]uint32{{1024, 100}, {4096, 1 << 20}, {0, 0}, {smallSize - 10, 10}} {
		iovs = le.AppendUint32(le.AppendUint32(iovs, iov[0]), iov[1])
	}
	mem.Write(256, iovs)
	mem.Write(512, subClock(1, clockMonotonic, 1000, 0))
	mem.Write(512+subscriptionSize, subFd(2, eventFdRead, fdStdin))
	mem.Write(700, subFd(3, eventFdWrite, 4))
}

// endless is a Reader that never ends.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// FuzzCalls makes any calls with any arguments, also of a guest that is interrupted
// whenever it waits, or for which there is no more memory: each gives an errno, none
// panics, and what the guest costs the host stays within its bounds.
func FuzzCalls(f *testing.F) {
	host := f.TempDir()
	if err := os.WriteFile(filepath.Join(host, "f"), []byte("data"), 0o600); err != nil {
		f.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(host, "d"), 0o700); err != nil {
		f.Fatal(err)
	}
	_ = os.Symlink("d", filepath.Join(host, "link"))
	for i := range functions {
		for _, state := range []byte{0xfe, 0xff, 0x02, 0x00} {
			f.Add(append([]byte{state}, bytes.Repeat([]byte{byte(i), 3, 4, 0, 5, 10, 13, 36, 2, 1}, 8)...))
		}
	}
	const quota = 4 << 20
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1000 {
			t.Skip("long enough")
		}
		deadline := time.Now().Add(10 * time.Second)
		next := func() byte {
			if len(data) == 0 {
				return 0
			}
			b := data[0]
			data = data[1:]
			return b
		}
		state := next()
		interrupted, memory := state&1 != 0, int64(state>>1)<<14
		w := &fakeWaiter{answer: func(d time.Duration, ready <-chan struct{}) (bool, error) {
			if time.Now().After(deadline) {
				panic(errTest)
			}
			if interrupted {
				return false, ErrInterrupted
			}
			if d < 0 && ready == nil {
				return false, ErrInterrupted
			}
			if ready != nil {
				<-ready
				return true, nil
			}
			if d > time.Millisecond {
				return false, ErrInterrupted
			}
			return false, nil
		}}
		v := newVMOf(t, shared().small, Config{
			Waiter: w, Stdin: endless{}, Stdout: io.Discard, ScratchBytes: quota, MaxOpenFiles: 20, MaxScratchFiles: 50,
			Mounts: []Mount{{Guest: "/data", Host: host}},
			Take: func(n int64) bool {
				if memory < n {
					return false
				}
				memory -= n
				return true
			},
		})
		layMemory(v)
		for len(data) > 0 {
			fn := functions[int(next())%len(functions)]
			args := make([]uint64, len(fn.params))
			for i := range args {
				b := next()
				args[i] = uint64(b)
				if int(b) < 4*len(fuzzArgs) {
					args[i] = fuzzArgs[int(b)%len(fuzzArgs)]
				}
			}
			start := time.Now()
			errno, err := v.try(fn.name, args...)
			switch {
			case errors.Is(err, errTest):
				return
			case err != nil:
				t.Fatalf("%s%v: %v", fn.name, args, err)
			case errno >= lastKnownErrno:
				t.Fatalf("%s%v is errno %d", fn.name, args, errno)
			case time.Since(start) > 5*time.Second:
				t.Fatalf("%s%v takes %v", fn.name, args, time.Since(start))
			}
			if n := v.sys.ScratchBytes(); n < 0 || n > quota {
				t.Fatalf("%s%v: %d bytes of scratch", fn.name, args, n)
			}
			if len(v.sys.table.files) > 20 || v.sys.tmp.names > 50 {
				t.Fatalf("%s%v: %d descriptors, %d names", fn.name, args, len(v.sys.table.files), v.sys.tmp.names)
			}
		}
		for fd := range uint64(20) {
			_ = v.close(fd)
		}
		_ = v.ls("/tmp")
	})
}
