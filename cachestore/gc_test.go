package cachestore

import (
	"encoding/binary"
	"io"
	"io/fs"
	"os"
	"path/filepath"
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
			wantMiss(t, s, keyOf(n), errAbsent)
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

// What was not used for long goes, loose and packed, named by an old index or by none, with that index; what a recent
// index names stays, however old it is, and so does what was stored lately. The report says just that, also of a dry
// run, which changes nothing. Pitfall S12: files and empty directories of dead writers are never reclaimed. Pitfall
// S24: eviction that was never tested.
func TestCollectByAge(t *testing.T) {
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

// Over budget the least recently used workspace goes first, as a whole, with its index; what is left is within the
// budget, whatever it was before. Pitfall S24: eviction that was never tested.
func TestCollectToBudget(t *testing.T) {
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
