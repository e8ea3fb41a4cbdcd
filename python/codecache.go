package python

import (
	"container/list"
	"crypto/sha256"
	"encoding/binary"
	"sync"
)

// codeKey is the SHA-256 of a script's name and source: a traceback shows the name,
// so the same source under another name is another code object.
type codeKey [sha256.Size]byte

func codeKeyOf(script Script) codeKey {
	h := sha256.New()
	// The length keeps ("ab", "c") and ("a", "bc") apart.
	h.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(script.Name))))
	h.Write([]byte(script.Name))
	h.Write(script.Source)
	return codeKey(h.Sum(nil))
}

// codeCache keeps compiled scripts, the least recently used leaving first when
// they take more than max bytes. It may be used by several goroutines.
type codeCache struct {
	max int

	mu           sync.Mutex // guards what follows
	hits, misses uint64
	used         int
	order        *list.List // of *codeEntry, most recently used first
	byKey        map[codeKey]*list.Element
}

type codeEntry struct {
	key  codeKey
	code []byte // never written to after put
}

func newCodeCache(maxBytes int) *codeCache {
	return &codeCache{max: maxBytes, order: list.New(), byKey: make(map[codeKey]*list.Element)}
}

func (c *codeCache) get(key codeKey) ([]byte, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.byKey[key]
	if !ok {
		c.misses++
		return nil, false
	}
	c.hits++
	c.order.MoveToFront(e)
	return e.Value.(*codeEntry).code, true
}

func (c *codeCache) put(key codeKey, code []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.byKey[key]; ok || len(code) > c.max {
		return
	}
	c.byKey[key] = c.order.PushFront(&codeEntry{key, code})
	c.used += len(code)
	for c.used > c.max {
		oldest := c.order.Remove(c.order.Back()).(*codeEntry)
		delete(c.byKey, oldest.key)
		c.used -= len(oldest.code)
	}
}
