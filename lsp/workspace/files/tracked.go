package files

import (
	"io"
	"maps"
	"path/filepath"
	"slices"
	"sync"

	"github.com/symcache/symcache/lsp/workspace/files/door"
	"github.com/symcache/symcache/lsp/workspace/files/gitindex"
)

// indexes are the git indexes of the repositories in which something was met that a rule of
// git's ignores. Of the others no index is read. It is safe for concurrent use.
type indexes struct {
	mu   sync.Mutex
	open map[string]*gitIndex // by own git directory
}

// gitIndex is what a repository tracks.
type gitIndex struct {
	repo *repository

	mu     sync.Mutex
	asked  int64 // the look at the disk for which stat was taken
	stat   door.Stat
	table  *gitindex.Table
	err    error
	spared map[string]bool // paths that are ignored, and tracked
	added  []string        // that were not tracked when changes looked last
	many   bool            // more than can be named were added
	count  int             // see changes
	told   map[string]int  // count, of each root that was told
}

// of returns the index of a repository.
func (x *indexes) of(repo *repository) *gitIndex {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.open == nil {
		x.open = make(map[string]*gitIndex)
	}
	g := x.open[repo.own]
	if g == nil {
		g = &gitIndex{repo: repo, table: gitindex.NewTable(), spared: make(map[string]bool), told: make(map[string]int), asked: -1}
		x.open[repo.own] = g
	}
	return g
}

// all returns all indexes.
func (x *indexes) all() []*gitIndex {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.Collect(maps.Values(x.open))
}

// tracks reports whether git tracks a path below a repository's top, or something below it.
// The error says why that is not known. The index is compared with the one on disk at most
// once for each look.
func (r *Rules) tracks(repo *repository, path string, look int64) (bool, error) {
	g := r.indexes.of(repo)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.refresh(look, r.config.MayHold)
	ok := g.has(path)
	if ok {
		g.spared[path] = true
	}
	return ok, g.err
}

// has reports whether the table has a path. The caller holds mu.
func (g *gitIndex) has(path string) bool {
	rel, err := filepath.Rel(g.repo.top, path)
	return err == nil && g.table.Has([]byte(filepath.ToSlash(rel)))
}

// refresh reads the index if it has changed since an earlier look. The caller holds mu.
func (g *gitIndex) refresh(look int64, wanted func(string) bool) {
	if look == g.asked {
		return
	}
	g.asked = look
	path := filepath.Join(g.repo.own, "index")
	stat, _, err := door.StatPath(path)
	if err == nil && stat == g.stat || door.IsGone(err) && g.stat == (door.Stat{}) {
		return
	}
	first := g.stat == (door.Stat{}) && g.err == nil
	g.stat, g.err = stat, nil
	if door.IsGone(err) {
		g.stat, g.table = door.Stat{}, gitindex.NewTable()
		return
	}
	next, added, changed, err := g.load(path, wanted)
	if err != nil {
		g.table, g.err = gitindex.NewTable(), err
		return
	}
	if g.table = next; !first && changed {
		g.many = g.many || added == nil
		g.added = append(g.added, added...)
	}
}

// load reads the index.
func (g *gitIndex) load(path string, wanted func(string) bool) (next *gitindex.Table, added []string, changed bool, err error) {
	open := func(path string) (io.ReadCloser, int64, error) {
		f, info, err := door.Open(g.repo.own, path)
		if err != nil {
			return nil, 0, err
		}
		return f, info.Size(), nil
	}
	f, size, err := open(path)
	if err != nil {
		return nil, nil, false, err
	}
	defer f.Close()
	return g.table.Load(f, size, gitindex.Options{SHA256: g.repo.sha256, Shared: func(name string) (io.ReadCloser, int64, error) {
		return open(filepath.Join(g.repo.own, name))
	}}, wanted)
}

// changes counts how often other ignored paths were tracked than before. Ignores reports
// whether a path, which is tracked, is ignored.
func (g *gitIndex) changes(look int64, wanted func(string) bool, ignores func(path string) bool) int {
	g.mu.Lock()
	g.refresh(look, wanted)
	changed, added := g.many, g.added
	g.many, g.added = false, nil
	for path := range g.spared {
		if !g.has(path) {
			delete(g.spared, path)
			changed = true
		}
	}
	g.mu.Unlock()
	changed = changed || slices.ContainsFunc(added, func(rel string) bool {
		return ignores(filepath.Join(g.repo.top, filepath.FromSlash(rel)))
	})
	g.mu.Lock()
	defer g.mu.Unlock()
	if changed {
		g.count++
	}
	return g.count
}

// isNews reports whether there were changes since it was called last for a root.
func (g *gitIndex) isNews(root string, changes int) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	news := g.told[root] < changes
	g.told[root] = changes
	return news
}
