package cachestore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A new store has its own directory, explains itself, and is empty.
func TestNewStore(t *testing.T) {
	t.Parallel()
	root := filepath.Join(t.TempDir(), "deep", "cache")
	s := openAt(t, root, Options{Namespace: "alice"})
	if want := filepath.Join(root, "v2", "alice"); s.Dir() != want {
		t.Errorf("Dir() = %s, want %s", s.Dir(), want)
	}
	tag := readFile(t, filepath.Join(root, "CACHEDIR.TAG"))
	if !bytes.HasPrefix(tag, []byte("Signature: 8a477f597d28d172789f06886806bc55")) {
		t.Errorf("CACHEDIR.TAG = %q", tag)
	}
	if text := readFile(t, filepath.Join(root, "README")); !bytes.Contains(text, []byte("symcache clear")) {
		t.Errorf("README = %q", text)
	}
	st, err := s.Stats()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Stats{Root: root, ByLanguage: map[string]LanguageStats{}}, st); diff != "" {
		t.Errorf("Stats (-want +got):\n%s", diff)
	}
}

// A root in which anything of somebody else's is, is not marked as a cache, and nothing in it is removed that only
// looks like a temporary file of ours.
func TestRootOfAnother(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"letter": "", readmeName: "of my project", tagName: "", "tmp-123": "Sig: none", "tmp-12a": "", "tmp-": "This directory",
	} {
		root := t.TempDir()
		path := filepath.Join(root, name)
		overwrite(t, path, []byte(text))
		setTime(t, path, time.Now().Add(-40*day))
		s := openAt(t, root, Options{})
		mustGC(t, s, GCOptions{})
		if _, err := s.Clear(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := string(readFile(t, path)); got != text {
			t.Errorf("%s: %q has become %q", name, text, got)
		}
		if names, err := os.ReadDir(root); err != nil || len(names) != 2 {
			t.Errorf("%s: the root holds %v, %v", name, names, err)
		}
	}
}

// What was put is got, by this store and by one opened later, loose and packed.
func TestPutThenGet(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	size, err := s.Put(keyOf(1), []byte("value"))
	if err != nil {
		t.Fatal(err)
	}
	if got := int64(len(readFile(t, entryFileOf(s, keyOf(1))))); size != got {
		t.Errorf("Put returned %d bytes, the file has %d", size, got)
	}
	size, err = s.PutPack([]Record{{keyOf(2), []byte("packed")}, {keyOf(3), nil}})
	if err != nil {
		t.Fatal(err)
	}
	if got := int64(len(readFile(t, packFiles(t, s)[0]))); size != got {
		t.Errorf("PutPack returned %d bytes, the file has %d", size, got)
	}
	mustPut(t, s, keyOf(4), nil)
	for _, s := range []*Store{s, openAt(t, s.layout.root, Options{})} {
		wantValue(t, s, keyOf(1), []byte("value"))
		wantValue(t, s, keyOf(2), []byte("packed"))
		wantValue(t, s, keyOf(3), []byte{})
		wantValue(t, s, keyOf(4), []byte{})
	}
}

// A key that was never put misses, as does one that differs in language or revision only.
func TestGetMissing(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	mustPut(t, s, keyOf(1), []byte("loose"))
	mustPutPack(t, s, []Record{{keyOf(2), []byte("packed")}})
	wantMiss(t, s, keyOf(3), errAbsent)
	for n := 1; n <= 2; n++ {
		k := keyOf(n)
		k.Language = "gomod"
		wantMiss(t, s, k, errAbsent)
		k = keyOf(n)
		k.Revision[7]++
		wantMiss(t, s, k, errAbsent)
	}
}

// What cannot be read is an error, and neither a miss nor an empty value.
func TestGetUnreadable(t *testing.T) {
	t.Parallel()
	s, k := newStore(t), keyOf(1)
	if err := os.MkdirAll(entryFileOf(s, k), dirMode); err != nil { // which no system reads as a file
		t.Fatal(err)
	}
	if got, err := s.Get(k); err == nil || errors.Is(err, ErrMiss) {
		t.Errorf("Get = %q, %v", got, err)
	}
	if value, computed, err := s.Compute(t.Context(), k, valueFunc(k)); err == nil || value != nil || computed {
		t.Errorf("Compute = %q, %v, %v", value, computed, err)
	}
}

