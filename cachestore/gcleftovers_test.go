package cachestore

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Temporary files of dead writers go, and usage of packs that are gone, and indexes that were replaced; those of living
// writers stay, and so does what is not ours. Pitfall S12: files and empty directories of dead writers are never
// reclaimed.
func TestCollectLeftovers(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	mustPut(t, s, keyOf(1), nil)
	mustPutPack(t, s, recordsOf(2, 12))
	newest := mustPublish(t, s, testWorkspace(), 1)
	overwrite(t, indexPath(s.layout.workspaceDir(testWorkspace()), 7), nil)
	old := time.Now().Add(-tempMaxAge - time.Minute)
	dirs := []string{
		s.Dir(), s.layout.packs, s.layout.workspaceDir(testWorkspace()),
		filepath.Dir(entryFileOf(s, keyOf(1))),
	}
	for _, dir := range dirs {
		for _, name := range []string{"tmp-dead", "tmp-alive", "someone's notes"} {
			overwrite(t, filepath.Join(dir, name), []byte("x"))
		}
		setTime(t, filepath.Join(dir, "tmp-dead"), old)
		setTime(t, filepath.Join(dir, "someone's notes"), old)
	}
	orphan := filepath.Join(s.layout.packs, packSum{1}.String()+usageSuffix)
	overwrite(t, orphan, []byte("x"))
	setTime(t, orphan, old)
	if report := mustGC(t, s, GCOptions{}); report.Leftovers != len(dirs)+2 || report.Bytes != int64(len(dirs))+1 {
		t.Errorf("GC = %+v", report)
	}
	for _, dir := range dirs {
		for name, want := range map[string]bool{"tmp-dead": false, "tmp-alive": true, "someone's notes": true} {
			if got := exists(filepath.Join(dir, name)); got != want {
				t.Errorf("%s in %s exists: %v, want %v", name, dir, got, want)
			}
		}
	}
	if exists(orphan) || exists(indexPath(s.layout.workspaceDir(testWorkspace()), 7)) {
		t.Error("an orphan or a replaced index is left")
	}
	wantIndex(t, s, testWorkspace(), newest, 1)
}

// Of a workspace and of entries that are gone nothing is left, neither directories nor locks; what is there, or in use,
// stays. Pitfall S12: files and empty directories of dead writers are never reclaimed.
func TestCollectEmptyDirectories(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	old := s.now().Add(-40 * day)
	gone, kept, held := WorkspaceID{1}, WorkspaceID{2}, WorkspaceID{3}
	for _, id := range []WorkspaceID{gone, kept, held} {
		unlock, ok, err := s.Workspace(id).TryLock()
		if !ok || err != nil {
			t.Fatal(ok, err)
		}
		defer unlock()
		if id != held {
			unlock()
		}
	}
	for id, used := range map[WorkspaceID]time.Time{gone: old, kept: s.now()} {
		publishKeys(t, s, id, used)
	}
	putOld(t, s, old, false, 0, 20)
	mustPut(t, s, keyOf(100), valueOf(keyOf(100)))
	mustGC(t, openAt(t, s.layout.root, Options{}), GCOptions{})
	shard := filepath.Dir(entryFileOf(s, keyOf(100)))
	want := map[string]bool{
		s.layout.entries: true, filepath.Dir(shard): true, shard: true, s.layout.workspaces: true, s.layout.workspaceDir(kept): true,
		filepath.Join(s.layout.locks, workspaceLock(kept)): true, filepath.Join(s.layout.locks, workspaceLock(held)): true,
	}
	for path, mode := range filesUnder(t, s.Dir()) {
		path = filepath.Join(s.Dir(), filepath.FromSlash(path))
		comesAndGoes := mode.IsDir() && (strings.HasPrefix(path, s.layout.entries) || strings.HasPrefix(path, s.layout.workspaces))
		if (comesAndGoes || strings.Contains(path, workspaceLockPrefix)) && !want[path] {
			t.Errorf("%s is left", path)
		}
		delete(want, path)
	}
	if len(want) > 0 {
		t.Errorf("gone: %v", want)
	}
	if _, err := s.GC(t.Context(), GCOptions{MaxAge: time.Nanosecond}); err != nil {
		t.Fatal(err)
	}
	if names := filesUnder(t, s.layout.entries); len(names) != 1 {
		t.Errorf("%v are left", names)
	}
	mustPut(t, s, keyOf(100), valueOf(keyOf(100)))
	wantKept(t, s, 100, 101, true)
}

// Many loose entries become a pack, with the times of their use; those that somebody works on, and the few of
// which another version is the owner, stay loose.
func TestCollectPacksLoose(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	now := time.Now()
	const entries = packLooseAbove + 50
	putOld(t, s, now.Add(-20*day), false, 0, entries)
	foreign := entryFileOf(s, keyOf(0))
	b := readFile(t, foreign)
	b[4]++
	overwrite(t, foreign, b)
	report := mustGC(t, s, GCOptions{})
	if report.Packed != entries-1 || len(packFiles(t, s)) != 1 {
		t.Fatalf("GC = %+v", report)
	}
	wantKept(t, s, 1, entries, true)
	wantMiss(t, s, keyOf(0), ErrForeign)
	if st, err := s.Stats(); err != nil || st.Entries != entries {
		t.Errorf("Stats = %+v, %v", st, err)
	}
	later := openAt(t, s.layout.root, Options{Now: func() time.Time { return now.Add(11 * day) }})
	if report := mustGC(t, later, GCOptions{}); report.Entries != entries-1 {
		t.Errorf("GC 31 days after their use = %+v", report)
	}
	// Locked shards.
	putOld(t, s, now, false, 0, entries)
	unlock, ok, err := openAt(t, s.layout.root, Options{}).TryLockShards([]byte{keyOf(5).shard()})
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	defer unlock()
	if report := mustGC(t, s, GCOptions{}); report.Packed != 0 {
		t.Errorf("GC of what is locked = %+v", report)
	}
	wantKept(t, s, 1, entries, true)
}

// What was removed never comes back, whatever is collected and merged later.
func TestCollectAfterRemove(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	putPacks(t, s, 0, 2, 10)
	for n := range 5 {
		if err := remove(s, keyOf(n)); err != nil {
			t.Fatal(err)
		}
	}
	for hours := range 3 {
		mustGC(t, openAt(t, s.layout.root, Options{Now: clockOff(time.Duration(hours) * time.Hour)}), GCOptions{})
		wantKept(t, openAt(t, s.layout.root, Options{}), 0, 5, false)
		wantKept(t, openAt(t, s.layout.root, Options{}), 5, 20, true)
	}
}
