package watcher

import (
	"cmp"
	"errors"
	"fmt"
	"hash/maphash"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/fsnotify/fsnotify"
)

// method is how changes within a directory are noticed.
type method uint8

const (
	watched    method = iota + 1 // the system tells
	polled                       // it is looked at in turn, for want of watches or descriptors
	unreadable                   // it is looked at in turn, and cannot be read yet
)

func methodFor(err error) method {
	switch {
	case err == nil:
		return watched
	case isExhaustion(err), errors.Is(err, errTwice), errors.As(err, new(remoteError)):
		return polled
	}
	return unreadable
}

// root is a directory that was asked for, and need not be there.
type root struct {
	path string
	dir  *dir // nil while there is no such directory
	lost bool // nobody can tell whether there still is
}

// dir is a directory that is kept track of.
type dir struct {
	path     string
	root     *root // the deepest
	parent   *dir  // nil for a root that no other root reaches
	children map[string]*dir
	id       fileID
	perm     fs.FileMode

	by    method
	err   error   // why it is not watched
	cost  int     // what its watch counts for
	self  uint64  // how it was itself when last polled, see stampOf; 0 while it is watched
	files []stamp // how its files were then, by name
}

// tree is the directories below the roots, as far as they are not skipped. It
// belongs to one goroutine.
//
// It rests on this order, for each directory: first its watch is set, then it is
// listed, then it is reported. What is created before the listing is found by it
// if it is a directory, and by the consumer, who gets the report later, if it is
// a file; what is created after that has an event.
//
// fsnotify knows watches by path but the kernel knows them by inode, so a
// directory that has moved and is found under its new name before the event of
// its old name has been read would silently keep the old one. Therefore each
// inode is known here under one name, and when it turns up under another, the
// old name's watches are removed first (see add).
type tree struct {
	options Options
	changes *changes
	status  *status
	inbox   *inbox
	closing <-chan struct{}
	started func(backend)  // is told of a new backend
	forward func(*Watcher) // hands on what the watcher of a remote file system reports

	backend    backend // nil while there is none
	backendErr error   // why
	used       int     // sum of the costs of all watches

	asked   map[string]bool // all roots
	remotes *remotes
	roots   map[string]*root // those that lie on no remote file system
	dirs    map[string]*dir
	byID    map[fileID]*dir

	byPolling int // directories whose method is polled
	notAll    int // directories that are not watched
	announced bool
	poller    poller
	seed      maphash.Seed // of stamps

	rootsAt    time.Time // when the roots are to be compared with the disk
	retryAt    time.Time // when to try watching again what is polled
	lostAt     time.Time // when events were lost that resync has not made up for; zero if none
	resyncedAt time.Time
	resyncCost time.Duration
}

const (
	// rootInterval is how often the roots are compared with what is there now, which no event tells when a
	// directory above has been renamed, nor when a root comes into being. It costs one stat per root.
	rootInterval = 2 * time.Second

	// defaultRetry is how often watching is tried again while there are too few watches: rarely enough for the
	// log, since others may take and release them in turn.
	defaultRetry = 30 * time.Second

	// resyncShare bounds how much of the time is spent in resync while events keep being lost: one part in 20.
	resyncShare = 20
)

func newTree(options Options, changes *changes, status *status, inbox *inbox, remotes *remotes, closing <-chan struct{}) *tree {
	return &tree{
		options: options, changes: changes, status: status, inbox: inbox, closing: closing, remotes: remotes,
		asked: make(map[string]bool),
		roots: make(map[string]*root),
		dirs:  make(map[string]*dir),
		byID:  make(map[fileID]*dir),
		seed:  maphash.MakeSeed(),
	}
}

func (t *tree) close() {
	if t.backend != nil {
		_ = t.backend.Close() // ignore error: the descriptor is its own, and there is nothing to save
	}
}

// skip tells which directories are not entered: those that Skip names, and those of remote file systems, which have
// watchers of their own.
func (t *tree) skip(dir string) bool { return t.remotes.isPoint(dir) || t.options.Skip(dir) }

func (t *tree) stopped() bool {
	select {
	case <-t.closing:
		return true
	default:
		return false
	}
}

// addRoot begins to watch a root. One that lies in another, and is known as a
// part of it, becomes a root of its own.
func (t *tree) addRoot(path string) {
	if t.roots[path] != nil {
		return
	}
	if d := t.dirs[path]; d != nil {
		t.drop(d)
	}
	t.roots[path] = &root{path: path}
	t.status.setState(path, Starting, nil)
	t.rootsAt = time.Time{}
}

