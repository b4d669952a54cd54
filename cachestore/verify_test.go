package cachestore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// nameKeys is the VerifyOptions.Index of indexes that publishKeys publishes.
func nameKeys(f *os.File, name func(Key)) error {
	info, err := f.Stat()
	if err == nil && info.Size()%8 != 0 {
		return damaged("half a key")
	}
	return errors.Join(err, markKeys(f, name))
}

func mustVerify(t testing.TB, s *Store, repair bool) VerifyReport {
	t.Helper()
	report, err := s.Verify(t.Context(), VerifyOptions{Repair: repair, Index: nameKeys})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func flip(t testing.TB, path string, at int) {
	t.Helper()
	b := readFile(t, path)
	b[(at+len(b))%len(b)] ^= 1
	overwrite(t, path, b)
}

// putUsage writes the usage of a pack of n records.
func putUsage(t testing.TB, s *Store, pack string, n int) {
	t.Helper()
	if err := s.layout.writeUsage(pack, make([]uint32, n)); err != nil {
		t.Fatal(err)
	}
}

// A whole cache has no findings, and everything in it was read; nothing is changed.
func TestVerifyWhole(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	if got := mustVerify(t, s, true); !cmp.Equal(got, VerifyReport{}) {
		t.Errorf("Verify of nothing = %+v", got)
	}
	putPacks(t, s, 0, mergeAbove+1, 10)
	if _, err := s.Merge(t.Context()); err != nil { // which writes times of use
		t.Fatal(err)
	}
	mustPut(t, s, keyOf(1000), nil)
	publishKeys(t, s, testWorkspace(), s.now(), 1, 2, 1000, 2000)
	if err := remove(s, keyOf(2)); err != nil {
		t.Fatal(err)
	}
	before := filesUnder(t, s.layout.root)
	want := VerifyReport{Entries: 1, Packs: 1, Records: 89, Workspaces: 1, Dangling: 2, Bytes: diskBytes(t, s)}
	for range 2 {
		got := mustVerify(t, s, false)
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(VerifyReport{}, "Lost")); diff != "" || len(got.Lost) != 2 {
			t.Errorf("Verify (-want +got):\n%s", diff)
		}
	}
	delete(before, "v2/"+filepath.Base(s.Dir())+"/locks/gc")
	after := filesUnder(t, s.layout.root)
	delete(after, "v2/"+filepath.Base(s.Dir())+"/locks/gc")
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("files (-before +after):\n%s", diff)
	}
}

// Every kind of damage is named; repairing removes just that, what is whole stays, and there is nothing to
// find after it.
func TestVerifyDamage(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		spoil func(*testing.T, *Store) (path string)
		gone  []int // keys that repairing cannot bring back
	}{
		"entry": {func(t *testing.T, s *Store) string {
			flip(t, entryFileOf(s, keyOf(100)), -1)
			return entryFileOf(s, keyOf(100))
		}, []int{100}},
		"empty entry": {func(t *testing.T, s *Store) string {
			overwrite(t, entryFileOf(s, keyOf(100)), nil)
			return entryFileOf(s, keyOf(100))
		}, []int{100}},
		"entry of another key": {func(t *testing.T, s *Store) string {
			overwrite(t, entryFileOf(s, keyOf(100)), readFile(t, entryFileOf(s, keyOf(101))))
			return entryFileOf(s, keyOf(100))
		}, []int{100}},
		"header of a pack": {func(t *testing.T, s *Store) string {
			path := packOf(t, s, keyOf(0))
			flip(t, path, 50)
			return path
		}, []int{0, 1, 2, 3, 4}},
		"truncated pack": {func(t *testing.T, s *Store) string {
			path := packOf(t, s, keyOf(0))
			overwrite(t, path, readFile(t, path)[:3000])
			return path
		}, []int{0, 1, 2, 3, 4}},
		"record of a pack": {func(t *testing.T, s *Store) string {
			p := packOf(t, s, keyOf(0))
			b := readFile(t, p)
			flip(t, p, bytes.Index(b, appendRecord(nil, keyOf(3), valueOf(keyOf(3)))))
			return p
		}, []int{3}},
		"bucket of a pack": {func(t *testing.T, s *Store) string {
			p := packOf(t, s, keyOf(0))
			b := readFile(t, p)
			hash := keyOf(4).Hash
			flip(t, p, bytes.Index(b, hash[:])+10)
			return p
		}, []int{4}},
		"usage": {func(t *testing.T, s *Store) string {
			p := usagePath(packOf(t, s, keyOf(5)))
			overwrite(t, p, []byte("SYMU\x02\x00\x00\x00"))
			return p
		}, nil},
		"index": {func(t *testing.T, s *Store) string {
			g, err := s.Workspace(testWorkspace()).Newest()
			if err != nil {
				t.Fatal(err)
			}
			p := indexPath(s.layout.workspaceDir(testWorkspace()), g)
			overwrite(t, p, []byte("half"))
			return p
		}, nil},
		"manifest": {func(t *testing.T, s *Store) string {
			p := filepath.Join(s.Dir(), manifestName)
			overwrite(t, p, []byte("{"))
			return p
		}, nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStore(t)
			mustPutPack(t, s, recordsOf(0, 5))
			mustPutPack(t, s, recordsOf(5, 10))
			putUsage(t, s, packOf(t, s, keyOf(5)), 5)
			mustPut(t, s, keyOf(100), valueOf(keyOf(100)))
			mustPut(t, s, keyOf(101), valueOf(keyOf(101)))
			publishKeys(t, s, testWorkspace(), s.now(), 0)
			path := c.spoil(t, s)
			for _, repair := range []bool{false, true} {
				got := mustVerify(t, openAt(t, s.layout.root, Options{}), repair)
				if got.Damaged != 1 || len(got.Findings) != 1 || got.Findings[0].Path != path || got.Findings[0].Problem == "" {
					t.Fatalf("Verify = %+v, want one finding at %s", got, path)
				}
				if got.Findings[0].Repaired != repair || (got.Repaired == 1) != repair {
					t.Errorf("Verify repaired %+v, want %v", got, repair)
				}
			}
			if got := mustVerify(t, s, false); got.Damaged != 0 {
				t.Errorf("Verify after repairing = %+v", got)
			}
			gone := map[int]bool{}
			for _, n := range c.gone {
				gone[n] = true
			}
			for _, n := range []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 100, 101} {
				wantKept(t, s, n, n+1, !gone[n])
			}
		})
	}
}

