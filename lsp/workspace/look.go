package workspace

import (
	"context"
	"errors"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/workspace/bindings"
	"github.com/symcache/symcache/lsp/workspace/contents"
	"github.com/symcache/symcache/lsp/workspace/files"
)

// errStale is the error of a look at a file that came in too late, see bindings. The file
// was touched.
var errStale = errors.New("stale: a scan has begun, or an index file was written, since the file was read")

// look reads the file of a reading that has a path, a version and Listed, and binds it. A
// content that the store does not have is parsed by parse. The error is that of a file that
// cannot be read, ctx's, or errStale.
func (w *Workspace) look(ctx context.Context, found bindings.Reading, parse contents.ParseFunc) error {
	tree := w.tree(found.Path)
	if tree == nil {
		return nil // its root has just gone
	}
	f, err := w.engine.NewReader().Read(ctx, tree.Root(), found.Path)
	found.Binding = f.Binding
	if err != nil {
		return w.lookedAtNoSource(ctx, tree, found, err)
	}
	if _, ok := tree.Holds(found); !ok {
		if found.Summary, err = w.summary(ctx, f, parse); err != nil {
			if ctx.Err() == nil {
				w.unbind(found.Path, found.Version)
			}
			return err
		}
	}
	return w.bind(tree, found)
}

// lookedAtNoSource binds a file that is no source. A file that cannot be read is unbound:
// nobody knows what it holds. An error that passes, or ctx's, says nothing of the file, which
// stays as it is: answers ask the disk before they name it.
func (w *Workspace) lookedAtNoSource(ctx context.Context, tree *bindings.Tree, found bindings.Reading, err error) error {
	skipped := errors.Is(err, contents.ErrSkipped)
	switch {
	case skipped && found.Binding.Class != index.ClassSource:
		return w.bind(tree, found)
	case ctx.Err() == nil && !files.IsPassing(err):
		w.unbind(found.Path, found.Version)
	}
	if skipped {
		return nil
	}
	return err
}

// summary looks a content up, or parses it and has it stored soon.
func (w *Workspace) summary(ctx context.Context, f contents.File, parse contents.ParseFunc) (*symbols.Summary, error) {
	if summary := w.engine.Lookup(f.Key); summary != nil {
		return summary, nil
	}
	summary, err := parse(ctx, f.Language, f.Text)
	if err != nil {
		return nil, err
	}
	if !w.records.add(cachestore.Record{Key: f.Key, Value: symbols.Encode(summary)}) {
		w.scans.askRetry() // which stores it
	}
	return summary, nil
}

// bind binds a file. The error is errStale.
func (w *Workspace) bind(tree *bindings.Tree, found bindings.Reading) error {
	if tree.Bind(found) {
		w.Touch(found.Path)
		return errStale
	}
	return nil
}

// unbind unbinds a file.
func (w *Workspace) unbind(path string, version bindings.Version) {
	if t := w.tree(path); t != nil && t.Unbind(path, version) {
		w.Touch(path)
	}
}
