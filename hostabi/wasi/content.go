package wasi

// chunkSize is the unit in which a file of /tmp takes memory. A file's chunks
// are shorter while it is small, and a chunk that was never written is not
// there at all: it reads as zeros and costs nothing.
const (
	chunkSize    = 64 << 10
	minimumChunk = 512
)

// content is the data of a regular file. Every byte between a chunk's end and
// the next chunk, and behind size within a chunk, is zero.
type content struct {
	size   int64
	chunks map[int64][]byte
}

func (c *content) readAt(p []byte, off int64) int {
	if off >= c.size {
		return 0
	}
	p = p[:min(int64(len(p)), c.size-off)]
	for done := 0; done < len(p); {
		at := off + int64(done)
		chunk, in := c.chunks[at/chunkSize], int(at%chunkSize)
		part := p[done:min(len(p), done+chunkSize-in)]
		n := 0
		if in < len(chunk) {
			n = copy(part, chunk[in:])
		}
		clear(part[n:])
		done += len(part)
	}
	return len(p)
}

// writeAt writes as much as the quota of fs lets it. It returns an errno only
// if that is nothing.
func (c *content) writeAt(fs *scratch, p []byte, off int64) (int, Errno) {
	if off >= fileSizeMax {
		if len(p) == 0 {
			return 0, success
		}
		return 0, EFBIG
	}
	p = p[:min(int64(len(p)), fileSizeMax-off)]
	done := 0
	for done < len(p) {
		at := off + int64(done)
		in := int(at % chunkSize)
		part := p[done:min(len(p), done+chunkSize-in)]
		chunk := c.grow(fs, at/chunkSize, in+len(part))
		if in >= len(chunk) {
			break
		}
		n := copy(chunk[in:], part)
		done += n
		c.size = max(c.size, at+int64(n))
		if n < len(part) {
			break
		}
	}
	if done == 0 && len(p) > 0 {
		return 0, ENOSPC
	}
	return done, success
}

// grow makes chunk i at least want bytes long, if the quota allows; otherwise
// as long as it allows.
func (c *content) grow(fs *scratch, i int64, want int) []byte {
	have := c.chunks[i]
	if len(have) >= want {
		return have
	}
	// Doubling keeps many small writes cheap; a file beyond its first chunk is
	// taken to be one that grows.
	size := chunkSize
	if i == 0 && c.size <= chunkSize {
		for size = minimumChunk; size < want; size *= 2 {
		}
	}
	if !fs.charge(int64(size - len(have))) {
		size = int(min(int64(want), int64(len(have))+fs.maxBytes-fs.bytes))
		if size <= len(have) || !fs.charge(int64(size-len(have))) {
			return have
		}
	}
	chunk := make([]byte, size)
	copy(chunk, have)
	if c.chunks == nil {
		c.chunks = make(map[int64][]byte, 1)
	}
	c.chunks[i] = chunk
	return chunk
}

// truncate sets the size and returns how many bytes of quota that frees.
func (c *content) truncate(size int64) (freed int64) {
	shrinks := size < c.size
	c.size = size
	if !shrinks {
		return 0
	}
	last := size / chunkSize
	for i, chunk := range c.chunks {
		keep := 0
		switch {
		case i < last:
			continue
		case i == last:
			keep = int(size % chunkSize)
		}
		if keep == 0 {
			freed += int64(len(chunk))
			delete(c.chunks, i)
		} else if keep < len(chunk) {
			clear(chunk[keep:])
		}
	}
	return freed
}

// allocate takes the memory for the first size bytes now, all or nothing.
func (c *content) allocate(fs *scratch, size int64, pause func() bool) Errno {
	var need int64
	chunks := (size + chunkSize - 1) / chunkSize
	if chunks > (fs.maxBytes-fs.bytes)/chunkSize+int64(len(c.chunks))+1 {
		return ENOSPC // and the loops below are short
	}
	for i := range chunks {
		end := int(min(chunkSize, size-i*chunkSize))
		need += int64(max(0, end-len(c.chunks[i])))
	}
	if !fs.charge(need) {
		return ENOSPC
	}
	// Charged, but not taken: normally nothing is left of it. The pause may end
	// the call, or let the guest change this very file.
	defer func() { fs.bytes -= need }()
	for i := range chunks {
		end := int(min(chunkSize, size-i*chunkSize))
		if have := c.chunks[i]; len(have) < end {
			chunk := make([]byte, end)
			copy(chunk, have)
			if c.chunks == nil {
				c.chunks = make(map[int64][]byte, chunks)
			}
			c.chunks[i] = chunk
			need -= int64(end - len(have))
		}
		if i%(ioStep/chunkSize) == 0 && pause() {
			return EINTR
		}
	}
	c.size = max(c.size, size)
	return success
}

// drop empties the file and returns how many bytes of quota that frees.
func (c *content) drop() (freed int64) {
	for _, chunk := range c.chunks {
		freed += int64(len(chunk))
	}
	*c = content{}
	return freed
}
