package python

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

// imageFile is the image in a memfd, and this process's pagemap.
type imageFile struct {
	fd        int
	mapped    []byte   // the whole file
	pagemap   *os.File // nil: cannot be opened
	pagemapFd uintptr  // of pagemap, which takes system calls to ask
}

// newImageFile makes an empty file of size bytes.
func newImageFile(size int) (*imageFile, error) {
	const flags = unix.MFD_CLOEXEC | unix.MFD_ALLOW_SEALING
	fd, err := unix.MemfdCreate("vivarium-image", flags|unix.MFD_NOEXEC_SEAL)
	if errors.Is(err, unix.EINVAL) { // before Linux 6.3, where nobody insists on it
		fd, err = unix.MemfdCreate("vivarium-image", flags)
	}
	if err != nil {
		return nil, fmt.Errorf("memfd_create: %w", err)
	}
	if err := unix.Ftruncate(fd, int64(size)); err != nil {
		return nil, errors.Join(fmt.Errorf("ftruncate: %w", err), unix.Close(fd))
	}
	return &imageFile{fd: fd}, nil
}

// put implements putPages. What is not put stays a hole.
func (f *imageFile) put(at int, pages []byte) error {
	n, err := unix.Pwrite(f.fd, pages, int64(at))
	if err == nil && n < len(pages) {
		err = io.ErrShortWrite
	}
	if err != nil {
		return fmt.Errorf("python: writing the image: %w", err)
	}
	return nil
}

// seal returns the file's bytes, which nobody can change any more.
func (f *imageFile) seal(size int) (_ []byte, err error) {
	const seals = unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_WRITE | unix.F_SEAL_SEAL
	if _, err := unix.FcntlInt(uintptr(f.fd), unix.F_ADD_SEALS, seals); err != nil {
		return nil, fmt.Errorf("python: sealing the image: %w", err)
	}
	if f.mapped, err = unix.Mmap(f.fd, 0, size, unix.PROT_READ, unix.MAP_PRIVATE); err != nil {
		return nil, fmt.Errorf("python: mapping the image: %w", err)
	}
	if f.pagemap, err = os.Open("/proc/self/pagemap"); err == nil { // else the self-tests fail
		f.pagemapFd = f.pagemap.Fd()
	}
	return f.mapped, nil
}

// close frees the file. What instances have mapped of it stays.
func (f *imageFile) close() {
	// Nothing can be done about a failure, and nothing was written.
	if f.pagemap != nil {
		_ = f.pagemap.Close()
	}
	if f.mapped != nil {
		_ = unix.Munmap(f.mapped)
	}
	_ = unix.Close(f.fd)
}

// mapping is a memory that shares every page with the image until it is written to.
// Address space for all it may have is reserved at once, so that it never moves.
type mapping struct {
	img    *Image
	region []byte // the reservation
	used   int    // bytes that the guest has
	max    int    // bytes that it may have
	take   func(n int64) bool
	resets int
	drops  bool // the next restore drops what is not hot
}

// newMapping makes two VMAs: the image, copied on write, and zeros above it.
func (img *Image) newMapping(most uint64) (memory, error) {
	size := len(img.bytes)
	if most < uint64(size) {
		return nil, tooLittleMemory(most, uint64(size))
	}
	region, err := unix.Mmap(-1, 0, int(most), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_NORESERVE)
	if err != nil {
		return nil, fmt.Errorf("python: reserving %d bytes of address space: %w", most, err)
	}
	m := &mapping{img: img, region: region, max: len(region)}
	if err := m.mapImage(); err != nil {
		m.Free()
		return nil, err
	}
	for _, advice := range []int{unix.MADV_NOHUGEPAGE, unix.MADV_DONTFORK} {
		// A kernel without huge pages answers EINVAL: there is nothing to switch off.
		if err := unix.Madvise(region, advice); err != nil && !errors.Is(err, unix.EINVAL) {
			m.Free()
			return nil, fmt.Errorf("python: madvise: %w", err)
		}
	}
	m.populate()
	return m, nil
}

// populate gives the instance its own copies of the hot pages, which its first task would
// write to anyway. One after the other, by faults, that takes several times as long: most
// of these pages have been mapped by then, because the task has read from their
// neighbourhood, and to replace one interrupts every core this process runs on.
//
// A kernel before Linux 5.14 refuses; then the first task is slower.
func (m *mapping) populate() {
	for from := 0; from < len(m.img.bytes); {
		hot, to := m.hot(from), from
		for to < len(m.img.bytes) && m.hot(to) == hot {
			to += pageSize
		}
		if hot && unix.Madvise(m.region[from:to], unix.MADV_POPULATE_WRITE) != nil {
			return
		}
		from = to
	}
}

