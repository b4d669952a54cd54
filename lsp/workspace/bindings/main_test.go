package bindings

import (
	"path/filepath"
	"testing"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/workspace/contents"
	"github.com/symcache/symcache/lsp/workspace/internal/testtree"
)

// fixture is a tree with what a test needs to look at its files.
type fixture struct {
	*Tree
	t      *testing.T
	engine *contents.Engine
	clock  *Clock
}

// open returns the tree of a root as another process would have it: with a store of its own
// in the same directory.
func open(t *testing.T, cache, root string) *fixture {
	t.Helper()
	return openWith(t, testtree.Store(t, cache, cachestore.Options{}), root)
}

func openWith(t *testing.T, store *cachestore.Store, root string) *fixture {
	t.Helper()
	f := &fixture{t: t, clock: new(Clock)}
	f.engine = contents.NewEngine(contents.Config{Store: store, Now: testtree.Later})
	id, err := ID(root, nil, Settings{})
	if err != nil {
		t.Fatal(err)
	}
	if f.Tree, err = Open(root, id, Options{Store: store, Uses: f.engine.Uses, Clock: f.clock}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

func (f *fixture) path(name string) string { return filepath.Join(f.root, name) }

// read returns a reading of a file that a walk finds, with its summary.
func (f *fixture) read(name string) Reading {
	f.t.Helper()
	r := Reading{Path: f.path(name), Version: f.clock.Next(), Listed: true}
	file, err := f.engine.NewReader().Read(f.t.Context(), f.root, r.Path)
	if err != nil {
		f.t.Fatal(err)
	}
	r.Binding = file.Binding
	if r.Summary, err = f.engine.Parse(f.t.Context(), file.Language, file.Text); err != nil {
		f.t.Fatal(err)
	}
	return r
}

// bind binds files as they are now.
func (f *fixture) bind(names ...string) {
	f.t.Helper()
	for _, name := range names {
		f.mustBind(f.read(name))
	}
}

func (f *fixture) mustBind(r Reading) {
	f.t.Helper()
	if f.Bind(r) {
		f.t.Errorf("the reading of %s with version %d is stale", r.Path, r.Version)
	}
}

func (f *fixture) mustBeStale(r Reading) {
	f.t.Helper()
	if !f.Bind(r) {
		f.t.Errorf("the reading of %s with version %d is not stale", r.Path, r.Version)
	}
}

// scan is a scan that reads these files, and comes to no others.
func (f *fixture) scan(names ...string) {
	f.t.Helper()
	f.BeginScan()
	f.bind(names...)
	f.EndScan(true, true, []string{f.root})
}

// publish writes an index file.
func (f *fixture) publish() {
	f.t.Helper()
	if stale, err := f.Publish(); err != nil || len(stale) > 0 {
		f.t.Fatalf("stale %v, error %v", stale, err)
	}
}

// names returns what a search finds, and checks that the tree agrees with its own counts.
func (f *fixture) names() map[string]int {
	f.t.Helper()
	matches, err := index.Search(f.t.Context(), index.Query{Limit: 1 << 20}, f.Layers()...)
	if err != nil {
		f.t.Fatal(err)
	}
	names := make(map[string]int)
	for _, m := range matches {
		names[m.Name]++
	}
	var counted Totals
	for _, b := range f.Files(f.root) {
		if b.Class == index.ClassSource && f.usable(b) {
			counted.Files++
			counted.Symbols += b.Symbols
		}
	}
	if counted.Symbols != len(matches) || f.Totals() != counted {
		f.t.Errorf("%d symbols are found, the files have %+v, and counted are %+v", len(matches), counted, f.Totals())
	}
	return names
}

func write(f *fixture, name string, functions ...string) {
	f.t.Helper()
	testtree.Write(f.t, f.path(name), testtree.GoFile(functions...))
}