// Wherever one bit of a pack, an entry or a usage file is wrong, or it ends early, it is found, or it is of another
// format version; and what repairing leaves is right. Pitfall S8: flipped bits decode to wrong data without an error.
func TestVerifyFindsEveryFlip(t *testing.T) {
	t.Parallel()
	for name, pick := range map[string]func(*Store) string{
		"entry": func(s *Store) string { return entryFileOf(s, keyOf(5)) },
		"pack":  func(s *Store) string { return packFiles(t, s)[0] },
		"usage": func(s *Store) string { return usagePath(packFiles(t, s)[0]) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStore(t)
			mustPutPack(t, s, recordsOf(0, 3))
			putUsage(t, s, packFiles(t, s)[0], 3)
			mustPut(t, s, keyOf(5), valueOf(keyOf(5)))
			path := pick(s)
			whole, n := readFile(t, path), 0
			try := func(b []byte) {
				overwrite(t, path, b)
				report, err := s.Verify(t.Context(), VerifyOptions{})
				if err != nil || report.Damaged == 0 && report.Foreign == 0 {
					t.Fatalf("damage %d: Verify = %+v, %v", n, report, err)
				}
				if n++; n%200 == 1 && report.Foreign == 0 {
					packs := packFiles(t, s)
					mustVerify(t, s, true)
					for n := range 6 {
						if value, err := s.Get(keyOf(n)); err == nil && !bytes.Equal(value, valueOf(keyOf(n))) {
							t.Fatalf("Get %d gave a wrong value", n)
						}
					}
					for _, p := range packFiles(t, s) { // what was copied
						if !exists(packs[0]) && p != path {
							_ = os.Remove(p)
						}
					}
				}
			}
			stride := 1
			if len(whole) > 500 {
				stride = testRounds(97, 17, 1)
			}
			for at := 0; at < len(whole); at += stride {
				b := bytes.Clone(whole)
				b[at] ^= 1 << (at % 8)
				try(b)
			}
			for length := 0; length < len(whole); length += stride {
				try(whole[:length])
			}
		})
	}
}

// What another version wrote is counted and left alone, also by a repair. Pitfall S9: an old entry comes to mean
// something else.
func TestVerifyLeavesForeignFiles(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	mustPutPack(t, s, recordsOf(0, 3))
	mustPut(t, s, keyOf(5), nil)
	for _, path := range []string{packFiles(t, s)[0], entryFileOf(s, keyOf(5))} {
		b := readFile(t, path)
		b[4]++
		overwrite(t, path, b)
	}
	publishKeys(t, s, testWorkspace(), s.now())
	before := filesUnder(t, s.Dir())
	got, err := s.Verify(t.Context(), VerifyOptions{Repair: true, Index: func(*os.File, func(Key)) error {
		return fmt.Errorf("of tomorrow: %w", ErrForeign)
	}})
	if diff := cmp.Diff(VerifyReport{Foreign: 3}, got); diff != "" || err != nil {
		t.Errorf("Verify: %v (-want +got):\n%s", err, diff)
	}
	ignoreLocks := cmpopts.IgnoreMapEntries(func(path string, _ os.FileMode) bool { return filepath.Dir(path) == "locks" || path == "locks" })
	if diff := cmp.Diff(before, filesUnder(t, s.Dir()), ignoreLocks); diff != "" {
		t.Errorf("files (-before +after):\n%s", diff)
	}
}

