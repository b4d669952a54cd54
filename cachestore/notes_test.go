package cachestore

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func mustNote(t *testing.T, s *Store, id WorkspaceID, note string) {
	t.Helper()
	if err := s.WriteNote(id, []byte(note)); err != nil {
		t.Fatal(err)
	}
}

// wantNote fails unless the note is the given one; "" stands for none.
func wantNote(t *testing.T, s *Store, id WorkspaceID, want string) {
	t.Helper()
	got, err := s.ReadNote(id)
	if want == "" && errors.Is(err, ErrMiss) {
		return
	}
	if err != nil || string(got) != want {
		t.Fatalf("ReadNote = %q, %v; want %q", got, err, want)
	}
}

func TestNotes(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	one, two := WorkspaceID{1}, WorkspaceID{2}
	wantNote(t, s, one, "")
	mustNote(t, s, one, "first")
	mustNote(t, s, one, "second")
	mustNote(t, s, two, "another")
	wantNote(t, s, one, "second")
	wantNote(t, s, two, "another")
	if err := s.WriteNote(one, make([]byte, maxNoteSize+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("too large a note: %v", err)
	}
	wantNote(t, s, one, "second")
	if err := os.Rename(s.layout.notePath(one), s.layout.notePath(two)); err != nil {
		t.Fatal(err)
	}
	wantNote(t, s, two, "") // it is that of one
}

// Each flip of a bit and each truncation of a note make it a miss.
func TestDamagedNote(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	id := testWorkspace()
	mustNote(t, s, id, "some text")
	path := s.layout.notePath(id)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for bit := range 8 * len(whole) {
		flipped := bytes.Clone(whole)
		flipped[bit/8] ^= 1 << (bit % 8)
		overwrite(t, path, flipped)
		wantNote(t, s, id, "")
	}
	for n := range whole {
		overwrite(t, path, whole[:n])
		wantNote(t, s, id, "")
	}
	overwrite(t, path, append(whole, 0))
	wantNote(t, s, id, "")
	overwrite(t, path, whole)
	wantNote(t, s, id, "some text")
}

// Clear removes notes. A collection removes those that have no index beside them, when they are old, and wherever
// the cache is.
func TestNotesRemoved(t *testing.T) {
	t.Parallel()
	s := openAt(t, filepath.Join(t.TempDir(), "a[b]c"), Options{})
	kept, left, young := WorkspaceID{1}, WorkspaceID{2}, WorkspaceID{3}
	mustPublish(t, s, kept, 1)
	for _, id := range []WorkspaceID{kept, left, young} {
		mustNote(t, s, id, "text")
	}
	old := s.now().Add(-2 * tempMaxAge)
	for _, id := range []WorkspaceID{kept, left} {
		if err := os.Chtimes(s.layout.notePath(id), old, old); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.GC(t.Context(), GCOptions{Marks: markKeys}); err != nil {
		t.Fatal(err)
	}
	wantNote(t, s, kept, "text")
	wantNote(t, s, left, "")
	wantNote(t, s, young, "text")

	if _, err := s.Clear(t.Context()); err != nil {
		t.Fatal(err)
	}
	if exists(s.layout.notePath(kept)) || exists(s.layout.notePath(young)) {
		t.Error("notes stayed")
	}
}
