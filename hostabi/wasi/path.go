package wasi

import "cmp"

// at resolves a path the guest gave relative to a descriptor.
func (s *System) at(g guest, fd, ptr, n uint64, link lastLink) (target, Errno) {
	f, errno := s.table.get(fd)
	if errno != success {
		return target{}, errno
	}
	d, ok := f.object.(directory)
	if !ok {
		return target{}, ENOTDIR
	}
	p, errno := g.path(uint32(ptr), uint32(n))
	if errno != success {
		return target{}, errno
	}
	return s.resolve(d.place(), p, link)
}

func pathCreateDirectory(s *System, g guest, p []uint64) Errno {
	t, errno := s.at(g, p[0], p[1], p[2], keep)
	switch {
	case errno != success:
		return errno
	case t.name == "":
		return EEXIST
	case t.dir.mount != nil:
		return t.dir.mount.mkdir(t.at.rel)
	case !t.at.none():
		return EEXIST
	case t.dir.node != nil:
		return EROFS
	}
	_, errno = t.dir.inode.create(t.name, typeDirectory)
	return errno
}

func pathFilestatGet(s *System, g guest, p []uint64) Errno {
	flags := uint32(p[1])
	if flags&^lookupFollow != 0 {
		return EINVAL
	}
	t, errno := s.at(g, p[0], p[2], p[3], followIf(flags != 0))
	if errno != success {
		return errno
	}
	st, errno := t.stat(flags != 0)
	if errno != success {
		return errno
	}
	return g.writeFilestat(uint32(p[4]), st)
}

func (t target) stat(follow bool) (filestat, Errno) {
	switch {
	case t.at.none():
		return filestat{}, ENOENT
	case t.at.node != nil:
		return t.at.node.stat()
	case t.at.inode != nil:
		return t.at.inode.stat()
	}
	st, errno := t.at.mount.stat(t.at.rel, follow || t.slash)
	if errno == success && t.slash && st.typ != typeDirectory {
		return filestat{}, ENOTDIR
	}
	return st, errno
}

func pathFilestatSetTimes(s *System, g guest, p []uint64) Errno {
	flags := uint32(p[1])
	if flags&^lookupFollow != 0 {
		return EINVAL
	}
	c, errno := times(p[4], p[5], uint32(p[6]))
	if errno != success {
		return errno
	}
	t, errno := s.at(g, p[0], p[2], p[3], followIf(flags != 0))
	switch {
	case errno != success:
		return errno
	case t.at.none():
		return ENOENT
	case t.at.node != nil:
		return EROFS
	case t.at.inode != nil:
		return t.at.inode.setTimes(c)
	}
	if t.slash {
		if _, errno := t.stat(true); errno != success {
			return errno
		}
	}
	return t.at.mount.setTimes(t.at.rel, flags != 0 || t.slash, c)
}

func pathLink(s *System, g guest, p []uint64) Errno {
	flags := uint32(p[1])
	if flags&^lookupFollow != 0 {
		return EINVAL
	}
	old, errno := s.at(g, p[0], p[2], p[3], followIf(flags != 0))
	if errno != success {
		return errno
	}
	st, errno := old.stat(flags != 0)
	if errno != success {
		return errno
	}
	to, errno := s.at(g, p[4], p[5], p[6], keep)
	switch {
	case errno != success:
		return errno
	case to.name == "":
		return EEXIST
	case to.dir.mount != nil:
		if old.at.mount != to.dir.mount {
			return EXDEV
		}
		if _, errno := to.at.mount.stat(to.at.rel, false); errno != ENOENT {
			return cmp.Or(errno, EEXIST)
		}
		switch {
		case to.slash:
			return ENOENT
		case st.typ == typeDirectory:
			return cmp.Or(to.checkParent(), EPERM)
		}
		return to.dir.mount.link(old.at.rel, to.at.rel, flags != 0)
	case !to.at.none():
		return EEXIST
	case to.dir.node != nil:
		return EROFS
	case old.at.inode == nil:
		return EXDEV
	case to.slash:
		return ENOENT
	case st.typ == typeDirectory:
		return EPERM
	}
	if errno := to.dir.inode.canAdd(); errno != success {
		return errno
	}
	to.dir.inode.add(to.name, old.at.inode)
	return success
}

