package workspace

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/symcache/symcache/lsp/workspace/files"
	"github.com/symcache/symcache/lsp/workspace/files/ignore"
	"github.com/symcache/symcache/watcher"
)

// maxTouched is how many changed files of one report are looked at one by one.
// More of them are a checkout of another branch or the like: a scan, which works on
// all processors, is faster.
const maxTouched = 64

// watched is the watcher of a workspace, while it runs.
type watched struct {
	mu      sync.Mutex
	watcher *watcher.Watcher // nil: not running
	filter  *filter          // of watcher
}

// set passes on a change of the roots.
func (w *watched) set(before, after []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.watcher == nil {
		return
	}
	// ignore errors: they only tell of a watcher that was closed
	for _, root := range after {
		if !slices.Contains(before, root) {
			_ = w.watcher.Add(root)
		}
	}
	for _, root := range before {
		if !slices.Contains(after, root) {
			_ = w.watcher.Remove(root)
		}
	}
}

// runs tells whether changes are noticed.
func (w *watched) runs() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.watcher != nil
}

// refilter has the rules of directories and all below them read again.
func (w *watched) refilter(dirs ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.watcher == nil {
		return
	}
	for _, dir := range w.filter.forget(dirs) {
		_ = w.watcher.Refilter(dir) // ignore error: it only tells of a watcher that was closed
	}
}

// Watch has files looked at again that change on disk, until ctx ends. It is called
// once, beside Run and the first scan: during a scan that parses everything, and may take
// a minute, what changes is seen; one that only compares is over soon, and not disturbed.
// It begins when that scan has begun: all is looked at again that changed before.
func (w *Workspace) Watch(ctx context.Context) error {
	due := w.scans.begun
	if w.Complete() {
		due = w.scans.first
	}
	select {
	case <-due:
	case <-ctx.Done():
		return nil
	}
	filter := &filter{workspace: w, rules: make(map[string]*ignore.Dir)}
	w.watched.mu.Lock() // so that no root is missed
	notify, err := watcher.New(w.now().roots, watcher.Options{
		Skip: filter.skip, Ignore: filter.ignore, Logger: w.engine.log,
	})
	if err == nil {
		w.watched.watcher, w.watched.filter = notify, filter
	}
	w.watched.mu.Unlock()
	if err != nil {
		return err
	}
	defer func() {
		w.watched.mu.Lock()
		w.watched.watcher = nil
		w.watched.mu.Unlock()
		_ = notify.Close() // ignore error: nothing is left to do
	}()
	told := make(map[string]watcher.State)
	for {
		select {
		case <-ctx.Done():
			return nil
		case batch := <-notify.Events():
			w.tellStates(notify.Status(), told)
			for _, root := range batch.Rescan {
				w.watched.refilter(root)
				w.rescan(root)
			}
			var ruled []string
			for _, path := range batch.Dirty {
				// A file that decides on others, or a directory in which there may be one.
				if decides(filepath.Base(path)) {
					path = filepath.Dir(path)
				}
				ruled = append(ruled, path)
			}
			w.watched.refilter(ruled...)
			w.Changed(batch.Dirty...)
		}
	}
}

// tellStates logs how roots are watched from now on, unless it was told before.
func (w *Workspace) tellStates(roots []watcher.RootStatus, told map[string]watcher.State) {
	for _, r := range roots {
		if told[r.Path] != r.State {
			told[r.Path] = r.State
			w.engine.log.Info("changes on disk", "root", r.Path, "state", r.State, "watched", r.Watched, "polled", r.Polled)
		}
	}
}

// WatchStatus tells how the roots are watched; there is none while Watch does not
// run.
func (w *Workspace) WatchStatus() []watcher.RootStatus {
	w.watched.mu.Lock()
	defer w.watched.mu.Unlock()
	if w.watched.watcher == nil {
		return nil
	}
	return w.watched.watcher.Status()
}

// Changed has paths looked at again at which anything may have changed, files or
// directories, soon and in the background. The paths are absolute.
func (w *Workspace) Changed(paths ...string) {
	var single []string
	for _, path := range paths {
		info, err := os.Lstat(path)
		switch {
		case w.tree(path) == nil:
			single = append(single, path) // perhaps another name of one that belongs here
		case decides(filepath.Base(path)):
			w.rescanAsNamed(filepath.Dir(path))
		case err == nil && info.IsDir():
			w.rescanAsNamed(path)
		default:
			single = append(single, path)
		}
	}
	if len(single) > maxTouched {
		for _, path := range single {
			path, _ := files.CanonicalPath(path) // ignore error: it is the name as given then
			if t := w.tree(path); t != nil {
				w.dirs.add(t.root)
			}
		}
		return
	}
	for _, path := range single {
		info, err := os.Lstat(path)
		// It may have been a directory, of which something is known or just being read.
		if t := w.tree(path); t != nil && (err != nil || isLink(info) || t.hasBelow(path)) {
			w.dirs.add(path)
		}
		w.Touch(path)
	}
}

