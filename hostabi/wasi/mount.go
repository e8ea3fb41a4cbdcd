package wasi

import (
	"cmp"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"
)

// mount is one host directory (or, with file set, one file in it). os.Root
// holds it: no path and no link leads out, whatever the host or another task
// does to the directory meanwhile.
type mount struct {
	at       *node
	host     string
	file     string // base name, if a single file is mounted
	writable bool
	opened   *os.Root // nil until first used
}

// root opens the directory at first use.
func (m *mount) root() (*os.Root, Errno) {
	if m.opened == nil {
		r, err := os.OpenRoot(m.host)
		if err != nil {
			return nil, errnoOf(err)
		}
		learnEscape(r)
		m.opened = r
	}
	return m.opened, success
}

func (m *mount) close() {
	if m.opened != nil {
		_ = m.opened.Close()
		m.opened = nil
	}
}

// escape is the error os.Root has for a path that leads out; it is not exported.
var escape atomic.Pointer[error]

func learnEscape(r *os.Root) {
	if escape.Load() != nil {
		return
	}
	_, err := r.Lstat("..")
	if pe, ok := err.(*fs.PathError); ok {
		escape.Store(&pe.Err)
	}
}

// isEscape is asked only about errors that came from a Root, after learnEscape.
func isEscape(err error) bool {
	switch e := err.(type) {
	case *fs.PathError:
		err = e.Err
	case *os.LinkError:
		err = e.Err
	}
	known := escape.Load()
	return known != nil && err == *known
}

// local opens the mount and translates a path within it to the host's form.
func (m *mount) local(rel string) (*os.Root, string, Errno) {
	r, errno := m.root()
	if errno != success {
		return nil, "", errno
	}
	if m.file != "" {
		if rel != "." {
			return nil, "", ENOTDIR
		}
		return r, m.file, success
	}
	name, err := filepath.Localize(rel)
	if err != nil {
		return nil, "", EINVAL
	}
	return r, name, success
}

func (m *mount) info(rel string, follow bool) (fs.FileInfo, Errno) {
	r, name, errno := m.local(rel)
	if errno != success {
		return nil, errno
	}
	look := r.Lstat
	if follow {
		look = r.Stat
	}
	info, err := look(name)
	return info, errnoOf(err)
}

func (m *mount) stat(rel string, follow bool) (filestat, Errno) {
	info, errno := m.info(rel, follow)
	if errno != success {
		return filestat{}, errno
	}
	return m.filestat(info, rel), success
}

func (m *mount) filestat(info fs.FileInfo, rel string) filestat {
	at := info.ModTime().UnixNano()
	st := filestat{
		dev: devTree, typ: typeOf(info.Mode()), nlink: 1, size: info.Size(),
		atime: at, mtime: at, ctime: at,
	}
	if !systemStat(&st, info) {
		st.ino = pathIno(m.host, m.file, rel)
	}
	return st
}

// pathIno stands in for an inode number where the system gives none: FNV-1a.
func pathIno(parts ...string) uint64 {
	h := uint64(14695981039346656037)
	for _, p := range parts {
		for i := range len(p) {
			h = (h ^ uint64(p[i])) * 1099511628211
		}
		h *= 1099511628211
	}
	return h | 1
}

func typeOf(mode fs.FileMode) uint8 {
	switch mode.Type() {
	case 0:
		return typeRegular
	case fs.ModeDir:
		return typeDirectory
	case fs.ModeSymlink:
		return typeSymlink
	case fs.ModeSocket:
		return typeSocket
	case fs.ModeDevice:
		return typeBlockDevice
	case fs.ModeDevice | fs.ModeCharDevice:
		return typeCharDevice
	}
	return typeUnknown
}

// dirOrLink checks that rel is a directory or a symbolic link, and returns the
// link's target.
func (m *mount) dirOrLink(rel string) (link string, errno Errno) {
	r, name, errno := m.local(rel)
	if errno != success {
		return "", errno
	}
	info, err := r.Lstat(name)
	switch {
	case err != nil:
		return "", errnoOf(err)
	case info.IsDir():
		return "", success
	case info.Mode().Type() != fs.ModeSymlink:
		return "", ENOTDIR
	}
	link, err = r.Readlink(name)
	switch {
	case err != nil:
		return "", errnoOf(err)
	case link == "" || filepath.IsAbs(link) || link[0] == '/':
		return "", EPERM
	}
	return filepath.ToSlash(link), success
}

