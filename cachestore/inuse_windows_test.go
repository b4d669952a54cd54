package cachestore

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/symcache/symcache/cachestore/mapping"
)

// Windows does not remove a mapped file. Clear removes all else, says how many files it left, and the next one removes
// them.
func TestClearLeavesWhatIsMapped(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	mustPut(t, s, keyOf(1), []byte("loose"))
	mustPutPack(t, s, recordsOf(2, 4))
	generation, err := s.Workspace(testWorkspace()).Publish(writeTestIndex(7))
	if err != nil {
		t.Fatal(err)
	}
	f, _, err := s.Workspace(testWorkspace()).Open(0)
	if err != nil {
		t.Fatal(err)
	}
	m, err := mapping.Map(f)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if got, err := s.Clear(t.Context()); err != nil || got.Left != 1 || got.Entries != 3 || got.Packs != 1 || got.Workspaces != 0 {
		t.Errorf("Clear = %+v, %v", got, err)
	}
	if got, err := s.Workspace(testWorkspace()).Newest(); got != generation || err != nil {
		t.Errorf("Newest = %d, %v; want %d", got, err, generation)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Clear(t.Context()); err != nil || got.Left != 0 || got.Workspaces != 1 {
		t.Errorf("the second Clear = %+v, %v", got, err)
	}
}

// GC leaves an old index that is mapped, says so, and removes it when it is not any more.
func TestCollectLeavesWhatIsMapped(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for range 2 {
		if _, err := s.Workspace(testWorkspace()).Publish(writeTestIndex(7)); err != nil {
			t.Fatal(err)
		}
	}
	f, _, err := s.Workspace(testWorkspace()).Open(0)
	if err != nil {
		t.Fatal(err)
	}
	m, err := mapping.Map(f)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if _, err := s.Workspace(testWorkspace()).Publish(writeTestIndex(8)); err != nil {
		t.Fatal(err)
	}
	if got := mustGC(t, s, GCOptions{}); got.Left != 1 {
		t.Errorf("GC beside a mapping = %+v", got)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if got := mustGC(t, s, GCOptions{}); got.Left != 0 || got.Leftovers != 1 {
		t.Errorf("GC = %+v", got)
	}
}

// An open store lets others remove and rename its directories, also those of its bases.
func TestOpenStoreHoldsNoDirectory(t *testing.T) {
	t.Parallel()
	base := newStore(t)
	mustPutPack(t, base, recordsOf(0, 2))
	s := openAt(t, filepath.Join(t.TempDir(), "cache"), Options{Base: []string{base.layout.root}})
	mustPutPack(t, s, recordsOf(2, 4))
	wantKept(t, s, 0, 4, true)
	for _, root := range []string{base.layout.root, s.layout.root} {
		if err := os.RemoveAll(root); err != nil {
			t.Error(err)
		}
	}
}

// A file that somebody has open is replaced when that one is done with it.
func TestReplaceWaitsForReaders(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	path := filepath.Join(s.Dir(), manifestName)
	overwrite(t, path, []byte("old"))
	f, err := os.Open(path) // as others open files, without leave to replace it
	if err != nil {
		t.Fatal(err)
	}
	tried := make(chan bool, 1)
	go func() {
		<-tried
		_ = f.Close()
	}()
	temp, _, err := s.layout.writeTemp(s.Dir(), func(*os.File) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	serves := func() bool { // asked after each try that failed
		select {
		case tried <- true:
		default:
		}
		return false
	}
	if err := s.layout.replace(temp, path, serves); err != nil || len(readFile(t, path)) > 0 {
		t.Errorf("replace = %v", err)
	}
}

// What cannot be replaced may stay where it serves as well.
func TestReplaceAcceptsWhatServes(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	k := keyOf(1)
	mustPut(t, s, k, valueOf(k))
	f, err := os.Open(entryFileOf(s, k))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	mustPut(t, s, k, valueOf(k))
	if temps := tempsUnder(t, s.Dir()); len(temps) > 0 {
		t.Errorf("temporary files are left: %v", temps)
	}
}
