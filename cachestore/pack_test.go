package cachestore

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func newLogger(l *testLog) *slog.Logger { return slog.New(l) }

func newTestPack(path string) *pack {
	return &pack{path: path, open: newDescriptors(layoutOfBase("", filepath.Dir(path)).at, 1), memory: new(atomic.Int64)}
}

// closeTestPack closes the pack, and its directory.
func closeTestPack(p *pack) {
	p.open.close()
	p.open.at.close()
}

// repairPack makes size and checksums of a pack right again, so that a test gets past them to what they
// guard.
func repairPack(b []byte) []byte {
	b = bytes.Clone(b)
	if len(b) < headerSize(0) {
		return b
	}
	le.PutUint64(b[8:], uint64(len(b)))
	extractors := le.Uint32(b[20:])
	if extractors > maxPackExtractors || headerSize(int(extractors)) > len(b) {
		return b
	}
	head, rest := b[:headerSize(int(extractors))], b[headerSize(int(extractors)):]
	fanout := head[len(head)-4-fanoutSize:]
	for i := range bucketCount {
		length := uint64(le.Uint32(fanout[8*i:])) * uint64(slotSize)
		if length > uint64(len(rest)) {
			break
		}
		le.PutUint32(fanout[8*i+4:], checksum(rest[:length]))
		rest = rest[length:]
	}
	le.PutUint32(head[len(head)-4:], checksum(head[:len(head)-4]))
	return b
}

// A pack gives back each of many values, of several extractors, and nothing else.
func TestPackManyRecords(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	var records []Record
	for n := range testRounds(300, 3000, 3000) {
		k := keyOf(n)
		for i := range 1 + n%3 { // the same hash under one to three extractors
			k.Language, k.Revision = []string{"go", "c", "python"}[i], Revision{byte(n % 7)}
			records = append(records, Record{k, fmt.Append(nil, n, i)})
		}
	}
	rand.Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
	mustPutPack(t, s, records)
	for _, r := range records {
		wantValue(t, s, r.Key, r.Value)
		r.Key.Hash[31]++
		wantMiss(t, s, r.Key, errAbsent)
	}
}

// Of records with equal keys the last counts; no records make no pack.
func TestPutPackDuplicates(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	if size, err := s.PutPack(nil); size != 0 || err != nil || len(packFiles(t, s)) != 0 {
		t.Errorf("PutPack(nil) = %d, %v", size, err)
	}
	k := keyOf(1)
	mustPutPack(t, s, []Record{{k, []byte("a")}, {keyOf(2), []byte("x")}, {k, []byte("b")}, {k, []byte("c")}})
	wantValue(t, s, k, []byte("c"))
	if st, err := s.Stats(); err != nil || st.Entries != 2 {
		t.Errorf("%d entries, %v; want 2", st.Entries, err)
	}
}

// A pack of another process is seen by the next Get, also when it came within the granularity of the
// directory's modification time after a miss.
func TestPacksOfOthersAreSeen(t *testing.T) {
	t.Parallel()
	reader := newStore(t)
	writer := openAt(t, reader.layout.root, Options{})
	for n := range 50 {
		wantMiss(t, reader, keyOf(n), errAbsent)
		mustPutPack(t, writer, recordsOf(n, n+1))
		wantValue(t, reader, keyOf(n), valueOf(keyOf(n)))
	}
}

// putUnnoticed puts a pack so that the directory's modification time does not show it.
func putUnnoticed(t *testing.T, writer *Store, records []Record) {
	t.Helper()
	keepModTime(t, writer.layout.packs, func() { mustPutPack(t, writer, records) })
}

func keepModTime(t *testing.T, dir string, fn func()) {
	t.Helper()
	info, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	fn()
	if err := os.Chtimes(dir, time.Time{}, info.ModTime()); err != nil {
		t.Fatal(err)
	}
}

// clockOff returns a clock that stands still, some time away from now.
func clockOff(d time.Duration) func() time.Time {
	now := time.Now().Add(d)
	return func() time.Time { return now }
}