func (m *mapping) mapImage() error {
	addr, err := unix.MmapPtr(m.img.file.fd, 0, unsafe.Pointer(&m.region[0]), uintptr(len(m.img.bytes)),
		unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_FIXED|unix.MAP_NORESERVE)
	if err != nil {
		return fmt.Errorf("python: mapping the image: %w", err)
	}
	if addr != unsafe.Pointer(&m.region[0]) {
		return errors.New("python: the image was mapped elsewhere")
	}
	return nil
}

// Reallocate implements experimental.LinearMemory.
func (m *mapping) Reallocate(size uint64) []byte {
	if size > uint64(m.max) || !grows(m.take, int(size)-m.used) {
		return nil
	}
	m.used = max(m.used, int(size))
	return m.region[:size:size]
}

// Free implements experimental.LinearMemory.
func (m *mapping) Free() {
	if m.region != nil {
		_ = unix.Munmap(m.region) // only fails for what was never mapped
		m.region = nil
	}
}

func (m *mapping) limit(size uint64, take func(n int64) bool) error {
	switch {
	case uint64(m.used) > size:
		return errLargerAlready
	case size > uint64(len(m.region)):
		return errors.New("python: the reservation is smaller than the new limit")
	}
	m.max, m.take = int(size), take
	return nil
}

func (m *mapping) private() (int64, error) {
	bytes := int64(0)
	err := m.dirty(len(m.img.bytes), func(from, to int) error {
		bytes += int64(to - from)
		return nil
	})
	return bytes, err
}

// settle drops the pages that are as the image has them. Half of those that a task writes to
// are: it takes something and puts it back. And a new instance has the whole hot set.
func (m *mapping) settle() error {
	size := len(m.img.bytes)
	return m.dirty(size, func(from, to int) error {
		same := func(at int) bool { return bytes.Equal(m.region[at:at+pageSize], m.img.bytes[at:at+pageSize]) }
		for from < to {
			end := from
			for end < to && same(end) {
				end += pageSize
			}
			if err := drop(m.region[from:end]); err != nil {
				return err
			}
			from = end + pageSize // which has changed
		}
		return nil
	})
}

func (m *mapping) view() []byte { return m.region[:m.used] }

// keptPages is how many dirty pages a restore copies back, at most, before it drops
// those that are not hot.
const keptPages = 256

// restore undoes what was written. A page that is copied back stays mapped, so that the
// next task writes to it without a fault; one that is dropped faults in from the image,
// or as zeros, when it is next touched. Dropping also interrupts every core this process
// runs on, to forget the page, which makes two workers no faster than one. So the pages
// of the hot set are always copied, and others as long as there are few.
func (m *mapping) restore(dropAll bool) (restored, error) {
	m.drops = m.drops || dropAll
	r := restored{top: uint64(len(m.img.bytes))}
	err := m.dirty(m.used, func(from, to int) error {
		r.top = max(r.top, uint64(to))
		for from < to {
			keep, end := m.kept(r, from), from
			for end < to && m.kept(r, end) == keep {
				end += pageSize
				r.dirty++
			}
			if keep {
				copy(m.region[from:end], m.img.bytes[from:end])
			} else if err := drop(m.region[from:end]); err != nil {
				return err
			}
			from = end
		}
		return nil
	})
	// A kept page looks dirty for ever, and is copied each time, whether tasks still write
	// to it or not. So after a task that wrote to many, and now and then, all are dropped.
	m.resets++
	m.drops = r.dirty > keptPages || m.resets%dropEvery == 0
	return r, err
}

// kept says whether a dirty page is copied back.
func (m *mapping) kept(r restored, at int) bool {
	// Above the image nothing is kept: it would look like memory that the next task used.
	return m.hot(at) || at < len(m.img.bytes) && r.dirty < keptPages && !m.drops
}

// step is how much memory, in bytes, one system call of a reset works on. A goroutine in
// a system call holds up the timers of its core until the scheduler notices.
const step = 4 << 20

// drop gives pages back to the system.
func drop(b []byte) error {
	for len(b) > 0 {
		n := min(len(b), step)
		if err := unix.Madvise(b[:n], unix.MADV_DONTNEED); err != nil {
			return fmt.Errorf("python: madvise: %w", err)
		}
		if b = b[n:]; len(b) > 0 {
			runtime.Gosched()
		}
	}
	return nil
}

