package wasi

import (
	"math"
)

func fdAdvise(s *System, _ guest, p []uint64) Errno {
	if _, _, errno := s.table.regular(p[0]); errno != success {
		return errno
	}
	const last = 5 // normal, sequential, random, willneed, dontneed, noreuse
	if uint32(p[3]) > last || int64(p[1]) < 0 || int64(p[2]) < 0 {
		return EINVAL
	}
	return success
}

func fdAllocate(s *System, g guest, p []uint64) Errno {
	f, o, errno := s.table.regular(p[0])
	if errno != success {
		return errno
	}
	offset, length := int64(p[1]), int64(p[2])
	switch {
	case offset < 0 || length <= 0:
		return EINVAL
	case !f.write:
		return EBADF
	case offset > math.MaxInt64-length:
		return EFBIG
	}
	return o.allocate(offset+length, func() bool { return s.pause(g) })
}

// fdClose closes a descriptor, but not the door to the tree: wasi-libc looks the
// preopens up once, and a script that closes every number it can think of does
// not mean this one.
func fdClose(s *System, _ guest, p []uint64) Errno {
	f, errno := s.table.get(p[0])
	if errno != success {
		return errno
	}
	if f.preopen {
		return ENOTSUP
	}
	s.table.remove(int(uint32(p[0])))
	return f.close()
}

func fdSync(s *System, _ guest, p []uint64) Errno {
	f, errno := s.table.get(p[0])
	if errno != success {
		return errno
	}
	if o, ok := f.object.(interface{ sync() Errno }); ok {
		return o.sync()
	}
	return EINVAL
}

// fdFdstatGet writes
//
//	fs_filetype u8 · pad · fs_flags u16 · pad4 · fs_rights_base u64 · fs_rights_inheriting u64
func fdFdstatGet(s *System, g guest, p []uint64) Errno {
	f, errno := s.table.get(p[0])
	if errno != success {
		return errno
	}
	b, errno := g.bytes(uint32(p[1]), fdstatSize)
	if errno != success {
		return errno
	}
	clear(b)
	rights := uint64(rightsAll)
	if !f.read {
		rights &^= rightRead | rightReaddir
	}
	if !f.write {
		rights &^= rightWrite
	}
	b[0] = f.typ()
	le.PutUint16(b[2:], f.flags)
	le.PutUint64(b[8:], rights)
	le.PutUint64(b[16:], rightsAll)
	return success
}

// typ is the file type; it costs no call to the host.
func (f *file) typ() uint8 {
	switch f.object.(type) {
	case regular:
		return typeRegular
	case directory:
		return typeDirectory
	}
	return typeCharDevice
}

func fdFdstatSetFlags(s *System, _ guest, p []uint64) Errno {
	f, errno := s.table.get(p[0])
	if errno != success {
		return errno
	}
	flags := uint32(p[1])
	const changeable = flagAppend | flagNonblock
	if flags&^flagsKnown != 0 || (flags^uint32(f.flags))&^changeable != 0 {
		return EINVAL
	}
	if o, ok := f.object.(regular); ok {
		if errno := o.setAppend(flags&flagAppend != 0); errno != success {
			return errno
		}
	}
	f.flags = uint16(flags)
	return success
}

// fdFdstatSetRights accepts and ignores: rights were dropped from WASI.
func fdFdstatSetRights(s *System, _ guest, p []uint64) Errno {
	_, errno := s.table.get(p[0])
	return errno
}

func fdFilestatGet(s *System, g guest, p []uint64) Errno {
	f, errno := s.table.get(p[0])
	if errno != success {
		return errno
	}
	st, errno := f.stat()
	if errno != success {
		return errno
	}
	return g.writeFilestat(uint32(p[1]), st)
}

func fdFilestatSetSize(s *System, _ guest, p []uint64) Errno {
	f, o, errno := s.table.regular(p[0])
	if errno == ESPIPE {
		return EINVAL
	}
	if errno != success {
		return errno
	}
	if !f.write || int64(p[1]) < 0 {
		return EINVAL
	}
	return o.truncate(int64(p[1]))
}

func fdFilestatSetTimes(s *System, _ guest, p []uint64) Errno {
	f, errno := s.table.get(p[0])
	if errno != success {
		return errno
	}
	c, errno := times(p[1], p[2], uint32(p[3]))
	if errno != success {
		return errno
	}
	if o, ok := f.object.(interface{ setTimes(timeChange) Errno }); ok {
		return o.setTimes(c)
	}
	return EPERM
}

// The name of the only preopen.
const preopenName = "/"

// fdPrestatGet writes tag u8 (0: directory) · pad3 · length of the name u32.
func fdPrestatGet(s *System, g guest, p []uint64) Errno {
	f, errno := s.table.get(p[0])
	if errno != success || !f.preopen {
		return EBADF
	}
	return g.putUint64(uint32(p[1]), uint64(len(preopenName))<<32)
}

func fdPrestatDirName(s *System, g guest, p []uint64) Errno {
	f, errno := s.table.get(p[0])
	if errno != success || !f.preopen {
		return EBADF
	}
	if uint32(p[2]) < uint32(len(preopenName)) {
		return ENAMETOOLONG
	}
	b, errno := g.bytes(uint32(p[1]), uint32(len(preopenName)))
	if errno != success {
		return errno
	}
	copy(b, preopenName)
	return success
}

// fdRenumber moves a descriptor to another number, closing what was there.
func fdRenumber(s *System, _ guest, p []uint64) Errno {
	f, errno := s.table.get(p[0])
	if errno != success {
		return errno
	}
	from, to := uint32(p[0]), uint32(p[1])
	if uint64(to) >= uint64(s.table.max) {
		return EBADF
	}
	if from == to {
		return success
	}
	over, _ := s.table.get(p[1])
	if f.preopen || over != nil && over.preopen {
		return ENOTSUP
	}
	if over != nil {
		s.table.remove(int(to))
		_ = over.close()
	}
	s.table.remove(int(from))
	s.table.set(int(to), f)
	return success
}

func fdSeek(s *System, g guest, p []uint64) Errno {
	f, o, errno := s.table.regular(p[0])
	if errno != success {
		return errno
	}
	offset, base := int64(p[1]), int64(0)
	switch uint32(p[2]) {
	case 0:
	case 1:
		base = f.pos
	case 2:
		st, errno := o.stat()
		if errno != success {
			return errno
		}
		base = st.size
	default:
		return EINVAL
	}
	if offset > 0 && base > math.MaxInt64-offset {
		return EOVERFLOW
	}
	if base+offset < 0 {
		return EINVAL
	}
	if errno := g.putUint64(uint32(p[3]), uint64(base+offset)); errno != success {
		return errno
	}
	f.pos = base + offset
	return success
}

func fdTell(s *System, g guest, p []uint64) Errno {
	f, _, errno := s.table.regular(p[0])
	if errno != success {
		return errno
	}
	return g.putUint64(uint32(p[1]), uint64(f.pos))
}
