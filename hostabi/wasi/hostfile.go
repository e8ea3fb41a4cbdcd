package wasi

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"unicode/utf8"
)

// open opens rel on the host. Only regular files and directories can be opened:
// others may block (a FIFO), or do things when opened (a device).
func (m *mount) open(rel string, how openMode) (object, Errno) {
	r, name, errno := m.local(rel)
	if errno != success {
		return nil, errno
	}
	info, err := m.look(r, name, how.follow)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		switch {
		case !how.create:
			return nil, ENOENT
		case !m.writable:
			return nil, EROFS
		}
	case err != nil:
		return nil, errnoOf(err)
	case how.create && how.exclusive:
		return nil, EEXIST
	default:
		if errno := m.checkOpen(info, how); errno != success {
			return nil, errno
		}
		if info.IsDir() {
			return m.openDir(r, name, rel)
		}
	}
	f, err := r.OpenFile(name, how.hostFlags(), 0o666)
	if err != nil {
		return nil, errnoOf(err)
	}
	// The look was a guess: what counts is what was opened.
	if info, err = f.Stat(); err != nil || !info.Mode().IsRegular() {
		_ = f.Close()
		return nil, EACCES
	}
	return &hostFile{f: f, mount: m, rel: rel, appends: how.flags&flagAppend != 0, openedAppend: how.flags&flagAppend != 0}, success
}

func (m *mount) look(r *os.Root, name string, follow bool) (fs.FileInfo, error) {
	if follow {
		return r.Stat(name)
	}
	return r.Lstat(name)
}

// checkOpen checks what is already there against what is asked.
func (m *mount) checkOpen(info fs.FileInfo, how openMode) Errno {
	mode := info.Mode()
	switch {
	case mode.IsDir() && (how.write || how.create || how.truncate):
		return EISDIR
	case mode.IsDir():
		return success
	case how.directory || how.slash:
		return ENOTDIR
	case mode.Type() == fs.ModeSymlink:
		return ELOOP
	case !mode.IsRegular():
		return EACCES
	case !m.writable && (how.write || how.truncate):
		return EROFS
	}
	return success
}

func (how openMode) hostFlags() int {
	flags := os.O_RDONLY
	switch {
	case how.read && how.write:
		flags = os.O_RDWR
	case how.write:
		flags = os.O_WRONLY
	}
	if how.create {
		flags |= os.O_CREATE
	}
	if how.exclusive {
		flags |= os.O_EXCL
	}
	if how.truncate {
		flags |= os.O_TRUNC
	}
	if how.flags&flagAppend != 0 {
		flags |= os.O_APPEND
	}
	if how.flags&(flagSync|flagDsync|flagRsync) != 0 {
		flags |= os.O_SYNC
	}
	return flags | openNonblock
}

// hostFile is an open regular file of a mount.
type hostFile struct {
	f            *os.File
	mount        *mount
	rel          string
	appends      bool // O_APPEND is set now
	openedAppend bool // os.File believes it is: then WriteAt refuses
}

func (h *hostFile) stat() (filestat, Errno) {
	info, err := h.f.Stat()
	if err != nil {
		return filestat{}, errnoOf(err)
	}
	return h.mount.filestat(info, h.rel), success
}

func (h *hostFile) close() Errno { return errnoOf(h.f.Close()) }
func (h *hostFile) sync() Errno  { return errnoOf(h.f.Sync()) }

func (h *hostFile) readAt(p []byte, off int64) (int, Errno) {
	n, err := h.f.ReadAt(p, off)
	if n > 0 || err == io.EOF {
		return n, success
	}
	return 0, errnoOf(err)
}

func (h *hostFile) writeAt(p []byte, off int64) (n int, errno Errno) {
	var err error
	if h.openedAppend {
		if _, err = h.f.Seek(off, io.SeekStart); err == nil {
			n, err = h.f.Write(p)
		}
	} else {
		n, err = h.f.WriteAt(p, off)
	}
	if n > 0 {
		return n, success
	}
	return 0, errnoOf(err)
}

func (h *hostFile) appendData(p []byte) (int, int64, Errno) {
	n, err := h.f.Write(p)
	if n == 0 && err != nil {
		return 0, 0, errnoOf(err)
	}
	end, err := h.f.Seek(0, io.SeekCurrent)
	return n, end, errnoOf(err)
}

