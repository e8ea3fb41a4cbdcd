package wasi

import (
	"path"
	"strings"
)

// place is a spot in the guest's tree. Exactly one of node, inode and mount is
// set; rel is the slash-separated path within the mount, "." for its root.
type place struct {
	node  *node
	inode *inode
	mount *mount
	rel   string
}

func (p place) none() bool { return p.node == nil && p.inode == nil && p.mount == nil }

// target is what a path leads to.
type target struct {
	dir   place  // the directory that holds the last component
	name  string // the last component; "" if it is ".", ".." or the root
	dots  string // then: "/", "." or ".."
	at    place  // what it names; none if missing. In a mount only the host knows
	slash bool   // the path ended in "/", so it must be a directory
}

// resolve walks a path from a directory the way POSIX says, with the guest's
// root as the root. In a mount it only collects names: os.Root walks them, and
// does not let them lead out.
func (s *System) resolve(from place, p string, follow bool) (target, Errno) {
	if p[0] == '/' {
		from = place{node: s.tree}
	}
	cur, rest := from, strings.TrimLeft(p, "/")
	if rest == "" {
		return target{at: cur, dots: "/", slash: true}, success
	}
	for links := 0; ; {
		name, after, slash := strings.Cut(rest, "/")
		rest = strings.TrimLeft(after, "/")
		last := rest == ""
		switch {
		case len(name) > nameMax:
			return target{}, ENAMETOOLONG
		case name == ".":
			if last {
				return target{at: cur, dots: ".", slash: slash}, success
			}
			continue
		case name == "..":
			up, link, errno := s.parent(cur)
			if errno != success {
				return target{}, errno
			}
			if link != "" { // cur was a link in a mount: walk it, then ".."
				if links++; links > linkDepthMax {
					return target{}, ELOOP
				}
				cur, rest = up, join(link+"/..", rest)
				continue
			}
			cur = up
			if last {
				return target{at: cur, dots: "..", slash: slash}, success
			}
			continue
		}
		next, errno := s.lookup(cur, name)
		if errno == ENOENT && last {
			return target{dir: cur, name: name, slash: slash}, success
		}
		if errno != success {
			return target{}, errno
		}
		if next.inode != nil && next.inode.typ == typeSymlink && (!last || slash || follow) {
			if links++; links > linkDepthMax {
				return target{}, ELOOP
			}
			link := next.inode.target
			if link[0] == '/' {
				cur = place{node: s.tree}
			}
			if slash {
				link += "/"
			}
			if rest = strings.TrimLeft(link+rest, "/"); rest == "" {
				return target{at: cur, dots: "/", slash: true}, success
			}
			continue
		}
		if (!last || slash) && !next.mayBeDir() {
			return target{}, ENOTDIR
		}
		if last {
			return target{dir: cur, name: name, at: next, slash: slash}, success
		}
		cur = next
	}
}

func join(a, b string) string {
	if b == "" {
		return a
	}
	return a + "/" + b
}

// mayBeDir is false for what is surely no directory.
func (p place) mayBeDir() bool {
	switch {
	case p.inode != nil:
		return p.inode.typ == typeDirectory
	case p.mount != nil:
		return p.mount.file == ""
	}
	return true
}

// lookup finds a name in a directory.
func (s *System) lookup(dir place, name string) (place, Errno) {
	switch {
	case dir.mount != nil:
		return place{mount: dir.mount, rel: path.Join(dir.rel, name)}, success
	case dir.inode != nil:
		if n := dir.inode.dir.find(name); n != nil {
			return place{inode: n}, success
		}
		return place{}, ENOENT
	}
	n := dir.node.find(name)
	switch {
	case n == nil:
		return place{}, ENOENT
	case n.tmp:
		return place{inode: s.tmp.top()}, success
	case n.mount != nil:
		return place{mount: n.mount, rel: "."}, success
	}
	return place{node: n}, success
}

// parent finds "..". If cur turns out to be a symbolic link in a mount, it
// returns the directory it is in and its target instead.
func (s *System) parent(cur place) (up place, link string, errno Errno) {
	switch {
	case cur.node != nil:
		return place{node: cur.node.parent}, "", success
	case cur.inode != nil && cur.inode.parent != nil:
		return place{inode: cur.inode.parent}, "", success
	case cur.inode != nil:
		return place{node: s.tree}, "", success
	case cur.rel == ".":
		return place{node: cur.mount.at.parent}, "", success
	}
	link, errno = cur.mount.dirOrLink(cur.rel)
	return place{mount: cur.mount, rel: path.Dir(cur.rel)}, link, errno
}
