package files

import (
	"io/fs"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/symcache/symcache/lsp/workspace/files/door"
	"github.com/symcache/symcache/lsp/workspace/files/hanging"
	"github.com/symcache/symcache/lsp/workspace/files/ignore"
	"github.com/symcache/symcache/lsp/workspace/files/paths"
)

// maxWalkDepth bounds how deep directories are entered. The deepest seen in a real tree
// is below 40. PATH_MAX allows some 2,000, where a walk that opens by full path fails
// anyway.
const maxWalkDepth = 256

// Settings are what users say of the files that they want.
type Settings struct {
	// Defaults are the rules below those of all ignore files.
	Defaults *ignore.Dir
	// Include, unless nil, ignores what is not wanted at all of a root, whatever other rules
	// say.
	Include *ignore.Dir
	// FollowLinks has Walk tell of symbolic links, see Visitor.
	FollowLinks bool
}

// Config is what Rules cannot know by themselves.
type Config struct {
	Settings // at first, see Configure
	// Getenv returns the variables of the environment by which git finds the user's own
	// excludes. Nil: the user has none. Home is the user's, where $HOME does not say it.
	Getenv func(name string) string
	Home   string
	// MayHold reports whether a file may hold symbols, by its name alone.
	MayHold func(name string) bool
	// HasBelow reports whether files are known below a path where nothing is any more.
	// Nil: none are.
	HasBelow func(path string) bool
	// Own is the program's own cache, which is never walked. Empty: there is none.
	Own string
	// Hangs knows the directories that do not answer. Nil: a new one.
	Hangs *hanging.Dirs
	// Now is the time. Nil: time.Now.
	Now func() time.Time
}

// Rules answer one question about a tree for everybody who asks it: would a walk of the
// roots come here? The walk asks it (Walk), a look at a single file (Includes), and a
// watcher about directories and events (Skip, Ignore).
//
// Rules keep what they have read of each directory's ignore files, and the Stat of each
// file that decided. How long that is believed depends on the method:
//
//   - Walk and Includes ask for the Stat of each file that may decide, in each directory
//     from the repository's top down. They read an ignore file only if it differs from the
//     one that was read, or was too young then to tell, see door.Stat. So they are right
//     whether or not anybody watches the tree.
//   - Skip and Ignore are asked of every directory and event, and ask the disk only about
//     directories of which nothing is known. Their caller watches the tree and must call
//     Forget for each directory in which something that Decides has come, changed or gone,
//     for each directory that has itself come or gone, and for a root of which events were
//     lost. It must do so before it asks about anything below. What is not reported, as
//     ignore files above the roots, is noticed by the next Walk.
//
// Rules are safe for concurrent use. They hold no lock while they ask the disk.
type Rules struct {
	config   Config // but for its Settings
	settings atomic.Pointer[Settings]
	roots    atomic.Pointer[roots]

	user    atomic.Pointer[userExcludes] // as they were found last
	indexes indexes
	looks   atomic.Int64 // counts looks at the disk, see tracks

	mu   sync.Mutex
	dirs map[string]*dirRules
	tops map[string]bool // of dirs: roots, and tops of repositories
}