func (t *tree) removeRoot(path string) {
	r := t.roots[path]
	if r == nil {
		return
	}
	delete(t.roots, path)
	t.status.remove(path)
	if r.dir == nil {
		return
	}
	outer := r.dir.parent
	t.drop(r.dir)
	if outer != nil && !t.skip(path) {
		t.enter(path)
		t.report(outer.root, path, true) // what changed while it was not watched
	}
}

// checkRoots compares the roots with what is there now.
func (t *tree) checkRoots() {
	// Outer roots come first, so that inner ones are found by walking them.
	for _, path := range slices.Sorted(maps.Keys(t.roots)) {
		r := t.roots[path]
		info, err := t.stat(path)
		if r.dir != nil && (err != nil && isGone(err) || err == nil && fileIDOf(info) != r.dir.id) {
			t.drop(r.dir)
		}
		if r.dir == nil && err == nil {
			t.enter(path)
		} else if r.dir != nil && err == nil && r.dir.by == watched && r.dir.id == (fileID{}) {
			// Whether it is still the same directory the backend alone can tell.
			if err := t.backend.Add(path); err != nil {
				t.set(r.dir, err)
			}
		}
		if r.lost && err == nil {
			t.changes.addRoot(path) // what has changed meanwhile need not have been told
		}
		r.lost = r.dir != nil && err != nil
		if r.dir == nil || r.lost {
			t.status.setState(path, Missing, err)
		} else {
			t.status.setState(path, Watching, nil)
		}
	}
}

// stat is about what a root leads to, and elsewhere about the path itself. What
// is not a directory is an error.
func (t *tree) stat(path string) (fs.FileInfo, error) {
	t.status.progress()
	stat := os.Lstat
	if t.roots[path] != nil {
		stat = os.Stat
	}
	info, err := stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, &fs.PathError{Op: "watch", Path: path, Err: errNotDir}
	}
	return info, nil
}

// readDir lists a directory, sorted by name.
func (t *tree) readDir(path string) ([]fs.DirEntry, error) {
	t.status.progress()
	return readDir(path, t.roots[path] != nil)
}

// enter begins to watch a directory and all below it, unless it is gone. It is
// not reported, unless it is a root.
func (t *tree) enter(path string) {
	for stack := []string{path}; len(stack) > 0 && !t.stopped(); {
		path, stack = stack[len(stack)-1], stack[:len(stack)-1]
		if t.dirs[path] != nil {
			continue
		}
		if d := t.add(path); d != nil {
			found, _ := t.list(d, true) // the error is noted in d
			stack = append(stack, found...)
			if r := t.roots[path]; r != nil {
				r.dir = d
				t.status.setState(path, Watching, nil)
				t.changes.addRoot(path)
			}
		}
	}
}

// add sets the watch of one directory and takes it into the tree. It returns nil
// if there is no such directory.
func (t *tree) add(path string) *dir {
	cost := watchCost(path)
	err := t.watch(path, cost)
	info, statErr := t.stat(path)
	if statErr != nil {
		t.unwatch(path)
		return nil
	}
	d := &dir{path: path, id: fileIDOf(info), perm: info.Mode().Perm(), cost: cost}
	if other := t.byID[d.id]; other != nil {
		if there, statErr := t.stat(other.path); statErr == nil && fileIDOf(there) == d.id {
			err = errTwice // as with a bind mount; fsnotify cannot tell two names of one directory apart
			t.unwatch(path)
		} else {
			// It has moved here, or its number is used again. Either way what is known as other is not there any
			// more, and perhaps something else is.
			t.report(other.root, other.path, true)
			t.drop(other)
			t.inbox.event(other.path, fsnotify.Create|fsnotify.Remove)
			err = t.watch(path, cost)
		}
	}
	parent := t.dirs[filepath.Dir(path)]
	switch r := t.roots[path]; {
	case r != nil:
		d.root = r
	case parent != nil:
		d.root = parent.root
	default: // it has moved below its own old name, which will be entered anew with all that is below
		t.unwatch(path)
		return nil
	}
	if parent != nil {
		parent.adopt(d)
	}
	t.dirs[path] = d
	if d.id != (fileID{}) && t.byID[d.id] == nil {
		t.byID[d.id] = d
	}
	t.set(d, err)
	return d
}

func (d *dir) adopt(child *dir) {
	if d.children == nil {
		d.children = make(map[string]*dir)
	}
	d.children[child.path] = child
	child.parent = d
}

