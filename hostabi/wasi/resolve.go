package wasi

import (
	"cmp"
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

// lastLink says what becomes of a symbolic link that is a path's last component.
type lastLink uint8

const (
	keep   lastLink = iota // the link itself is meant, even before a "/": unlink, rename, mkdir…
	keepIf                 // it is meant unless the path ends in "/": lstat, O_NOFOLLOW
	follow

	creating lastLink = 1 << 7 // added to one of them: a last "name/" is EISDIR, whatever is there
)

// followIf translates the flag of the path functions.
func followIf(flag bool) lastLink {
	if flag {
		return follow
	}
	return keepIf
}

// resolve walks a path from a directory the way POSIX says, with the guest's
// root as the root. In a mount it only collects names: os.Root walks them, and
// does not let them lead out.
func (s *System) resolve(from place, p string, link lastLink) (target, Errno) {
	if p[0] == '/' {
		from = place{node: s.tree}
	}
	creates := link&creating != 0
	link &^= creating
	cur, rest := from, strings.TrimLeft(p, "/")
	if rest == "" {
		return target{at: cur, dots: "/", slash: true}, success
	}
	for links, dots := 0, 0; ; {
		name, after, slash := strings.Cut(rest, "/")
		rest = strings.TrimLeft(after, "/")
		last := rest == ""
		switch {
		case len(name) > nameMax:
			return target{}, ENAMETOOLONG
		case name == ".":
			if last {
				return target{at: cur, dots: ".", slash: true}, cur.checkDir()
			}
			continue
		case name == "..":
			if cur.mount != nil {
				if dots++; dots > mountDotsMax {
					return target{}, ENAMETOOLONG
				}
			}
			up, aside, errno := s.parent(cur)
			if errno != success {
				return target{}, errno
			}
			if aside != "" { // cur was a link in a mount: walk it, then ".."
				if links++; links > linkDepthMax {
					return target{}, ELOOP
				}
				cur, rest = up, join(aside+"/..", rest)
				continue
			}
			cur = up
			if last {
				return target{at: cur, dots: "..", slash: true}, success
			}
			continue
		}
		if last && slash && creates {
			return target{}, cmp.Or(cur.checkDir(), EISDIR)
		}
		next, errno := s.lookup(cur, name)
		if errno == ENOENT && last {
			return target{dir: cur, name: name, slash: slash}, success
		}
		if errno != success {
			return target{}, errno
		}
		if next.inode != nil && next.inode.typ == typeSymlink &&
			(!last || link == follow || slash && link == keepIf) {
			if links++; links > linkDepthMax {
				return target{}, ELOOP
			}
			to := next.inode.target
			if to[0] == '/' {
				cur = place{node: s.tree}
			}
			if slash {
				to += "/"
			}
			if rest = strings.TrimLeft(to+rest, "/"); rest == "" {
				return target{at: cur, dots: "/", slash: true}, success
			}
			continue
		}
		if (!last || slash && link != keep) && !next.mayBeDir() {
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

// checkDir makes sure of a directory that the walk has only assumed.
func (p place) checkDir() Errno {
	if p.mount == nil {
		return success
	}
	info, errno := p.mount.info(p.rel, true)
	if errno == success && !info.IsDir() {
		return ENOTDIR
	}
	return errno
}

// lookup finds a name in a directory.
func (s *System) lookup(dir place, name string) (place, Errno) {
	switch {
	case dir.mount != nil:
		rel := path.Join(dir.rel, name)
		if len(rel) > pathMax || strings.Count(rel, "/") >= mountDepthMax {
			return place{}, ENAMETOOLONG
		}
		return place{mount: dir.mount, rel: rel}, success
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