func (m *mapping) hot(at int) bool {
	page := at / pageSize
	return page < len(m.img.hot) && m.img.hot[page]
}

// dirty calls f for each range of pages below end that were written to, in order. A page is
// dirty when it is not the image's (or, above the image, nobody's) and in memory or
// swapped out. Only "present" would miss a page under migration.
func (m *mapping) dirty(end int, f func(from, to int) error) error {
	if m.img.method == resetPagemap {
		return m.dirtyByEntries(end, f)
	}
	return m.dirtyByScan(end, f)
}

// PAGEMAP_SCAN of linux/fs.h, Linux 6.7; see Documentation/admin-guide/mm/pagemap.rst.
const (
	pagemapScan = 0xc0606610 // _IOWR('f', 16, struct pm_scan_arg)

	pageIsFile    = 1 << 2
	pageIsPresent = 1 << 3
	pageIsSwapped = 1 << 4

	scanStep = 32 << 20 // bytes of memory that one call looks at, see step
)

// scanArg is struct pm_scan_arg.
type scanArg struct {
	size, flags               uint64
	start, end, walkEnd       uint64
	vec, vecLen, maxPages     uint64
	inverted, mask, anyOf, of uint64
}

// scanRegion is struct page_region.
type scanRegion struct {
	start, end uint64
	_          uint64 // categories
}

// regions are reused: the kernel writes them, and the heap would be asked for 6 KiB
// a reset.
var regions = sync.Pool{New: func() any { return new([256]scanRegion) }}

func (m *mapping) dirtyByScan(size int, f func(from, to int) error) error {
	vec := regions.Get().(*[256]scanRegion)
	defer regions.Put(vec)
	base := uint64(uintptr(unsafe.Pointer(&m.region[0])))
	for start, end := base, base+uint64(size); start < end; {
		arg := scanArg{
			size: uint64(unsafe.Sizeof(scanArg{})), start: start, end: min(end, start+scanStep),
			vec: uint64(uintptr(unsafe.Pointer(vec))), vecLen: uint64(len(vec)),
			inverted: pageIsFile, mask: pageIsFile, anyOf: pageIsPresent | pageIsSwapped, of: pageIsFile | pageIsPresent | pageIsSwapped,
		}
		n, _, errno := unix.Syscall(unix.SYS_IOCTL, m.img.file.pagemapFd, pagemapScan, uintptr(unsafe.Pointer(&arg)))
		if errno != 0 {
			return fmt.Errorf("python: PAGEMAP_SCAN: %w", errno)
		}
		for _, r := range vec[:n] {
			if err := f(int(r.start-base), int(r.end-base)); err != nil {
				return err
			}
		}
		if arg.walkEnd <= start {
			return errors.New("python: PAGEMAP_SCAN made no progress")
		}
		start = arg.walkEnd
	}
	return nil
}

// Bits of a pagemap entry.
const (
	entryPresent = 1 << 63
	entrySwapped = 1 << 62
	entryFile    = 1 << 61 // of a file, or anonymous and shared
)

func (m *mapping) dirtyByEntries(size int, f func(from, to int) error) error {
	entries := make([]byte, 64<<10)
	first := int64(uintptr(unsafe.Pointer(&m.region[0]))) / int64(pageSize)
	pages := size / pageSize
	run := -1 // first page of the current dirty range
	flush := func(page int) error {
		if run < 0 {
			return nil
		}
		from := run
		run = -1
		return f(from*pageSize, page*pageSize)
	}
	for page := 0; page < pages; {
		want := min(len(entries), (pages-page)*8)
		n, err := m.img.file.pagemap.ReadAt(entries[:want], (first+int64(page))*8)
		if n < want && (err == nil || errors.Is(err, io.EOF)) {
			err = io.ErrUnexpectedEOF
		}
		if err != nil && n < want {
			return fmt.Errorf("python: reading the pagemap: %w", err)
		}
		for i := 0; i < want; i += 8 {
			entry := binary.NativeEndian.Uint64(entries[i:])
			dirty := entry&entryFile == 0 && entry&(entryPresent|entrySwapped) != 0
			switch {
			case dirty && run < 0:
				run = page
			case !dirty:
				if err := flush(page); err != nil {
					return err
				}
			}
			page++
		}
	}
	return flush(pages)
}
