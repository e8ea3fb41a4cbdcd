package wasi

import "time"

// scratch is the file system of /tmp. All its bounds are checked before memory
// is taken: bytes (of data and of link targets) and names.
type scratch struct {
	root     *inode // nil until first used
	bytes    int64
	maxBytes int64
	taken    int64              // the most that bytes ever was: what take was asked for
	take     func(n int64) bool // may be nil
	names    int
	maxNames int
	lastIno  uint64
}

// tmpIno is the inode number of /tmp itself.
const tmpIno = 2

// inode is a file, directory or symbolic link of /tmp.
type inode struct {
	fs                  *scratch
	ino                 uint64
	typ                 uint8
	links               uint32 // names; for a directory 1 while it has its name
	opens               uint32
	atime, mtime, ctime int64

	data   content // typeRegular
	dir    dirents // typeDirectory
	parent *inode  // typeDirectory: nil for /tmp
	target string  // typeSymlink
}

// top returns the inode of /tmp, made at first use.
func (s *scratch) top() *inode {
	if s.root == nil {
		s.lastIno = tmpIno - 1
		s.root = s.newInode(typeDirectory)
		s.root.links = 1
	}
	return s.root
}

func (s *scratch) drop() { s.root = nil }

func (s *scratch) newInode(typ uint8) *inode {
	s.lastIno++
	now := time.Now().UnixNano()
	return &inode{fs: s, ino: s.lastIno, typ: typ, atime: now, mtime: now, ctime: now}
}

// charge takes n bytes from the quota, or none.
func (s *scratch) charge(n int64) bool {
	if n > s.maxBytes-s.bytes {
		return false
	}
	if more := s.bytes + n - s.taken; more > 0 {
		if s.take != nil && !s.take(more) {
			return false
		}
		s.taken += more
	}
	s.bytes += n
	return true
}

// canAdd checks that a name can be put into dir.
func (n *inode) canAdd() Errno {
	switch {
	case n.removed():
		return ENOENT
	case n.fs.names >= n.fs.maxNames:
		return ENOSPC
	}
	return success
}

// add gives child a name in n; the caller has asked canAdd.
func (n *inode) add(name string, child *inode) {
	n.fs.names++
	n.dir.add(name, child)
	child.links++
	if child.typ == typeDirectory {
		child.parent = n
		n.dir.subdirs++
	}
	now := time.Now().UnixNano()
	n.mtime, n.ctime, child.ctime = now, now, now
}

// remove takes a name out of n, and the file with it once nothing uses it.
func (n *inode) remove(name string, child *inode) {
	n.fs.names--
	n.dir.remove(name)
	child.links--
	if child.typ == typeDirectory {
		n.dir.subdirs--
	}
	now := time.Now().UnixNano()
	n.mtime, n.ctime, child.ctime = now, now, now
	child.release()
}

// release frees what is charged once there is neither name nor descriptor.
func (n *inode) release() {
	if n.links > 0 || n.opens > 0 {
		return
	}
	n.fs.bytes -= n.data.drop() + int64(len(n.target))
	n.target = ""
}

func (n *inode) removed() bool { return n.links == 0 }

// create makes a file in dir n.
func (n *inode) create(name string, typ uint8) (*inode, Errno) {
	if errno := n.canAdd(); errno != success {
		return nil, errno
	}
	child := n.fs.newInode(typ)
	n.add(name, child)
	return child, success
}

// symlink makes a symbolic link in dir n.
func (n *inode) symlink(name, target string) Errno {
	if errno := n.canAdd(); errno != success {
		return errno
	}
	if !n.fs.charge(int64(len(target))) {
		return ENOSPC
	}
	child := n.fs.newInode(typeSymlink)
	child.target = target
	n.add(name, child)
	return success
}

