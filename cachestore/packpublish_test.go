package cachestore

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// The bytes of a pack, and its name, follow from the set of its records: not from their order, the time, the store, or
// the packs from which they were merged.
func TestPackIsAFunctionOfItsRecords(t *testing.T) {
	t.Parallel()
	var records []Record
	for n := range 200 {
		k := keyOf(n)
		k.Part = []Part{PartSymbols, PartFacts, PartWords, PartLearned}[n%4]
		k.Language = []string{"go", "c", "python"}[n%3]
		records = append(records, Record{k, valueOf(k)})
	}
	one := newStore(t)
	mustPutPack(t, one, records)
	want := packFiles(t, one)[0]
	if sum := sha256.Sum256(readFile(t, want)); filepath.Base(want) != hex.EncodeToString(sum[:])+packSuffix {
		t.Errorf("%s has SHA-256 %x", want, sum)
	}
	// On every platform: this is the pack of one record.
	single := openAt(t, t.TempDir(), Options{Now: clockOff(-time.Hour)})
	mustPutPack(t, single, []Record{{keyOf(1), []byte("value")}})
	if got, want := filepath.Base(packFiles(t, single)[0]), goldenPack+packSuffix; got != want {
		t.Errorf("the pack of one record is %s, want %s", got, want)
	}

	shuffled := openAt(t, t.TempDir(), Options{Now: clockOff(-time.Hour)})
	rand.Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
	mustPutPack(t, shuffled, slices.Concat(records[:10], records))
	merged := newStore(t)
	for part := range slices.Chunk(records, 10) {
		mustPutPack(t, merged, part)
	}
	if _, err := merged.Merge(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, s := range []*Store{shuffled, merged} {
		if got := packFiles(t, s); len(got) != 1 || filepath.Base(got[0]) != filepath.Base(want) ||
			!bytes.Equal(readFile(t, got[0]), readFile(t, want)) {
			t.Errorf("packs %v, want one as %s", got, want)
		}
	}
}

// A set of records that is stored already is not written again; its records count as used now.
func TestPutPackAgain(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	mustPutPack(t, s, recordsOf(0, 5))
	path := packFiles(t, s)[0]
	putUsage(t, s, path, 5)
	setTime(t, path, s.now().Add(-31*day))
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	mustPutPack(t, s, recordsOf(0, 5))
	after, err := os.Stat(path)
	if err != nil || !os.SameFile(before, after) {
		t.Errorf("the pack was written again: %v", err)
	}
	if got := filesUnder(t, s.layout.packs); len(got) != 2 {
		t.Errorf("files: %v", got)
	}
	mustGC(t, s, GCOptions{})
	wantKept(t, s, 0, 5, true)
}

// A pack that is not sound is repaired when the same records are put again, and a reader that has the damaged file
// open, with whatever it knows of it, finds them.
func TestPutPackRepairs(t *testing.T) {
	t.Parallel()
	records := recordsOf(0, 5)
	whole := newStore(t)
	mustPutPack(t, whole, records)
	for name, spoil := range map[string]func(b []byte) []byte{
		"header":    func(b []byte) []byte { b[40] ^= 1; return b },
		"directory": func(b []byte) []byte { b[headerSize(1)+5] ^= 1; return b },
		"records":   func(b []byte) []byte { b[len(b)-1] ^= 1; return b },
		"end":       func(b []byte) []byte { return b[:len(b)-1] },
		"all":       func([]byte) []byte { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStore(t)
			mustPutPack(t, s, records)
			path := packFiles(t, s)[0]
			overwrite(t, path, spoil(readFile(t, path)))
			reader := openAt(t, s.layout.root, Options{})
			misses := 0
			for _, r := range records {
				if _, err := reader.Get(r.Key); err != nil {
					wantMiss(t, reader, r.Key, ErrDamaged)
					misses++
				}
			}
			if misses == 0 {
				t.Fatal("nothing is damaged")
			}
			mustPutPack(t, s, records)
			for _, r := range records {
				wantValue(t, s, r.Key, r.Value)
				wantValue(t, reader, r.Key, r.Value)
			}
			if report := mustVerify(t, s, false); report.Damaged != 0 || report.Packs != 1 {
				t.Errorf("Verify = %+v", report)
			}
		})
	}
}

// Processes that publish the same set at once leave one pack, and all can read it.
func TestSamePackAtOnce(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	var stores []*Store
	for range 4 {
		stores = append(stores, openAt(t, root, Options{}))
	}
	var wg sync.WaitGroup
	for _, s := range stores {
		wg.Go(func() {
			for range 20 {
				if _, err := s.PutPack(recordsOf(0, 20)); err != nil {
					t.Error(err)
				}
				for _, r := range recordsOf(0, 20) {
					if value, err := s.Get(r.Key); err != nil || !bytes.Equal(value, r.Value) {
						t.Errorf("Get: %v", err)
					}
				}
			}
		})
	}
	wg.Wait()
	if got := filesUnder(t, stores[0].layout.packs); len(got) != 2 {
		t.Errorf("files: %v", got)
	}
}

