package runtime

import (
	"context"
	"hash"
	"io"
)

// counted counts and digests what is written, and keeps the writer's error.
type counted struct {
	to    io.Writer
	hash  hash.Hash
	bytes int64
	err   error
}

// Write implements io.Writer.
func (w *counted) Write(p []byte) (int, error) {
	n, err := w.to.Write(p)
	w.hash.Write(p[:n])
	w.bytes += int64(n)
	if err != nil {
		w.err = err
	}
	return n, err
}

// contextWriter writes until a context ends.
type contextWriter struct {
	ctx context.Context //nolint:containedctx // io.Writer has no other place for it
	to  io.Writer
}

// Write implements io.Writer.
func (w contextWriter) Write(p []byte) (int, error) {
	if w.ctx.Err() != nil {
		return 0, context.Cause(w.ctx)
	}
	return w.to.Write(p)
}

// contextReader reads until a context ends.
type contextReader struct {
	ctx  context.Context //nolint:containedctx // io.Reader has no other place for it
	from io.Reader
}

// Read implements io.Reader.
func (r contextReader) Read(p []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, context.Cause(r.ctx)
	}
	return r.from.Read(p)
}
