package watcher

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/fsnotify/fsnotify"
)

// fakeTree is a treeWatch of a test.
type fakeTree struct {
	id   os.FileInfo
	dir  string
	mu   sync.Mutex
	open *[]string // all that are
}

func (f *fakeTree) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if i := slices.Index(*f.open, f.dir); i >= 0 {
		*f.open = slices.Delete(*f.open, i, i+1)
	}
	return nil
}

func (f *fakeTree) Replaced() bool {
	now, err := os.Stat(f.dir)
	return err == nil && !os.SameFile(now, f.id)
}

// A root costs one watch, whatever is added below it. One that is replaced is watched again, and events count as lost.
func TestRecursiveWatchCoversWhatIsBelow(t *testing.T) {
	t.Parallel()
	base := tempDir(t)
	root, below, other := filepath.Join(base, "root"), filepath.Join(base, "root", "d"), filepath.Join(base, "root2")
	mkdir(t, below)
	mkdir(t, other)
	var open []string
	r := newRecursive(func(dir string, _ *recursive) (treeWatch, error) {
		info, err := os.Stat(dir)
		if err != nil {
			return nil, err
		}
		open = append(open, dir)
		return &fakeTree{dir: dir, id: info, open: &open}, nil
	})
	want := func(dirs ...string) {
		t.Helper()
		if !slices.Equal(open, dirs) {
			t.Errorf("watches of %q, want %q", open, dirs)
		}
	}
	for _, dir := range []string{root, below, root, other} {
		must(t, r.Add(dir))
	}
	want(root, other)
	must(t, r.Remove(below))
	want(root, other)
	if err := r.Add(filepath.Join(base, "missing")); err == nil {
		t.Error("a missing directory is no error")
	}

	rename(t, root, root+"-away")
	mkdir(t, root)
	lost := make(chan error)
	go func() { lost <- <-r.Errors() }()
	must(t, r.Add(root))
	if err := <-lost; !errors.Is(err, errReplaced) {
		t.Errorf("error %v", err)
	}
	want(other, root)

	r.gone(root, r.tops[root])
	if e := <-r.Events(); e.Name != root || e.Op != fsnotify.Remove {
		t.Errorf("event %v", e)
	}
	want(other)
	must(t, r.Remove(other))
	want()
	must(t, r.Add(other))
	r.gone(other, r.tops[other]) // of which nobody takes the event
	must(t, r.Close())
	want()
	if _, more := <-r.Events(); more {
		t.Error("an event comes after the end")
	}
}
