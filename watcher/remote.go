package watcher

import (
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// remotePollShare bounds the time that polling a remote file system takes: one part in 10. Most of it is waiting
	// for the other side. At 0.1 ms for a file, 10,000 files have a round of 10 s.
	remotePollShare = 10

	// closeWait is how long Close waits for a remote file system: longer than one that answers takes, and a third of
	// what a person notices.
	closeWait = 100 * time.Millisecond

	// hangsAfter is how long a file system may take before it counts as one that does not answer: longer than a
	// machine without a free processor takes to notice the end of a call.
	hangsAfter = 2 * time.Second
)

var errHangs = errors.New("the file system does not answer")

// remotes are the remote file systems on which roots lie, or which are mounted below one. Of their changes the system
// tells not all, so they are polled; and a call to them may never end. Therefore each has a watcher of its own, with a
// goroutine of its own, which hands on what it reports:
//
//	roots /src and /net/a, NFS at /net, sshfs at /src/far
//
//	this watcher: /src, which does not enter /src/far
//	    ├── watcher of /net:     root /net/a
//	    └── watcher of /src/far: root /src/far, reported as a part of /src
//
// Only the goroutine of the tree changes them; others read status and skips.
type remotes struct {
	mounts mounts
	points atomic.Pointer[map[string]bool] // where they are mounted

	mu sync.Mutex
	by map[string]*remote // by where it is mounted
}

// remote is one remote file system.
type remote struct {
	mount   mount
	watcher *Watcher
	roots   map[string]bool // of watcher
	part    string          // the root of which all of it is a part; empty: of none
}

func newRemotes(m mounts) *remotes {
	r := &remotes{mounts: m, by: make(map[string]*remote)}
	r.points.Store(new(map[string]bool))
	return r
}

// isPoint tells whether a remote file system begins at a directory.
func (r *remotes) isPoint(dir string) bool { return (*r.points.Load())[dir] }

// ask begins to watch a root, wherever it lies.
func (t *tree) ask(root string) {
	t.asked[root] = true
	t.arrange()
}

// unask ends the watch of a root.
func (t *tree) unask(root string) {
	delete(t.asked, root)
	t.arrange()
}

// arrange brings the roots and the watchers of remote file systems in line with what is asked for and what is mounted.
func (t *tree) arrange() {
	roots := slices.Sorted(maps.Keys(t.asked))
	wanted := t.wanted(t.remotes.mounts.list(roots), roots)
	points := t.adapt(wanted)
	for _, root := range roots {
		if !isRootOf(wanted, root) {
			t.addRoot(root)
		}
	}
	for _, root := range slices.Sorted(maps.Keys(t.roots)) {
		if !t.asked[root] || isRootOf(wanted, root) {
			t.removeRoot(root)
		}
	}
	for _, point := range points {
		t.refilterAll(filepath.Dir(point)) // the directory is entered from now on, or no longer
	}
}

func isRootOf(wanted map[string]*remote, root string) bool {
	for _, w := range wanted {
		if w.roots[root] {
			return true
		}
	}
	return false
}

// wanted tells which remote file systems are to be polled, without their watchers.
func (t *tree) wanted(all []mount, roots []string) map[string]*remote {
	wanted := make(map[string]*remote)
	on := func(m mount) *remote {
		if wanted[m.path] == nil {
			wanted[m.path] = &remote{mount: m, roots: make(map[string]bool)}
		}
		return wanted[m.path]
	}
	for _, root := range roots {
		if m := mountOf(all, root); m.remote {
			on(m).roots[root] = true
		}
	}
	for _, m := range all {
		if !m.remote || t.asked[m.path] || mountOf(all, m.path) != m {
			continue
		}
		if root := t.rootOf(m.path); root != "" && t.reaches(root, m.path) {
			r := on(m)
			r.roots[m.path], r.part = true, root
		}
	}
	return wanted
}

// rootOf returns the deepest root that was asked for and holds a path; empty: none does.
func (t *tree) rootOf(path string) (root string) {
	for each := range t.asked {
		if within(each, path) && len(each) > len(root) {
			root = each
		}
	}
	return root
}

// reaches tells whether no directory from below a root to a path is skipped.
func (t *tree) reaches(root, path string) bool {
	for ; path != root; path = filepath.Dir(path) {
		if t.options.Skip(path) {
			return false
		}
	}
	return true
}

