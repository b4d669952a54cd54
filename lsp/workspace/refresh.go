package workspace

import (
	"context"
	"errors"
	"path/filepath"
	"strings"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/workspace/ignore"
)

// Touch has a file looked at again, soon and in the background. It never waits.
// The path is absolute.
func (w *Workspace) Touch(path string) { w.queue.add(path) }

// Settle waits until all files touched before the call have been bound to what
// they hold, or ctx ends.
func (w *Workspace) Settle(ctx context.Context) { w.queue.settle(ctx) }

// Run looks at the files that are touched, until ctx ends. It is called once.
func (w *Workspace) Run(ctx context.Context) {
	for {
		path, ok := w.queue.next(ctx)
		if !ok {
			return
		}
		if err := w.refresh(ctx, path); err != nil && ctx.Err() == nil {
			w.engine.log.Warn("cannot look at a changed file", "path", path, "err", err)
		}
	}
}

// refresh reads a file, binds it if it belongs to a root, and stores its summary
// if that is new: in this order, so that answers do not wait for the disk.
func (w *Workspace) refresh(ctx context.Context, path string) error {
	defer w.queue.done()
	named := path
	path, err := canonicalFile(named)
	if err != nil {
		w.forget(path)
		return err
	}
	if dir, err := canonicalFile(filepath.Dir(named)); err == nil {
		if entry := filepath.Join(dir, filepath.Base(named)); entry != path {
			w.forget(entry) // it is a link now
		}
	}
	src, err := w.engine.reader().read(path)
	if err != nil {
		// It is no source any more, or nobody can tell what it holds: what it held
		// is no answer.
		w.forget(path)
		if errors.Is(err, ErrSkipped) {
			return nil
		}
		return err
	}
	key, err := w.engine.key(src.lang, src.hash)
	if err != nil {
		return err
	}
	summary := w.engine.lookup(key)
	isNew := summary == nil
	if isNew {
		if summary, err = w.engine.parse(ctx, src.lang, src.content); err != nil {
			if ctx.Err() == nil {
				w.forget(path)
			}
			return err
		}
	}
	if w.includes(path) {
		w.rebind(Bound{Path: path, Key: key, Summary: summary})
	} else {
		w.forget(path) // an ignore file may have changed
	}
	w.queue.done()
	if isNew {
		w.engine.put(cachestore.Record{Key: key, Value: symbols.Encode(summary)})
	}
	return nil
}

// canonicalFile returns the one name of a file that may be gone, together with
// directories above it. With an error it is the name given.
func canonicalFile(path string) (string, error) {
	path = filepath.Clean(path)
	gone := "" // below there
	for there := path; ; there = filepath.Dir(there) {
		canonical, err := filepath.EvalSymlinks(there)
		if err == nil {
			return filepath.Join(canonical, gone), nil
		}
		if !isGone(err) || there == filepath.Dir(there) {
			return path, err
		}
		gone = filepath.Join(filepath.Base(there), gone)
	}
}

func (w *Workspace) rebind(b Bound) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.noteRefreshed(b.Path)
	w.bind(b)
}

// forget unbinds a file.
func (w *Workspace) forget(path string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.noteRefreshed(path)
	w.unbind(path)
}

// noteRefreshed keeps a running scan from binding what it read of a file
// earlier. The caller holds mu.
func (w *Workspace) noteRefreshed(path string) {
	if w.refreshed != nil {
		w.refreshed[path] = true
	}
}

// includes tells whether a walk of the roots would find the file.
func (w *Workspace) includes(path string) bool {
	root, ok := w.root(path)
	if !ok || path == root {
		return false
	}
	rel, err := filepath.Rel(root, path)
	if err != nil || !mayHaveSymbols(filepath.Base(path)) {
		return false
	}
	components := strings.Split(rel, string(filepath.Separator))
	dirs, file := components[:len(components)-1], components[len(components)-1]
	if len(dirs) > maxWalkDepth {
		return false
	}
	// Errors are of ignore files that cannot be read, which the walk has reported.
	defaults := w.engine.ignoreDefaults()
	rules, _ := ignore.Open(root, defaults)
	here := root
	for _, name := range dirs {
		if rules.Ignored(name, true) || isBuildOutput(name, unread(here)) {
			return false
		}
		here = filepath.Join(here, name)
		if rules, _ = enter(here, unread(here), rules.Enter(name), defaults); rules == nil {
			return false
		}
	}
	return !rules.Ignored(file, false)
}