// Verify, also one that repairs, finds nothing wrong while others put, delete, merge and collect, and takes
// nothing from them.
func TestVerifyBesideWriters(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	var children []*child
	for i, role := range []string{"merge", "collect"} {
		args := []string{s.layout.root, strconv.Itoa(1000 * (i + 1))}
		if role == "merge" {
			args = append(args, "40")
		}
		c := startChild(t, role, args...)
		c.line()
		children = append(children, c)
	}
	for _, c := range children {
		_ = c.stdin.Close()
	}
	for i := range 20 {
		if got := mustVerify(t, s, i%2 == 0); got.Damaged != 0 {
			t.Errorf("Verify = %+v", got)
		}
	}
	for _, c := range children {
		c.finish()
	}
	wantKept(t, s, 1000, 1040, true)
	wantKept(t, s, 2000, 2040, true)
}

// Verify ends with its context.
func TestVerifyCancelled(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	mustPut(t, s, keyOf(1), nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, repair := range []bool{false, true} {
		if _, err := s.Verify(ctx, VerifyOptions{Repair: repair}); !errors.Is(err, context.Canceled) {
			t.Errorf("Verify = %v", err)
		}
	}
}

// Looking removes no damaged entry, also one that an index names, and says the same each time; repairing removes it,
// counts it, and drops the index that names what is lost.
func TestVerifyKeepsDamagedEntries(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	mustPutPack(t, s, recordsOf(0, 5))
	mustPut(t, s, keyOf(100), valueOf(keyOf(100)))
	publishKeys(t, s, testWorkspace(), s.now(), 0, 100)
	path := entryFileOf(s, keyOf(100))
	flip(t, path, -1)
	before := filesUnder(t, s.layout.root)
	var reports []VerifyReport
	for range 2 {
		reports = append(reports, mustVerify(t, s, false))
		if diff := cmp.Diff(before, filesUnder(t, s.layout.root)); diff != "" {
			t.Errorf("files (-before +after):\n%s", diff)
		}
	}
	if diff := cmp.Diff(reports[0], reports[1]); diff != "" || reports[0].Damaged != 1 || reports[0].Dangling != 1 {
		t.Errorf("Verify said %+v and then (-before +after):\n%s", reports[0], diff)
	}
	lost := []LostKey{{Index: indexPath(s.layout.workspaceDir(testWorkspace()), newestOf(t, s)), Key: keyOf(100).String()}}
	if diff := cmp.Diff(lost, reports[0].Lost); diff != "" {
		t.Errorf("lost keys (-want +got):\n%s", diff)
	}
	got := mustVerify(t, s, true)
	if got.Damaged != 1 || got.Repaired != 1 || got.Dropped != 1 || exists(path) || newestOf(t, s) != 0 {
		t.Errorf("Verify with repair = %+v", got)
	}
	if got := mustVerify(t, s, false); got.Damaged+got.Dangling+got.Dropped != 0 {
		t.Errorf("Verify after it = %+v", got)
	}
}

func newestOf(t *testing.T, s *Store) uint64 {
	t.Helper()
	g, err := s.Workspace(testWorkspace()).Newest()
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// What a base has is not lost.
func TestVerifyAsksBases(t *testing.T) {
	t.Parallel()
	base := newStore(t)
	mustPutPack(t, base, recordsOf(0, 5))
	s := openAt(t, filepath.Join(t.TempDir(), "cache"), Options{Base: []string{base.layout.root}})
	publishKeys(t, s, testWorkspace(), s.now(), 1, 2)
	for _, repair := range []bool{false, true} {
		if got := mustVerify(t, s, repair); got.Dangling != 0 || got.Dropped != 0 || len(got.Lost) != 0 {
			t.Errorf("Verify = %+v", got)
		}
	}
	if err := os.RemoveAll(base.layout.root); err != nil {
		t.Fatal(err)
	}
	without := openAt(t, s.layout.root, Options{})
	if got := mustVerify(t, without, true); got.Dangling != 2 || got.Dropped != 1 {
		t.Errorf("Verify without the base = %+v", got)
	}
}

// A file that cannot be read is neither damage nor in order; repairing leaves it alone, and the rest is checked.
func TestVerifyNamesUnreadableFiles(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	mustPutPack(t, s, recordsOf(0, 5))
	for n := range 2 {
		mustPut(t, s, keyOf(100+n), valueOf(keyOf(100+n)))
	}
	entry, damaged := entryFileOf(s, keyOf(100)), entryFileOf(s, keyOf(101))
	flip(t, damaged, -1)
	if err := os.Remove(entry); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(entry, dirMode); err != nil { // which no system reads as a file
		t.Fatal(err)
	}
	for _, repair := range []bool{false, true} {
		got := mustVerify(t, s, repair)
		if got.Unreadable != 1 || got.Damaged != 1 || got.Packs != 1 || (got.Repaired == 1) != repair {
			t.Errorf("Verify = %+v", got)
		}
		unread := 0
		for _, f := range got.Findings {
			if f.Unreadable {
				unread++
				if f.Path != entry || f.Repaired || f.Problem == "" {
					t.Errorf("finding: %+v", f)
				}
			}
		}
		if unread != 1 || !exists(entry) {
			t.Errorf("%d findings, and the file exists: %v", unread, exists(entry))
		}
	}
}