func (h *hostFile) setAppend(on bool) Errno {
	if on == h.appends {
		return success
	}
	if err := setHostAppend(h.f, on); err != nil {
		return errnoOf(err)
	}
	h.appends = on
	return success
}

func (h *hostFile) truncate(size int64) Errno { return errnoOf(h.f.Truncate(size)) }

func (h *hostFile) allocate(size int64, _ func() bool) Errno {
	info, err := h.f.Stat()
	if err != nil || info.Size() >= size {
		return errnoOf(err)
	}
	return errnoOf(h.f.Truncate(size))
}

func (h *hostFile) setTimes(c timeChange) Errno {
	if !h.mount.writable {
		return EROFS
	}
	return errnoOf(setHostTimes(h.f, c))
}

// hostDir is an open directory of a mount. Paths relative to it go through the
// mount's root again, by its path at the time it was opened.
type hostDir struct {
	f     *os.File
	mount *mount
	rel   string
	base  uint64        // index of names[0]
	names []fs.DirEntry // a window of the listing
	end   bool          // names reaches to the end
}

func (m *mount) openDir(r *os.Root, name, rel string) (object, Errno) {
	f, err := r.OpenFile(name, os.O_RDONLY|openNonblock, 0)
	if err != nil {
		return nil, errnoOf(err)
	}
	if info, err := f.Stat(); err != nil || !info.IsDir() {
		_ = f.Close()
		return nil, ENOTDIR
	}
	return &hostDir{f: f, mount: m, rel: rel}, success
}

func (d *hostDir) stat() (filestat, Errno) {
	info, err := d.f.Stat()
	if err != nil {
		return filestat{}, errnoOf(err)
	}
	return d.mount.filestat(info, d.rel), success
}

func (d *hostDir) close() Errno { return errnoOf(d.f.Close()) }
func (d *hostDir) place() place { return place{mount: d.mount, rel: d.rel} }

func (d *hostDir) sync() Errno {
	if !d.mount.writable {
		return success
	}
	return errnoOf(d.f.Sync())
}

func (d *hostDir) setTimes(c timeChange) Errno { return d.mount.setTimes(d.rel, true, c) }

// listWindow is how many names of a host directory are held at a time: the
// directory may be as large as the host likes.
const listWindow = 1024

func (d *hostDir) list(cookie uint64, pause func() bool, emit func(dirent) bool) Errno {
	if cookie == 0 {
		if errno := d.rewind(); errno != success {
			return errno
		}
	}
	st, errno := d.stat()
	if errno != success {
		return errno
	}
	if !emitDots(cookie, st.ino, 0, emit) {
		return success
	}
	for i := max(cookie, firstCookie-1) - (firstCookie - 1); ; i++ {
		e, errno := d.entry(i, pause)
		if errno != success || e == nil {
			return errno
		}
		// A name that is not UTF-8 cannot be given back to us. The inode
		// number is left to whoever needs it: it costs a call per name.
		if !utf8.ValidString(e.Name()) {
			continue
		}
		if !emit(dirent{next: i + firstCookie, typ: typeOf(e.Type()), name: e.Name()}) {
			return success
		}
	}
}

// entry returns the entry with that index, or nil behind the last.
func (d *hostDir) entry(i uint64, pause func() bool) (fs.DirEntry, Errno) {
	if i < d.base {
		if errno := d.rewind(); errno != success {
			return nil, errno
		}
	}
	for i-d.base >= uint64(len(d.names)) {
		if d.end {
			return nil, success
		}
		if pause() {
			return nil, EINTR
		}
		d.base += uint64(len(d.names))
		var err error
		d.names, err = d.f.ReadDir(listWindow)
		switch {
		case len(d.names) > 0:
		case err == nil, err == io.EOF, errors.Is(err, fs.ErrNotExist): // the last: removed meanwhile
			d.end = true
		default:
			return nil, errnoOf(err)
		}
	}
	return d.names[i-d.base], success
}

// rewind starts the listing anew, with what is there now.
func (d *hostDir) rewind() Errno {
	if d.names == nil && d.base == 0 && !d.end {
		return success
	}
	_, err := d.f.Seek(0, io.SeekStart)
	d.base, d.names, d.end = 0, nil, false
	return errnoOf(err)
}
