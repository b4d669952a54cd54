package cachestore

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A base cache, given by its root or by one namespace in it, answers for what one's own does not have; several
// are asked in order; and none is ever written to, also when its keys are removed.
func TestBase(t *testing.T) {
	t.Parallel()
	builder := openAt(t, t.TempDir(), Options{Namespace: "root"})
	mustPutPack(t, builder, recordsOf(0, 10))
	mustPut(t, builder, keyOf(10), valueOf(keyOf(10)))
	mustPut(t, builder, keyOf(11), valueOf(keyOf(11)))
	if err := remove(builder, keyOf(0)); err != nil {
		t.Fatal(err)
	}
	second := openAt(t, t.TempDir(), Options{Namespace: "root"})
	mustPutPack(t, second, recordsOf(20, 30))
	mustPutPack(t, second, []Record{{keyOf(1), []byte("asked later")}})
	// A namespace in the same root without anything in it.
	openAt(t, builder.layout.root, Options{Namespace: "nobody"})

	before := filesUnder(t, builder.layout.root)
	for name, base := range map[string][]string{
		"roots":      {builder.layout.root, second.layout.root},
		"namespaces": {builder.Dir(), second.Dir()},
		"and others": {filepath.Join(t.TempDir(), "nothing"), t.TempDir(), builder.layout.root, second.Dir()},
	} {
		t.Run(name, func(t *testing.T) {
			s := openAt(t, t.TempDir(), Options{Base: base})
			wantMiss(t, s, keyOf(0), errAbsent)
			wantKept(t, s, 1, 12, true)
			wantKept(t, s, 20, 30, true)
			wantMiss(t, s, keyOf(40), errAbsent)
			mustPut(t, s, keyOf(1), []byte("own"))
			wantCopies(t, s, keyOf(1), Copy{s.Dir(), []byte("own")}, Copy{builder.Dir(), valueOf(keyOf(1))},
				Copy{second.Dir(), []byte("asked later")})
			for _, n := range []int{1, 11, 25} {
				if err := remove(s, keyOf(n)); err != nil {
					t.Fatal(err)
				}
			}
			wantCopies(t, s, keyOf(1), Copy{builder.Dir(), valueOf(keyOf(1))}, Copy{second.Dir(), []byte("asked later")})
			wantCopies(t, s, keyOf(40))
			wantKept(t, s, 1, 12, true)
			if _, err := s.Clear(t.Context()); err != nil {
				t.Fatal(err)
			}
			wantKept(t, s, 1, 12, true)
			mustGC(t, s, GCOptions{MaxSize: 1})
			if _, computed, err := s.Compute(t.Context(), keyOf(5), valueFunc(keyOf(5))); computed || err != nil {
				t.Errorf("Compute of what a base has: %v, %v", computed, err)
			}
			if st, err := s.Stats(); err != nil || st.Entries != 0 {
				t.Errorf("Stats count a base: %+v, %v", st, err)
			}
		})
	}
	if diff := cmp.Diff(before, filesUnder(t, builder.layout.root)); diff != "" {
		t.Errorf("the base was changed (-before +after):\n%s", diff)
	}
}

func wantCopies(t *testing.T, s *Store, k Key, want ...Copy) {
	t.Helper()
	got, err := s.Copies(k)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("copies of %s: %v (-want +got):\n%s", k, err, diff)
	}
}

// A damaged base is a miss with its reason, or its next one's value; it is left as it is. One that vanishes is
// a miss, and one that is not a directory holds nothing.
func TestBaseDamaged(t *testing.T) {
	t.Parallel()
	builder := newStore(t)
	mustPutPack(t, builder, recordsOf(0, 1))
	mustPut(t, builder, keyOf(1), valueOf(keyOf(1)))
	for _, path := range []string{packFiles(t, builder)[0], entryFileOf(builder, keyOf(1))} {
		b := readFile(t, path)
		b[len(b)-1]++
		overwrite(t, path, b)
	}
	good := newStore(t)
	mustPutPack(t, good, recordsOf(0, 2))
	file := filepath.Join(t.TempDir(), "file")
	overwrite(t, file, nil)
	before := filesUnder(t, builder.layout.root)
	for range 2 {
		s := openAt(t, t.TempDir(), Options{Base: []string{file, builder.layout.root}})
		wantMiss(t, s, keyOf(0), ErrDamaged)
		wantMiss(t, s, keyOf(1), ErrDamaged)
	}
	s := openAt(t, t.TempDir(), Options{Base: []string{builder.layout.root, good.layout.root}})
	wantKept(t, s, 0, 2, true)
	if diff := cmp.Diff(before, filesUnder(t, builder.layout.root)); diff != "" {
		t.Errorf("the base was changed (-before +after):\n%s", diff)
	}
	if err := os.RemoveAll(good.layout.root); err != nil {
		t.Fatal(err)
	}
	wantMiss(t, s, keyOf(2), errAbsent)
	if _, err := Open(t.TempDir(), Options{Base: []string{"relative"}}); err == nil {
		t.Error("a relative base was accepted")
	}
}