// A removed key misses, wherever it stood, until it is put again: at once in the store that removed it, and
// in every other that is open once it takes a lock.
func TestRemove(t *testing.T) {
	t.Parallel()
	for _, place := range []string{"loose", "packed", "both", "two packs"} {
		for _, again := range []string{"Put", "PutPack"} {
			t.Run(place+" "+again, func(t *testing.T) {
				t.Parallel()
				s, k, other := newStore(t), keyOf(1), keyOf(2)
				if place != "packed" && place != "two packs" {
					mustPut(t, s, k, []byte("one"))
				}
				if place != "loose" {
					mustPutPack(t, s, []Record{{k, []byte("one")}, {other, []byte("two")}})
				}
				if place == "two packs" {
					mustPutPack(t, s, []Record{{k, []byte("one")}})
				}
				second := openAt(t, s.layout.root, Options{})
				wantValue(t, second, k, []byte("one"))
				if err := remove(s, k); err != nil {
					t.Fatal(err)
				}
				wantMiss(t, s, k, errAbsent)
				takeLock(t, second)
				wantMiss(t, second, k, errAbsent)
				if place != "loose" {
					wantValue(t, second, other, []byte("two"))
				}
				if err := remove(s, k); err != nil {
					t.Errorf("removing again: %v", err)
				}
				if again == "Put" {
					mustPut(t, s, k, []byte("one"))
				} else {
					mustPutPack(t, s, []Record{{k, []byte("one")}})
				}
				wantValue(t, s, k, []byte("one"))
				wantValue(t, second, k, []byte("one"))
			})
		}
	}
}

// Clear removes all values of its namespace and says how many; the store remains usable, other namespaces
// whole.
func TestClear(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	other := openAt(t, s.layout.root, Options{Namespace: "other"})
	mustPut(t, other, keyOf(1), []byte("other's"))
	for n := range 5 {
		mustPut(t, s, keyOf(n), valueOf(keyOf(n)))
	}
	mustPutPack(t, s, recordsOf(10, 20))
	before, err := s.Stats()
	if err != nil {
		t.Fatal(err)
	}
	removed, err := s.Clear(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if want := (Removed{Entries: 15, Packs: 1, Bytes: before.Bytes}); removed != want {
		t.Errorf("Clear() = %+v, want %+v", removed, want)
	}
	for n := range 20 {
		wantMiss(t, s, keyOf(n), errAbsent)
	}
	for path, mode := range filesUnder(t, s.Dir()) {
		if !mode.IsDir() && filepath.Dir(path) != "locks" && path != manifestName {
			t.Errorf("%s is left", path)
		}
	}
	mustPut(t, s, keyOf(1), []byte("again"))
	wantValue(t, s, keyOf(1), []byte("again"))
	wantValue(t, other, keyOf(1), []byte("other's"))
}

// Statistics count values by language without changing anything, also where no cache is.
func TestStats(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	python := Key{Part: PartFacts, Language: "python", Hash: Sum(nil)}
	loose, err := s.Put(keyOf(1), []byte("12345"))
	if err != nil {
		t.Fatal(err)
	}
	packed, err := s.PutPack([]Record{{keyOf(2), []byte("1234")}, {python, []byte("123")}})
	if err != nil {
		t.Fatal(err)
	}
	before := filesUnder(t, s.layout.root)
	want := Stats{Root: s.layout.root, Entries: 3, Packs: 1, Bytes: loose + packed, ByLanguage: map[string]LanguageStats{
		"go":     {Entries: 2, Bytes: loose + recordSize([]byte("1234"))},
		"python": {Entries: 1, Bytes: recordSize([]byte("123"))},
	}}
	got, err := s.Stats()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Stats (-want +got):\n%s", diff)
	}
	if got, err = ReadStats(s.layout.root, Options{}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ReadStats (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, filesUnder(t, s.layout.root)); diff != "" {
		t.Errorf("files (-before +after):\n%s", diff)
	}

	none := filepath.Join(t.TempDir(), "none")
	got, err = ReadStats(none, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Stats{Root: none, ByLanguage: map[string]LanguageStats{}}, got); diff != "" {
		t.Errorf("ReadStats without a cache (-want +got):\n%s", diff)
	}
	if exists(none) {
		t.Error("ReadStats made the root")
	}
}

// Compute computes a missing value once and stores it; its error is passed on and stores nothing.
func TestCompute(t *testing.T) {
	t.Parallel()
	s, ctx := newStore(t), context.Background()
	failure := errors.New("cannot parse")
	_, computed, err := s.Compute(ctx, keyOf(1), func(context.Context) ([]byte, error) { return nil, failure })
	if computed || !errors.Is(err, failure) {
		t.Fatalf("failing Compute = %v, %v", computed, err)
	}
	for _, want := range []bool{true, false} {
		value, computed, err := s.Compute(ctx, keyOf(1), func(context.Context) ([]byte, error) {
			return []byte("value"), nil
		})
		if string(value) != "value" || computed != want || err != nil {
			t.Fatalf("Compute = %q, %v, %v; want computed %v", value, computed, err, want)
		}
	}
	unlock, ok, err := s.TryLockShards([]byte{keyOf(1).shard()})
	if !ok || err != nil {
		t.Fatalf("the shard is still locked: %v", err)
	}
	unlock()
}

// Nobody who waits for a lock waits on when his context ends.
func TestComputeCancelled(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	holder := openAt(t, s.layout.root, Options{})
	unlock, err := holder.LockShards(context.Background(), []byte{keyOf(1).shard()})
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	_, computed, err := s.Compute(ctx, keyOf(1), func(context.Context) ([]byte, error) {
		return nil, errors.New("computed in spite of the end of the context")
	})
	if computed || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Compute = %v, %v; want %v", computed, err, context.DeadlineExceeded)
	}
}

