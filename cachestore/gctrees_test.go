package cachestore

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// ageTree sets the times of all that is in a tree.
func ageTree(t *testing.T, dir string, to time.Time) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.Type()&fs.ModeSymlink != 0 {
			return err
		}
		return os.Chtimes(path, to, to)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func makeFile(t *testing.T, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), dirMode); err != nil {
		t.Fatal(err)
	}
	overwrite(t, path, []byte("text"))
}

// The directory of another layout stays while anything in it was used within 30 days, and then goes. What is not a
// cache, belongs to another user, or lies behind a link stays.
func TestCollectOtherLayouts(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	root, me := s.layout.root, filepath.Base(s.Dir())
	outside := filepath.Join(t.TempDir(), "outside")
	makeFile(t, filepath.Join(outside, me, "packs", "theirs"))
	ageTree(t, outside, s.now().Add(-60*day))
	if err := os.Symlink(outside, filepath.Join(root, "v9")); err != nil {
		t.Skip("no symbolic links: ", err)
	}
	old := []string{filepath.Join(root, "v1", me), filepath.Join(root, "v3", me)}
	for _, dir := range old {
		makeFile(t, filepath.Join(dir, "packs", "one.pack"))
		makeFile(t, filepath.Join(dir, "workspaces", "id", "1.index"))
		if err := os.Symlink(outside, filepath.Join(dir, "link")); err != nil {
			t.Fatal(err)
		}
		ageTree(t, filepath.Dir(dir), s.now().Add(-31*day))
	}
	index := filepath.Join(old[1], "workspaces", "id", "1.index")
	setTime(t, index, s.now().Add(-29*day))
	kept := []string{
		index,
		filepath.Join(root, "v1", me+"0", "packs", "one.pack"), // another user's
		filepath.Join(root, "v4", "src", "main.c"),             // no cache
		filepath.Join(root, "v1.2", me, "packs", "one.pack"),   // no layout's name
		filepath.Join(root, "v", me, "packs", "one.pack"),
	}
	for _, path := range kept[1:] {
		makeFile(t, path)
		ageTree(t, filepath.Dir(path), s.now().Add(-60*day))
	}
	kept = append(kept, filepath.Join(outside, me, "packs", "theirs"))
	if report := mustGC(t, s, GCOptions{DryRun: true}); report.Leftovers != 1 || !exists(old[0]) {
		t.Errorf("dry run: %+v", report)
	}
	mustGC(t, s, GCOptions{})
	if exists(old[0]) {
		t.Errorf("%s is left", old[0])
	}
	setTime(t, index, s.now().Add(-31*day))
	for _, path := range kept {
		if !exists(path) {
			t.Errorf("%s was removed", path)
		}
	}
	mustGC(t, s, GCOptions{})
	if exists(filepath.Join(root, "v3")) {
		t.Error("v3 is left after 31 days")
	}
	if !exists(filepath.Join(outside, me, "packs", "theirs")) {
		t.Error("a link was followed")
	}
}

// Extracted sources go when nothing in them was modified for long, each as a whole.
func TestCollectSources(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	old, young := filepath.Join(s.layout.sources, "old"), filepath.Join(s.layout.sources, "young")
	for _, dir := range []string{old, young} {
		makeFile(t, filepath.Join(dir, "sub", "a.go"))
		ageTree(t, dir, s.now().Add(-31*day))
	}
	setTime(t, filepath.Join(young, "sub", "a.go"), s.now())
	mustGC(t, s, GCOptions{})
	if exists(old) || !exists(filepath.Join(young, "sub", "a.go")) {
		t.Errorf("old exists: %v, young exists: %v", exists(old), exists(young))
	}
	if _, err := s.Clear(t.Context()); err != nil || exists(s.layout.sources) {
		t.Errorf("Clear leaves them: %v", err)
	}
}
