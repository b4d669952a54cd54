package workspace

import (
	"cmp"
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/workspace/contents"
	"github.com/symcache/symcache/lsp/workspace/files"
)

// Config says how a Workspace looks at its roots. The zero Config is valid.
type Config struct {
	// Exclude are patterns of files that are not walked, in gitignore syntax, relative to
	// the repository's top. Ignore files overrule them, and they overrule the default ones.
	Exclude []string
	// NoIgnore makes ignore files count for nothing. Exclude and the default excludes
	// still hold.
	NoIgnore bool
	// AnswerBudget is how long a search may look at its files again, and read and parse
	// those that have changed unnoticed. It leaves out what takes longer. 0: 20 ms, for a
	// person who types.
	AnswerBudget time.Duration
	// IndexHome allows the user's home directory as a root.
	IndexHome bool
	// GC says what is kept when a workspace that runs collects garbage, once a day. Its
	// Marks are not looked at. Nil: no garbage is collected.
	GC *cachestore.GCOptions
}

// Workspace is some roots with the symbols of the sources below them, bound to
// the contents that the files had when they were last read. It is safe for
// concurrent use.
//
// What is known is kept on disk, one index for each root, and taken from there at
// once by the next one who asks; a scan then finds what has changed since.
type Workspace struct {
	engine  *contents.Engine
	config  Config
	set     atomic.Pointer[rootSet]
	queue   *queue // of files to look at again
	dirs    dirtyDirs
	records records
	tickets atomic.Uint64
	watched watched
	rules   *files.Rules

	scanning *semaphore.Weighted // 1, held by a scan and to change the set of roots
	scans    scanCount

	// rebuildWait is how long an answer waits while an index file that turned out to be
	// damaged is made again.
	rebuildWait time.Duration
	// answerBudget is Config.AnswerBudget. Tests change it.
	answerBudget time.Duration
	// hasStat is the function of that name. Tests make it hang.
	hasStat func(path string, stat index.Stat) bool
	bugs    sync.Once // the first panic of a search is logged with its stack
}

// New returns a workspace that knows of the files below its roots what is on disk.
// The error is that of SetRoots.
func New(engine *contents.Engine, config Config, roots []string) (*Workspace, error) {
	w := Empty(engine, config)
	return w, w.SetRoots(roots)
}

// Empty returns a workspace without roots. It looks at no disk.
func Empty(engine *contents.Engine, config Config) *Workspace {
	w := &Workspace{
		engine: engine, config: config, queue: newQueue(), dirs: newDirtyDirs(), records: newRecords(),
		scanning: semaphore.NewWeighted(1), scans: newScanCount(),
		rebuildWait: 2 * time.Second, answerBudget: cmp.Or(config.AnswerBudget, answerBudget), hasStat: hasStat,
	}
	w.set.Store(new(rootSet))
	w.rules = newRules(engine, config, nil, w.hasBelow)
	return w
}

// Root is a directory that a workspace is to know, or the reason why it cannot.
type Root struct {
	Named string // as the user spells it
	Dir   string // canonical, see Canonical
	Err   error  // nil: Dir is a directory
}

// SetRoots makes directories the roots. It asks their file systems for the canonical
// names, see Use for the rest.
func (w *Workspace) SetRoots(dirs []string) error {
	roots := make([]Root, len(dirs))
	for i, dir := range dirs {
		roots[i].Named = dir
		roots[i].Dir, roots[i].Err = Canonical(dir)
	}
	return w.Use(roots)
}

// Use changes the roots. The workspace keeps what it knows of those that stay; new ones
// are to be looked at, see Rescan. The error joins those of the roots that cannot be
// used or are refused, see files.CheckRoot; the workspace has the others. Use reads
// index files of the cache, resolves the name of the home directory and asks no other
// disk. It waits for a scan under way.
func (w *Workspace) Use(roots []Root) error {
	_ = w.scanning.Acquire(context.Background(), 1) // ignore error: it is the context's
	defer w.scanning.Release(1)
	next := new(rootSet)
	var errs []error
	for _, root := range roots {
		if root.Err == nil {
			root.Err = files.CheckRoot(root.Dir, w.config.IndexHome)
		}
		switch {
		case root.Err != nil:
			errs = append(errs, root.Err)
			next.bad = append(next.bad, Failure{Path: root.Named, Error: root.Err.Error()})
		case !slices.Contains(next.roots, root.Dir):
			next.roots = append(next.roots, root.Dir)
		}
	}
	old := w.now()
	left := slices.Clone(old.trees)
	for _, root := range slices.Clone(next.roots) {
		id, err := w.workspaceID(root, rootsWithin(root, next.roots))
		if err != nil {
			errs = append(errs, err)
			next.bad = append(next.bad, Failure{Path: root, Error: err.Error()})
			next.roots = slices.DeleteFunc(next.roots, func(r string) bool { return r == root })
			continue
		}
		i := slices.IndexFunc(left, func(t *tree) bool { return t.id == id })
		if i >= 0 {
			next.trees = append(next.trees, left[i])
			left = slices.Delete(left, i, i+1)
		} else {
			next.trees = append(next.trees, w.newTree(root, id))
		}
	}
	w.set.Store(next)
	w.rules.SetRoots(next.roots)
	w.watched.set(old.roots, next.roots)
	for _, t := range left {
		t.close()
	}
	return errors.Join(errs...)
}