// As long as the directory's modification time is too recent to tell, it is not trusted.
func TestPacksAreSeenWithinGranularity(t *testing.T) {
	t.Parallel()
	// To this reader the directory has always been modified just now.
	reader := openAt(t, t.TempDir(), Options{Now: clockOff(-time.Hour)})
	writer := openAt(t, reader.layout.root, Options{})
	mustPutPack(t, writer, recordsOf(0, 1))
	wantMiss(t, reader, keyOf(1), errAbsent)
	putUnnoticed(t, writer, recordsOf(1, 2))
	wantValue(t, reader, keyOf(1), valueOf(keyOf(1)))
}

// What the last holder of a lock has published is seen by the next one, whatever the directory's time says.
func TestPacksAreSeenUnderLock(t *testing.T) {
	t.Parallel()
	// To this reader the directory always looks long settled.
	reader := openAt(t, t.TempDir(), Options{Now: clockOff(time.Hour)})
	writer := openAt(t, reader.layout.root, Options{})
	mustPutPack(t, writer, recordsOf(0, 1))
	wantMiss(t, reader, keyOf(2), errAbsent)
	for n, lock := range []func([]byte) (func(), error){
		func(shards []byte) (func(), error) {
			unlock, _, err := reader.TryLockShards(shards)
			return unlock, err
		},
		func(shards []byte) (func(), error) { return reader.LockShards(t.Context(), shards) },
	} {
		k := keyOf(n + 1)
		putUnnoticed(t, writer, recordsOf(n+1, n+2))
		wantMiss(t, reader, k, errAbsent) // or this test does not test what it says
		unlock, err := lock([]byte{k.shard()})
		if err != nil {
			t.Fatal(err)
		}
		wantValue(t, reader, k, valueOf(k))
		unlock()
	}
}

func TestIsSettled(t *testing.T) {
	t.Parallel()
	fine := time.Date(2025, 1, 1, 0, 0, 0, 123456789, time.UTC)
	coarse := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		modified time.Time
		age      time.Duration
		want     bool
	}{
		{fine, 0, false},
		{fine, 10 * time.Millisecond, false},
		{fine, 25 * time.Millisecond, true},
		{fine, -time.Hour, false},
		{coarse, 25 * time.Millisecond, false},
		{coarse, 2 * time.Second, false},
		{coarse, 3 * time.Second, true},
		{coarse, -time.Hour, false},
	} {
		if got := isSettled(c.modified, c.modified.Add(c.age)); got != c.want {
			t.Errorf("isSettled(%v old, coarse %v) = %v", c.age, c.modified.Equal(coarse), got)
		}
	}
}

// More packs than descriptors are all readable; the number of open ones stays bounded.
func TestDescriptorsAreBounded(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	s.own.packs.open.limit = 2
	for n := range 10 {
		mustPutPack(t, s, recordsOf(n, n+1))
	}
	for range 2 {
		for n := range 10 {
			wantValue(t, s, keyOf(n), valueOf(keyOf(n)))
		}
	}
	if n := len(s.own.packs.open.open); n > 2 {
		t.Errorf("%d packs are open", n)
	}
}

// Directories of packs are kept in memory up to a budget, and read again after that.
func TestBucketMemoryIsBounded(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	s.own.packs.budget = 3 * int64(slotSize)
	mustPutPack(t, s, recordsOf(0, 500))
	for range 2 {
		for n := range 500 {
			wantValue(t, s, keyOf(n), valueOf(keyOf(n)))
			if kept := s.own.packs.memory.Load(); kept < 0 || kept > s.own.packs.budget+20*int64(slotSize) {
				t.Fatalf("%d bytes of directories are kept", kept)
			}
		}
	}
}

// A pack that vanishes is a miss, and what it held is found where it is now, whatever the directory's time
// says.
func TestPackVanishes(t *testing.T) {
	t.Parallel()
	s := openAt(t, t.TempDir(), Options{Now: clockOff(time.Hour)})
	s.own.packs.open.limit = 0 // so that each read opens the file
	merger := openAt(t, s.layout.root, Options{})
	mustPutPack(t, merger, recordsOf(0, 10))
	wantValue(t, s, keyOf(1), valueOf(keyOf(1)))
	keepModTime(t, s.layout.packs, func() {
		old := packFiles(t, s)[0]
		mustPutPack(t, merger, recordsOf(0, 9))
		if err := os.Remove(old); err != nil {
			t.Fatal(err)
		}
	})
	wantValue(t, s, keyOf(1), valueOf(keyOf(1)))
	wantMiss(t, s, keyOf(9), errAbsent)
	if n := len(s.own.packs.list.Load().packs); n != 1 {
		t.Errorf("%d packs are listed", n)
	}
}

