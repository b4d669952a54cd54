package workspace

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/workspace/files"
	"github.com/symcache/symcache/lsp/workspace/files/ignore"
)

// walkVersion is part of the name of a workspace's index. It is increased when the
// walk finds other files than before, or a file has another tier.
const walkVersion = 2

// defaultExcludes are never walked unless an ignore file says otherwise: the
// databases of version control systems, and what package managers and tools put
// beside the source. "target" and "build" are not among them, since both are
// names of source directories too (Linux has drivers/target); build output is
// told by its CACHEDIR.TAG, or by a build file beside it (see isBuildOutput).
func defaultExcludes() []string {
	return []string{
		".git", ".hg", ".svn", ".jj", ".bzr", "CVS/",
		"node_modules/", "bower_components/", "jspm_packages/",
		"__pycache__/", ".venv/", ".tox/", ".nox/", ".mypy_cache/", ".pytest_cache/", ".ruff_cache/", ".eggs/",
		".gradle/", ".cargo/", ".terraform/", ".bundle/", ".next/", ".nuxt/", ".svelte-kit/", ".parcel-cache/",
		".cache/", ".yarn/", ".pnpm-store/",
	}
}

// maxWalkDepth bounds how deep directories are entered. The deepest seen in a
// real tree is below 40; PATH_MAX allows some 2,000, which is where a walk that
// opens by full path would fail anyway.
const maxWalkDepth = 256

// candidate is a file that may hold symbols: its name is a known language's, or
// has no extension, so that only its first line can tell.
type candidate struct {
	path string
	mode fs.FileMode // type bits only
}

// walker lists the candidates below some roots. Its own problems go to failures.
type walker struct {
	defaults *ignore.Dir
	found    func(c candidate, dir *os.File)
	failed   func(path string, err error)
	ignored  func() // a file that may be a source, or a directory, is left out by a rule

	// slots bounds how many directories are listed at once.
	slots chan struct{}
	group sync.WaitGroup

	// isRoot are all roots: one that lies below another is walked once, by itself,
	// under the rules that hold for a root.
	isRoot map[string]bool
}

// walk lists the candidates below canonical directories, in no order, from several
// goroutines at once, jobs of them at most. They are roots, or lie below roots and
// belong to them. Links are not followed. The directory of a candidate is open while
// found is called.
func walk(ctx context.Context, roots, dirs []string, defaults *ignore.Dir, jobs int,
	found func(c candidate, dir *os.File), failed func(path string, err error), ignored func()) {
	w := &walker{
		defaults: defaults,
		found:    found,
		failed:   failed,
		ignored:  ignored,
		slots:    make(chan struct{}, jobs),
		isRoot:   make(map[string]bool),
	}
	for _, root := range roots {
		w.isRoot[root] = true
	}
	for _, dir := range slices.Compact(slices.Sorted(slices.Values(dirs))) {
		w.group.Go(func() { w.start(ctx, dir) })
	}
	w.group.Wait()
}

// start lists one directory and those below it.
func (w *walker) start(ctx context.Context, dir string) {
	root, _ := deepest(maps.Keys(w.isRoot), dir)
	if throughLink(root, dir) {
		return
	}
	rules, depth, err := rulesAbove(root, dir, w.defaults)
	if err != nil {
		w.failed(dir, err)
	}
	if rules == nil {
		return
	}
	w.slots <- struct{}{}
	defer func() { <-w.slots }()
	w.dir(ctx, root, dir, rules, depth, 0)
}

// throughLink tells whether a link leads from a directory to one below it.
func throughLink(from, to string) bool {
	for ; to != from && to != filepath.Dir(to); to = filepath.Dir(to) {
		if info, _ := os.Lstat(to); isLink(info) { // ignore error: then there is none
			return true
		}
	}
	return false
}

// rulesAbove returns the rules for a directory that come from those above it, up to
// its root, and how deep it lies. They are nil where a walk of the root does not
// come to it. An error is about ignore files that could not be read; the rules hold
// without them.
func rulesAbove(root, dir string, defaults *ignore.Dir) (rules *ignore.Dir, depth int, err error) {
	rules, err = files.RulesAt(root, defaults)
	rel, relErr := filepath.Rel(root, dir)
	if relErr != nil || rel == "." {
		return rules, 0, errors.Join(err, relErr)
	}
	errs := []error{err}
	here := root
	for name := range strings.SplitSeq(rel, string(filepath.Separator)) {
		if depth > 0 {
			if rules, err = enter(root, here, unread(here), rules, defaults); rules == nil {
				return nil, 0, nil
			}
			errs = append(errs, err)
		}
		if depth++; depth > maxWalkDepth || rules.Ignored(name, true) || isBuildOutput(name, unread(here)) {
			return nil, 0, nil
		}
		rules, here = rules.Enter(name), filepath.Join(here, name)
	}
	return rules, depth, errors.Join(errs...)
}

