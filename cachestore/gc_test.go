package cachestore

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const day = 24 * time.Hour

// publishKeys publishes an index that names keys, last used at a time.
func publishKeys(t testing.TB, s *Store, id WorkspaceID, used time.Time, keys ...int) {
	t.Helper()
	g, err := s.Workspace(id).Publish(func(f *os.File) error {
		for _, n := range keys {
			if err := binary.Write(f, le, uint64(n)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	setTime(t, indexPath(s.layout.workspaceDir(id), g), used)
}

// markKeys are the Marks of such indexes.
func markKeys(f *os.File, mark func(Key)) error {
	b, err := io.ReadAll(f)
	if err != nil {
		return err
	}
	for ; len(b) >= 8; b = b[8:] {
		mark(keyOf(int(le.Uint64(b))))
	}
	return nil
}

func setTime(t testing.TB, path string, to time.Time) {
	t.Helper()
	if err := os.Chtimes(path, to, to); err != nil {
		t.Fatal(err)
	}
}

// putOld puts values as they were stored and last used at a time, in a pack or loose.
func putOld(t testing.TB, s *Store, used time.Time, packed bool, from, to int) {
	t.Helper()
	if !packed {
		for n := from; n < to; n++ {
			mustPut(t, s, keyOf(n), valueOf(keyOf(n)))
			setTime(t, entryFileOf(s, keyOf(n)), used)
		}
		return
	}
	mustPutPack(t, s, recordsOf(from, to))
	setTime(t, packOf(t, s, keyOf(from)), used)
}

func mustGC(t testing.TB, s *Store, opts GCOptions) GCReport {
	t.Helper()
	if opts.Marks == nil {
		opts.Marks = markKeys
	}
	report, err := s.GC(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// wantKept checks which keys of a range are there.
func wantKept(t testing.TB, s *Store, from, to int, kept bool) {
	t.Helper()
	for n := from; n < to; n++ {
		if kept {
			wantValue(t, s, keyOf(n), valueOf(keyOf(n)))
		} else {
			wantMiss(t, s, keyOf(n), ReasonAbsent)
		}
	}
}

// diskBytes returns the bytes of all files of a store but locks and manifest.
func diskBytes(t testing.TB, s *Store) (total int64) {
	t.Helper()
	err := filepath.WalkDir(s.Dir(), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || filepath.Dir(path) == s.layout.locks || filepath.Base(path) == manifestName {
			return err
		}
		info, err := e.Info()
		total += info.Size()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return total
}

// S12, S24: what was not used for long goes, loose and packed, named by an old index or by none, with that
// index; what a recent index names stays, however old it is, and so does what was stored lately. The report
// says just that, also of a dry run, which changes nothing.
func TestS24CollectByAge(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	now := time.Now()
	old, recent := now.Add(-40*day), now.Add(-5*day)
	for i, packed := range []bool{true, false} {
		base := 1000 * i
		putOld(t, s, old, packed, base, base+10)        // named by a recent index
		putOld(t, s, old, packed, base+10, base+30)     // named by an old one
		putOld(t, s, old, packed, base+30, base+50)     // by none
		putOld(t, s, recent, packed, base+50, base+60)  // by none, recent
		putOld(t, s, recent, packed, base+60, base+100) // by an old one, recent
	}
	named := func(from, to int) (keys []int) {
		for n := from; n < to; n++ {
			keys = append(keys, n, n+1000)
		}
		return keys
	}
	publishKeys(t, s, WorkspaceID{1}, recent, named(0, 10)...)
	publishKeys(t, s, WorkspaceID{2}, old, append(named(10, 30), named(60, 100)...)...)
	before, files := diskBytes(t, s), filesUnder(t, s.Dir())

	dry := mustGC(t, s, GCOptions{DryRun: true})
	if diff := cmp.Diff(files, filesUnder(t, s.Dir())); diff != "" {
		t.Errorf("a dry run changed files (-before +after):\n%s", diff)
	}
	got := mustGC(t, s, GCOptions{})
	ignoreKept := cmpopts.IgnoreFields(GCReport{}, "Kept")
	if diff := cmp.Diff(dry, got, ignoreKept); diff != "" {
		t.Errorf("report (-dry +real):\n%s", diff)
	}
	want := GCReport{Entries: 80, Packs: 2, Workspaces: 1, Bytes: before - diskBytes(t, s)}
	// The usage of the pack that the recent index names was written, which is not garbage's doing.
	want.Bytes += usageSize(10)
	if diff := cmp.Diff(want, got, ignoreKept); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
	for _, base := range []int{0, 1000} {
		wantKept(t, s, base, base+10, true)
		wantKept(t, s, base+10, base+50, false)
		wantKept(t, s, base+50, base+100, true)
	}
	if st, err := s.Stats(); err != nil || st.Entries != 120 || st.Workspaces != 1 || !cmp.Equal(st, got.Kept) {
		t.Errorf("Stats = %+v, %v; kept %+v", st, err, got.Kept)
	}
	again := mustGC(t, s, GCOptions{})
	if diff := cmp.Diff(GCReport{}, again, ignoreKept); diff != "" {
		t.Errorf("collecting again (-want +got):\n%s", diff)
	}
}

// The use of a value is remembered when the index that named it no longer does.
func TestUseIsRemembered(t *testing.T) {
	t.Parallel()
	now := time.Now()
	s := openAt(t, t.TempDir(), Options{Now: func() time.Time { return now }})
	putOld(t, s, now.Add(-29*day), true, 0, 10)
	putOld(t, s, now.Add(-29*day), false, 10, 20)
	publishKeys(t, s, WorkspaceID{1}, now, 0, 1, 2, 10, 11, 12)
	mustGC(t, s, GCOptions{})
	publishKeys(t, s, WorkspaceID{1}, now.Add(20*day)) // another branch
	now = now.Add(20 * day)
	mustGC(t, s, GCOptions{})
	wantKept(t, s, 0, 3, true)
	wantKept(t, s, 10, 13, true)
	wantKept(t, s, 3, 10, false)
	wantKept(t, s, 13, 20, false)
	now = now.Add(20 * day)
	mustGC(t, s, GCOptions{})
	wantKept(t, s, 0, 20, false)
}

// S24: over budget the least recently used workspace goes first, as a whole, with its index; what is left is
// within the budget, whatever it was before.
func TestS24CollectToBudget(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	now := time.Now()
	const workspaces, each = 8, 50
	for w := range workspaces {
		var keys []int
		for n := range each {
			keys = append(keys, w*each+n)
		}
		putOld(t, s, now.Add(-20*day), w%2 == 0, w*each, (w+1)*each)
		publishKeys(t, s, WorkspaceID{byte(w)}, now.Add(-time.Duration(w)*day), keys...)
	}
	for _, percent := range []int64{75, 50, 30} {
		before := diskBytes(t, s)
		budget := before * percent / 100
		report := mustGC(t, s, GCOptions{MaxSize: budget})
		after := diskBytes(t, s)
		if after > budget {
			t.Errorf("%d bytes are left of a budget of %d", after, budget)
		}
		if after < budget/2 {
			t.Errorf("only %d bytes are left of a budget of %d", after, budget)
		}
		if got := before - after; got < report.Bytes*95/100 || got > report.Bytes*105/100 {
			t.Errorf("%d bytes were freed, reported %d", got, report.Bytes)
		}
		// By use: nothing of a workspace is kept of which a more recent one lost anything.
		lost := false
		for w := range workspaces {
			kept := 0
			for n := range each {
				if _, err := s.Get(keyOf(w*each + n)); err == nil {
					kept++
				}
			}
			if lost && kept > 0 {
				t.Errorf("%d%%: workspace %d kept %d values, a more recent one lost some", percent, w, kept)
			}
			if g, err := s.Workspace(WorkspaceID{byte(w)}).Newest(); err != nil || (g != 0) != (kept > 0) {
				t.Errorf("%d%%: workspace %d has %d values, and generation %d of its index, %v", percent, w, kept, g, err)
			}
			lost = lost || kept < each
		}
	}
	if report := mustGC(t, s, GCOptions{MaxSize: -1, MaxAge: -1}); report.Bytes > 0 || report.Entries > 0 {
		t.Errorf("without limits removed %+v", report)
	}
	mustGC(t, s, GCOptions{MaxSize: 1})
	if st, err := s.Stats(); err != nil || st.Entries != 0 || st.Workspaces != 0 {
		t.Errorf("Stats = %+v, %v", st, err)
	}
}

// Without a way to read indexes, what they may name counts as used.
func TestCollectWithoutMarks(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	now := time.Now()
	putOld(t, s, now.Add(-40*day), true, 0, 10)
	putOld(t, s, now.Add(-40*day), false, 10, 20)
	publishKeys(t, s, WorkspaceID{1}, now.Add(-day))
	if report, err := s.GC(t.Context(), GCOptions{}); err != nil || report.Entries != 0 {
		t.Errorf("GC = %+v, %v", report, err)
	}
	wantKept(t, s, 0, 20, true)
}

// S12: temporary files of dead writers go, and usage of packs that are gone, and indexes that were replaced;
// those of living writers stay, and so does what is not ours.
func TestS12CollectLeftovers(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	mustPut(t, s, keyOf(1), nil)
	mustPutPack(t, s, recordsOf(2, 12))
	newest := mustPublish(t, s, testWorkspace(), 1)
	overwrite(t, indexPath(s.layout.workspaceDir(testWorkspace()), 7), nil)
	if err := s.Delete(keyOf(2)); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-tempMaxAge - time.Minute)
	dirs := []string{
		s.Dir(), s.layout.packs, s.layout.tombstones, s.layout.workspaceDir(testWorkspace()),
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

// S12: of a workspace and of entries that are gone nothing is left, neither directories nor locks; what is there, or in
// use, stays.
func TestS12CollectEmpty(t *testing.T) {
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
	wantMiss(t, s, keyOf(0), ReasonForeign)
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

// A tombstone goes when no pack has its key any more, and not before; and a deleted key never comes back.
func TestCollectTombstones(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	putPacks(t, s, 0, 2, 10)
	for n := range 5 {
		if err := s.Delete(keyOf(n)); err != nil {
			t.Fatal(err)
		}
	}
	later := openAt(t, s.layout.root, Options{Now: clockOff(time.Hour)})
	mustGC(t, later, GCOptions{})
	if names := filesUnder(t, s.layout.tombstones); len(names) != 1 { // half of the first pack was deleted: copied
		later := openAt(t, s.layout.root, Options{Now: clockOff(3 * time.Hour)})
		mustGC(t, later, GCOptions{})
	}
	if names := filesUnder(t, s.layout.tombstones); len(names) != 1 {
		t.Errorf("%v is left", names)
	}
	wantKept(t, openAt(t, s.layout.root, Options{}), 0, 5, false)
	wantKept(t, openAt(t, s.layout.root, Options{}), 5, 20, true)
	if err := s.Delete(keyOf(7)); err != nil { // one of five
		t.Fatal(err)
	}
	mustGC(t, openAt(t, s.layout.root, Options{Now: clockOff(5 * time.Hour)}), GCOptions{})
	wantMiss(t, openAt(t, s.layout.root, Options{}), keyOf(7), ReasonAbsent)
}

// S9: what another version wrote, and what is damaged, is left alone by a budget, and goes by its age.
func TestS9CollectForeign(t *testing.T) {
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

// Touch records a use, and writes at most once a day.
func TestTouch(t *testing.T) {
	t.Parallel()
	now := time.Now()
	s := openAt(t, t.TempDir(), Options{Now: func() time.Time { return now }})
	id := testWorkspace()
	if err := s.Workspace(id).Touch(); err != nil {
		t.Errorf("Touch without an index: %v", err)
	}
	g := mustPublish(t, s, id, 1)
	path := indexPath(s.layout.workspaceDir(id), g)
	for _, c := range []struct {
		age     time.Duration
		touched bool
	}{{time.Hour, false}, {23 * time.Hour, false}, {25 * time.Hour, true}, {-23 * time.Hour, false}, {-48 * time.Hour, true}} {
		at := now.Add(-c.age)
		setTime(t, path, at)
		if err := s.Workspace(id).Touch(); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil || info.ModTime().Equal(at) == c.touched {
			t.Errorf("used %v ago: touched %v, want %v", c.age, !c.touched, c.touched)
		}
	}
}

// Two collections at once do the work of one, while others put, delete and read: nothing that is in use is
// lost, and no reader gets anything but a value or a miss.
func TestConcurrentCollections(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	putPacks(t, s, 0, 10, 10)
	putOld(t, s, time.Now().Add(-40*day), true, 500, 600)
	var children []*child
	for i := range 3 {
		c := startChild(t, "collect", s.layout.root, strconv.Itoa(1000*(i+1)))
		c.line()
		children = append(children, c)
	}
	for _, c := range children {
		_ = c.stdin.Close()
	}
	for range 20 {
		for n := range 100 {
			if value, err := s.Get(keyOf(n)); err != nil || !bytes.Equal(value, valueOf(keyOf(n))) {
				t.Fatalf("Get %d: %d bytes, %v", n, len(value), err)
			}
		}
	}
	for _, c := range children {
		c.finish()
	}
	for i := range 3 {
		first := 1000 * (i + 1)
		wantKept(t, s, first, first+40, true)
	}
	wantKept(t, s, 500, 600, false)
}

// collectRole puts values, loose and packed, and collects after each few: ROOT FIRST.
func collectRole(args []string) error {
	first, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	s, err := Open(args[0], Options{})
	if err != nil {
		return err
	}
	say("ready")
	untilParentEnds()
	for n := first; n < first+40; n += 4 {
		if _, err := s.Put(keyOf(n), valueOf(keyOf(n))); err != nil {
			return err
		}
		if _, err := s.PutPack(recordsOf(n+1, n+4)); err != nil {
			return err
		}
		if _, err := s.GC(context.Background(), GCOptions{Marks: markKeys}); err != nil {
			return err
		}
		for m := first; m < n+4; m++ {
			if value, err := s.Get(keyOf(m)); err != nil || !bytes.Equal(value, valueOf(keyOf(m))) {
				return fmt.Errorf("get %d: %d bytes, %w", m, len(value), err)
			}
		}
	}
	return nil
}

// S25: whether a collection is due costs the reading of one small file, and it is due once a day, also when
// the manifest was lost or damaged; which the next collection writes again.
func TestS25GCDue(t *testing.T) {
	t.Parallel()
	now := time.Now()
	s := openAt(t, t.TempDir(), Options{Now: func() time.Time { return now }, Program: "1.2.3"})
	mustPutPack(t, s, recordsOf(0, 10))
	path := filepath.Join(s.Dir(), manifestName)
	spoil := []func(){
		func() {},
		func() { overwrite(t, path, nil) },
		func() { overwrite(t, path, []byte("{")) },
		func() { overwrite(t, path, []byte("\x00\x00")) },
		func() { _ = os.Remove(path) },
		func() { now = now.Add(25 * time.Hour) },
		func() { now = now.Add(-50 * time.Hour) },
	}
	for i, f := range spoil {
		f()
		if !s.GCDue() {
			t.Errorf("case %d: no collection is due", i)
		}
		mustGC(t, s, GCOptions{})
		if s.GCDue() {
			t.Errorf("case %d: a collection is due after one", i)
		}
	}
	m := s.layout.readManifest()
	want := manifest{Program: "1.2.3", Updated: now.UTC(), LastGC: now.UTC(), Entries: 10, Packs: 1}
	if diff := cmp.Diff(want, m, cmpopts.IgnoreFields(manifest{}, "Bytes", "ByLanguage"), cmpopts.EquateApproxTime(0)); diff != "" {
		t.Errorf("manifest (-want +got):\n%s", diff)
	}
	if m.Bytes == 0 || m.ByLanguage["go"].Entries != 10 {
		t.Errorf("manifest %+v", m)
	}
	if st, err := s.Stats(); err != nil || !st.LastGC.Equal(m.LastGC) {
		t.Errorf("Stats = %+v, %v", st, err)
	}
}

// A collection stops with its context, and says nothing was done while another process collects.
func TestCollectIsBounded(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	putOld(t, s, time.Now().Add(-40*day), true, 0, 10)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.GC(ctx, GCOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("GC = %v", err)
	}
	unlock, ok, err := openAt(t, s.layout.root, Options{}).tryLock([]string{gcLock})
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	if report, err := s.GC(t.Context(), GCOptions{}); !report.Busy || err != nil {
		t.Errorf("GC beside another = %+v, %v", report, err)
	}
	wantKept(t, s, 0, 10, true)
	unlock()
	mustGC(t, s, GCOptions{})
	wantKept(t, s, 0, 10, false)
}

// Learned answers have a cap of their own: they go by it, the least recently used first, and neither for the sake of
// summaries nor these for theirs.
func TestCollectLearnedAnswers(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	value := make([]byte, 1000)
	put := func(part Part, n, age int) {
		k := keyOf(n)
		k.Part = part
		mustPut(t, s, k, value)
		setTime(t, entryFileOf(s, k), s.now().Add(-time.Duration(age)*time.Hour))
	}
	for n := range 40 {
		put(PartLearned, n, 40-n)
		put(PartSymbols, n, 80-n)
	}
	has := func(part Part) (kept []int) {
		for n := range 40 {
			k := keyOf(n)
			k.Part = part
			if s.Has(k) {
				kept = append(kept, n)
			}
		}
		return kept
	}
	mustGC(t, s, GCOptions{MaxSize: 100_000})
	learned, symbols := has(PartLearned), has(PartSymbols)
	if len(symbols) != 40 || len(learned) != 10 || learned[0] != 30 {
		t.Errorf("kept %v learned and %d symbols, want the last 10 and 40", learned, len(symbols))
	}
	// No index names them: without Marks they are not taken for used either.
	publishKeys(t, s, testWorkspace(), s.now())
	for _, n := range learned {
		put(PartLearned, n, 31*24)
	}
	if _, err := s.GC(t.Context(), GCOptions{}); err != nil {
		t.Fatal(err)
	}
	if got := has(PartLearned); len(got) != 0 {
		t.Errorf("learned answers %v are left after 31 days", got)
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
