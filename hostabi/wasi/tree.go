package wasi

import (
	"strconv"
	"strings"
)

// node is a directory of the made-up part of the guest's tree, or the place
// where /tmp or a mount begins. Nodes do not change once a guest runs; guests
// without mounts share one tree.
type node struct {
	name     string
	ino      uint64
	parent   *node // the root is its own
	children []*node
	tmp      bool
	mount    *mount
}

// Device numbers of what is not on the host.
const (
	devTree = 0x7669_7600
	devTmp  = 0x7669_7601
)

var bareTree = newTree()

func newTree() *node {
	root := &node{ino: 1}
	root.parent = root
	root.child("tmp").tmp = true
	return root
}

// child returns the named child, made if need be.
func (n *node) child(name string) *node {
	if c := n.find(name); c != nil {
		return c
	}
	c := &node{name: name, parent: n, ino: pathIno("", strconv.FormatUint(n.ino, 16), name)}
	n.children = append(n.children, c)
	return c
}

func (n *node) find(name string) *node {
	for _, c := range n.children {
		if c.name == name {
			return c
		}
	}
	return nil
}

// add puts a mount at a checked, absolute path.
func (n *node) add(path string, m *mount) {
	for part := range strings.SplitSeq(path[1:], "/") {
		n = n.child(part)
	}
	n.mount, m.at = m, n
}

// node is the directory object of what is made up.

func (n *node) stat() (filestat, Errno) {
	at := started.UnixNano()
	return filestat{
		dev: devTree, ino: n.ino, typ: typeDirectory, nlink: 2 + uint64(len(n.children)),
		atime: at, mtime: at, ctime: at,
	}, success
}

func (n *node) close() Errno              { return success }
func (n *node) sync() Errno               { return success }
func (n *node) setTimes(timeChange) Errno { return EROFS }
func (n *node) place() place              { return place{node: n} }

func (n *node) list(cookie uint64, _ func() bool, emit func(dirent) bool) Errno {
	if !emitDots(cookie, n.ino, n.parent.ino, emit) {
		return success
	}
	for i := max(cookie, firstCookie-1) - (firstCookie - 1); i < uint64(len(n.children)); i++ {
		c := n.children[i]
		d := dirent{next: i + firstCookie, ino: c.ino, typ: typeDirectory, name: c.name}
		if c.mount != nil && c.mount.file != "" {
			d.typ = typeRegular
		}
		if c.mount != nil {
			d.ino = 0 // unknown: the guest asks for it if it matters
		}
		if c.tmp {
			d.ino = tmpIno
		}
		if !emit(d) {
			break
		}
	}
	return success
}

// Cookies count up from 1 for "." and 2 for ".."; firstCookie is that of the
// first other entry.
const firstCookie = 3

// emitDots lists "." and "..", as far as the cookie has not passed them.
func emitDots(cookie, self, parent uint64, emit func(dirent) bool) bool {
	if cookie < 1 && !emit(dirent{next: 1, ino: self, typ: typeDirectory, name: "."}) {
		return false
	}
	return cookie >= 2 || emit(dirent{next: 2, ino: parent, typ: typeDirectory, name: ".."})
}
