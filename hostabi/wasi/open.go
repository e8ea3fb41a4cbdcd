package wasi

// openMode is what path_open asks for.
type openMode struct {
	read, write                            bool
	create, exclusive, truncate, directory bool
	follow, slash                          bool
	flags                                  uint16
}

// pathOpen is openat. Whether it reads or writes follows from the rights, as
// wasi-libc sets them; a guest that asks for neither gets to read.
func pathOpen(s *System, g guest, p []uint64) Errno {
	lookup, oflags, fdflags := uint32(p[1]), uint32(p[4]), uint32(p[7])
	if lookup&^lookupFollow != 0 || oflags&^openKnown != 0 || fdflags&^flagsKnown != 0 {
		return EINVAL
	}
	how := openMode{
		read:      p[5]&(rightRead|rightReaddir) != 0,
		write:     p[5]&rightWrite != 0,
		create:    oflags&openCreate != 0,
		exclusive: oflags&openExclusive != 0,
		truncate:  oflags&openTruncate != 0,
		directory: oflags&openDirectory != 0,
		flags:     uint16(fdflags),
	}
	how.read = how.read || !how.write
	how.follow = lookup != 0 && !(how.create && how.exclusive)
	if how.create && how.directory {
		return EINVAL
	}
	link := followIf(how.follow)
	if how.create {
		link |= creating
	}
	t, errno := s.at(g, p[0], p[2], p[3], link)
	if errno != success {
		return errno
	}
	how.slash = t.slash
	how.follow = how.follow || t.slash
	if _, errno := g.bytes(uint32(p[8]), 4); errno != success {
		return errno
	}
	fd, errno := s.table.free()
	if errno != success {
		return errno
	}
	o, errno := s.open(t, how)
	if errno != success {
		return errno
	}
	s.table.set(fd, &file{object: o, flags: how.flags, read: how.read, write: how.write})
	return g.putUint32(uint32(p[8]), uint32(fd))
}

func (s *System) open(t target, how openMode) (object, Errno) {
	if t.at.mount != nil {
		return t.at.mount.open(t.at.rel, how)
	}
	if t.at.none() {
		switch {
		case !how.create:
			return nil, ENOENT
		case t.dir.node != nil:
			return nil, EROFS
		}
		n, errno := t.dir.inode.create(t.name, typeRegular)
		if errno != success {
			return nil, errno
		}
		return openNode(n), success
	}
	n := t.at.inode
	isDir := n == nil || n.typ == typeDirectory
	switch {
	case how.create && how.exclusive:
		return nil, EEXIST
	case isDir && (how.create || how.write || how.truncate):
		return nil, EISDIR
	case n == nil:
		return t.at.node, success
	case how.directory && !isDir:
		return nil, ENOTDIR
	case n.typ == typeSymlink:
		return nil, ELOOP
	}
	o := openNode(n)
	if how.truncate {
		if errno := o.(regular).truncate(0); errno != success {
			_ = o.close()
			return nil, errno
		}
	}
	return o, success
}
