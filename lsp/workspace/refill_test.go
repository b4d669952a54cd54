package workspace

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/workspace/bindings"
	"github.com/symcache/symcache/lsp/workspace/contents"
	"github.com/symcache/symcache/lsp/workspace/scan"
)

// warmed warms a tree as a process of its own does.
func warmed(t *testing.T, cache string, options cachestore.Options, dir string) scan.Report {
	t.Helper()
	store, err := cachestore.Open(cache, options)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	w, err := New(contents.NewEngine(contents.Config{Store: store, Jobs: 2}), Config{AnswerBudget: patience}, []string{dir})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	report, err := w.Warm(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	checkSum(t, report)
	return report
}

// wantAllStored checks that each content of a tree can be read from the cache.
func wantAllStored(t *testing.T, cache string, options cachestore.Options, files map[string]string) {
	t.Helper()
	e := newEngine(t, contents.Config{Store: openStore(t, cache, options)})
	for name, text := range files {
		if e.Lookup(keyOf(t, e, text)) == nil {
			t.Errorf("%s is not stored", name)
		}
	}
}

// filesBelow returns the files with a suffix below a directory.
func filesBelow(t *testing.T, dir, suffix string) (paths []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && strings.HasSuffix(path, suffix) {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

// After warm every content of the tree can be read from the store or a base cache, whatever happened to the store
// before.
func TestWarmRefillsWhatTheStoreLost(t *testing.T) {
	t.Parallel()
	files := manyFiles(30)
	losses := map[string]func(t *testing.T, cache string, store *cachestore.Store){
		"pack removed": func(t *testing.T, cache string, _ *cachestore.Store) {
			for _, pack := range filesBelow(t, cache, ".pack") {
				remove(t, pack)
			}
		},
		"pack repaired": func(t *testing.T, cache string, store *cachestore.Store) {
			for _, pack := range filesBelow(t, cache, ".pack") {
				text, err := os.ReadFile(pack)
				if err != nil {
					t.Fatal(err)
				}
				for i := len(text) / 2; i < len(text); i += 500 {
					text[i] ^= 1
				}
				if err := os.WriteFile(pack, text, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			report, err := store.Verify(t.Context(), cachestore.VerifyOptions{Repair: true, Index: bindings.CheckIndex})
			if err != nil || report.Repaired == 0 {
				t.Fatalf("%+v, %v", report, err)
			}
		},
		"evicted": func(t *testing.T, _ string, store *cachestore.Store) {
			report, err := store.GC(t.Context(), cachestore.GCOptions{MaxSize: 1, Marks: bindings.IndexKeys})
			if err != nil || report.Entries == 0 {
				t.Fatalf("%+v, %v", report, err)
			}
		},
	}
	for name, lose := range losses {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, cache := makeTree(t, files), filepath.Join(t.TempDir(), "cache")
			wantCounts(t, warmed(t, cache, cachestore.Options{}, dir), counts{Files: 30, Parsed: 30})
			wantCounts(t, warmed(t, cache, cachestore.Options{}, dir), counts{Files: 30, Reused: 30})
			store, err := cachestore.Open(cache, cachestore.Options{})
			if err != nil {
				t.Fatal(err)
			}
			lose(t, cache, store)
			if err := store.Close(); err != nil {
				t.Fatal(err)
			}
			if report := warmed(t, cache, cachestore.Options{}, dir); report.Parsed == 0 || report.Parsed+report.Reused != 30 || report.NotStored > 0 {
				t.Errorf("%+v", report)
			}
			wantAllStored(t, cache, cachestore.Options{}, files)
			wantCounts(t, warmed(t, cache, cachestore.Options{}, dir), counts{Files: 30, Reused: 30})
		})
	}
}

// A summary that only a base cache has is reused while the base cache is there, and stored when it is gone.
func TestWarmRefillsWhatABaseCacheHad(t *testing.T) {
	t.Parallel()
	files := manyFiles(30)
	dir := makeTree(t, files)
	base, cache := filepath.Join(t.TempDir(), "base"), filepath.Join(t.TempDir(), "cache")
	mounted := cachestore.Options{Base: []string{base}}
	wantCounts(t, warmed(t, base, cachestore.Options{}, dir), counts{Files: 30, Parsed: 30})
	for range 2 {
		wantCounts(t, warmed(t, cache, mounted, dir), counts{Files: 30, Reused: 30})
	}
	remove(t, base)
	wantCounts(t, warmed(t, cache, mounted, dir), counts{Files: 30, Parsed: 30})
	wantAllStored(t, cache, cachestore.Options{}, files)
}

// The queue of summaries that wait for a slow disk is bounded in bytes. The next scan of everything stores those that do
// not fit.
func TestQueueOfRecordsIsBoundedInBytes(t *testing.T) {
	t.Parallel()
	r := newRecords()
	record := cachestore.Record{Value: make([]byte, maxRecordBytes/4)}
	for range 4 {
		if !r.add(record) {
			t.Fatal("there is no room")
		}
	}
	if r.add(record) || r.bytes > maxRecordBytes {
		t.Errorf("%d bytes wait", r.bytes)
	}
	if n := len(r.take(t.Context())); n != 4 || !r.takeLost() || r.takeLost() {
		t.Errorf("%d records, and what did not fit is told once", n)
	}
	if huge := (cachestore.Record{Value: make([]byte, maxRecordBytes+1)}); !r.add(huge) {
		t.Error("one alone has room, whatever its size")
	}
}

// A summary for which there was no room is stored by the scan that is asked for.
func TestSummaryWithoutRoomIsStoredLater(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, map[string]string{"a.go": goFile("A")})
	w, err := New(newEngine(t, contents.Config{}), Config{AnswerBudget: patience}, []string{dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	if _, err := w.Scan(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	for range maxRecords { // Run, which would store them, does not run
		w.records.add(cachestore.Record{})
	}
	write(t, filepath.Join(dir, "a.go"), goFile("Saved"))
	if err := w.refresh(t.Context(), filepath.Join(dir, "a.go")); err != nil {
		t.Fatal(err)
	}
	key := keyOf(t, w.engine, goFile("Saved"))
	if w.engine.Lookup(key) != nil || !w.scans.takeRetry() {
		t.Fatal("it is stored, or nobody asks for it")
	}
	w.Rescan()
	w.scanDirty(t.Context())
	if w.engine.Lookup(key) == nil {
		t.Error("it is not stored")
	}
}
