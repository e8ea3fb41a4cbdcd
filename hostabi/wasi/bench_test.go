package wasi

import (
	"io"
	"testing"
)

func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		s, err := New(Config{Stdout: io.Discard})
		if err != nil || s.ScratchBytes() != 0 {
			b.Fatal(err)
		}
		_ = s.Close()
	}
}

func BenchmarkNewWithMount(b *testing.B) {
	b.ReportAllocs()
	mounts := []Mount{{Guest: "/data", Host: b.TempDir()}}
	for b.Loop() {
		s, err := New(Config{Mounts: mounts})
		if err != nil {
			b.Fatal(err)
		}
		_ = s.Close()
	}
}

func BenchmarkWriteStdout(b *testing.B) {
	v := newVM(b, Config{Stdout: io.Discard})
	fn := v.mod.ExportedFunction("fd_write")
	v.reset()
	vec, _ := v.put(le.AppendUint32(le.AppendUint32(nil, 1024), 100))
	stack := make([]uint64, 4)
	b.ReportAllocs()
	for b.Loop() {
		stack[0], stack[1], stack[2], stack[3] = fdStdout, vec, 1, 64
		if err := fn.CallWithStack(v.ctx, stack); err != nil || stack[0] != 0 {
			b.Fatal(err, stack[0])
		}
	}
}

// BenchmarkScratchFile makes, writes, reads and removes a small file.
func BenchmarkScratchFile(b *testing.B) {
	v := newVM(b, Config{})
	b.ReportAllocs()
	for b.Loop() {
		v.create("/tmp/f", "some data")
		if v.content("/tmp/f") != "some data" {
			b.Fatal("lost")
		}
		v.ok(v.unlink("/tmp/f"))
	}
}

func BenchmarkScratchWriteMiB(b *testing.B) {
	v := newVM(b, Config{})
	fd := v.mustOpen("/tmp/f", openCreate, rw)
	vec, _ := v.put(le.AppendUint32(le.AppendUint32(nil, 8192), 1<<20))
	b.SetBytes(1 << 20)
	for b.Loop() {
		v.ok(v.call("fd_pwrite", fd, vec, 1, 0, 64))
	}
}
