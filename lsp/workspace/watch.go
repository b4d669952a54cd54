package workspace

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/symcache/symcache/lsp/workspace/ignore"
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

// Watch has files looked at again that change on disk, until ctx ends. It is called
// once, beside Run.
func (w *Workspace) Watch(ctx context.Context) error {
	filter := &filter{workspace: w, rules: make(map[string]*ignore.Dir)}
	w.scanning.Lock() // so that no root is missed
	watcher, err := watcher.New(w.now().roots, watcher.Options{
		Skip: filter.skip, Ignore: filter.ignore, Logger: w.engine.log,
	})
	if err == nil {
		w.watched.mu.Lock()
		w.watched.watcher = watcher
		w.watched.mu.Unlock()
	}
	w.scanning.Unlock()
	if err != nil {
		return err
	}
	defer func() {
		w.watched.mu.Lock()
		w.watched.watcher = nil
		w.watched.mu.Unlock()
		_ = watcher.Close() // ignore error: nothing is left to do
	}()
	for {
		select {
		case <-ctx.Done():
			return nil
		case batch := <-watcher.Events():
			for _, root := range batch.Rescan {
				filter.forget(root)
				w.dirs.add(root)
			}
			for _, path := range batch.Dirty {
				// An ignore file, or a directory in which there may be one.
				dir := path
				if ignore.IsFile(filepath.Base(path)) {
					dir = filepath.Dir(path)
				}
				if filter.forget(dir) {
					_ = watcher.Refilter(dir) // ignore error: it only tells of a watcher that was closed
				}
			}
			w.Changed(batch.Dirty...)
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
	var files []string
	for _, path := range paths {
		t := w.tree(path)
		info, err := os.Lstat(path)
		switch {
		case t == nil:
			files = append(files, path) // perhaps another name of one that belongs here
		case ignore.IsFile(filepath.Base(path)):
			w.dirs.add(filepath.Dir(path))
		case err == nil && info.IsDir():
			w.dirs.add(path)
		default:
			files = append(files, path)
			if t.hasBelow(path) { // it was a directory
				w.dirs.add(path)
			}
		}
	}
	if len(files) > maxTouched {
		for _, path := range files {
			if t := w.tree(path); t != nil {
				w.dirs.add(t.root)
			}
		}
		return
	}
	for _, path := range files {
		w.Touch(path)
	}
}

// filter tells what is not to be watched, by the rules of the walk. It keeps the
// rules of directories, as it is asked about each of them.
type filter struct {
	workspace *Workspace

	mu    sync.Mutex
	rules map[string]*ignore.Dir // by directory: for its entries. Nil: it is not walked
}

// skip tells whether a directory is not walked.
func (f *filter) skip(dir string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.of(dir) == nil
}

// ignore tells whether a file is none that a walk would find, and no ignore file.
func (f *filter) ignore(path string) bool {
	name := filepath.Base(path)
	if ignore.IsFile(name) {
		return false
	}
	if !mayHaveSymbols(name) {
		// What is gone may have been a directory.
		t := f.workspace.tree(path)
		_, err := os.Lstat(path)
		return err == nil || t == nil || !t.hasBelow(path)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	rules := f.of(filepath.Dir(path))
	return rules == nil || rules.Ignored(name, false)
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
	t := f.workspace.tree(dir)
	if t == nil || f.workspace.isCache(dir) {
		return nil
	}
	defaults := f.workspace.engine.ignoreDefaults()
	if dir == t.root {
		rules, _ := ignore.Open(dir, defaults) // ignore error: the walk reports it
		return rules
	}
	above, name := filepath.Dir(dir), filepath.Base(dir)
	rules := f.of(above)
	if rules == nil || rules.Ignored(name, true) || isBuildOutput(name, unread(above)) {
		return nil
	}
	rules, _ = enter(dir, unread(dir), rules.Enter(name), defaults) // ignore error: the walk reports it
	return rules
}

// forget has the rules read again of a directory and all below it. It tells whether
// there were any.
func (f *filter) forget(dir string) (some bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := f.rules[dir]; !ok {
		return false // as of all files, and then of nothing below
	}
	for known := range f.rules {
		if within(dir, known) {
			delete(f.rules, known)
		}
	}
	return true
}

// isCache tells whether a directory is our own cache.
func (w *Workspace) isCache(dir string) bool {
	store := w.engine.config.Store
	return store != nil && within(store.Dir(), dir)
}
