package workspace

import (
	"context"
	"errors"
	"io/fs"
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
	path, err := canonicalFile(path)
	if err != nil {
		return err
	}
	src, err := w.engine.reader().read(path)
	if skip := (*skipError)(nil); errors.As(err, &skip) {
		w.forget(path)
		return nil
	}
	if err != nil {
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
			return err
		}
	}
	if w.includes(path) {
		w.rebind(Bound{Path: path, Key: key, Summary: summary})
	}
	w.queue.done()
	if isNew {
		w.engine.put(cachestore.Record{Key: key, Value: symbols.Encode(summary)})
	}
	return nil
}

// canonicalFile returns the one name of a file that may be gone.
func canonicalFile(path string) (string, error) {
	file, err := filepath.EvalSymlinks(path)
	if err == nil {
		return file, nil
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(path))
	if errors.Is(err, fs.ErrNotExist) {
		return filepath.Clean(path), nil // gone with its directory
	}
	return filepath.Join(dir, filepath.Base(path)), err
}

func (w *Workspace) rebind(b Bound) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.noteRefreshed(b.Path)
	w.bind(b)
}

// forget unbinds a file that is no source any more.
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
	if err != nil {
		return false
	}
	rules, _ := ignore.Open(root, w.engine.ignoreDefaults()) // the walk has reported the error
	here, components := root, strings.Split(rel, string(filepath.Separator))
	for i, name := range components {
		isDir := i < len(components)-1
		if rules.Ignored(name, isDir) {
			return false
		}
		if isDir {
			here = filepath.Join(here, name)
			rules, _ = rules.Enter(name).Load(here)
		}
	}
	return true
}
