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
	"github.com/symcache/symcache/lsp/workspace/bindings"
	"github.com/symcache/symcache/lsp/workspace/contents"
	"github.com/symcache/symcache/lsp/workspace/files"
	"github.com/symcache/symcache/lsp/workspace/files/door"
	"github.com/symcache/symcache/lsp/workspace/files/paths"
	"github.com/symcache/symcache/lsp/workspace/links"
	"github.com/symcache/symcache/lsp/workspace/scan"
)

// Settings are what of a Config may change while a workspace runs, see Configure.
type Settings struct {
	// Exclude are patterns of files that are not walked, in gitignore syntax, relative to
	// the repository's top. Ignore files overrule them, and they overrule the default ones.
	Exclude []string
	// Include are directories, by their slash-separated paths below a root. Others are not
	// walked, but files directly above them are looked at. Empty: all are walked.
	Include []string
	// FollowLinks makes further roots of the directories to which symbolic links lead out of
	// the roots, and of those with files to which such links lead, see package links.
	FollowLinks bool
	// IndexHome allows the user's home directory as a root.
	IndexHome bool
}

// Config says how a Workspace looks at its roots. The zero Config is valid.
type Config struct {
	Settings // at first
	// NoIgnore makes ignore files count for nothing. Exclude and the default excludes
	// still hold.
	NoIgnore bool
	// Getenv returns the variables of the environment by which git finds the ignore file that
	// a user has for all repositories. Nil: that file does not count.
	Getenv func(name string) string
	// AnswerBudget is how long a search may look at its files again, and read and parse
	// those that have changed unnoticed. It leaves out what takes longer. 0: 20 ms, for a
	// person who types.
	AnswerBudget time.Duration
	// ReadOnly leaves index files as they are, for a workspace that neither scans nor runs.
	ReadOnly bool
	// GC says what is kept when a workspace that runs collects garbage, once a day. Its
	// Marks are not looked at. Nil: no garbage is collected.
	GC *cachestore.GCOptions
}

// Workspace is some roots with the symbols of the sources below them. It is safe for
// concurrent use.
//
// A new workspace knows what the index files on disk say. A scan then finds what has
// changed since they were written.
type Workspace struct {
	engine  *contents.Engine
	config  Config // its Settings are guarded by scanning
	set     atomic.Pointer[roots]
	clock   *bindings.Clock
	queue   *queue // of files to look at again
	dirs    dirtyDirs
	records records
	watched watched
	rules   *files.Rules

	scanning *semaphore.Weighted // 1, held by a scan and to change the set of roots
	scans    scans
	links    links.Set // that lead out of the roots; guarded by scanning

	// rebuildWait is how long an answer waits while an index file that turned out to be
	// damaged is made again.
	rebuildWait time.Duration
	// answerBudget is Config.AnswerBudget. Tests change it.
	answerBudget time.Duration
	// hasStat is the function of that name. Tests make it hang.
	hasStat func(path string, stat index.Stat) bool
	bugs    sync.Once // the first panic of a search is logged with its stack
}

// roots are the roots of a workspace at one moment. They never change.
type roots struct {
	*bindings.Set
	folders []string       // those that were asked for, canonical
	bad     []scan.Failure // those that were asked for and cannot be used
	linked  []files.Linked // those to which links lead
	links   []links.Status // of links that lead out of the folders
}

// New returns a workspace that knows what the index files of its roots say. The error is
// that of SetRoots.
func New(engine *contents.Engine, config Config, roots []string) (*Workspace, error) {
	w := Empty(engine, config)
	return w, w.SetRoots(roots)
}

// Empty returns a workspace without roots. It asks no disk.
func Empty(engine *contents.Engine, config Config) *Workspace {
	w := &Workspace{
		engine: engine, config: config, clock: new(bindings.Clock),
		queue: newQueue(), dirs: newDirtyDirs(), records: newRecords(),
		scanning: semaphore.NewWeighted(1), scans: newScans(),
		rebuildWait: 2 * time.Second, answerBudget: cmp.Or(config.AnswerBudget, answerBudget), hasStat: hasStat,
	}
	w.set.Store(&roots{Set: bindings.NewSet(nil)})
	w.rules = w.newRules()
	return w
}

// Root is a directory that a workspace is to know, or the reason why it cannot.
type Root struct {
	Named string // as the user spells it
	Dir   string // canonical, see Canonical
	Err   error  // nil: Dir is a directory
}

// SetRoots makes directories the roots. It asks their file systems for the canonical
// names, and then is Use.
func (w *Workspace) SetRoots(dirs []string) error {
	roots := make([]Root, len(dirs))
	for i, dir := range dirs {
		roots[i].Named = dir
		roots[i].Dir, roots[i].Err = Canonical(dir)
	}
	return w.Use(roots)
}

// Use changes the roots. The workspace keeps what it knows of those that stay. New ones
// are to be scanned, see Rescan. The error joins those of the roots that cannot be used or
// are refused, see files.CheckRoot; the workspace has the others. Use reads index files,
// resolves the name of the home directory and asks no other disk. It waits for a scan
// under way.
func (w *Workspace) Use(wanted []Root) error {
	_ = w.scanning.Acquire(context.Background(), 1) // ignore error: it is the context's
	defer w.scanning.Release(1)
	var dirs []string
	var bad []scan.Failure
	var errs []error
	fail := func(path string, err error) {
		errs = append(errs, err)
		bad = append(bad, scan.Failure{Path: path, Error: err.Error()})
	}
	for _, root := range wanted {
		if root.Err == nil {
			root.Err = files.CheckRoot(root.Dir, w.config.IndexHome)
		}
		switch {
		case root.Err != nil:
			fail(root.Named, root.Err)
		case !slices.Contains(dirs, root.Dir):
			dirs = append(dirs, root.Dir)
		}
	}
	errs = append(errs, w.use(dirs, bad))
	return errors.Join(errs...)
}