// rename moves old (named from in n) to the name to in dir, over what is there.
func (n *inode) rename(from string, old *inode, dir *inode, to string, over *inode) Errno {
	if over == old {
		return success // two names of one file: nothing happens, says POSIX
	}
	if dir.removed() {
		return ENOENT
	}
	if old.typ == typeDirectory && old.holds(dir) {
		return EINVAL
	}
	if over != nil {
		switch {
		case over.holds(n):
			return ENOTEMPTY
		case old.typ == typeDirectory && over.typ != typeDirectory:
			return ENOTDIR
		case old.typ != typeDirectory && over.typ == typeDirectory:
			return EISDIR
		case over.typ == typeDirectory && over.dir.len() > 0:
			return ENOTEMPTY
		}
		dir.remove(to, over)
	}
	old.links++ // it must not be released between its two names
	n.remove(from, old)
	dir.add(to, old)
	old.links--
	return success
}

// holds tells whether dir is n or lies below it.
func (n *inode) holds(dir *inode) bool {
	for ; dir != nil; dir = dir.parent {
		if dir == n {
			return true
		}
	}
	return false
}

func (n *inode) stat() (filestat, Errno) {
	st := filestat{
		dev: devTmp, ino: n.ino, typ: n.typ, nlink: uint64(n.links),
		atime: n.atime, mtime: n.mtime, ctime: n.ctime,
	}
	switch n.typ {
	case typeRegular:
		st.size = n.data.size
	case typeSymlink:
		st.size = int64(len(n.target))
	case typeDirectory:
		if !n.removed() {
			st.nlink = 2 + uint64(n.dir.subdirs)
		}
		st.size = int64(n.dir.len()) * 32
	}
	return st, success
}

func (n *inode) setTimes(c timeChange) Errno {
	if c.atime != nil {
		n.atime = c.atime.UnixNano()
	}
	if c.mtime != nil {
		n.mtime = c.mtime.UnixNano()
	}
	n.ctime = time.Now().UnixNano()
	return success
}

func (n *inode) sync() Errno { return success }

// openNode returns the object of a descriptor on n.
func openNode(n *inode) object {
	n.opens++
	if n.typ == typeDirectory {
		return &scratchDir{n}
	}
	return &scratchFile{n}
}

func (n *inode) close() Errno {
	n.opens--
	n.release()
	return success
}

// scratchDir is an open directory of /tmp.
type scratchDir struct{ *inode }

func (d *scratchDir) place() place { return place{inode: d.inode} }

func (d *scratchDir) list(cookie uint64, _ func() bool, emit func(dirent) bool) Errno {
	if d.removed() {
		return success
	}
	up := uint64(1)
	if d.parent != nil {
		up = d.parent.ino
	}
	if emitDots(cookie, d.ino, up, emit) {
		d.dir.list(cookie, emit)
	}
	return success
}

// scratchFile is an open regular file of /tmp.
type scratchFile struct{ *inode }

func (f *scratchFile) readAt(p []byte, off int64) (int, Errno) {
	f.atime = time.Now().UnixNano()
	return f.data.readAt(p, off), success
}

func (f *scratchFile) writeAt(p []byte, off int64) (int, Errno) {
	n, errno := f.data.writeAt(f.fs, p, off)
	if n > 0 {
		f.touch()
	}
	return n, errno
}

func (f *scratchFile) appendData(p []byte) (int, int64, Errno) {
	n, errno := f.writeAt(p, f.data.size)
	return n, f.data.size, errno
}

func (f *scratchFile) setAppend(bool) Errno { return success }

func (f *scratchFile) truncate(size int64) Errno {
	if size > fileSizeMax {
		return EFBIG
	}
	f.fs.bytes -= f.data.truncate(size)
	f.touch()
	return success
}

func (f *scratchFile) allocate(size int64, pause func() bool) Errno {
	if size > fileSizeMax {
		return EFBIG
	}
	errno := f.data.allocate(f.fs, size, pause)
	f.touch()
	return errno
}

func (n *inode) touch() {
	now := time.Now().UnixNano()
	n.mtime, n.ctime = now, now
}
