package python

import (
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ownStack is address space for a native stack, which grows down from its end. Pages come
// to exist when they are touched.
type ownStack []byte

// newOwnStack returns nil if there is no address space for it: then wazero's own serves.
func newOwnStack() ownStack {
	b, err := unix.Mmap(-1, 0, stackSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_NORESERVE)
	if err != nil {
		return nil
	}
	for _, advice := range []int{unix.MADV_NOHUGEPAGE, unix.MADV_DONTFORK} {
		if err := unix.Madvise(b, advice); err != nil && !errors.Is(err, unix.EINVAL) { // see newMapping
			ownStack(b).free()
			return nil
		}
	}
	return b
}

// resident returns how much of the stack is in memory, in bytes.
func (s ownStack) resident() (int64, error) {
	const step = 1 << 20         // more than a frame has: where nothing of it was touched, nothing below was
	var inCore [step / 4096]byte // one for each page, in its lowest bit: see mincore(2)
	pages := 0
	for end := len(s); end > 0; end -= step {
		_, _, errno := unix.Syscall(unix.SYS_MINCORE, uintptr(unsafe.Pointer(&s[end-step])), step, uintptr(unsafe.Pointer(&inCore)))
		if errno != 0 {
			return 0, fmt.Errorf("python: mincore: %w", errno)
		}
		found := pages
		for _, in := range inCore[:step/pageSize] {
			pages += int(in & 1)
		}
		if pages == found {
			break
		}
	}
	return int64(pages) * int64(pageSize), nil
}

// trim gives back what is not among the last kept bytes. Where nothing was touched that is
// one system call of a third of a microsecond, and 2 ms if all was.
func (s ownStack) trim(kept int) error {
	if s == nil {
		return nil
	}
	n := len(s) - (kept+pageSize-1)/pageSize*pageSize
	if err := unix.Madvise(s[:n], unix.MADV_DONTNEED); err != nil {
		return fmt.Errorf("python: madvise: %w", err)
	}
	return nil
}

func (s ownStack) free() {
	if s != nil {
		_ = unix.Munmap(s) // only fails for what was never mapped
	}
}
