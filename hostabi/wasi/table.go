package wasi

// The descriptors every guest starts with.
const (
	fdStdin   = 0
	fdStdout  = 1
	fdStderr  = 2
	fdRoot    = 3
	firstFree = 4
)

// object is what a descriptor refers to: a stream, a regular file or a
// directory.
type object interface {
	stat() (filestat, Errno)
	close() Errno
}

// regular is a file with an offset.
type regular interface {
	object
	readAt(p []byte, off int64) (int, Errno) // 0 bytes and success at the end
	writeAt(p []byte, off int64) (int, Errno)
	appendData(p []byte) (n int, end int64, errno Errno)
	setAppend(on bool) Errno
	truncate(size int64) Errno
	allocate(size int64, pause func() bool) Errno // grows to at least size
	setTimes(timeChange) Errno
	sync() Errno
}

// directory is an open directory.
type directory interface {
	object
	place() place
	list(cookie uint64, pause func() bool, emit func(dirent) bool) Errno
	setTimes(timeChange) Errno
	sync() Errno
}

// dirent is one entry of a listing; next is the cookie that continues after it.
type dirent struct {
	next uint64
	ino  uint64
	typ  uint8
	name string
}

// file is one descriptor. preview 1 has no dup, so nothing shares one.
type file struct {
	object
	pos     int64
	flags   uint16
	read    bool
	write   bool
	preopen bool
}

// table maps descriptors to files. It starts inside the System, so that a task
// that opens little allocates nothing for it.
type table struct {
	files []*file
	max   int
	low   int // no free descriptor is below it
	space [16]*file
	first [firstFree]file
}

func (t *table) init(s *System) {
	t.first = [firstFree]file{
		fdStdin:  {object: &s.stdin, read: true},
		fdStdout: {object: &s.stdout, write: true},
		fdStderr: {object: &s.stderr, write: true},
		fdRoot:   {object: s.tree, read: true, preopen: true},
	}
	t.max, t.low, t.files = s.cfg.MaxOpenFiles, firstFree, t.space[:firstFree]
	for i := range t.first {
		t.files[i] = &t.first[i]
	}
}

// get returns an open file.
func (t *table) get(fd uint64) (*file, Errno) {
	if i := uint32(fd); uint64(i) < uint64(len(t.files)) {
		if f := t.files[i]; f != nil {
			return f, success
		}
	}
	return nil, EBADF
}

// regular returns an open regular file; not says what any other object is.
func (t *table) regular(fd uint64) (*file, regular, Errno) {
	f, errno := t.get(fd)
	if errno != success {
		return nil, nil, errno
	}
	switch o := f.object.(type) {
	case regular:
		return f, o, success
	case directory:
		return nil, nil, EISDIR
	}
	return nil, nil, ESPIPE
}

// free returns the lowest unused descriptor, as POSIX wants it.
func (t *table) free() (int, Errno) {
	for ; t.low < len(t.files); t.low++ {
		if t.files[t.low] == nil {
			return t.low, success
		}
	}
	if t.low >= t.max {
		return 0, EMFILE
	}
	return t.low, success
}

// set puts f at fd, which is unused and below max.
func (t *table) set(fd int, f *file) {
	for len(t.files) <= fd {
		t.files = append(t.files, nil)
	}
	t.files[fd] = f
}

// remove takes a descriptor out without closing the file.
func (t *table) remove(fd int) {
	t.files[fd] = nil
	t.low = min(t.low, fd)
}

func (t *table) closeAll() {
	for i, f := range t.files {
		if f != nil {
			_ = f.close()
			t.files[i] = nil
		}
	}
	t.files, t.max, t.low = nil, 0, 0
}
