package workspace

import (
	"context"
	"io/fs"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/symcache/symcache/lsp/workspace/files"
	"github.com/symcache/symcache/lsp/workspace/files/door"
	"github.com/symcache/symcache/watcher"
)

// maxTouched is how many changed files of one report are looked at one by one. More of them
// come from a checkout of another branch or the like. Then a scan is faster, which works on
// all processors.
const maxTouched = 64

// changedWait is how long a report of changes waits for the disk to say what is at one
// path now. A disk that takes longer is looked at in the background.
const changedWait = time.Second

// watched is the watcher of a workspace, while it runs.
type watched struct {
	mu      sync.Mutex
	watcher *watcher.Watcher // nil: not running
}

// set tells the watcher of a change of the roots.
func (w *watched) set(before, after []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.watcher == nil {
		return
	}
	// ignore errors: the watcher may have been closed
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

// runs reports whether changes are noticed.
func (w *watched) runs() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.watcher != nil
}

// refilter makes the watcher read the rules of directories, and of all below them, again.
func (w *watched) refilter(rules *files.Rules, dirs ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	known := rules.Forget(dirs...)
	if w.watcher == nil {
		return
	}
	for _, dir := range known {
		_ = w.watcher.Refilter(dir) // ignore error: the watcher may have been closed
	}
}

// Watch touches the files that change on disk, until ctx ends. It is called once, beside Run
// and the first scan. A first scan that parses everything may take a minute: Watch begins
// with it. A first scan that only compares is over soon: Watch begins after it, and does not
// slow it down. A root is scanned once more as soon as it is watched, so that no change before
// that is missed.
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
	w.watched.mu.Lock() // so that no root is missed
	w.rules.Forget(w.Roots()...)
	notify, err := watcher.New(w.Roots(), watcher.Options{
		Skip: w.rules.Skip, Ignore: w.rules.Ignore, Logger: w.engine.Log(),
	})
	if err == nil {
		w.watched.watcher = notify
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
				w.watched.refilter(w.rules, root)
				w.rescan(root)
			}
			var ruled []string
			for _, path := range batch.Dirty {
				// A file that decides on others, or a directory in which one may be.
				if files.Decides(filepath.Base(path)) {
					path = filepath.Dir(path)
				}
				ruled = append(ruled, path)
			}
			w.watched.refilter(w.rules, ruled...)
			w.Changed(batch.Dirty...)
		}
	}
}

// tellStates logs how roots are watched from now on, each state once.
func (w *Workspace) tellStates(roots []watcher.RootStatus, told map[string]watcher.State) {
	for _, r := range roots {
		if told[r.Path] != r.State {
			told[r.Path] = r.State
			w.engine.Log().Info("changes on disk", "root", r.Path, "state", r.State, "watched", r.Watched, "polled", r.Polled)
		}
	}
}

// WatchStatus returns how the roots are watched. It returns none while Watch does not run.
func (w *Workspace) WatchStatus() []watcher.RootStatus {
	w.watched.mu.Lock()
	defer w.watched.mu.Unlock()
	if w.watched.watcher == nil {
		return nil
	}
	return w.watched.watcher.Status()
}

// Changed makes Run look soon at paths where anything may have changed: files or
// directories. The paths are absolute.
func (w *Workspace) Changed(paths ...string) {
	var single []string
	for _, path := range paths {
		kind, err := w.typeOf(path)
		switch {
		case w.tree(path) == nil:
			single = append(single, path) // it may be another name of a file below a root
		case files.Decides(filepath.Base(path)):
			w.rescanAsNamed(filepath.Dir(path))
		case err == nil && kind.IsDir():
			w.rescanAsNamed(path)
		default:
			single = append(single, path)
		}
	}
	if len(single) > maxTouched {
		for _, path := range single {
			path := w.canonical(path)
			if t := w.tree(path); t != nil {
				w.dirs.add(t.Root())
			}
		}
		return
	}
	for _, path := range single {
		kind, err := w.typeOf(path)
		// It may have been a directory below which files are known, or are being read.
		if t := w.tree(path); t != nil && (err != nil || kind&fs.ModeSymlink != 0 || t.HasBelow(path)) {
			w.dirs.add(path)
		}
		w.Touch(path)
	}
}

// rescanAsNamed is rescan of a directory that may be named through a link. Below the link
// nothing is known.
func (w *Workspace) rescanAsNamed(dir string) {
	canonical := w.canonical(dir)
	if canonical != dir {
		w.dirs.add(dir)
	}
	w.rescan(canonical)
}

// typeOf is door.TypeOf, but waits only so long.
func (w *Workspace) typeOf(path string) (kind fs.FileMode, err error) {
	type answer struct {
		kind fs.FileMode
		err  error
	}
	waiting, cancel := context.WithTimeout(context.Background(), changedWait)
	defer cancel()
	answered := make(chan answer, 1)
	err = w.engine.Hangs().Do(waiting, path, func() {
		kind, err := door.TypeOf(path)
		answered <- answer{kind, err}
	})
	if err != nil {
		return 0, err
	}
	a := <-answered
	return a.kind, a.err
}

// canonical is door.CanonicalPath, but waits only so long. On an error it returns the path
// as it is.
func (w *Workspace) canonical(path string) string {
	waiting, cancel := context.WithTimeout(context.Background(), changedWait)
	defer cancel()
	answered := make(chan string, 1)
	err := w.engine.Hangs().Do(waiting, path, func() {
		canonical, _ := door.CanonicalPath(path) // ignore error: it is the path then
		answered <- canonical
	})
	if err != nil {
		return path
	}
	return <-answered
}

// rescan makes Run scan a directory soon, and the roots below it, for which its rules hold
// too.
func (w *Workspace) rescan(dir string) {
	w.dirs.add(dir)
	for _, root := range rootsWithin(dir, w.Roots()) {
		w.dirs.add(root)
	}
}