// adapt starts and ends watchers. It returns where remote file systems have come or gone.
func (t *tree) adapt(wanted map[string]*remote) (changed []string) {
	r := t.remotes
	r.mu.Lock()
	defer r.mu.Unlock()
	for point, old := range r.by {
		if w := wanted[point]; w == nil || w.mount != old.mount {
			old.watcher.closeNow() // it may hang: nobody waits for it
			delete(r.by, point)
			changed = append(changed, point)
		}
	}
	for point, w := range wanted {
		old := r.by[point]
		if old == nil {
			w.watcher = t.startRemote(w.mount)
			old = &remote{mount: w.mount, watcher: w.watcher}
			r.by[point] = old
			changed = append(changed, point)
		}
		for root := range w.roots {
			if !old.roots[root] {
				_ = old.watcher.Add(root) // ignore error: it is absolute, and open
			}
		}
		for root := range old.roots {
			if !w.roots[root] {
				_ = old.watcher.Remove(root) // ignore error: it is open
			}
		}
		old.roots, old.part = w.roots, w.part
	}
	points := make(map[string]bool, len(r.by))
	for point := range r.by {
		points[point] = true
	}
	r.points.Store(&points)
	return changed
}

// startRemote starts the watcher of a remote file system, without roots.
func (t *tree) startRemote(m mount) *Watcher {
	options := t.options
	options.Skip = t.skip
	options.MaxWatches, options.unwatched = -1, remoteError{m.kind}
	options.pollShare = min(options.pollShare, remotePollShare)
	options.Debounce, options.MaxWait = time.Millisecond, time.Millisecond // this watcher waits itself
	options.mounts = noMounts{}
	w, _ := New(nil, options) // without roots there is no error
	t.forward(w)
	options.Logger.Info("watcher: a remote file system is looked at in turn", "path", m.path, "err", options.unwatched)
	return w
}

// hand hands on what the watcher of a remote file system reports, until that is closed. It waits for the tree, so that
// at most one batch of each does.
func (w *Watcher) hand(remote *Watcher) {
	for {
		select {
		case <-remote.closing:
			return
		case batch, ok := <-remote.Events():
			if !ok {
				return
			}
			done := make(chan struct{})
			w.inbox.command(func(t *tree) {
				defer close(done)
				t.relay(batch)
			})
			select {
			case <-done:
			case <-remote.closing:
				return
			}
		}
	}
}

// relay reports what a remote watcher has reported.
func (t *tree) relay(batch Batch) {
	for _, path := range slices.Concat(batch.Rescan, batch.Dirty) {
		switch root := t.rootOf(path); root {
		case "": // it was removed meanwhile
		case path:
			t.changes.addRoot(root)
		default:
			t.changes.add(root, path, true)
		}
	}
}

// refilterAll is refilter, also of the remote file systems.
func (t *tree) refilterAll(path string) {
	t.refilter(path)
	t.remotes.mu.Lock()
	defer t.remotes.mu.Unlock()
	for _, r := range t.remotes.by {
		for root := range r.roots {
			switch {
			case within(path, root):
				_ = r.watcher.Refilter(root) // ignore error: it is open
			case within(root, path):
				_ = r.watcher.Refilter(path) // ignore error: it is open
			}
		}
	}
}

// close ends the watchers, and waits for those that answer.
func (r *remotes) close() {
	r.mounts.close()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, each := range r.by {
		each.watcher.closeNow()
	}
	waited := time.After(closeWait)
	for _, each := range r.by {
		select {
		case <-each.watcher.closed:
		case <-waited:
			return
		}
	}
}

// addTo adds the status of the remote file systems to that of the others.
func (r *remotes) addTo(list []RootStatus) []RootStatus {
	r.mu.Lock()
	defer r.mu.Unlock()
	parts := make(map[string][]RootStatus)
	for _, each := range r.by {
		for _, s := range each.watcher.Status() {
			switch {
			case !each.roots[s.Path]: // it is being removed
			case s.Path == each.mount.path && each.part != "":
				parts[each.part] = append(parts[each.part], s)
			default:
				list = append(list, s)
			}
		}
	}
	for i := range list {
		for _, s := range parts[list[i].Path] {
			list[i].join(s)
		}
	}
	return list
}

// join adds the status of a remote file system below the root.
func (r *RootStatus) join(part RootStatus) {
	r.Polled += part.Polled
	r.Unreadable += part.Unreadable
	r.PollRound = max(r.PollRound, part.PollRound)
	if r.State == Watching && part.State != Starting {
		r.State = Polling
	}
	if r.State != Missing && (r.Reason == nil || part.State == Missing) && part.Reason != nil {
		r.Reason = part.Reason
	}
}
