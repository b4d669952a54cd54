package cachestore

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// Whatever single bit of a loose entry flips and wherever it is cut off, Get returns the right value or misses. What is
// damaged is removed; what may belong to another version of the program stays. Pitfall S8: flipped bits decode to wrong
// data without an error.
func TestDamagedEntryIsAMiss(t *testing.T) {
	t.Parallel()
	s, k, value := newStore(t), keyOf(1), []byte("the value")
	mustPut(t, s, k, value)
	path := entryFileOf(s, k)
	whole := readFile(t, path)

	check := func(what string, at int, b []byte) {
		t.Helper()
		overwrite(t, path, b)
		got, err := s.Get(k)
		foreign := 4 <= at && at < preambleSize && len(b) == len(whole)
		switch {
		case err == nil && !bytes.Equal(got, value):
			t.Fatalf("%s %d: Get = %q", what, at, got)
		case err == nil:
			t.Fatalf("%s %d: not noticed", what, at)
		case foreign:
			wantMiss(t, s, k, ErrForeign)
		case exists(path):
			t.Fatalf("%s %d: the damaged entry was not removed: %v", what, at, err)
		default:
			overwrite(t, path, b)
			wantMiss(t, s, k, ErrDamaged)
		}
	}
	for bit := 0; bit < 8*len(whole); bit += testRounds(61, 1, 1) {
		b := bytes.Clone(whole)
		b[bit/8] ^= 1 << (bit % 8)
		check("bit of byte", bit/8, b)
	}
	for length := range whole {
		check("cut at", length, whole[:length])
	}
	check("one byte more than", len(whole), append(bytes.Clone(whole), 0))
	check("zeros", len(whole), make([]byte, len(whole)))
}

// An entry that is longer than any value may be is damaged, and is not read into memory.
func TestEntryOfSixtyGigabytes(t *testing.T) {
	t.Parallel()
	s, k := newStore(t), keyOf(1)
	mustPut(t, s, k, []byte("value"))
	if err := os.Truncate(entryFileOf(s, k), 64<<30); err != nil { // sparse
		t.Fatal(err)
	}
	wantMiss(t, s, k, ErrDamaged)
	if exists(entryFileOf(s, k)) {
		t.Error("it was not removed")
	}
}