// isLink tells whether a path leads elsewhere, given what Lstat tells, if anything.
func isLink(info fs.FileInfo) bool { return info != nil && info.Mode()&fs.ModeSymlink != 0 }

// rescanAsNamed is rescan of a directory that may be named through a link, below which
// nothing is known then.
func (w *Workspace) rescanAsNamed(dir string) {
	canonical, _ := files.CanonicalPath(dir) // ignore error: it is the name as given then
	if canonical != dir {
		w.dirs.add(dir)
	}
	w.rescan(canonical)
}

// rescan has a directory looked at again, and the roots below it, for which its rules
// hold too.
func (w *Workspace) rescan(dir string) {
	w.dirs.add(dir)
	for _, root := range rootsWithin(dir, w.now().roots) {
		w.dirs.add(root)
	}
}

// filter tells what is not to be watched, by the rules of the walk. It keeps the
// rules of directories, as it is asked about each of them.
type filter struct {
	workspace *Workspace

	mu    sync.Mutex
	rules map[string]*ignore.Dir // by directory: for its entries. Nil: it is not walked
}

// skip tells whether a directory is of no interest: a walk does not come to it. A
// cache, which it comes to and leaves, may cease to be one.
func (f *filter) skip(dir string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return !f.reached(dir)
}

// ignore tells whether a walk would not find a file, and it decides on no others.
func (f *filter) ignore(path string) bool {
	name := filepath.Base(path)
	if decides(name) {
		return false
	}
	info, err := os.Lstat(path)
	f.mu.Lock()
	rules := f.of(filepath.Dir(path))
	ignored := rules == nil || rules.Ignored(name, err == nil && info.IsDir())
	f.mu.Unlock()
	if ignored || mayHaveSymbols(name) || isLink(info) {
		return ignored
	}
	// What is gone may have been a directory.
	t := f.workspace.tree(path)
	return err == nil || t == nil || !t.hasBelow(path)
}

// of returns the rules for the entries of a directory. The caller holds mu.
func (f *filter) of(dir string) *ignore.Dir {
	if rules, ok := f.rules[dir]; ok {
		return rules
	}
	rules := f.read(dir)
	f.rules[dir] = rules
	return rules
}

func (f *filter) read(dir string) *ignore.Dir {
	if !f.reached(dir) {
		return nil
	}
	defaults := f.workspace.engine.ignored
	if f.isRoot(dir) {
		rules, _ := files.RulesAt(dir, defaults) // ignore error: the walk reports it
		return rules
	}
	above := f.of(filepath.Dir(dir)).Enter(filepath.Base(dir))
	rules, _ := enter(f.workspace.tree(dir).root, dir, unread(dir), above, defaults) // ignore error: the walk reports it
	return rules
}

// reached tells whether a walk comes to a directory. The caller holds mu.
func (f *filter) reached(dir string) bool {
	switch {
	case f.workspace.tree(dir) == nil, f.workspace.isCache(dir):
		return false
	case f.isRoot(dir):
		return true
	}
	above, name := filepath.Dir(dir), filepath.Base(dir)
	rules := f.of(above)
	return rules != nil && !rules.Ignored(name, true) && !isBuildOutput(name, unread(above))
}

func (f *filter) isRoot(dir string) bool { return slices.Contains(f.workspace.Roots(), dir) }

// forget has the rules read again of directories and all below them. It returns those that
// had some, without what lies below others.
func (f *filter) forget(dirs []string) (known []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	ruled := make(map[string]bool)
	for _, dir := range dirs {
		if _, ok := f.rules[dir]; ok { // as of no file, and then of nothing below
			ruled[dir] = true
		}
	}
	if len(ruled) == 0 {
		return nil
	}
	for dir := range f.rules {
		if withinAny(ruled, dir) {
			delete(f.rules, dir)
		}
	}
	for dir := range ruled {
		if above := filepath.Dir(dir); above == dir || !withinAny(ruled, above) {
			known = append(known, dir)
		}
	}
	return known
}

// isCache tells whether a directory is our own cache.
func (w *Workspace) isCache(dir string) bool {
	store := w.engine.config.Store
	return store != nil && files.Within(store.Dir(), dir)
}
