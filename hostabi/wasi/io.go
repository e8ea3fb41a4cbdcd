package wasi

import "math"

// A transfer does all that is asked, as Linux does with regular files: scripts
// rely on os.write(fd, data) writing everything. So that no transfer keeps a
// call from stopping, it is cut in pieces of at most ioStep bytes, and between
// them the Waiter is asked. A soft interrupt makes it short, which POSIX allows.

// transfer walks the guest's iovecs and hands move one piece at a time. It ends
// early when move does less than it could.
func (s *System) transfer(g guest, iovs, count, result uint32, move func(p []byte) (int, Errno)) Errno {
	if count > iovecsMax {
		return EINVAL
	}
	if _, errno := g.bytes(result, 4); errno != success {
		return errno
	}
	if errno := checkIovecs(g, iovs, count); errno != success {
		return errno
	}
	var total, sincePause uint32
	for i := range count {
		ptr, n, errno := iovec(g, iovs, i)
		if errno != success {
			return errno
		}
		for n > 0 {
			if sincePause >= ioStep {
				sincePause = 0
				if s.pause(g) {
					return g.putUint32(result, total)
				}
			}
			step := min(n, ioStep-sincePause)
			if total > math.MaxInt32-step {
				return g.putUint32(result, total)
			}
			b, errno := g.bytes(ptr, step)
			if errno != success {
				return errno // only if the guest changed its iovecs meanwhile
			}
			done, errno := move(b)
			total += uint32(done)
			if errno != success && total == 0 {
				return errno
			}
			if errno != success || uint32(done) < step {
				return g.putUint32(result, total)
			}
			ptr, n, sincePause = ptr+step, n-step, sincePause+step
		}
	}
	return g.putUint32(result, total)
}

// checkIovecs checks all iovecs before anything is moved.
func checkIovecs(g guest, iovs, count uint32) Errno {
	if _, errno := g.bytes(iovs, count*iovecSize); errno != success {
		return errno
	}
	for i := range count {
		ptr, n, errno := iovec(g, iovs, i)
		if errno != success {
			return errno
		}
		if _, errno := g.bytes(ptr, n); errno != success {
			return errno
		}
	}
	return success
}

// iovec reads one (pointer, length) pair.
func iovec(g guest, iovs, i uint32) (ptr, n uint32, errno Errno) {
	v, ok := g.mem.ReadUint64Le(iovs + i*iovecSize)
	if !ok {
		return 0, 0, EFAULT
	}
	return uint32(v), uint32(v >> 32), success
}

func fdRead(s *System, g guest, p []uint64) Errno {
	f, errno := s.table.get(p[0])
	if errno != success {
		return errno
	}
	if !f.read {
		return EBADF
	}
	iovs, count, result := uint32(p[1]), uint32(p[2]), uint32(p[3])
	switch o := f.object.(type) {
	case regular:
		return s.transfer(g, iovs, count, result, func(b []byte) (int, Errno) {
			n, errno := o.readAt(b, f.pos)
			f.pos += int64(n)
			return n, errno
		})
	case *input:
		return s.readInput(g, f, o, iovs, count, result)
	case directory:
		return EISDIR
	}
	return EBADF
}

// readInput waits for the first byte only.
func (s *System) readInput(g guest, f *file, in *input, iovs, count, result uint32) Errno {
	first := true
	return s.transfer(g, iovs, count, result, func(b []byte) (int, Errno) {
		for {
			ready, done := in.poll()
			switch {
			case ready:
				first = false
				return in.readData(b)
			case !first:
				return 0, success
			case f.flags&flagNonblock != 0:
				return 0, EAGAIN
			}
			if _, err := s.cfg.Waiter.Wait(g.ctx, g.mod, -1, done); err != nil {
				return 0, EINTR
			}
		}
	})
}

func fdPread(s *System, g guest, p []uint64) Errno {
	f, o, errno := s.table.regular(p[0])
	if errno != success {
		return errno
	}
	if !f.read {
		return EBADF
	}
	off := int64(p[3])
	if off < 0 {
		return EINVAL
	}
	return s.transfer(g, uint32(p[1]), uint32(p[2]), uint32(p[4]), func(b []byte) (int, Errno) {
		n, errno := o.readAt(b, off)
		off += int64(n)
		return n, errno
	})
}

func fdWrite(s *System, g guest, p []uint64) Errno {
	f, errno := s.table.get(p[0])
	if errno != success {
		return errno
	}
	if !f.write {
		return EBADF
	}
	iovs, count, result := uint32(p[1]), uint32(p[2]), uint32(p[3])
	switch o := f.object.(type) {
	case *output:
		return s.transfer(g, iovs, count, result, o.writeData)
	case regular:
		if f.flags&flagAppend != 0 {
			return s.transfer(g, iovs, count, result, func(b []byte) (int, Errno) {
				n, end, errno := o.appendData(b)
				if n > 0 {
					f.pos = end
				}
				return n, errno
			})
		}
		return s.transfer(g, iovs, count, result, func(b []byte) (int, Errno) {
			if f.pos > math.MaxInt64-int64(len(b)) {
				return 0, EFBIG
			}
			n, errno := o.writeAt(b, f.pos)
			f.pos += int64(n)
			return n, errno
		})
	}
	return EBADF
}

// fdPwrite writes at an offset; on a descriptor that appends it appends, as it
// does on Linux.
func fdPwrite(s *System, g guest, p []uint64) Errno {
	f, o, errno := s.table.regular(p[0])
	if errno != success {
		return errno
	}
	if !f.write {
		return EBADF
	}
	off := int64(p[3])
	if off < 0 {
		return EINVAL
	}
	return s.transfer(g, uint32(p[1]), uint32(p[2]), uint32(p[4]), func(b []byte) (int, Errno) {
		if f.flags&flagAppend != 0 {
			n, _, errno := o.appendData(b)
			return n, errno
		}
		if off > math.MaxInt64-int64(len(b)) {
			return 0, EFBIG
		}
		n, errno := o.writeAt(b, off)
		off += int64(n)
		return n, errno
	})
}

// fdReaddir fills a buffer with entries; the last one may be cut off, which is
// how the guest learns that there is more. An entry is
//
//	d_next u64 · d_ino u64 · d_namlen u32 · d_type u8 · pad3 · name
func fdReaddir(s *System, g guest, p []uint64) Errno {
	f, errno := s.table.get(p[0])
	if errno != success {
		return errno
	}
	d, ok := f.object.(directory)
	if !ok {
		return ENOTDIR
	}
	ptr, size, result := uint32(p[1]), uint32(p[2]), uint32(p[4])
	if _, errno := g.bytes(result, 4); errno != success {
		return errno
	}
	// One call fills at most a step; more would only make a longer call.
	size = min(size, ioStep)
	if _, errno := g.bytes(ptr, size); errno != success {
		return errno
	}
	used := uint32(0)
	pause := func() bool { return s.pause(g) }
	errno = d.list(p[3], pause, func(e dirent) bool {
		buf, errno := g.bytes(ptr+used, size-used) // anew: a pause may have moved it
		if errno != success {
			return false
		}
		var head [direntSize]byte
		le.PutUint64(head[0:], e.next)
		le.PutUint64(head[8:], e.ino)
		le.PutUint32(head[16:], uint32(len(e.name)))
		head[20] = e.typ
		n := copy(buf, head[:])
		n += copy(buf[n:], e.name)
		used += uint32(n)
		return used < size
	})
	if errno != success {
		return errno
	}
	return g.putUint32(result, used)
}
