package watcher

import (
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"github.com/fsnotify/fsnotify"
)

// opsOfRemoval are the operations after which a path is not what it was, though
// something may be there again.
const opsOfRemoval = fsnotify.Remove | fsnotify.Rename

// look is what is done about a path with events. The events only say where to
// look, except that a directory that was removed or renamed in between is not
// the one known, even if it has the same inode number: its watch is gone.
func (t *tree) look(path string, op fsnotify.Op) {
	path = filepath.Clean(path)
	removed := op&opsOfRemoval != 0
	if r := t.roots[path]; r != nil && (removed || r.dir == nil) {
		if r.dir != nil {
			t.drop(r.dir)
		}
		t.rootsAt = time.Time{}
		return
	}
	d, parent := t.dirs[path], t.dirs[filepath.Dir(path)]
	if d == nil {
		if parent != nil {
			t.lookAtUnknown(parent, path, op)
		} // else it is the event of a watch that was removed since, and a directory above was reported
		return
	}
	info, err := t.stat(path)
	switch {
	case err != nil && !isGone(err):
		t.report(d.root, path, true) // a directory above has become unreadable
	case err == nil && !removed && fileIDOf(info) == d.id:
		if op.Has(fsnotify.Chmod) {
			t.lookAtMode(d, info)
		} // else it was found by listing, before its own event came, and reported then
	default:
		t.replace(d)
	}
}

// lookAtUnknown looks at a file, or at a directory that is new or skipped.
func (t *tree) lookAtUnknown(parent *dir, path string, op fsnotify.Op) {
	if op.Has(fsnotify.Create) {
		if _, err := t.stat(path); err == nil && !t.skip(path) {
			t.enter(path)
			t.report(parent.root, path, true)
			return
		}
	}
	t.lookAtFile(parent.root, path)
}

func (t *tree) lookAtFile(r *root, path string) {
	if !t.options.Ignore(path) {
		t.report(r, path, false)
	}
}

// lookAtMode looks at a directory whose attributes have changed. Only that it
// can be read, or by whom, matters: tools that set its times touch nothing in it.
func (t *tree) lookAtMode(d *dir, info fs.FileInfo) {
	perm, by := d.perm, d.by
	d.perm = info.Mode().Perm()
	if d.by != watched {
		t.rewatch(d)
	} else {
		t.relist(d)
	}
	if perm != d.perm || (by == unreadable) != (d.by == unreadable) {
		t.report(d.root, d.path, true)
	}
}

// replace forgets and reports a directory and begins anew with what is there.
func (t *tree) replace(d *dir) {
	r, path := d.root, d.path
	t.drop(d)
	if t.roots[path] != nil {
		return // checkRoots comes next
	}
	t.report(r, path, true)
	if _, err := t.stat(path); err == nil && !t.skip(path) {
		t.enter(path)
	}
}

// relist brings a directory in line with the disk. What it comes across is reported,
// since the events of that, which come later, find it known.
func (t *tree) relist(d *dir) {
	found, _ := t.list(d, false) // the error is noted in d
	t.take(d, found)
}

// subtree returns a directory and those below it.
func subtree(d *dir) []*dir {
	all := []*dir{d}
	for i := 0; i < len(all); i++ {
		for _, child := range all[i].children {
			all = append(all, child)
		}
	}
	return all
}

// refilter asks Skip again for what is below path, and for path itself if it was
// skipped.
func (t *tree) refilter(path string) {
	top := t.dirs[path]
	for above := path; top == nil; top = t.dirs[above] {
		up := filepath.Dir(above)
		if up == above {
			return // it is below no root
		}
		above = up
	}
	for _, d := range subtree(top) {
		switch {
		case t.stopped():
			return
		case t.dirs[d.path] != d:
			continue // it was dropped with one above it
		case t.roots[d.path] == nil && t.skip(d.path):
			t.drop(d)
			continue
		}
		// The files of those that are polled are not compared: what is too young to tell would be reported, and
		// who asks for this because of a report would ask again.
		if entries, err := t.readDir(d.path); err != nil {
			t.cannotList(d, err)
		} else {
			t.take(d, t.subdirs(d, entries, false))
		}
	}
}

// eventsLost notes that all roots have to be looked at.
func (t *tree) eventsLost() {
	if t.lostAt.IsZero() {
		t.lostAt = time.Now()
		t.options.Logger.Debug("watcher: events were lost, looking at everything")
	}
}

func (t *tree) awaitsResync() bool { return !t.lostAt.IsZero() }

// resyncDue is when events that were lost are to be made up for: at the end of
// what is likely a burst, and rarely enough when it is not. Until then no event
// is looked at, since resync covers them.
func (t *tree) resyncDue() time.Time {
	due := t.lostAt.Add(t.options.MaxWait)
	if at := t.resyncedAt.Add(resyncShare * t.resyncCost); at.After(due) {
		due = at
	}
	return due
}

// resync brings the whole tree in line with the disk and reports all roots.
func (t *tree) resync() {
	began := time.Now()
	t.lostAt = time.Time{}
	for _, r := range slices.Collect(maps.Values(t.roots)) {
		t.changes.addRoot(r.path)
		if r.dir != nil && r.dir.parent == nil {
			t.renew(r.dir)
		}
	}
	t.rootsAt = time.Time{}
	t.resyncedAt = time.Now()
	t.resyncCost = t.resyncedAt.Sub(began)
	t.options.Logger.Debug("watcher: looked at everything", "took", t.resyncCost, "directories", len(t.dirs))
}

// renew sets the watch of a directory and of those below it again, which changes
// nothing where the directory is still the same, and takes in what is new.
func (t *tree) renew(top *dir) {
	for stack := []*dir{top}; len(stack) > 0 && !t.stopped(); {
		d := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if t.dirs[d.path] != d {
			continue
		}
		info, err := t.stat(d.path)
		switch {
		case err != nil && !isGone(err):
			continue
		case err != nil || fileIDOf(info) != d.id:
			t.replace(d)
			continue
		}
		stack = slices.AppendSeq(stack, maps.Values(d.children))
		if d.by != watched {
			t.rewatch(d)
			continue
		}
		if err := t.backend.Add(d.path); err != nil {
			t.set(d, err)
		}
		t.relist(d)
	}
}