// watch asks for a watch; see set for noting whether there is one.
func (t *tree) watch(path string, cost int) error {
	if t.options.MaxWatches < 0 {
		return t.options.unwatched
	}
	if t.backend == nil {
		if t.backendErr == nil {
			t.open()
		}
		if t.backendErr != nil {
			return t.backendErr
		}
	}
	if t.used+cost > t.options.MaxWatches {
		return errMaxWatches
	}
	return t.backend.Add(path)
}

// open opens the backend. If it fails, it is tried again when watches are.
func (t *tree) open() {
	b, err := t.options.open()
	if err != nil {
		t.backendErr = fmt.Errorf("%w: %w", errNoBackend, err)
		return
	}
	t.backend, t.backendErr = b, nil
	t.started(b)
}

func (t *tree) unwatch(path string) {
	if t.backend != nil {
		_ = t.backend.Remove(path) // ignore error: the watch has gone with its directory
	}
}

// set notes how a directory is kept track of from now on: err is why it cannot be
// watched, nil if it is.
func (t *tree) set(d *dir, err error) {
	from := d.by
	t.count(d, -1)
	d.by, d.err = methodFor(err), err
	t.count(d, 1)
	t.status.move(d.root.path, from, d.by, err)
}

func (t *tree) count(d *dir, n int) {
	switch d.by {
	case watched:
		t.used += n * d.cost
	case polled:
		t.byPolling += n
		t.notAll += n
	case unreadable:
		t.notAll += n
	}
}

// drop forgets a directory and all below it, and ends the watches. A root that
// goes with it is reported; nothing else is.
func (t *tree) drop(d *dir) {
	for _, child := range d.children {
		t.drop(child)
	}
	if d.parent != nil {
		delete(d.parent.children, d.path)
	}
	delete(t.dirs, d.path)
	if t.byID[d.id] == d {
		delete(t.byID, d.id)
	}
	if d.by == watched {
		t.unwatch(d.path)
	}
	t.count(d, -1)
	t.status.move(d.root.path, d.by, 0, nil)
	d.by = 0
	if t.roots[d.path] == d.root {
		d.root.dir = nil
		t.changes.addRoot(d.path)
		t.rootsAt = time.Time{}
	}
}

// list brings what is known of a directory in line with what it holds: of one that is
// not watched that is its files too. What has changed is reported unless quiet is
// set; it returns new subdirectories, which are the caller's to enter and to report.
//
// With an error nothing has changed but the method: it is polled until it can be
// listed, and what it then holds is reported.
func (t *tree) list(d *dir, quiet bool) (found []string, err error) {
	var self uint64
	if d.by != watched {
		if self, err = t.stampOfDir(d.path); err != nil { // as it was before it is read
			t.cannotList(d, err)
			return nil, err
		}
	}
	entries, err := t.readDir(d.path)
	if err != nil {
		t.cannotList(d, err)
		return nil, err
	}
	found = t.subdirs(d, entries, quiet)
	if d.by != watched {
		t.compare(d, self, entries, quiet)
	}
	return found, nil
}

// cannotList notes that a directory cannot be read for now.
func (t *tree) cannotList(d *dir, err error) {
	if isGone(err) {
		return // an event tells, or the next look at the directory above
	}
	if d.by == watched {
		t.unwatch(d.path)
	}
	t.set(d, err)
}

// subdirs drops the subdirectories of d that its sorted listing does not have and
// returns those that are new.
func (t *tree) subdirs(d *dir, entries []fs.DirEntry, quiet bool) (found []string) {
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		path := join(d.path, e.Name())
		switch known := t.dirs[path]; {
		case known != nil:
			if known.parent == nil {
				d.adopt(known) // a root that was there first
			}
		case t.roots[path] != nil || !t.skip(path):
			found = append(found, path)
		}
	}
	for _, child := range d.children {
		if !hasDir(entries, filepath.Base(child.path)) {
			t.drop(child)
			if !quiet {
				t.report(d.root, child.path, true)
			}
		}
	}
	return found
}

// hasDir tells whether a sorted listing has a directory.
func hasDir(entries []fs.DirEntry, name string) bool {
	i, ok := slices.BinarySearchFunc(entries, name, func(e fs.DirEntry, name string) int {
		return cmp.Compare(e.Name(), name)
	})
	return ok && entries[i].IsDir()
}

// report notes that path may have changed, with all that is below if tree is set.
func (t *tree) report(r *root, path string, tree bool) {
	if tree && t.roots[path] != nil {
		t.changes.addRoot(path)
		return
	}
	t.changes.add(r.path, path, tree)
}

// join is filepath.Join for a clean directory and a name.
func join(dir, name string) string {
	if dir[len(dir)-1] == filepath.Separator {
		return dir + name
	}
	return dir + string(filepath.Separator) + name
}