// A value over the limit is refused when written, not written and then rejected by every reader. Pitfall S15: a size
// limit is checked when reading only.
func TestSizeLimitOnWrite(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	huge := make([]byte, maxValueSize+1)
	if _, err := s.Put(keyOf(1), huge); !errors.Is(err, ErrTooLarge) {
		t.Errorf("Put: %v, want %v", err, ErrTooLarge)
	}
	if _, err := s.PutPack([]Record{{keyOf(2), huge}}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("PutPack: %v, want %v", err, ErrTooLarge)
	}
	value, computed, err := s.Compute(context.Background(), keyOf(3), func(context.Context) ([]byte, error) {
		return huge, nil
	})
	if len(value) != len(huge) || !computed || !errors.Is(err, ErrTooLarge) {
		t.Errorf("Compute = %d bytes, %v, %v; want the value and %v", len(value), computed, err, ErrTooLarge)
	}
	st, err := s.Stats()
	if err != nil || st.Bytes != 0 {
		t.Errorf("%d bytes were stored, %v", st.Bytes, err)
	}
	largest := huge[:maxValueSize]
	mustPut(t, s, keyOf(4), largest)
	wantValue(t, s, keyOf(4), largest)
	mustPutPack(t, s, []Record{{keyOf(5), largest}})
	wantValue(t, s, keyOf(5), largest)
}

