package cachestore

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"
)

// putPacks puts packs of a number of records each, of the keys from first on.
func putPacks(t testing.TB, s *Store, first, packs, each int) {
	t.Helper()
	for p := range packs {
		mustPutPack(t, s, recordsOf(first+p*each, first+(p+1)*each))
	}
}

// Merging leaves few packs and every value that there was, once; with few packs it does nothing.
func TestMerge(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	reader := openAt(t, s.layout.root, Options{})
	putPacks(t, s, 0, mergeAbove, 10)
	if got, err := s.Merge(t.Context()); got != (Merged{}) || err != nil {
		t.Errorf("Merge of %d packs = %+v, %v", mergeAbove, got, err)
	}
	wantValue(t, reader, keyOf(0), valueOf(keyOf(0)))
	putPacks(t, s, 5, 20, 10) // half of the first is a second time the same
	got, err := s.Merge(t.Context())
	files := packFiles(t, s)
	if err != nil || len(files) != 1 {
		t.Fatalf("Merge = %+v, %v; %d packs are left", got, err, len(files))
	}
	size := int64(len(readFile(t, files[0])))
	if want := (Merged{Packs: mergeAbove + 20, Records: 205, Bytes: size}); got != want {
		t.Errorf("Merge = %+v, want %+v", got, want)
	}
	for _, s := range []*Store{s, reader, openAt(t, s.layout.root, Options{})} {
		for n := range 205 {
			wantValue(t, s, keyOf(n), valueOf(keyOf(n)))
		}
		wantMiss(t, s, keyOf(205), errAbsent)
	}
	if st, err := s.Stats(); err != nil || st.Entries != 205 || st.Packs != 1 {
		t.Errorf("Stats = %+v, %v", st, err)
	}
}

// What was removed stays removed over a merge, for readers old and new; what is put again stays.
func TestMergeAfterRemove(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	reader := openAt(t, s.layout.root, Options{})
	putPacks(t, s, 0, mergeAbove+1, 10)
	wantValue(t, reader, keyOf(1), valueOf(keyOf(1)))
	for n := range 4 {
		if err := remove(s, keyOf(n)); err != nil {
			t.Fatal(err)
		}
	}
	mustPut(t, s, keyOf(2), valueOf(keyOf(2)))
	mustPutPack(t, s, recordsOf(3, 4))
	got, err := s.Merge(t.Context())
	if err != nil || got.Records != 10*(mergeAbove+1)-3 {
		t.Errorf("Merge = %+v, %v", got, err)
	}
	takeLock(t, reader)
	for _, s := range []*Store{s, reader, openAt(t, s.layout.root, Options{})} {
		for n := range 10 * (mergeAbove + 1) {
			if n < 2 {
				wantMiss(t, s, keyOf(n), errAbsent)
			} else {
				wantValue(t, s, keyOf(n), valueOf(keyOf(n)))
			}
		}
	}
}

// A merge leaves out records that are damaged, and leaves alone packs of which nothing can be read and those
// of another format version.
func TestMergeBesideDamage(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	putPacks(t, s, 0, mergeAbove+3, 10)
	files := []string{packOf(t, s, keyOf(0)), packOf(t, s, keyOf(10)), packOf(t, s, keyOf(20))}
	spoil := func(path string, at int) {
		b := readFile(t, path)
		b[(at+len(b))%len(b)] ^= 1
		overwrite(t, path, b)
	}
	spoil(files[0], -1)          // the last record
	spoil(files[1], 100)         // the header
	spoil(files[2], len("SYMP")) // the version
	got, err := s.Merge(t.Context())
	if err != nil || got.Packs != mergeAbove+1 || got.Records != 10*(mergeAbove+1)-1 {
		t.Errorf("Merge = %+v, %v", got, err)
	}
	left := packFiles(t, s)
	if len(left) != 3 || !slices.Contains(left, files[1]) || !slices.Contains(left, files[2]) {
		t.Errorf("%v are left of %v", left, files)
	}
	for n := 30; n < 10*(mergeAbove+3); n++ {
		wantValue(t, s, keyOf(n), valueOf(keyOf(n)))
	}
}

// Packs stay few and are not copied for every small one that comes: after each merge every pack is at least
// twice as large as the next smaller one, and none is larger than the limit.
func TestDueForMerge(t *testing.T) {
	t.Parallel()
	var files []sizedPack
	var written, copied int64
	for n := range 2000 {
		size := int64(1000 + n*7919%1000)
		files = append(files, sizedPack{strconv.Itoa(n), size})
		written += size
		due := dueForMerge(files)
		if len(due) == 0 {
			if len(files) > mergeAbove+12 {
				t.Fatalf("%d packs are left alone", len(files))
			}
			continue
		}
		var total int64
		gone := map[string]bool{}
		for _, f := range due {
			total += f.size
			gone[f.path] = true
		}
		copied += total
		left := []sizedPack{{fmt.Sprint("merged ", n), total}}
		for _, f := range files {
			if !gone[f.path] {
				left = append(left, f)
				if f.size < 2*total {
					t.Fatalf("a pack of %d was left beside one of %d", f.size, total)
				}
			}
		}
		files = left
	}
	if copied > 12*written {
		t.Errorf("%d bytes were copied for %d", copied, written)
	}
	for _, c := range []struct {
		sizes []int64
		want  int
	}{
		{[]int64{1, 1, 1, 1, 1, 1, 1, 1}, 0},
		{[]int64{1, 1, 1, 1, 1, 1, 1, 1, 1}, 9},
		{[]int64{1, 2, 4, 8, 16, 32, 64, 128, 256}, 0},
		{[]int64{1, 1, 1, 8, 16, 32, 64, 128, 256}, 3},
		{[]int64{1, 1, 1, 1, 1, 1, 1, 1, maxPackBytes}, 8},
		{[]int64{9, 9, 9, 9, 9, 9, 9, 9, maxPackBytes / 2, maxPackBytes/2 + 1}, 9},
	} {
		files = nil
		for i, size := range c.sizes {
			files = append(files, sizedPack{strconv.Itoa(i), size})
		}
		if got := len(dueForMerge(files)); got != c.want {
			t.Errorf("%v: %d are due, want %d", c.sizes, got, c.want)
		}
	}
}

