package cachestore

import (
	"errors"
	"fmt"
	"os"
	"testing"
	"time"
)

// What another version wrote, and what is damaged, is left alone by a budget, and goes by its age. Pitfall S9: an old
// entry comes to mean something else.
func TestCollectForeignFilesByAge(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	now := time.Now()
	putOld(t, s, now, true, 0, 10)
	putOld(t, s, now, false, 10, 11)
	files := []string{packFiles(t, s)[0], entryFileOf(s, keyOf(10))}
	for _, path := range files {
		b := readFile(t, path)
		b[4]++
		overwrite(t, path, b)
	}
	g := mustPublish(t, s, testWorkspace(), 1)
	foreignIndexes := func(*os.File, func(Key)) error { return fmt.Errorf("of tomorrow: %w", ErrForeign) }
	files = append(files, indexPath(s.layout.workspaceDir(testWorkspace()), g))
	mustGC(t, s, GCOptions{MaxSize: 1, Marks: foreignIndexes})
	for _, path := range files {
		if !exists(path) {
			t.Errorf("%s was removed", path)
		}
		setTime(t, path, now.Add(-31*day))
	}
	mustGC(t, s, GCOptions{Marks: foreignIndexes})
	for _, path := range files {
		if exists(path) {
			t.Errorf("%s is left after 31 days", path)
		}
	}
}

// What another version wrote counts towards the budget, but however much it is, half of the budget is left for what
// was used last; and the usual tenth below it is freed.
func TestCollectBesideForeign(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ foreign, kept int }{{0, 300}, {60, 300}, {90, 300}, {120, 238}, {250, 180}, {600, 180}} {
		s := newStore(t)
		value := make([]byte, 1000)
		records := func(from, to int) (rs []Record) {
			for n := from; n < to; n++ {
				rs = append(rs, Record{keyOf(n), value})
			}
			return rs
		}
		if c.foreign > 0 {
			mustPutPack(t, s, records(1000, 1000+c.foreign))
		}
		foreign := packFiles(t, s)
		for _, path := range foreign {
			flip(t, path, 4)
		}
		for age := 29; age >= 0; age-- { // of ten records each
			mustPutPack(t, s, records(10*age, 10*age+10))
			setTime(t, packOf(t, s, keyOf(10*age)), s.now().Add(-time.Duration(age)*day))
		}
		const each = 1000 + checksumSize + int64(slotSize) + 4
		mustGC(t, s, GCOptions{MaxSize: 400 * each, MaxAge: -1})
		for _, path := range foreign {
			if !exists(path) {
				t.Errorf("%d foreign: they were removed", c.foreign)
			}
		}
		kept := 0
		for n := range 300 {
			if _, err := s.Get(keyOf(n)); err == nil {
				kept++
			} else if !errors.Is(err, ErrMiss) || n < c.kept/10*10 {
				t.Fatalf("%d foreign: Get of one used %d days ago: %v", c.foreign, n/10, err)
			}
		}
		if kept != c.kept {
			t.Errorf("%d foreign: %d are kept, want %d", c.foreign, kept, c.kept)
		}
	}
}

// An index that the disk does not give counts as naming everything: what it names is not collected.
func TestCollectBesideUnreadableIndex(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	putOld(t, s, s.now().Add(-31*day), true, 0, 5)
	putOld(t, s, s.now().Add(-31*day), false, 5, 8)
	publishKeys(t, s, testWorkspace(), s.now().Add(-day), 0)
	failing := func(*os.File, func(Key)) error { return errors.New("input/output error") }
	mustGC(t, s, GCOptions{Marks: failing})
	wantKept(t, s, 0, 8, true)
}

// Times in the future, from a clock that was wrong, keep nothing for ever; a clock that is set back removes
// nothing.
func TestCollectWithWrongClocks(t *testing.T) {
	t.Parallel()
	now := time.Now()
	s := openAt(t, t.TempDir(), Options{Now: func() time.Time { return now }})
	future := now.Add(3650 * day)
	putOld(t, s, future, true, 0, 5)
	putOld(t, s, future, false, 5, 10)
	publishKeys(t, s, WorkspaceID{1}, future, 0, 1, 5, 6)
	if report := mustGC(t, s, GCOptions{}); report.Entries != 0 || report.Workspaces != 0 {
		t.Errorf("GC = %+v", report)
	}
	if err := s.Workspace(WorkspaceID{1}).Touch(); err != nil { // which a server does
		t.Fatal(err)
	}
	before := now
	now = now.Add(-3650 * day)
	if report := mustGC(t, s, GCOptions{}); report.Entries != 0 || report.Workspaces != 0 {
		t.Errorf("GC with the clock set back = %+v", report)
	}
	now = before.Add(31 * day)
	mustGC(t, s, GCOptions{})
	if g, err := s.Workspace(WorkspaceID{1}).Newest(); g != 0 || err != nil {
		t.Errorf("generation %d of the index, %v", g, err)
	}
}
