package runtime

import "io"

// capture keeps the first bytes of an output stream, passes them on live, and
// counts what is beyond. It belongs to one task's goroutine.
type capture struct {
	live  io.Writer // may be nil
	limit int64
	take  func(n int64) bool // asks for memory

	outside func(func()) // calls what may take its time
	kept    []byte
	cut     int64
}

// Write never fails: output that nobody can take any more is no fault of the
// script's. A live writer that fails is dropped.
func (c *capture) Write(p []byte) (int, error) {
	keep := p[:min(int64(len(p)), c.limit-int64(len(c.kept)))]
	if !c.take(int64(len(keep))) {
		keep = nil
	}
	c.kept = append(c.kept, keep...)
	c.cut += int64(len(p) - len(keep))
	if c.live != nil && len(keep) > 0 {
		c.outside(func() {
			if _, err := c.live.Write(keep); err != nil {
				c.live = nil
			}
		})
	}
	return len(p), nil
}
