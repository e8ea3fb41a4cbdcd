package wasi

import (
	"bytes"
	"io"
	"strings"
)

// A stream looks to the guest like a pipe: a character device that cannot seek,
// but has the rights to, which is how wasi-libc tells that it is no terminal.
func streamStat(fd uint64) filestat {
	at := started.UnixNano()
	return filestat{dev: devTree, ino: 1<<32 + fd, typ: typeCharDevice, nlink: 1, atime: at, mtime: at, ctime: at}
}

// output is stdout or stderr.
type output struct {
	w  io.Writer
	fd uint64
}

func (o *output) stat() (filestat, Errno) { return streamStat(o.fd), success }
func (o *output) close() Errno            { return success }

func (o *output) writeData(p []byte) (int, Errno) {
	if o.w == nil {
		return len(p), success
	}
	n, err := o.w.Write(p)
	if n > 0 {
		return min(n, len(p)), success
	}
	if err == nil && len(p) > 0 {
		return 0, EIO
	}
	return 0, errnoOf(err)
}

// input is stdin. A Reader may block for ever and cannot be told to stop, so a
// goroutine of its own reads one piece at a time while the guest waits in its
// Waiter. Readers of memory are asked directly.
type input struct {
	r       io.Reader
	have    []byte
	err     error
	pending *piece
}

// piece is one read under way. Its fields belong to the goroutine until done
// is closed.
type piece struct {
	done chan struct{}
	buf  []byte
	err  error
}

const inputPiece = 64 << 10

func (in *input) stat() (filestat, Errno) { return streamStat(fdStdin), success }
func (in *input) close() Errno            { return success }

// poll tells whether a read would return at once, and starts one if not; done
// is then closed when it is worth asking again.
func (in *input) poll() (ready bool, done <-chan struct{}) {
	if in.pending != nil {
		select {
		case <-in.pending.done:
			in.have, in.err = in.pending.buf, in.pending.err
			in.pending = nil
		default:
			return false, in.pending.done
		}
	}
	if len(in.have) > 0 || in.err != nil || in.r == nil || in.direct() {
		return true, nil
	}
	p := &piece{done: make(chan struct{})}
	in.pending = p
	go func(r io.Reader) {
		defer close(p.done)
		buf := make([]byte, inputPiece)
		n, err := r.Read(buf)
		p.buf, p.err = buf[:min(max(n, 0), len(buf))], err
	}(in.r)
	return false, p.done
}

func (in *input) direct() bool {
	switch in.r.(type) {
	case *bytes.Reader, *bytes.Buffer, *strings.Reader:
		return true
	}
	return false
}

// readData returns what is there; poll has said that something is.
func (in *input) readData(p []byte) (int, Errno) {
	if len(in.have) > 0 {
		n := copy(p, in.have)
		in.have = in.have[n:]
		return n, success
	}
	err := in.err
	if err == nil && in.r != nil {
		var n int
		if n, err = in.r.Read(p); n > 0 {
			return n, success
		}
	}
	if err == io.EOF {
		return 0, success
	}
	in.err = nil // an error is reported once, then the reader is asked again
	return 0, errnoOf(err)
}
