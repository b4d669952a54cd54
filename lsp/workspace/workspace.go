package workspace

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/index"
)

// Workspace is some roots with the symbols of the sources below them, bound to
// the contents that the files had when they were last read. It is safe for
// concurrent use.
type Workspace struct {
	engine *Engine
	roots  []string // canonical
	index  *index.Index
	queue  *queue // of paths to look at again

	mu       sync.Mutex
	bindings map[string]cachestore.Key
	// refreshed are the paths read by refresh since a scan has begun: the scan may
	// have read them earlier, so what it found does not count. Nil between scans.
	refreshed map[string]bool
	scanned   chan struct{} // closed when the first scan has ended
}

// New returns a workspace that knows nothing yet of the files below its roots.
// A root that is no directory is an error; the workspace has the others.
func New(engine *Engine, roots []string) (*Workspace, error) {
	w := &Workspace{
		engine:   engine,
		index:    index.New(),
		queue:    newQueue(),
		bindings: make(map[string]cachestore.Key),
		scanned:  make(chan struct{}),
	}
	var errs []error
	for _, root := range roots {
		dir, err := Canonical(root)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		w.roots = append(w.roots, dir)
	}
	return w, errors.Join(errs...)
}

// Engine is the engine that the workspace runs on.
func (w *Workspace) Engine() *Engine { return w.engine }

// Roots are the canonical paths of the roots.
func (w *Workspace) Roots() []string { return w.roots }

// Stats tells how much the index holds.
func (w *Workspace) Stats() index.Stats { return w.index.Stats() }

// Scan finds and binds all sources below the roots; see Engine.Scan. It is
// called once.
func (w *Workspace) Scan(ctx context.Context, progress func(Progress)) (Report, error) {
	w.mu.Lock()
	w.refreshed = make(map[string]bool)
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.refreshed = nil
		close(w.scanned)
	}()
	return w.engine.Scan(ctx, w.roots, w.bindScanned, progress)
}

// bindScanned binds what a scan has found, unless it was looked at since.
func (w *Workspace) bindScanned(b Bound) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.refreshed[b.Path] {
		w.bind(b)
	}
}

// Scanned is closed when the scan has ended, one way or the other.
func (w *Workspace) Scanned() <-chan struct{} { return w.scanned }

// Search looks for symbols. A path that overlay has is looked for only there.
func (w *Workspace) Search(ctx context.Context, q index.Query, overlay ...*index.Index) ([]index.Match, error) {
	return index.Search(ctx, q, slices.Concat(overlay, []*index.Index{w.index})...)
}

// bind notes what a file holds. The caller holds mu.
func (w *Workspace) bind(b Bound) {
	if old, ok := w.bindings[b.Path]; ok && old == b.Key {
		return
	}
	w.bindings[b.Path] = b.Key
	root, _ := w.root(b.Path)
	tier := tierOf(strings.TrimPrefix(b.Path, root))
	w.index.Set(b.Path, index.Document{Summary: b.Summary, Language: b.Key.Language, Tier: tier})
}

// unbind forgets a file. The caller holds mu.
func (w *Workspace) unbind(path string) {
	delete(w.bindings, path)
	w.index.Delete(path)
}

// root returns the deepest root that path, which is canonical, lies below.
func (w *Workspace) root(path string) (root string, ok bool) {
	for _, r := range w.roots {
		if within(r, path) && len(r) > len(root) {
			root, ok = r, true
		}
	}
	return root, ok
}

// within tells whether path is root or below it.
func within(root, path string) bool {
	rest, ok := strings.CutPrefix(path, root)
	return ok && (rest == "" || rest[0] == filepath.Separator || strings.HasSuffix(root, string(filepath.Separator)))
}