// NewRules returns Rules without roots.
func NewRules(config Config) *Rules {
	if config.HasBelow == nil {
		config.HasBelow = func(string) bool { return false }
	}
	if config.Hangs == nil {
		config.Hangs = hanging.New()
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	r := &Rules{config: config, dirs: make(map[string]*dirRules), tops: make(map[string]bool)}
	r.SetRoots(nil)
	r.settings.Store(&config.Settings)
	return r
}

// Configure changes the settings. The caller calls Forget for each root after that. No Walk is
// under way.
func (r *Rules) Configure(s Settings) { r.settings.Store(&s) }

// roots are the roots at one moment. They never change, but are replaced.
type roots struct {
	all    []string          // canonical
	linked map[string]Linked // of all, by directory
}

// Linked is a root that nobody has named: links below other roots lead to it, or to files in it.
// Settings.Include says nothing of it, and it is left as a directory below a root is that says of
// itself that it is no source.
type Linked struct {
	Dir string // canonical
	// Names are those of the files in it that count. Nil: all that is below it does.
	Names []string
}

// SetRoots changes the roots: the directories, which are canonical, and the linked ones. A root
// that lies below another one is walked once, by itself, whatever the rules of the other one
// say. What is known of a root that was linked otherwise is forgotten, see Forget.
func (r *Rules) SetRoots(dirs []string, linked ...Linked) {
	next := roots{all: slices.Clone(dirs), linked: make(map[string]Linked)}
	for _, root := range linked {
		next.all = append(next.all, root.Dir)
		next.linked[root.Dir] = root
	}
	old := r.roots.Swap(&next)
	if old == nil {
		return
	}
	for _, dir := range old.all {
		before, was := old.linked[dir]
		now, is := next.linked[dir]
		if was != is || !slices.Equal(before.Names, now.Names) {
			r.Forget(dir)
		}
	}
}

// Roots returns the roots.
func (r *Rules) Roots() []string { return r.roots.Load().all }

// linked returns how a root is linked; ok is false for one that somebody has named.
func (r *Rules) linked(dir string) (root Linked, ok bool) {
	root, ok = r.roots.Load().linked[dir]
	return root, ok
}

// Includes reports whether a walk would find a file. The path is canonical.
func (r *Rules) Includes(path string) bool {
	roots, name := r.Roots(), filepath.Base(path)
	if slices.Contains(roots, path) || !r.config.MayHold(name) {
		return false
	}
	return r.finds(r.of(roots, filepath.Dir(path), false), path, false, r.looks.Add(1))
}

// finds reports whether a walk of a directory finds an entry.
func (r *Rules) finds(dir *dirRules, path string, isDir bool, look int64) bool {
	if dir.rules == nil {
		return false
	}
	v, _ := r.judge(dir, filepath.Dir(path), filepath.Base(path), isDir, look) // ignore error: ignore files do not count
	return !v.out
}

// Skip reports whether a walk does not come to a directory. A directory that it comes to
// and leaves, as one that says that it is a cache, is not skipped: it may cease to be one.
func (r *Rules) Skip(dir string) bool {
	roots := r.Roots()
	switch {
	case r.isOwn(dir):
		return true
	case slices.Contains(roots, dir):
		return false
	}
	above := filepath.Dir(dir)
	return above == dir || !r.enters(r.of(roots, above, true), dir, isBuildOutput(filepath.Base(dir), unread(above)), r.looks.Load()).entered
}

// Ignore reports whether an event of a path that is no directory, or no longer one, changes
// nothing that a walk finds: the walk would not find the file, and it decides on no others.
func (r *Rules) Ignore(path string) bool {
	name := filepath.Base(path)
	if Decides(name) {
		return false
	}
	kind, err := door.TypeOf(path)
	mayHold := r.config.MayHold(name) || kind&fs.ModeSymlink != 0
	dir := r.of(r.Roots(), filepath.Dir(path), true)
	switch {
	case mayHold || kind.IsDir():
		if !r.finds(dir, path, kind.IsDir(), r.looks.Load()) {
			return true
		}
	case dir.rules == nil || dir.rules.Ignored(name, false):
		return true
	}
	if mayHold {
		return false
	}
	return err == nil || !r.config.HasBelow(path) // what is gone may have been a directory
}

// Explain returns why a walk does not come to a file or directory. It is the zero Reason also
// for a file of which the name says that it holds no symbols. The path is canonical.
func (r *Rules) Explain(path string, isDir bool) Reason {
	roots := r.Roots()
	root, ok := paths.Deepest(slices.Values(roots), path)
	if !ok || path == root {
		return Reason{}
	}
	look := r.looks.Add(1)
	above := r.below(root, root, false)
	for at := range downTo(root, path) {
		if at == root {
			continue
		}
		name, here := filepath.Base(at), at == path
		v, _ := r.judge(above, filepath.Dir(at), name, isDir || !here, look) // ignore error: ignore files do not count
		switch {
		case v.out:
			return v.reason()
		case here && !isDir:
			return Reason{}
		case r.isOwn(at):
			return Reason{Why: whyOwn}
		case isBuildOutput(name, unread(filepath.Dir(at))):
			return Reason{Why: whyBuilt}
		case above.depth == maxWalkDepth:
			return Reason{Why: whyDeep}
		}
		if above = r.below(root, at, false); above.rules == nil {
			return Reason{Why: above.left}
		}
	}
	return Reason{}
}

// Changed reports whether a walk of a root finds something else since something has changed
// that no watcher of the root tells of: ignore files above it, and what git and the user keep
// elsewhere. It asks the disk about these files. Forget is to be called then.
func (r *Rules) Changed(root string) bool {
	all := r.Roots()
	r.mu.Lock()
	known := make(map[string]*dirRules)
	for top := range r.tops {
		if in, _ := paths.Deepest(slices.Values(all), top); in == root {
			known[top] = r.dirs[top]
		}
	}
	r.mu.Unlock()
	for top, held := range known {
		now, _ := r.rootMarks(top)
		if top != root {
			now, _ = r.marks(nil, top, mayHave(top))
		}
		if !slices.Equal(now, held.seen.marks) {
			return true
		}
	}
	look, changed := r.looks.Add(1), false
	for _, index := range r.indexes.all() {
		if paths.Within(root, index.repo.top) || paths.Within(index.repo.top, root) {
			changes := index.changes(look, r.config.MayHold, func(path string) bool { return r.sparedByIndex(path, look) })
			changed = index.isNews(root, changes) || changed
		}
	}
	return changed
}

// sparedByIndex reports whether a walk finds a file only since git tracks it.
func (r *Rules) sparedByIndex(path string, look int64) bool {
	dir := r.of(r.Roots(), filepath.Dir(path), false)
	if dir.rules == nil {
		return false
	}
	v, _ := r.judge(dir, filepath.Dir(path), filepath.Base(path), false, look) // ignore error: ignore files do not count
	return v.byIndex && !v.out
}

// Forget has the rules of directories, and of all below them, read again. It returns those
// of which Skip or Ignore may have said something, without what lies below others: about
// these Skip is to be asked again.
func (r *Rules) Forget(dirs ...string) (known []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	ruled := make(map[string]bool)
	for _, dir := range dirs {
		if _, ok := r.dirs[dir]; ok { // as of no file, and then of nothing below
			ruled[dir] = true
		}
	}
	if len(ruled) == 0 {
		return nil
	}
	for dir := range r.dirs {
		if paths.WithinAny(ruled, dir) {
			delete(r.dirs, dir)
			delete(r.tops, dir)
		}
	}
	for dir := range ruled {
		if above := filepath.Dir(dir); above == dir || !paths.WithinAny(ruled, above) {
			known = append(known, dir)
		}
	}
	return known
}

// isOwn reports whether a directory belongs to the program's own cache.
func (r *Rules) isOwn(dir string) bool { return r.config.Own != "" && paths.Within(r.config.Own, dir) }

// CheckIncluded returns an error that names what is not the path of a directory below a root,
// slash-separated.
func CheckIncluded(dirs []string) error {
	_, err := ignore.ConeOf(dirs)
	return err
}

// CheckPattern returns an error for a pattern in gitignore syntax that matches nothing because it is malformed.
func CheckPattern(pattern string) error { return ignore.CheckPattern(pattern) }
