package wasi

import (
	"context"
	"encoding/binary"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tetratelabs/wazero/api"
)

var le = binary.LittleEndian

// guest is the calling module, as one function sees it during one call. Views
// of its memory are valid only until the next wait: the Waiter may run guest
// code, and memory that grows may move.
type guest struct {
	ctx context.Context
	mod api.Module
	mem api.Memory
}

// bytes returns a view of the guest's memory.
func (g guest) bytes(ptr, n uint32) ([]byte, Errno) {
	b, ok := g.mem.Read(ptr, n)
	if !ok {
		return nil, EFAULT
	}
	return b, success
}

func (g guest) putUint32(ptr, v uint32) Errno {
	if !g.mem.WriteUint32Le(ptr, v) {
		return EFAULT
	}
	return success
}

func (g guest) putUint64(ptr uint32, v uint64) Errno {
	if !g.mem.WriteUint64Le(ptr, v) {
		return EFAULT
	}
	return success
}

// path copies a path out of the guest's memory.
func (g guest) path(ptr, n uint32) (string, Errno) {
	if n > pathMax {
		return "", ENAMETOOLONG
	}
	b, errno := g.bytes(ptr, n)
	if errno != success {
		return "", errno
	}
	if n == 0 {
		return "", ENOENT
	}
	p := string(b)
	if strings.IndexByte(p, 0) >= 0 {
		return "", EINVAL
	}
	if !utf8.ValidString(p) {
		return "", EILSEQ
	}
	return p, success
}

// writeFilestat lays a filestat out at ptr.
func (g guest) writeFilestat(ptr uint32, st filestat) Errno {
	b, errno := g.bytes(ptr, filestatSize)
	if errno != success {
		return errno
	}
	clear(b)
	le.PutUint64(b[0:], st.dev)
	le.PutUint64(b[8:], st.ino)
	b[16] = st.typ
	le.PutUint64(b[24:], st.nlink)
	le.PutUint64(b[32:], uint64(max(st.size, 0)))
	le.PutUint64(b[40:], uint64(max(st.atime, 0)))
	le.PutUint64(b[48:], uint64(max(st.mtime, 0)))
	le.PutUint64(b[56:], uint64(max(st.ctime, 0)))
	return success
}

// times reads the arguments that the two set_times functions share.
func times(atim, mtim uint64, flags uint32) (timeChange, Errno) {
	var c timeChange
	const bothA, bothM = setAtime | setAtimeNow, setMtime | setMtimeNow
	if flags&^setKnown != 0 || flags&bothA == bothA || flags&bothM == bothM {
		return c, EINVAL
	}
	now := time.Now()
	pick := func(ns uint64, set, setNow uint32) (*time.Time, Errno) {
		switch {
		case flags&setNow != 0:
			return &now, success
		case flags&set == 0:
			return nil, success
		case int64(ns) < 0:
			return nil, EINVAL
		}
		t := time.Unix(0, int64(ns))
		return &t, success
	}
	var errno Errno
	if c.atime, errno = pick(atim, setAtime, setAtimeNow); errno != success {
		return c, errno
	}
	c.mtime, errno = pick(mtim, setMtime, setMtimeNow)
	return c, errno
}