func pathReadlink(s *System, g guest, p []uint64) Errno {
	t, errno := s.at(g, p[0], p[1], p[2], keepIf)
	if errno != success {
		return errno
	}
	var link string
	switch {
	case t.at.none():
		return ENOENT
	case t.at.inode != nil && t.at.inode.typ == typeSymlink:
		link = t.at.inode.target
	case t.at.mount != nil && t.slash:
		_, errno = t.stat(true) // whatever it leads to, it is no link
		return cmp.Or(errno, EINVAL)
	case t.at.mount != nil:
		if link, errno = t.at.mount.readlink(t.at.rel); errno != success {
			return errno
		}
	default:
		return EINVAL
	}
	n := min(uint32(p[4]), uint32(len(link))) // cut off without a word, says POSIX
	b, errno := g.bytes(uint32(p[3]), n)
	if errno != success {
		return errno
	}
	if errno := g.putUint32(uint32(p[5]), n); errno != success {
		return errno
	}
	copy(b, link)
	return success
}

func pathRemoveDirectory(s *System, g guest, p []uint64) Errno {
	t, errno := s.at(g, p[0], p[1], p[2], keep)
	switch {
	case errno != success:
		return errno
	case t.dots == ".":
		return EINVAL
	case t.dots == "..":
		return ENOTEMPTY
	case t.dots == "/":
		return EBUSY
	case t.dir.mount != nil:
		return t.dir.mount.remove(t.at.rel, true, t.slash)
	case t.at.none():
		return ENOENT
	case t.dir.node != nil:
		return EBUSY
	case t.at.inode.typ != typeDirectory:
		return ENOTDIR
	case t.at.inode.dir.len() > 0:
		return ENOTEMPTY
	}
	t.dir.inode.remove(t.name, t.at.inode)
	return success
}

func pathUnlinkFile(s *System, g guest, p []uint64) Errno {
	t, errno := s.at(g, p[0], p[1], p[2], keep)
	switch {
	case errno != success:
		return errno
	case t.name == "":
		return EISDIR
	case t.dir.mount != nil:
		return t.dir.mount.remove(t.at.rel, false, t.slash)
	case t.at.none():
		return ENOENT
	case t.dir.node != nil:
		if t.at.mayBeDir() {
			return EISDIR
		}
		return EBUSY
	case t.at.inode.typ == typeDirectory:
		return EISDIR
	case t.slash:
		return ENOTDIR
	}
	t.dir.inode.remove(t.name, t.at.inode)
	return success
}

func pathRename(s *System, g guest, p []uint64) Errno {
	old, errno := s.at(g, p[0], p[1], p[2], keep)
	if errno = cmp.Or(errno, old.checkParent()); errno != success {
		return errno
	}
	to, errno := s.at(g, p[3], p[4], p[5], keep)
	if errno != success {
		return errno
	}
	if errno := to.checkParent(); errno != success {
		return errno
	}
	switch {
	case old.name == "" || to.name == "":
		return EBUSY
	case old.dir.mount != nil || to.dir.mount != nil:
		return renameInMount(old, to)
	case old.at.none():
		return ENOENT
	case old.dir.node != nil:
		return EBUSY
	case to.dir.node != nil && !to.at.none():
		return EBUSY
	case to.dir.node != nil:
		return EROFS
	case (old.slash || to.slash) && old.at.inode.typ != typeDirectory:
		return ENOTDIR
	}
	return old.dir.inode.rename(old.name, old.at.inode, to.dir.inode, to.name, to.at.inode)
}

// checkParent makes sure of the directory that the last component is in.
func (t target) checkParent() Errno {
	if t.name == "" {
		return success
	}
	return t.dir.checkDir()
}

func renameInMount(old, to target) Errno {
	if old.at.none() {
		return ENOENT
	}
	if old.dir.mount != to.dir.mount {
		if _, errno := old.stat(false); errno != success {
			return errno
		}
		return EXDEV
	}
	if old.slash || to.slash {
		st, errno := old.at.mount.stat(old.at.rel, false)
		if errno != success {
			return errno
		}
		if st.typ != typeDirectory {
			return ENOTDIR
		}
	}
	return old.dir.mount.rename(old.at.rel, to.at.rel)
}

// pathSymlink makes symbolic links in /tmp, of any target. In a mount it makes
// none: one that leads out could not be followed here, but would lead astray
// whoever walks the directory on the host.
func pathSymlink(s *System, g guest, p []uint64) Errno {
	link, errno := g.path(uint32(p[0]), uint32(p[1]))
	if errno != success {
		return errno
	}
	t, errno := s.at(g, p[2], p[3], p[4], keep)
	switch {
	case errno != success:
		return errno
	case t.name == "":
		return EEXIST
	case t.dir.mount != nil:
		if _, errno := t.at.mount.stat(t.at.rel, false); errno != ENOENT {
			return cmp.Or(errno, EEXIST)
		}
		if !t.at.mount.writable {
			return EROFS
		}
		return EPERM
	case !t.at.none():
		return EEXIST
	case t.dir.node != nil:
		return EROFS
	case t.slash:
		return ENOENT
	}
	return t.dir.inode.symlink(t.name, link)
}
