package workspace

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/symcache/symcache/lsp/index"
)

// Workspace is some roots with the symbols of the sources below them, bound to
// the contents that the files had when they were last read. It is safe for
// concurrent use.
//
// What is known is kept on disk, one index for each root, and taken from there at
// once by the next one who asks; a scan then finds what has changed since.
type Workspace struct {
	engine   *Engine
	roots    []string // canonical
	trees    []*tree  // by root
	badRoots []Failure
	queue    *queue // of paths to look at again
	records  records
	tickets  atomic.Uint64

	scanning sync.Mutex    // held by a scan
	rescan   chan struct{} // has a token when all files are to be looked at again
	scans    scanCount
}

// New returns a workspace that knows of the files below its roots what is on disk.
// A root that is no directory is an error; the workspace has the others.
func New(engine *Engine, roots []string) (*Workspace, error) {
	w := &Workspace{engine: engine, queue: newQueue(), rescan: make(chan struct{}, 1), records: newRecords(), scans: newScanCount()}
	var errs []error
	for _, root := range roots {
		dir, err := Canonical(root)
		switch {
		case err != nil:
			errs = append(errs, err)
			w.badRoots = append(w.badRoots, Failure{Path: root, Error: err.Error()})
		case !slices.Contains(w.roots, dir):
			w.roots = append(w.roots, dir)
		}
	}
	for _, root := range w.roots {
		t, err := w.newTree(root)
		if err != nil {
			return w, err
		}
		w.trees = append(w.trees, t)
	}
	return w, errors.Join(errs...)
}

func (w *Workspace) newTree(root string) (*tree, error) {
	var inner []string
	for _, other := range w.roots {
		if other != root && within(root, other) {
			inner = append(inner, other)
		}
	}
	id, err := w.engine.workspaceID(root, inner)
	if err != nil {
		return nil, err
	}
	t := &tree{
		root: root, id: id, store: w.engine.config.Store, tickets: &w.tickets,
		overlay: index.New(), changes: make(map[string]*change), maxPending: flushSymbols,
	}
	if _, err := t.load(); err != nil {
		w.engine.complain("read the index of "+root+" from", err)
	}
	return t, nil
}

// Close lets go of what is on disk.
func (w *Workspace) Close() {
	for _, t := range w.trees {
		t.close()
	}
}

// Engine is the engine that the workspace runs on.
func (w *Workspace) Engine() *Engine { return w.engine }

// Roots are the canonical paths of the roots.
func (w *Workspace) Roots() []string { return w.roots }

// Stats tells how much is known.
type Stats struct {
	Files   int // sources
	Symbols int // in them
}

// Stats tells how much is known now.
func (w *Workspace) Stats() (s Stats) {
	for _, t := range w.trees {
		totals := t.stats()
		s.Files += totals.Files
		s.Symbols += totals.Symbols
	}
	return s
}

// Complete tells whether all files have been looked at, be it by an earlier
// process.
func (w *Workspace) Complete() bool {
	return !slices.ContainsFunc(w.trees, func(t *tree) bool { return !t.isComplete() })
}

// tree returns that of the deepest root that a canonical path lies below, or nil.
func (w *Workspace) tree(path string) *tree {
	var deepest *tree
	for _, t := range w.trees {
		if within(t.root, path) && (deepest == nil || len(t.root) > len(deepest.root)) {
			deepest = t
		}
	}
	return deepest
}

func (w *Workspace) ticket() uint64 { return w.tickets.Add(1) }

func (w *Workspace) confirm(path string, stat index.Stat) (index.Binding, bool) {
	return w.tree(path).confirm(path, stat)
}

func (w *Workspace) bind(b reading) (index.Binding, bool) { return w.tree(b.Path).bind(b) }

// flush writes what has become too much for memory.
func (w *Workspace) flush() { w.publish((*tree).full) }

// within tells whether path is root or below it.
func within(root, path string) bool {
	rest, ok := strings.CutPrefix(path, root)
	return ok && (rest == "" || rest[0] == filepath.Separator || strings.HasSuffix(root, string(filepath.Separator)))
}