// A language never acts as a path. Pitfall S16: a language id from a client is used as a path.
func TestLanguageIsNoPath(t *testing.T) {
	t.Parallel()
	for _, language := range []string{
		"", ".", "..", "../../x", "a/b", `a\b`, "/etc", "C:", "go.mod", "Go", "-go", "gö", "go\x00", "go ",
		strings.Repeat("x", maxLanguageLen+1),
	} {
		t.Run(fmt.Sprintf("%q", language), func(t *testing.T) {
			t.Parallel()
			s := newStore(t)
			k := Key{Part: PartSymbols, Language: language, Hash: Sum(nil)}
			before := filesUnder(t, filepath.Dir(s.layout.root))
			_, getErr := s.Get(k)
			_, putErr := s.Put(k, []byte("x"))
			_, packErr := s.PutPack([]Record{{keyOf(1), nil}, {k, []byte("x")}})
			_, _, computeErr := s.Compute(context.Background(), k, func(context.Context) ([]byte, error) { return nil, nil })
			for _, err := range []error{getErr, putErr, packErr, computeErr, remove(s, k)} {
				if !errors.Is(err, errInvalidKey) {
					t.Errorf("%v, want %v", err, errInvalidKey)
				}
			}
			if diff := cmp.Diff(before, filesUnder(t, filepath.Dir(s.layout.root))); diff != "" {
				t.Errorf("files (-before +after):\n%s", diff)
			}
		})
	}
	for _, language := range []string{"c", "c++", "objective-c", "shell_script", "9p", strings.Repeat("x", maxLanguageLen)} {
		s := newStore(t)
		k := Key{Part: PartSymbols, Language: language, Hash: Sum(nil)}
		mustPut(t, s, k, []byte(language))
		wantValue(t, s, k, []byte(language))
		if e, ok := parseExtractor(k.extractor().String()); !ok || e != k.extractor() {
			t.Errorf("parseExtractor(%q) = %v, %v", k.extractor(), e, ok)
		}
	}
}

// A namespace is a directory of the same name on all systems.
func TestNamespaceIsNoDeviceName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"1000": true, "S-1-5-21-1004336348-1177238915-682003330-1001": true, "a.b": true, "console": true, "com": true,
		"COM10": true, "comX": true, "lpt": true,
		"CON": false, "con": false, "nul.txt": false, "Aux": false, "prn": false, "com1": false, "LPT9.x": false, "a.": false,
		"": false, "..": false, "a/b": false, `a\b`: false, "a:b": false,
	} {
		if got := validNamespace(name); got != want {
			t.Errorf("validNamespace(%q) = %v", name, got)
		}
	}
}

// A root relative to the working directory is refused; the default root is absolute. Pitfall S18: caches are scattered
// wherever editors start.
func TestRootIsAbsolute(t *testing.T) {
	t.Parallel()
	for _, root := range []string{"", ".", "cache", "./cache", "../cache"} {
		if _, err := Open(root, Options{}); err == nil {
			t.Errorf("Open(%q) succeeded", root)
		}
		if _, err := ReadStats(root, Options{}); err == nil {
			t.Errorf("ReadStats(%q) succeeded", root)
		}
	}
	if root, err := DefaultRoot(); err == nil && !filepath.IsAbs(root) {
		t.Errorf("DefaultRoot() = %q", root)
	}
	for _, namespace := range []string{"..", ".", "a/b", `a\b`, "-", " ", strings.Repeat("1", maxNamespaceLen+1)} {
		if _, err := Open(t.TempDir(), Options{Namespace: namespace}); err == nil {
			t.Errorf("Open with namespace %q succeeded", namespace)
		}
	}
}

// A cache that is removed while it is open is made again by the next write.
func TestRootVanishes(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	mustPut(t, s, keyOf(1), []byte("loose"))
	mustPutPack(t, s, []Record{{keyOf(2), []byte("packed")}})
	if err := os.RemoveAll(s.layout.root); err != nil {
		t.Fatal(err)
	}
	wantMiss(t, s, keyOf(1), errAbsent)
	wantMiss(t, s, keyOf(2), errAbsent)
	mustPutPack(t, s, []Record{{keyOf(2), []byte("packed")}})
	mustPut(t, s, keyOf(1), []byte("loose"))
	wantValue(t, s, keyOf(1), []byte("loose"))
	wantValue(t, s, keyOf(2), []byte("packed"))
	if !exists(filepath.Join(s.layout.root, "CACHEDIR.TAG")) {
		t.Error("the new root is not marked")
	}
	if err := os.RemoveAll(s.layout.root); err != nil {
		t.Fatal(err)
	}
	unlock, ok, err := s.TryLockShards([]byte{1})
	if !ok || err != nil {
		t.Fatalf("TryLockShards = %v, %v", ok, err)
	}
	unlock()
}