// dir lists one directory, whose rules are loaded, and those below it: in
// goroutines of their own while there are free slots, else in this one. Above is the
// device number of the directory above, 0 if unknown. What the kernel makes up, such as
// /proc, is not listed.
func (w *walker) dir(ctx context.Context, root, path string, rules *ignore.Dir, depth int, above uint64) {
	if ctx.Err() != nil {
		return
	}
	dir, entries, err := readDir(root, path)
	if err != nil {
		if w.isRoot[path] {
			err = fmt.Errorf("%w: %w", errRootUnread, err)
		}
		w.failed(path, err) // what was listed until then counts
	}
	if dir == nil {
		return
	}
	device := files.Device(dir)
	if device != above && files.IsKernels(dir) {
		_ = dir.Close() // ignore error: it was only read
		return
	}
	if depth > 0 {
		if rules, err = enter(root, path, entries, rules, w.defaults); err != nil {
			w.failed(path, err)
		}
	}
	if rules == nil {
		_ = dir.Close() // ignore error: it was only read
		return
	}
	within := path // filepath.Join would clean what is clean, for each entry
	if !os.IsPathSeparator(path[len(path)-1]) {
		within += string(filepath.Separator)
	}
	for _, e := range entries {
		name := e.Name()
		switch {
		case e.IsDir() || !mayHaveSymbols(name):
		case rules.Ignored(name, false):
			w.ignored()
		default:
			w.found(candidate{path: within + name, mode: e.Type()}, dir)
		}
	}
	_ = dir.Close() // ignore error: it was only read

	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		name := e.Name()
		below := within + name
		if w.isRoot[below] {
			continue
		}
		if rules.Ignored(name, true) || isBuildOutput(name, entries) {
			w.ignored()
			continue
		}
		if depth == maxWalkDepth {
			w.failed(below, fmt.Errorf("more than %d directories deep: not entered", maxWalkDepth))
			continue
		}
		visit := func() { w.dir(ctx, root, below, rules.Enter(name), depth+1, device) }
		select {
		case w.slots <- struct{}{}:
			w.group.Go(func() {
				defer func() { <-w.slots }()
				visit()
			})
		default:
			visit()
		}
	}
}

// readDir is os.ReadDir without the sorting. It leaves the directory open, which is
// nil if it cannot be. What was a directory when its parent was listed and is none any
// more is no error.
func readDir(root, path string) (dir *os.File, entries listing, err error) {
	dir, err = files.OpenDir(root, path)
	switch {
	case files.IsGone(err), errors.Is(err, files.ErrIrregular):
		return nil, nil, nil
	case err != nil:
		if info, statErr := os.Lstat(path); statErr == nil && !info.IsDir() {
			return nil, nil, nil
		}
		return nil, nil, err
	}
	entries, err = dir.ReadDir(-1)
	if errors.Is(err, syscall.ENOTDIR) {
		err = nil
	}
	return dir, entries, err
}

// names tells what a directory holds.
type names interface {
	has(name string) bool
	// mayHaveIgnoreFiles saves looking for them.
	mayHaveIgnoreFiles() bool
}

// listing is a directory that was read.
type listing []fs.DirEntry

func (l listing) has(name string) bool {
	return slices.ContainsFunc(l, func(e fs.DirEntry) bool { return e.Name() == name })
}

func (l listing) mayHaveIgnoreFiles() bool {
	return slices.ContainsFunc(l, func(e fs.DirEntry) bool { return files.IsIgnoreFile(e.Name()) })
}

// unread is a directory of which only the path is known.
type unread string

func (u unread) has(name string) bool {
	_, err := os.Lstat(filepath.Join(string(u), name))
	return err == nil
}

func (u unread) mayHaveIgnoreFiles() bool { return true }

// enter returns the rules for the entries of a directory below a root, given
// those that come from above, or nil if it is not to be looked into. An error
// is about ignore files that could not be read.
func enter(root, path string, dir names, above, defaults *ignore.Dir) (*ignore.Dir, error) {
	_, unlisted := dir.(unread)
	switch {
	case unlisted && files.KernelsBegin(path): // a walk asks the open directory
		return nil, nil
	case dir.has(cacheTagName) && isCacheTag(root, filepath.Join(path, cacheTagName)):
		return nil, nil // a cache says of itself that it is none of our business
	case dir.has(".git"):
		// A repository of its own within the tree has rules of its own.
		return files.RulesAt(path, defaults)
	case dir.mayHaveIgnoreFiles():
		return files.WithFiles(above, root, path)
	}
	return above, nil
}

// isCacheTag tells a tag by its first bytes, as https://bford.info/cachedir has it.
func isCacheTag(root, path string) bool {
	const signature = "Signature: 8a477f597d28d172789f06886806bc55"
	f, _, err := files.Open(root, path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, len(signature))
	_, err = io.ReadFull(f, head)
	return err == nil && string(head) == signature
}

// isBuildOutput tells directories that a build tool fills by the build file
// that lies beside them.
func isBuildOutput(name string, beside names) bool {
	return name == "target" && slices.ContainsFunc(buildFiles[:], beside.has)
}

var buildFiles = [...]string{"Cargo.toml", "pom.xml", "build.sbt"}

// cacheTagName is a file by which a directory says that it is a cache.
const cacheTagName = "CACHEDIR.TAG"

// decides tells names of files by which a walk finds others beside and below them: it
// is to be repeated when one of them has changed.
func decides(name string) bool {
	return files.IsIgnoreFile(name) || name == ".git" || name == cacheTagName || slices.Contains(buildFiles[:], name)
}

// mayHaveSymbols tells by name alone.
func mayHaveSymbols(name string) bool {
	return symbols.Detect(name, nil) != nil || filepath.Ext(name) == ""
}

// Canonical is files.Canonical.
func Canonical(root string) (string, error) { return files.Canonical(root) }
