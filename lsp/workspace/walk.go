package workspace

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/workspace/ignore"
)

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
	found    func(candidate)
	failed   func(path string, err error)

	// slots bounds how many directories are listed at once.
	slots chan struct{}
	group sync.WaitGroup

	mu   sync.Mutex
	seen map[string]bool // directories, so that nested roots are walked once
}

// walk lists the candidates below the canonical roots, in no order, from
// several goroutines at once, jobs of them at most. Links are not followed.
func walk(ctx context.Context, roots []string, defaults *ignore.Dir, jobs int,
	found func(candidate), failed func(path string, err error)) {
	w := &walker{
		defaults: defaults,
		found:    found,
		failed:   failed,
		slots:    make(chan struct{}, jobs),
		seen:     make(map[string]bool),
	}
	for _, root := range roots {
		w.group.Go(func() { w.root(ctx, root) })
	}
	w.group.Wait()
}

func (w *walker) root(ctx context.Context, root string) {
	rules, err := ignore.Open(root, w.defaults)
	if err != nil {
		w.failed(root, err)
	}
	w.slots <- struct{}{}
	defer func() { <-w.slots }()
	w.dir(ctx, root, rules, 0)
}

// dir lists one directory, whose rules are loaded, and those below it: in
// goroutines of their own while there are free slots, else in this one.
func (w *walker) dir(ctx context.Context, path string, rules *ignore.Dir, depth int) {
	if ctx.Err() != nil || !w.first(path) {
		return
	}
	entries, err := readDir(path)
	if err != nil {
		w.failed(path, err)
		return
	}
	if depth > 0 {
		if contains(entries, "CACHEDIR.TAG") {
			return // a cache says of itself that it is none of our business
		}
		switch {
		case contains(entries, ".git"):
			// A repository of its own within the tree has rules of its own.
			rules, err = ignore.Open(path, w.defaults)
		case slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return ignore.IsFile(e.Name()) }):
			rules, err = rules.Load(path)
		}
		if err != nil {
			w.failed(path, err)
		}
	}
	for _, e := range entries {
		name, below := e.Name(), filepath.Join(path, e.Name())
		if !e.IsDir() {
			if mayHaveSymbols(name) && !rules.Ignored(name, false) {
				w.found(candidate{path: below, mode: e.Type()})
			}
			continue
		}
		if rules.Ignored(name, true) || isBuildOutput(name, entries) {
			continue
		}
		if depth == maxWalkDepth {
			w.failed(below, fmt.Errorf("more than %d directories deep: not entered", maxWalkDepth))
			continue
		}
		enter := func() { w.dir(ctx, below, rules.Enter(name), depth+1) }
		select {
		case w.slots <- struct{}{}:
			w.group.Go(func() {
				defer func() { <-w.slots }()
				enter()
			})
		default:
			enter()
		}
	}
}

// first tells whether this is the first visit of a directory.
func (w *walker) first(path string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.seen[path] {
		return false
	}
	w.seen[path] = true
	return true
}

// readDir is os.ReadDir without the sorting.
func readDir(path string) ([]fs.DirEntry, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // removed since its parent was listed
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.ReadDir(-1)
}

func contains(entries []fs.DirEntry, name string) bool {
	return slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == name })
}

// isBuildOutput tells directories that a build tool fills by the build file
// that lies beside them.
func isBuildOutput(name string, beside []fs.DirEntry) bool {
	if name != "target" {
		return false
	}
	return contains(beside, "Cargo.toml") || contains(beside, "pom.xml") || contains(beside, "build.sbt")
}

// mayHaveSymbols tells by name alone.
func mayHaveSymbols(name string) bool {
	return symbols.Detect(name, nil) != nil || filepath.Ext(name) == ""
}

// Canonical returns the one name of a root, which must be a directory: absolute,
// links resolved.
func Canonical(root string) (string, error) {
	abs, err := filepath.Abs(root)
	if err != nil {
		return "", fmt.Errorf("find the absolute path of %s: %w", root, err)
	}
	path, err := filepath.EvalSymlinks(abs)
	if err != nil {
		return "", fmt.Errorf("resolve %s: %w", abs, err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if !info.IsDir() {
		return "", fmt.Errorf("%s is not a directory", path)
	}
	return path, nil
}