// No order of locks inside the store can deadlock, and no data race shows, while everything happens at once. Pitfall
// S19: locks that are taken in two orders deadlock.
func TestEverythingAtOnce(t *testing.T) {
	t.Parallel()
	s := openAt(t, t.TempDir(), Options{LockTimeout: time.Hour})
	s.own.packs.open.limit = 1
	s.own.packs.budget = 1
	seeds := newRand(t)
	within(t, func() {
		var wg sync.WaitGroup
		for g := range 8 {
			r := rand.New(rand.NewPCG(seeds.Uint64(), 0))
			wg.Go(func() {
				for range 60 {
					n := r.IntN(40)
					k := keyOf(n)
					var err error
					switch r.IntN(24) {
					case 0:
						_, err = s.PutPack(recordsOf(n, n+5))
					case 1:
						_, err = s.Put(k, valueOf(k))
					case 2:
						err = remove(s, k)
					case 3:
						_, err = s.Stats()
					case 4:
						if g == 0 {
							_, err = s.Clear(t.Context())
						}
					case 7:
						_, err = s.Merge(t.Context())
					case 8:
						_, err = s.GC(t.Context(), GCOptions{MaxSize: int64(r.IntN(20_000)) + 1})
					case 9:
						var report VerifyReport
						report, err = s.Verify(t.Context(), VerifyOptions{Repair: n%2 == 0})
						if err == nil && report.Damaged > 0 {
							err = fmt.Errorf("damage: %+v", report)
						}
					case 10:
						_, err = s.Workspace(testWorkspace()).Publish(writeTestIndex(n))
					case 11:
						var f *os.File
						if f, _, err = s.Workspace(testWorkspace()).Open(0); err == nil {
							_, err = checkTestIndex(f)
							_ = f.Close()
						}
					case 5, 6:
						_, _, err = s.Compute(t.Context(), k, valueFunc(k))
					default:
						var value []byte
						value, err = s.Get(k)
						if err == nil && !bytes.Equal(value, valueOf(k)) {
							err = errors.New("wrong value")
						}
					}
					if err != nil && !errors.Is(err, ErrMiss) {
						t.Errorf("%s: %v", k, err)
					}
				}
			})
		}
		wg.Wait()
	})
}

// malformed are packs of the keys 7a.. and 7b.. (see TestMalformedPack) whose checksums are right and whose
// structure is not.
func malformed() map[string]func(b []byte) {
	const fanout = packFixed + extractorSize
	const directory = fanout + fanoutSize + 4
	const second = directory + slotSize
	add := func(at int, n uint32) func([]byte) {
		return func(b []byte) { le.PutUint32(b[at:], le.Uint32(b[at:])+n) }
	}
	set := func(at int, c byte) func([]byte) { return func(b []byte) { b[at] = c } }
	minusOne := ^uint32(0)
	return map[string]func([]byte){
		"one record more":        add(16, 1),
		"one record less":        add(16, minusOne),
		"a million records":      add(16, maxPackRecords-2),
		"over a million records": add(16, maxPackRecords),
		"extractors to the end":  add(20, 1),
		"too many extractors":    add(20, maxPackExtractors),
		"a million in the bucket": func(b []byte) {
			le.PutUint32(b[16:], maxPackRecords)
			le.PutUint32(b[fanout+8*7:], maxPackRecords)
		},
		"part with a slash":           set(packFixed, '/'),
		"part with a hole":            set(packFixed, 0),
		"language with a slash":       set(packFixed+maxPartLen, '/'),
		"language with a hole":        set(packFixed+maxPartLen, 0),
		"more of an extractor":        add(packFixed+maxPartLen+maxLanguageLen+8, 2),
		"bytes of an extractor":       add(packFixed+maxPartLen+maxLanguageLen+20, 1),
		"one more in the bucket":      add(fanout+8*7, 1),
		"one less in the bucket":      add(fanout+8*7, minusOne),
		"buckets that overflow":       add(fanout, minusOne),
		"hash of another bucket":      set(directory, 6),
		"hashes not ascending":        set(second+1, 0),
		"equal hashes":                set(second+1, 0xa0),
		"extractor out of table":      add(second+32, 1),
		"no record fits":              add(second+36, minusOne-3),
		"record longer than any":      add(second+36, 1<<25),
		"record beyond the end":       add(second+36, 1),
		"offset beyond the end":       add(second+40, 1<<20),
		"offset that overflows":       func(b []byte) { le.PutUint64(b[second+40:], 1<<64-2) },
		"record in the header":        func(b []byte) { le.PutUint64(b[second+40:], 8) },
		"record within the directory": func(b []byte) { le.PutUint64(b[second+40:], directory) },
	}
}