// use makes folders and what links lead to the roots; bad are folders that cannot be used. The
// error joins those of roots that cannot be used either. The caller holds scanning.
func (w *Workspace) use(folders []string, bad []scan.Failure) error {
	var errs []error
	old := w.now()
	linked, status := w.plan(folders)
	byDir := make(map[string]*files.Linked)
	dirs := slices.Clone(folders)
	for i, root := range linked {
		dirs, byDir[root.Dir] = append(dirs, root.Dir), &linked[i]
	}
	left := slices.Clone(old.Trees())
	var trees []*bindings.Tree
	for _, dir := range dirs {
		id, err := w.id(dir, rootsWithin(dir, dirs), byDir[dir])
		if err != nil { // of all: the program extracts nothing
			errs = append(errs, err)
			bad = append(bad, scan.Failure{Path: dir, Error: err.Error()})
			folders, linked = nil, nil
			continue
		}
		i := slices.IndexFunc(left, func(t *bindings.Tree) bool { return t.ID() == id })
		if i >= 0 {
			trees = append(trees, left[i])
			left = slices.Delete(left, i, i+1)
		} else {
			trees = append(trees, w.openTree(dir, id))
		}
	}
	next := &roots{Set: bindings.NewSet(trees), folders: folders, bad: bad, linked: linked, links: status}
	w.set.Store(next)
	w.rules.SetRoots(folders, linked...)
	w.watched.set(old.Roots(), next.Roots())
	for _, t := range left {
		t.Close()
	}
	return errors.Join(errs...)
}

// rootsWithin returns the roots that lie below a directory.
func rootsWithin(dir string, roots []string) (inner []string) {
	for _, other := range roots {
		if other != dir && paths.Within(dir, other) {
			inner = append(inner, other)
		}
	}
	return inner
}

// id names the index files of a root. The error is that of a program that was built
// without cgo and extracts nothing.
func (w *Workspace) id(root string, within []string, linked *files.Linked) (cachestore.WorkspaceID, error) {
	if err := w.engine.Check(); err != nil {
		return cachestore.WorkspaceID{}, err
	}
	settings := bindings.Settings{
		WalkVersion: walkVersion, MaxFileSize: w.engine.MaxFileSize(),
		Exclude: w.config.Exclude, Include: w.config.Include, NoIgnore: w.config.NoIgnore, Defaults: files.DefaultExcludes(),
	}
	if linked != nil {
		settings.Include, settings.Names = nil, linked.Names
	}
	return bindings.ID(root, within, settings)
}

// openTree returns the tree of a root, with its index file if that can be read.
func (w *Workspace) openTree(root string, id cachestore.WorkspaceID) *bindings.Tree {
	t, err := bindings.Open(root, id, bindings.Options{Store: w.engine.Store(), Uses: w.engine.Uses, Clock: w.clock, ReadOnly: w.config.ReadOnly})
	if err != nil {
		w.engine.Complain(contents.CauseIndex, "read the index of "+root+" from", err)
	}
	return t
}

// now returns the roots as they are.
func (w *Workspace) now() *roots { return w.set.Load() }

// Close closes the index files.
func (w *Workspace) Close() {
	for _, t := range w.now().Trees() {
		t.Close()
	}
}

// Engine is the engine that the workspace runs on.
func (w *Workspace) Engine() *contents.Engine { return w.engine }

// Roots are the canonical paths of the roots.
func (w *Workspace) Roots() []string { return w.now().Roots() }

// BadRoots are the roots that cannot be used, as they were named, and why.
func (w *Workspace) BadRoots() []scan.Failure { return w.now().bad }

// Stats counts the sources that are known now, and their symbols.
func (w *Workspace) Stats() (sum bindings.Totals) {
	for _, t := range w.now().Trees() {
		totals := t.Totals()
		sum.Files += totals.Files
		sum.Symbols += totals.Symbols
	}
	return sum
}

// Complete reports whether all files have been looked at, by this process or an earlier
// one.
func (w *Workspace) Complete() bool {
	return !slices.ContainsFunc(w.now().Trees(), func(t *bindings.Tree) bool { return !t.Complete() })
}

// Importance returns how much the symbols of a file matter to a person who searches. The
// path is canonical. Outside of all roots the name alone decides.
func (w *Workspace) Importance(path string) index.Importance {
	root, ok := paths.Deepest(slices.Values(w.Roots()), path)
	if !ok {
		return bindings.ImportanceOf(filepath.Base(path))
	}
	return bindings.ImportanceOf(strings.TrimPrefix(path, root))
}

// tree returns the tree of the deepest root that a canonical path lies below, or nil.
func (w *Workspace) tree(path string) *bindings.Tree { return w.now().Tree(path) }

// Known returns what the file at a canonical path held when it was last read.
func (w *Workspace) Known(path string) (b index.Binding, ok bool) {
	if t := w.tree(path); t != nil {
		return t.Known(path)
	}
	return b, false
}

// Hanging returns the directories about which the system was asked and does not answer,
// sorted. Nothing below them is in an answer.
func (w *Workspace) Hanging() []string { return w.engine.Hangs().List() }

// Canonical is door.Canonical.
func Canonical(root string) (string, error) { return door.Canonical(root) }