// The same for a pack, of which damage in one record or bucket leaves the others readable. Pitfall S8: flipped bits
// decode to wrong data without an error.
func TestDamagedPackCostsOnlyWhatIsDamaged(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	records := []Record{{keyOf(1), []byte("one")}, {keyOf(2), []byte("two")}}
	mustPutPack(t, s, records)
	path := packFiles(t, s)[0]
	whole := readFile(t, path)

	check := func(what string, at int) (readable int) {
		t.Helper()
		p := newTestPack(path)
		defer closeTestPack(p)
		for _, r := range records {
			switch got, err := p.get(r.Key); {
			case err == nil && !bytes.Equal(got, r.Value):
				t.Fatalf("%s %d: got %q for %q", what, at, got, r.Value)
			case err == nil:
				readable++
			case !isVerdict(err):
				t.Fatalf("%s %d: %v", what, at, err)
			}
		}
		return readable
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	head := headerSize(1)
	for bit := 0; bit < 8*len(whole); bit += testRounds(61, 1, 1) {
		at := bit / 8
		if _, err := f.WriteAt([]byte{whole[at] ^ 1<<(bit%8)}, int64(at)); err != nil {
			t.Fatal(err)
		}
		want := 1
		if at < head {
			want = 0
		}
		if got := check("bit of byte", at); got != want {
			t.Fatalf("bit of byte %d: %d records are readable, want %d", at, got, want)
		}
		if _, err := f.WriteAt(whole[at:at+1], int64(at)); err != nil {
			t.Fatal(err)
		}
	}
	for length := len(whole) - 1; length >= 0; length-- {
		if err := f.Truncate(int64(length)); err != nil {
			t.Fatal(err)
		}
		if got := check("cut at", length); got != 0 {
			t.Fatalf("cut at %d: %d records are readable", length, got)
		}
	}
}

// A damaged pack is a miss with a reason and a log message, and is left alone. Pitfall S8: flipped bits decode to wrong
// data without an error.
func TestDamagedPackStays(t *testing.T) {
	t.Parallel()
	log := newTestLog()
	s := openAt(t, t.TempDir(), Options{Logger: newLogger(log)})
	mustPutPack(t, s, recordsOf(0, 2))
	path := packFiles(t, s)[0]
	b := readFile(t, path)
	b[len(b)-1] ^= 1
	overwrite(t, path, b)
	hits := 0
	for n := range 2 {
		if _, err := s.Get(keyOf(n)); err == nil {
			hits++
		} else {
			wantMiss(t, s, keyOf(n), ErrDamaged)
		}
	}
	if hits != 1 {
		t.Errorf("%d hits of a whole and a damaged record", hits)
	}
	if !exists(path) {
		t.Error("the damaged pack was removed")
	}
	if len(log.all()) == 0 {
		t.Error("the damage was not logged")
	}
}

// A file of another format version is a miss, stays as it is, and takes no place away: both versions of the program
// keep their value. Pitfall S9: an old entry comes to mean something else.
func TestForeignFilesAreMissesAndStay(t *testing.T) {
	t.Parallel()
	s, k := newStore(t), keyOf(1)
	mustPut(t, s, k, []byte("mine"))
	path := entryFileOf(s, k)
	theirs := readFile(t, path)
	theirs[4]++
	theirs = append(theirs, "in whatever shape"...)
	overwrite(t, path, theirs)
	wantMiss(t, s, k, ErrForeign)
	mustPut(t, s, k, []byte("mine again"))
	wantValue(t, s, k, []byte("mine again"))
	if !bytes.Equal(readFile(t, path), theirs) {
		t.Error("the foreign entry was changed")
	}

	pack := packFiles(t, s)[0]
	theirs = readFile(t, pack)
	theirs[4]++
	overwrite(t, pack, theirs)
	fresh := openAt(t, s.layout.root, Options{})
	wantMiss(t, fresh, keyOf(2), errAbsent) // a foreign pack says nothing about our keys
	wantMiss(t, fresh, k, ErrForeign)
	if !bytes.Equal(readFile(t, pack), theirs) {
		t.Error("the foreign pack was changed")
	}
	if st, err := fresh.Stats(); err != nil || st.Packs != 1 {
		t.Errorf("Stats() = %+v, %v", st, err)
	}
}

// An entry in the place of another key is not served. Pitfall S10: a file that was restored to the wrong place is
// served as it is.
func TestMisplacedEntryIsNotServed(t *testing.T) {
	t.Parallel()
	s, k := newStore(t), keyOf(1)
	mustPut(t, s, k, []byte("value"))
	part, language, revision := k, k, k
	part.Part = PartFacts
	language.Language = "c"
	revision.Revision[0]++
	for _, other := range []Key{keyOf(2), part, language, revision} {
		path := entryFileOf(s, other)
		if err := os.MkdirAll(filepath.Dir(path), dirMode); err != nil {
			t.Fatal(err)
		}
		overwrite(t, path, readFile(t, entryFileOf(s, k)))
		wantMiss(t, s, other, ErrDamaged)
		if exists(path) {
			t.Errorf("the misplaced entry of %s was not removed", other)
		}
	}
	wantValue(t, s, k, []byte("value"))
}

// A directory of a pack that points to another key's record is not believed, checksums or not. Pitfall S10: a file that
// was restored to the wrong place is served as it is.
func TestMisplacedRecordIsNotServed(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	a, b := keyIn(7, 1), keyIn(7, 2)
	mustPutPack(t, s, []Record{{a, []byte("one")}, {b, []byte("two")}})
	path := packFiles(t, s)[0]
	file := readFile(t, path)
	first, second := file[headerSize(1):], file[headerSize(1)+slotSize:]
	for i := 40; i < slotSize; i++ { // swap the offsets
		first[i], second[i] = second[i], first[i]
	}
	overwrite(t, path, repairPack(file))
	for _, k := range []Key{a, b} {
		wantMiss(t, s, k, ErrDamaged)
	}
}

// FuzzRecord: of arbitrary bytes only an entry that this program writes for the key asked for is believed.
func FuzzRecord(f *testing.F) {
	k := keyOf(1)
	f.Add(encodeEntry(k, []byte("value")), true)
	f.Add(encodeEntry(keyOf(2), []byte("value")), false)
	f.Add([]byte{}, true)
	f.Add(make([]byte, 100), true)
	f.Fuzz(func(t *testing.T, b []byte, repair bool) {
		if repair && len(b) >= preambleSize+4 { // get past the checksum
			b = bytes.Clone(b)
			le.PutUint32(b[preambleSize:], checksum(b[preambleSize+4:]))
		}
		value, err := decodeEntry(b, k)
		switch {
		case err == nil && !bytes.Equal(encodeEntry(k, value), b):
			t.Errorf("believed %x: value %x", b, value)
		case err != nil && !isVerdict(err):
			t.Errorf("%v", err)
		}
	})
}