// While processes put packs and merge them, all at once, a reader finds every value, always.
func TestMergeBesideReaders(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	s.own.packs.open.limit = 2
	putPacks(t, s, 0, 5, 20)
	var children []*child
	for i := range 2 {
		c := startChild(t, "merge", s.layout.root, strconv.Itoa(1000*(i+1)), "60")
		c.line()
		children = append(children, c)
	}
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			for n := range 100 {
				if value, err := s.Get(keyOf(n)); err != nil || len(value) != len(valueOf(keyOf(n))) {
					t.Errorf("Get %d during a merge: %d bytes, %v", n, len(value), err)
					return
				}
			}
			select {
			case <-done:
				return
			default:
			}
		}
	}()
	for _, c := range children {
		_ = c.stdin.Close()
	}
	for _, c := range children {
		c.finish()
	}
	close(done)
	<-stopped
	for _, first := range []int{0, 1000, 2000} {
		for n := range 60 {
			wantValue(t, s, keyOf(first+n), valueOf(keyOf(first+n)))
		}
	}
	if n := len(packFiles(t, s)); n > 2*mergeAbove {
		t.Errorf("%d packs are left", n)
	}
}

// mergeRole puts packs of one record each, and merges after each: ROOT FIRST PACKS.
func mergeRole(args []string) error {
	first, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	packs, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	s, err := Open(args[0], Options{})
	if err != nil {
		return err
	}
	say("ready")
	untilParentEnds()
	for n := range packs {
		if _, err := s.PutPack(recordsOf(first+n, first+n+1)); err != nil {
			return err
		}
		if _, err := s.Merge(context.Background()); err != nil {
			return err
		}
	}
	return nil
}

// A merge ends with its context, and leaves everything as it was.
func TestMergeCancelled(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	putPacks(t, s, 0, mergeAbove+1, 2)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got, err := s.Merge(ctx); !errors.Is(err, context.Canceled) || got != (Merged{}) {
		t.Errorf("Merge = %+v, %v", got, err)
	}
	if n := len(packFiles(t, s)); n != mergeAbove+1 {
		t.Errorf("%d packs are left", n)
	}
	if names := filesUnder(t, s.layout.packs); len(names) != mergeAbove+2 {
		t.Errorf("files are left: %v", names)
	}
}

// The times of last use survive a merge; of a record that stands twice the later one counts, and without a
// usage file it is the pack's time.
func TestMergeKeepsUsage(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	day := func(n int) time.Time { return time.Date(2025, 1, n, 0, 0, 0, 0, time.UTC) }
	for n := range mergeAbove + 1 {
		mustPutPack(t, s, []Record{{keyOf(n), nil}, {keyOf(100), nil}})
		if err := os.Chtimes(packOf(t, s, keyOf(n)), day(n+1), day(n+1)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.layout.writeUsage(packOf(t, s, keyOf(0)),
		[]uint32{unixSeconds(day(20)), unixSeconds(day(20))}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Merge(t.Context()); err != nil {
		t.Fatal(err)
	}
	src, err := s.openSource(packFiles(t, s)[0])
	if err != nil {
		t.Fatal(err)
	}
	got := map[Key]uint32{}
	src.each(func(r sourceRecord) { got[r.key] = src.used[r.number] })
	for n := range mergeAbove + 1 {
		want := day(n + 1)
		if n == 0 {
			want = day(20)
		}
		if got[keyOf(n)] != unixSeconds(want) {
			t.Errorf("record %d was used at %d, want %d", n, got[keyOf(n)], unixSeconds(want))
		}
	}
	if got[keyOf(100)] != unixSeconds(day(20)) {
		t.Errorf("the record in all packs was used at %d", got[keyOf(100)])
	}
}

// FuzzUsage: only a usage file as this program writes it is believed.
func FuzzUsage(f *testing.F) {
	f.Add(encodeUsage([]uint32{1, 2, 3}), 3)
	f.Add(encodeUsage(nil), 0)
	f.Add([]byte(usageMagic), 1<<30)
	f.Fuzz(func(t *testing.T, b []byte, n int) {
		if n < 0 || n > maxPackRecords {
			return
		}
		if used, ok := decodeUsage(b, n); ok && string(encodeUsage(used)) != string(b) {
			t.Errorf("believed %x: %v", b, used)
		}
	})
}
