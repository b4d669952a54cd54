package cachestore

import (
	"os"
	"testing"
	"time"
)

// What is stored or used again while garbage is collected stays, though it was garbage when it was looked at. Pitfall
// S13: clearing deletes the locks and files of a process that writes.
func TestCollectSparesWhatIsUsedAgain(t *testing.T) {
	t.Parallel()
	s, other := newStore(t), WorkspaceID{2}
	old := time.Now().Add(-40 * day)
	putOld(t, s, old, false, 0, 2)
	publishKeys(t, s, testWorkspace(), time.Now())
	publishKeys(t, s, other, old)
	marked := false
	report := mustGC(t, s, GCOptions{Marks: func(*os.File, func(Key)) error { // called between the look and the removal
		marked = true
		mustPut(t, s, keyOf(0), valueOf(keyOf(0)))
		return s.Workspace(other).Touch()
	}})
	if !marked || report.Entries != 1 || report.Workspaces != 0 {
		t.Errorf("GC = %+v", report)
	}
	wantKept(t, s, 0, 1, true)
	wantKept(t, s, 1, 2, false)
	if generation, err := s.Workspace(other).Newest(); generation == 0 || err != nil {
		t.Errorf("the index was removed: %v", err)
	}
}

// Who has found an entry damaged does not remove the one that another writer has put in its place.
func TestDamagedEntryWasReplaced(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	k := keyOf(1)
	mustPut(t, s, k, valueOf(k))
	flip(t, entryFileOf(s, k), -1)
	_, found, err := s.own.loadEntry(k)
	if err == nil {
		t.Fatal("the damage was not noticed")
	}
	mustPut(t, s, k, valueOf(k))
	s.own.removeDamaged(k, found, err)
	wantValue(t, s, k, valueOf(k))
}
