package workspace

import (
	"path/filepath"

	"github.com/symcache/symcache/lsp/workspace/bindings"
	"github.com/symcache/symcache/lsp/workspace/contents"
	"github.com/symcache/symcache/lsp/workspace/files"
)

// Covering returns the root whose index file knows the files below a canonical directory: the
// directory itself where it has an index file, else the nearest one above it whose index file
// is complete, was made with the same settings and knows files there. Without one it is the
// directory. Covering reads index files and resolves the name of the home directory.
func Covering(engine *contents.Engine, config Config, dir string) string {
	w := Empty(engine, config)
	for root := dir; ; root = filepath.Dir(root) {
		if root == dir && w.hasIndex(root) || root != dir && w.covers(root, dir) {
			return root
		}
		if root == filepath.Dir(root) {
			return dir
		}
	}
}

// Indexed returns the nearest directory, from a canonical one up, that has an index file made with
// the same settings.
func Indexed(engine *contents.Engine, config Config, dir string) (root string, ok bool) {
	w := Empty(engine, config)
	for root = dir; !w.hasIndex(root); root = filepath.Dir(root) {
		if root == filepath.Dir(root) {
			return "", false
		}
	}
	return root, true
}

// hasIndex reports whether a directory may be a root and has an index file.
func (w *Workspace) hasIndex(root string) bool {
	id, err := w.id(root, nil, nil)
	if err != nil || w.engine.Store() == nil || files.CheckRoot(root, w.config.IndexHome) != nil {
		return false
	}
	newest, err := w.engine.Store().Workspace(id).Newest()
	return err == nil && newest != 0
}

// covers reports whether the index file of a root is complete and knows files below a directory.
func (w *Workspace) covers(root, dir string) bool {
	if !w.hasIndex(root) {
		return false
	}
	id, err := w.id(root, nil, nil)
	if err != nil {
		return false
	}
	t := w.openTree(root, id)
	defer t.Close()
	return t.Complete() && t.HasBelow(dir)
}

// StatsBelow is Stats of a canonical directory below a root.
func (w *Workspace) StatsBelow(dir string) bindings.Totals {
	if t := w.tree(dir); t != nil {
		return t.TotalsBelow(dir)
	}
	return bindings.Totals{}
}