// A merge that yields one of its sources keeps it.
func TestMergeYieldsASource(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for n := range mergeAbove + 1 {
		mustPutPack(t, s, recordsOf(0, 10+n)) // each holds those before
	}
	want := packOf(t, s, keyOf(10+mergeAbove-1))
	if _, err := s.Merge(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := packFiles(t, s); len(got) != 1 || got[0] != want {
		t.Errorf("packs %v, want %s", got, want)
	}
	wantKept(t, s, 0, 10+mergeAbove, true)
}

// A pack that is published again while garbage is collected is not collected.
func TestPackPublishedAgainIsKept(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	putOld(t, s, s.now().Add(-31*day), true, 0, 5)
	c := newCollection(s, GCOptions{Marks: markKeys})
	if err := c.takeStock(t.Context(), s, c.now); err != nil {
		t.Fatal(err)
	}
	mustPutPack(t, s, recordsOf(0, 5))
	c.chooseVictims()
	if err := c.sweepPacks(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	wantKept(t, s, 0, 5, true)
}

// foreignPack returns a pack of one record of ours, one of an unknown part and one of an unknown kind.
func foreignPack(t *testing.T) (plan *packPlan, ours, part, what Key) {
	t.Helper()
	ours, part, what = keyOf(1), keyOf(2), keyOf(3)
	part.Part = "future"
	keys, kinds := []Key{ours, part, what}, []kind{kindValue, kindValue, 7}
	var table extractorTable
	var items []packItem
	for i, k := range keys {
		items = append(items, packItem{
			hash: k.Hash, extractor: table.row(k.extractor()), what: kinds[i], size: checksumSize + 5, source: int32(i),
			used: unixSeconds(time.Now()),
		})
	}
	plan, err := planPack(&table, items, func(b []byte, it *packItem) ([]byte, error) {
		sum := checksum(append(appendKey(nil, it.what, keys[it.source]), "value"...))
		return append(le.AppendUint32(b, sum), "value"...), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return plan, ours, part, what
}

// A record of an unknown part or kind is a miss and no damage; a value of ours is kept beside it, and can be removed
// without it; a merge copies it; GC removes it by its age, and not to make room.
func TestForeignRecords(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	plan, ours, part, what := foreignPack(t)
	p, err := s.publishPack(plan)
	if err != nil {
		t.Fatal(err)
	}
	before := readFile(t, p.path)
	check := func() {
		t.Helper()
		wantValue(t, s, ours, []byte("value"))
		wantMiss(t, s, what, ErrForeign)
		wantMiss(t, s, part, ErrForeign)
		if s.Has(what) {
			t.Error("Has a value of an unknown kind")
		}
		if report := mustVerify(t, s, true); report.Damaged != 0 {
			t.Errorf("Verify = %+v", report)
		}
	}
	foreign := func() (n int) {
		t.Helper()
		for _, path := range packFiles(t, s) {
			src, err := s.openSource(path)
			if err != nil {
				t.Fatal(err)
			}
			src.each(func(r sourceRecord) {
				if r.foreign() {
					n++
				}
			})
		}
		return n
	}
	check()
	if !bytes.Equal(before, readFile(t, p.path)) {
		t.Error("the pack was changed")
	}
	putPacks(t, s, 10, mergeAbove, 1)
	if got, err := s.Merge(t.Context()); err != nil || got.Records != mergeAbove+3 {
		t.Fatalf("Merge = %+v, %v", got, err)
	}
	check()
	mustPutPack(t, s, []Record{{what, []byte("mine")}})
	wantValue(t, s, what, []byte("mine"))
	if n, err := s.Remove(t.Context(), []Key{what, part}); n != 1 || err != nil {
		t.Errorf("Remove = %d, %v", n, err)
	}
	check()
	mustGC(t, s, GCOptions{MaxSize: 1})
	wantMiss(t, s, ours, errAbsent)
	if got := foreign(); got != 2 {
		t.Errorf("%d foreign records are left", got)
	}
	for _, path := range packFiles(t, s) {
		_ = os.Remove(usagePath(path))
		setTime(t, path, s.now().Add(-31*day))
	}
	mustGC(t, s, GCOptions{})
	if got := foreign(); got != 0 {
		t.Errorf("%d foreign records are left after 31 days", got)
	}
}

// A loose entry of an unknown kind or part is left alone, and collected by its age.
func TestForeignEntries(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	k := keyOf(1)
	mustPut(t, s, k, []byte("value"))
	kinds := entryFileOf(s, k)
	b := readFile(t, kinds)
	b[preambleSize+checksumSize] = 7
	le.PutUint32(b[preambleSize:], checksum(b[preambleSize+checksumSize:]))
	overwrite(t, kinds, b)
	parts := strings.Replace(kinds, string(PartSymbols)+"-", "future-", 1)
	if err := os.MkdirAll(filepath.Dir(parts), dirMode); err != nil {
		t.Fatal(err)
	}
	overwrite(t, parts, b)
	wantMiss(t, s, k, ErrForeign)
	mustPut(t, s, k, []byte("mine"))
	wantValue(t, s, k, []byte("mine"))
	if n, err := s.Remove(t.Context(), []Key{k}); n != 1 || err != nil {
		t.Errorf("Remove = %d, %v", n, err)
	}
	wantMiss(t, s, k, ErrForeign)
	mustPut(t, s, k, []byte("mine"))
	mustGC(t, s, GCOptions{MaxSize: 1})
	for _, path := range []string{kinds, parts} {
		if !bytes.Equal(readFile(t, path), b) {
			t.Errorf("%s was changed", path)
		}
		setTime(t, path, s.now().Add(-31*day))
	}
	mustGC(t, s, GCOptions{})
	if exists(kinds) || exists(parts) {
		t.Error("foreign entries are left after 31 days")
	}
}

// goldenPack is the name of the pack that holds "value" under keyOf(1).
const goldenPack = "e830284553a9b9efb4cd3d925911b69c60bc500a4a6adac111499bf7f4c086da"
