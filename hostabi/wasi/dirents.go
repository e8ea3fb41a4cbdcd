package wasi

import "sort"

// dirents is the list of names in a directory of /tmp. Each name gets a number
// that only grows: it is the cookie of readdir, so that a listing neither skips
// nor repeats names that were there all the time, whatever is added or removed
// meanwhile.
type dirents struct {
	byName  map[string]*named
	inOrder []*named // sorted by cookie; a removed name leaves a nil inode
	last    uint64
	subdirs uint32
}

type named struct {
	cookie uint64
	name   string
	inode  *inode
}

func (d *dirents) len() int { return len(d.byName) }

func (d *dirents) find(name string) *inode {
	if e := d.byName[name]; e != nil {
		return e.inode
	}
	return nil
}

func (d *dirents) add(name string, n *inode) {
	if d.byName == nil {
		d.byName = make(map[string]*named)
		d.last = firstCookie - 1
	}
	d.last++
	e := &named{cookie: d.last, name: name, inode: n}
	d.byName[name] = e
	d.inOrder = append(d.inOrder, e)
}

func (d *dirents) remove(name string) {
	d.byName[name].inode = nil
	delete(d.byName, name)
	if len(d.inOrder) < 16 || len(d.byName) > len(d.inOrder)/2 {
		return
	}
	kept := make([]*named, 0, len(d.byName))
	for _, e := range d.inOrder {
		if e.inode != nil {
			kept = append(kept, e)
		}
	}
	d.inOrder = kept
}

// list emits the names behind cookie.
func (d *dirents) list(cookie uint64, emit func(dirent) bool) {
	from := sort.Search(len(d.inOrder), func(i int) bool { return d.inOrder[i].cookie > cookie })
	for _, e := range d.inOrder[from:] {
		if e.inode != nil && !emit(dirent{next: e.cookie, ino: e.inode.ino, typ: e.inode.typ, name: e.name}) {
			return
		}
	}
}