// rootsWithin returns the roots that lie below another one.
func rootsWithin(root string, roots []string) (inner []string) {
	for _, other := range roots {
		if other != root && files.Within(root, other) {
			inner = append(inner, other)
		}
	}
	return inner
}

func (w *Workspace) newTree(root string, id cachestore.WorkspaceID) *tree {
	t := &tree{
		root: root, id: id, current: w.engine.Uses, tickets: &w.tickets,
		overlay: index.NewMemory(), changes: make(map[string]*change), maxPending: flushSymbols,
	}
	if store := w.engine.Store(); store != nil {
		t.stored = store.Workspace(id)
	}
	t.rules = detectionRules()
	t.detection = t.rules
	if _, err := t.load(); err != nil {
		w.engine.Complain(contents.CauseIndex, "read the index of "+root+" from", err)
	}
	return t
}

// now returns the roots as they are.
func (w *Workspace) now() *rootSet { return w.set.Load() }

// Close lets go of what is on disk.
func (w *Workspace) Close() {
	for _, t := range w.now().trees {
		t.close()
	}
}

// Engine is the engine that the workspace runs on.
func (w *Workspace) Engine() *contents.Engine { return w.engine }

// Roots are the canonical paths of the roots.
func (w *Workspace) Roots() []string { return w.now().roots }

// BadRoots are the roots that cannot be used, as they were named, and why.
func (w *Workspace) BadRoots() []Failure { return w.now().bad }

// Stats tells how much is known.
type Stats struct {
	Files   int // sources
	Symbols int // in them
}

// Stats tells how much is known now.
func (w *Workspace) Stats() (s Stats) {
	for _, t := range w.now().trees {
		totals := t.stats()
		s.Files += totals.Files
		s.Symbols += totals.Symbols
	}
	return s
}

// Complete tells whether all files have been looked at, be it by an earlier
// process.
func (w *Workspace) Complete() bool {
	return !slices.ContainsFunc(w.now().trees, func(t *tree) bool { return !t.isComplete() })
}

// Importance returns how much the symbols of a file matter to someone searching. The path is
// canonical; of a file outside all roots its name alone decides.
func (w *Workspace) Importance(path string) index.Importance {
	root, ok := files.Deepest(slices.Values(w.now().roots), path)
	if !ok {
		return importanceOf(filepath.Base(path))
	}
	return importanceOf(strings.TrimPrefix(path, root))
}

// tree returns that of the deepest root that a canonical path lies below, or nil.
func (w *Workspace) tree(path string) *tree { return w.now().tree(path) }

// rootOf returns the deepest root that a canonical path lies below, else its directory:
// the caller was asked for this one file then.
func (w *Workspace) rootOf(path string) string {
	if t := w.tree(path); t != nil {
		return t.root
	}
	return filepath.Dir(path)
}

// rootSet is the roots of a workspace at one moment. It never changes.
type rootSet struct {
	roots []string // canonical
	trees []*tree  // by root
	bad   []Failure
}

func (s *rootSet) tree(path string) *tree {
	root, ok := files.Deepest(slices.Values(s.roots), path)
	if !ok {
		return nil
	}
	return s.trees[slices.Index(s.roots, root)]
}

// hasBelow reports whether files are known below a path.
func (w *Workspace) hasBelow(path string) bool {
	t := w.tree(path)
	return t != nil && t.hasBelow(path)
}

func (w *Workspace) ticket() uint64 { return w.tickets.Add(1) }

func (w *Workspace) confirm(path string, stat index.Stat) (index.Binding, bool) {
	t := w.tree(path)
	if t == nil {
		return index.Binding{}, false
	}
	return t.confirm(path, stat)
}

func (w *Workspace) bind(b reading) (index.Binding, bool) {
	known, ok, _ := w.bindInTime(b)
	return known, ok
}

// bindInTime is bind. What is outdated is not bound, but looked at again later.
func (w *Workspace) bindInTime(b reading) (known index.Binding, ok, outdated bool) {
	t := w.tree(b.Path)
	if t == nil {
		return b.Binding, true, false // its root has just gone
	}
	known, ok, outdated = t.bind(b)
	if outdated {
		w.Touch(b.Path)
	}
	return known, ok, outdated
}

// flush writes what has become too much for memory.
func (w *Workspace) flush() { w.publish((*tree).full) }

// Hanging returns the directories about which the system was asked and does not answer,
// sorted. Nothing below them is in an answer.
func (w *Workspace) Hanging() []string { return w.engine.Hangs().List() }

// Canonical is files.Canonical.
func Canonical(root string) (string, error) { return files.Canonical(root) }