// A pack with right checksums and a wrong structure is damaged, and is found so before a record is read.
func TestMalformedPack(t *testing.T) {
	t.Parallel()
	a, b := keyIn(7, 1), keyIn(7, 2)
	a.Hash[1], b.Hash[1] = 0xa0, 0xb0
	copy(b.Hash[2:], a.Hash[2:])
	plan, err := planRecords([]Record{{a, []byte("one")}, {b, []byte("two")}})
	if err != nil {
		t.Fatal(err)
	}
	var whole bytes.Buffer
	if err := plan.writeTo(&whole); err != nil {
		t.Fatal(err)
	}
	find := func(t *testing.T, file []byte) error {
		path := filepath.Join(t.TempDir(), "test.pack")
		overwrite(t, path, file)
		p := newTestPack(path)
		defer closeTestPack(p)
		_, _, err := p.find(b)
		return err
	}
	if err := find(t, repairPack(whole.Bytes())); err != nil {
		t.Fatalf("the whole pack: %v", err)
	}
	for name, spoil := range malformed() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := bytes.Clone(whole.Bytes())
			spoil(file)
			if err := find(t, repairPack(file)); !errors.Is(err, ErrDamaged) {
				t.Errorf("find: %v, want damaged", err)
			}
		})
	}
}

// FuzzPack: a pack file of arbitrary bytes never panics, takes no more memory than its length explains, and
// never yields a value that does not stand in it together with the key asked for.
func FuzzPack(f *testing.F) {
	plan, err := planRecords([]Record{{keyOf(1), []byte("one")}, {keyOf(2), nil}, {Key{Part: PartFacts, Language: "c"}, []byte("three")}})
	if err != nil {
		f.Fatal(err)
	}
	var whole bytes.Buffer
	if err := plan.writeTo(&whole); err != nil {
		f.Fatal(err)
	}
	huge := bytes.Clone(whole.Bytes())
	binary.LittleEndian.PutUint32(huge[16:], maxPackRecords)
	f.Add(whole.Bytes(), true)
	f.Add(whole.Bytes()[:2100], true)
	f.Add(huge, true)
	f.Add([]byte(packMagic), false)
	for _, spoil := range malformed() {
		b := bytes.Clone(whole.Bytes())
		spoil(b)
		f.Add(b, true)
	}
	path := filepath.Join(f.TempDir(), "fuzzed.pack")
	f.Fuzz(func(t *testing.T, b []byte, repair bool) {
		if repair {
			b = repairPack(b)
		}
		overwrite(t, path, b)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		p := newTestPack(path)
		defer p.open.close()
		keys := []Key{keyOf(1), keyOf(2), keyOf(3), {Part: PartFacts, Language: "c"}}
		if h, err := p.header(); err == nil {
			keys = append(keys, keysIn(p, h)...)
		}
		for _, k := range keys {
			value, err := p.get(k)
			if err == nil && !bytes.Contains(b, appendRecord(nil, k, value)) {
				t.Errorf("got %x for %s", value, k)
			}
			if err != nil && !isFinding(err) {
				t.Errorf("%s: %v", k, err)
			}
		}
		runtime.ReadMemStats(&after)
		if used, limit := after.TotalAlloc-before.TotalAlloc, uint64(1<<20+len(keys)*(len(b)+1024)); used > limit {
			t.Errorf("%d bytes allocated for a file of %d, %d keys", used, len(b), len(keys))
		}
	})
}

// keysIn returns up to 16 keys of a pack, as its directory has them.
func keysIn(p *pack, h *packHeader) (keys []Key) {
	for shard := range bucketCount {
		bucket, err := p.bucket(h, byte(shard))
		for i := 0; err == nil && i < bucket.len() && len(keys) < 16; i++ {
			hash, x, _, _, _ := bucket.at(i)
			keys = append(keys, h.extractors[x].key(Hash(hash)))
		}
	}
	return keys
}