// change prepares a change of rel: it says why not, if not. A missing file is
// missing before it is read-only.
func (m *mount) change(rel string) (*os.Root, string, Errno) {
	if !m.writable {
		if _, errno := m.info(rel, false); errno != success {
			return nil, "", errno
		}
		return nil, "", EROFS
	}
	return m.local(rel)
}

func (m *mount) mkdir(rel string) Errno {
	if !m.writable {
		if _, errno := m.info(rel, false); errno != ENOENT {
			return cmp.Or(errno, EEXIST)
		}
		return EROFS
	}
	r, name, errno := m.local(rel)
	if errno != success {
		return errno
	}
	return errnoOf(r.Mkdir(name, 0o777))
}

// remove removes a file, or an empty directory if dir is set.
func (m *mount) remove(rel string, dir, slash bool) Errno {
	r, name, errno := m.change(rel)
	if errno != success {
		return errno
	}
	info, err := r.Lstat(name)
	switch {
	case err != nil:
		return errnoOf(err)
	case dir && !info.IsDir():
		return ENOTDIR
	case !dir && info.IsDir():
		return EISDIR
	case slash && !info.IsDir():
		return ENOTDIR
	}
	return errnoOf(r.Remove(name))
}

func (m *mount) rename(from, to string) Errno {
	r, old, errno := m.change(from)
	if errno != success {
		return errno
	}
	_, name, errno := m.local(to)
	if errno != success {
		return errno
	}
	src, err := r.Lstat(old)
	if err != nil {
		return errnoOf(err)
	}
	if dst, err := r.Lstat(name); err == nil {
		switch {
		case old == name:
			return success
		case src.IsDir() && within(to, from):
			return EINVAL
		case within(from, to):
			return ENOTEMPTY
		case os.SameFile(src, dst):
			// Two names of one file, or one in other letters: the host knows.
		case src.IsDir() && !dst.IsDir():
			return ENOTDIR
		case !src.IsDir() && dst.IsDir():
			return EISDIR
		case dst.IsDir():
			// os.Root refuses to rename over a directory; POSIX wants it
			// possible over an empty one.
			if err := r.Remove(name); err != nil {
				return errnoOf(err)
			}
			if err := r.Rename(old, name); err != nil {
				_ = r.Mkdir(name, dst.Mode().Perm())
				return errnoOf(err)
			}
			return success
		}
	}
	return errnoOf(r.Rename(old, name))
}

func (m *mount) link(from, to string, follow bool) Errno {
	r, old, errno := m.change(from)
	if errno != success {
		return errno
	}
	_, name, errno := m.local(to)
	if errno != success {
		return errno
	}
	if info, err := r.Lstat(old); err != nil {
		return errnoOf(err)
	} else if follow && info.Mode().Type() == fs.ModeSymlink {
		return ENOTSUP // os.Root links the link itself
	}
	return errnoOf(r.Link(old, name))
}

func (m *mount) readlink(rel string) (string, Errno) {
	r, name, errno := m.local(rel)
	if errno != success {
		return "", errno
	}
	if info, err := r.Lstat(name); err != nil {
		return "", errnoOf(err)
	} else if info.Mode().Type() != fs.ModeSymlink {
		return "", EINVAL
	}
	link, err := r.Readlink(name)
	return filepath.ToSlash(link), errnoOf(err)
}

func (m *mount) setTimes(rel string, follow bool, c timeChange) Errno {
	r, name, errno := m.change(rel)
	if errno != success {
		return errno
	}
	if !follow {
		if info, err := r.Lstat(name); err != nil {
			return errnoOf(err)
		} else if info.Mode().Type() == fs.ModeSymlink {
			return ENOTSUP // os.Root has no call for a link's own times
		}
	}
	return errnoOf(r.Chtimes(name, timeOrZero(c.atime), timeOrZero(c.mtime)))
}

// timeOrZero gives the zero time, which package os reads as "leave it", for nil.
func timeOrZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}
