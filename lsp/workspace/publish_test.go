package workspace

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/symcache/symcache/cachestore"
)

// Of a tree that is closed only what has changed is still known. That is no index: whoever
// reads it would know of nothing else.
func TestClosedTreeIsNotWritten(t *testing.T) {
	t.Parallel()
	const files = 3 * rewriteFiles
	for name, leave := range map[string]func(*Workspace) error{
		"workspace closed": func(w *Workspace) error { w.Close(); return nil },
		"root removed":     func(w *Workspace) error { return w.SetRoots(nil) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cache := filepath.Join(t.TempDir(), "cache")
			dir := makeTree(t, manyFiles(files))
			w := newWorkspace(t, cache, dir)
			scanAll(t, w)
			path := filepath.Join(dir, "new.go")
			write(t, path, goFile("New"))
			if err := w.refresh(t.Context(), path); err != nil {
				t.Fatal(err)
			}
			trees := w.now().trees
			if err := leave(w); err != nil {
				t.Fatal(err)
			}
			for _, tree := range trees { // as whoever began before may do
				if _, err := tree.publish(); err != nil {
					t.Error(err)
				}
				if _, err := tree.load(); err != nil {
					t.Error(err)
				}
				if tree.file != nil {
					t.Error("a closed tree has taken an index")
				}
			}
			next := newWorkspace(t, cache, dir)
			if got := next.Stats().Files; got != files {
				t.Errorf("the index has %d files, want %d", got, files)
			}
			scanAll(t, next)
			if diff := cmp.Diff(fromScratch(t, dir), all(t, next)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// An index that cannot be written is not tried again and again, but later; none is written
// while there is more to come.
func TestWhenIndexIsWritten(t *testing.T) {
	t.Parallel()
	cache := filepath.Join(t.TempDir(), "cache")
	dir := makeTree(t, manyFiles(3*rewriteFiles))
	w := newWorkspace(t, cache, dir)
	tree := w.now().trees[0]
	tree.maxPending = 1
	tree.beginScan()
	for path := range manyFiles(3 * rewriteFiles) {
		if err := w.look(t.Context(), filepath.Join(dir, path), w.ticket(), true); err != nil {
			t.Fatal(err)
		}
	}
	if tree.due() || !tree.full() {
		t.Errorf("in a scan: due %v, full %v", tree.due(), tree.full())
	}
	tree.endScan(true, true, []string{dir})
	if !tree.due() {
		t.Error("not due after the scan")
	}
	root := filepath.Join(w.engine.Store().Dir(), "workspaces")
	write(t, root, "no directory")
	for _, want := range []time.Duration{firstPause, 2 * firstPause} {
		if err := publishNow(w); err == nil {
			t.Fatal("written into a file")
		}
		if tree.due() || tree.full() || tree.paused != want {
			t.Errorf("after a failure: due %v, full %v, pause %v", tree.due(), tree.full(), tree.paused)
		}
	}
	remove(t, root)
	if err := publishNow(w); err != nil || tree.paused != 0 {
		t.Errorf("%v, pause %v", err, tree.paused)
	}
}

// Of the indexes of a tree only the one that was just written has what the process knew.
// Where that one is gone, no older one takes its place.
func TestOnlyWrittenIndexIsAdopted(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, map[string]string{"a.go": goFile("A")})
	w := newWorkspace(t, filepath.Join(t.TempDir(), "cache"), dir)
	scanAll(t, w)
	tree := w.now().trees[0]
	file, err := tree.openWritten(tree.generation)
	if err != nil {
		t.Fatal(err)
	}
	closeIndex(file)
	file, err = tree.openWritten(tree.generation + 1) // as if somebody had removed it at once
	if !errors.Is(err, cachestore.ErrMiss) {
		t.Errorf("error %v, want a miss", err)
		closeIndex(file)
	}
}