// A closed store says so.
func TestClose(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	mustPutPack(t, s, recordsOf(0, 3))
	wantValue(t, s, keyOf(1), valueOf(keyOf(1)))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, getErr := s.Get(keyOf(1))
	_, putErr := s.Put(keyOf(1), nil)
	_, packErr := s.PutPack(recordsOf(0, 3))
	_, statsErr := s.Stats()
	_, clearErr := s.Clear(context.Background())
	_, lockErr := s.LockShards(context.Background(), []byte{1})
	_, _, tryErr := s.TryLockShards([]byte{1})
	for i, err := range []error{getErr, putErr, packErr, statsErr, clearErr, lockErr, tryErr, remove(s, keyOf(1)), s.Close()} {
		if !errors.Is(err, errClosed) {
			t.Errorf("call %d: %v, want %v", i, err, errClosed)
		}
	}
}

// takeLock takes and releases a lock, after which a store knows all that others have published and deleted.
func takeLock(t testing.TB, s *Store) {
	t.Helper()
	unlock, err := s.LockShards(t.Context(), []byte{0xee})
	if err != nil {
		t.Fatal(err)
	}
	unlock()
}

// A removal is seen by others that only read, soon; and one that is taken back at once.
func TestRemovalIsSeenByReaders(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	k := keyOf(1)
	mustPutPack(t, s, []Record{{k, []byte("value")}})
	reader := openAt(t, s.layout.root, Options{})
	wantValue(t, reader, k, []byte("value"))
	if err := remove(s, k); err != nil {
		t.Fatal(err)
	}
	within(t, func() {
		for {
			if _, err := reader.Get(k); errors.Is(err, ErrMiss) {
				return
			}
		}
	})
	mustPutPack(t, s, []Record{{k, []byte("value")}})
	wantValue(t, reader, k, []byte("value"))
}

// A store that was just opened knows all that others have stored. Pitfall S20: a fresh process counts zeros.
func TestStatsInAnotherProcess(t *testing.T) {
	t.Parallel()
	root := filepath.Join(t.TempDir(), "cache")
	c := startChild(t, "compute", root, "20", "0")
	c.line()
	c.finish()
	got, err := ReadStats(root, Options{})
	if err != nil || got.Entries != 20 || got.Bytes == 0 || got.ByLanguage["go"].Entries != 20 {
		t.Errorf("ReadStats = %+v, %v", got, err)
	}
}

// Nothing that is stored depends on where it is, on times, or on who stored it: a copy of a cache in another place, for
// another user, has it all. Pitfall S21: paths or times in keys, so that a clone finds nothing.
func TestCopiedCacheHasEverything(t *testing.T) {
	t.Parallel()
	s := openAt(t, t.TempDir(), Options{Namespace: "builder"})
	putPacks(t, s, 0, mergeAbove+1, 10)
	mustPut(t, s, keyOf(1000), valueOf(keyOf(1000)))
	if err := remove(s, keyOf(5)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Merge(t.Context()); err != nil {
		t.Fatal(err)
	}
	g := mustPublish(t, s, testWorkspace(), 4)
	other := t.TempDir()
	if err := os.CopyFS(filepath.Join(other, "v2", "user"), os.DirFS(s.Dir())); err != nil {
		t.Fatal(err)
	}
	copied := openAt(t, other, Options{Namespace: "user"})
	wantKept(t, copied, 0, 5, true)
	wantKept(t, copied, 5, 6, false)
	wantKept(t, copied, 6, 10*(mergeAbove+1), true)
	wantKept(t, copied, 1000, 1001, true)
	wantIndex(t, copied, testWorkspace(), g, 4)
	if got, err := copied.Verify(t.Context(), VerifyOptions{}); got.Damaged > 0 || got.Foreign > 0 || err != nil {
		t.Errorf("Verify = %+v, %v", got, err)
	}
}
