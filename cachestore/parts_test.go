package cachestore

import (
	"errors"
	"testing"
)

// Values of learned and of unknown parts never leave the machine.
func TestPartsThatMayLeave(t *testing.T) {
	t.Parallel()
	for part, want := range map[Part]bool{
		PartSymbols: true, PartFacts: true, PartWords: true, PartLearned: false, "future": false, "": false,
	} {
		if got := part.MayLeave(); got != want {
			t.Errorf("Part(%q).MayLeave() = %v", part, got)
		}
	}
}

// A part keeps its values apart from those of other parts of one content, and never acts as a path.
func TestPartIsPartOfTheKey(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, part := range []Part{PartSymbols, PartFacts, PartWords, PartLearned} {
		k := keyOf(1)
		k.Part = part
		mustPut(t, s, k, []byte(part))
		packed := keyOf(2)
		packed.Part = part
		mustPutPack(t, s, []Record{{packed, []byte(part)}})
		wantValue(t, s, k, []byte(part))
		wantValue(t, s, packed, []byte(part))
		if e, ok := parseExtractor(k.extractor().String()); !ok || e != k.extractor() {
			t.Errorf("parseExtractor(%q) = %v, %v", k.extractor(), e, ok)
		}
	}
	for _, part := range []Part{"", "..", "a-b", "Symbols", "1st", "a/b", "seventeenletters1"} {
		k := keyOf(3)
		k.Part = part
		_, getErr := s.Get(k)
		_, putErr := s.Put(k, nil)
		if !errors.Is(getErr, errInvalidKey) || !errors.Is(putErr, errInvalidKey) || s.Has(k) {
			t.Errorf("part %q: Get: %v, Put: %v, Has: %v", part, getErr, putErr, s.Has(k))
		}
	}
	k := keyOf(4)
	k.Part = "future"
	if _, err := s.Put(k, nil); !errors.Is(err, errInvalidKey) {
		t.Errorf("Put of an unknown part: %v", err)
	}
	wantMiss(t, s, k, errAbsent)
}

// Has tells what is stored, loose, packed or in a base, and what is gone.
func TestHas(t *testing.T) {
	t.Parallel()
	base := newStore(t)
	mustPutPack(t, base, recordsOf(4, 6))
	s := openAt(t, t.TempDir(), Options{Base: []string{base.layout.root}})
	mustPut(t, s, keyOf(1), nil)
	mustPutPack(t, s, recordsOf(2, 4))
	has := func(want ...bool) {
		t.Helper()
		for n, want := range want {
			if got := s.Has(keyOf(n)); got != want {
				t.Errorf("Has(%d) = %v", n, got)
			}
		}
	}
	has(false, true, true, true, true, true, false)
	if err := s.layout.at.remove(packFiles(t, s)[0]); err != nil {
		t.Fatal(err)
	}
	s.own.expire()
	has(false, true, false, false, true, true, false)
	if _, err := s.Clear(t.Context()); err != nil {
		t.Fatal(err)
	}
	has(false, false, false, false, true, true, false)
}

// A loose entry of another version, and one whose start is not that of an entry, hold nothing for this program: whoever
// fills the store stores their values again, beside the one and in place of the other.
func TestHasOnlyWhatThisVersionReads(t *testing.T) {
	t.Parallel()
	spoils := map[string]func(entry []byte) []byte{
		"other version": func(b []byte) []byte { b[len(entryMagic)]++; return b },
		"other kind":    func(b []byte) []byte { b[entryStart-1]++; return b },
		"zeros":         func(b []byte) []byte { return make([]byte, len(b)) },
		"empty":         func([]byte) []byte { return nil },
	}
	for name, spoil := range spoils {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, k := newStore(t), keyOf(1)
			mustPut(t, s, k, []byte("value"))
			path := entryFileOf(s, k)
			overwrite(t, path, spoil(readFile(t, path)))
			if s.Has(k) {
				t.Error("Has a value that Get misses")
			}
			mustPut(t, s, k, []byte("value"))
			if !s.Has(k) {
				t.Error("has not what was put")
			}
			wantValue(t, s, k, []byte("value"))
		})
	}
}
