package workspace

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/workspace/bindings"
	"github.com/symcache/symcache/lsp/workspace/contents"
	"github.com/symcache/symcache/lsp/workspace/scan"
)

// Summaries that a workspace in use names stay. Those of a workspace that no process has opened for long are removed. A
// scan is a use. S24
func TestUpkeep(t *testing.T) {
	t.Parallel()
	for name, visit := range map[string]func(t *testing.T, w *Workspace){
		"server": func(t *testing.T, w *Workspace) {
			w.config.GC = new(cachestore.GCOptions)
			w.upkeep(t.Context())
		},
		"batch": func(t *testing.T, w *Workspace) {
			scanAll(t, w)
			if _, err := w.engine.Store().GC(t.Context(), cachestore.GCOptions{Marks: bindings.IndexKeys}); err != nil {
				t.Error(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cache := filepath.Join(t.TempDir(), "cache")
			used, forgotten := makeTree(t, manyFiles(30)), makeTree(t, map[string]string{"old.go": goFile("Old"), "older.go": goFile("Older")})
			for _, dir := range []string{used, forgotten} {
				w := newWorkspace(t, cache, dir)
				scanAll(t, w)
				w.Close() // on Windows an index that is open cannot be removed
			}
			inTwoMonths := func() time.Time { return time.Now().Add(60 * 24 * time.Hour) }
			store := openStore(t, cache, cachestore.Options{Now: inTwoMonths})
			w, err := New(contents.NewEngine(contents.Config{Store: store, Now: inTwoMonths}), Config{AnswerBudget: patience}, []string{used})
			if err != nil {
				t.Fatal(err)
			}
			defer w.Close()
			visit(t, w)
			if n := len(indexFiles(t, cache)); n != 1 {
				t.Errorf("%d indexes are left, want that in use", n)
			}
			stats, err := store.Stats()
			if err != nil {
				t.Fatal(err)
			}
			if stats.Entries != 30 {
				t.Errorf("%d summaries are left, want the 30 in use", stats.Entries)
			}
			if store.GCDue() {
				t.Error("garbage is to be collected again")
			}
		})
	}
}

// A workspace that was not told what to keep collects no garbage.
func TestUpkeepWithoutLimits(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t, filepath.Join(t.TempDir(), "cache"), makeTree(t, manyFiles(3)))
	scanAll(t, w)
	if w.upkeep(t.Context()); !w.engine.Store().GCDue() {
		t.Error("it has collected garbage")
	}
}

// S8: wherever an index file is damaged, verify finds it. A repair removes that file and nothing else.
func TestVerifyFindsDamagedIndex(t *testing.T) {
	t.Parallel()
	cache := filepath.Join(t.TempDir(), "cache")
	var large strings.Builder // of some blocks
	for n := range 6000 {
		fmt.Fprintf(&large, "int number_%x_%d(void);\n", n*n, n)
	}
	dir, other := makeTree(t, map[string]string{"large.c": large.String()}), makeTree(t, manyFiles(5))
	scanned := func(dir string) scan.Report {
		w := newWorkspace(t, cache, dir)
		defer w.Close() // on Windows nothing that is mapped can be changed
		return scanAll(t, w)
	}
	scanned(dir)
	indexes := indexFiles(t, cache)
	scanned(other)
	whole, err := os.ReadFile(indexes[0])
	if err != nil {
		t.Fatal(err)
	}
	verify := func(repair bool) cachestore.VerifyReport {
		t.Helper()
		report, err := cachestore.VerifyAt(t.Context(), cache, cachestore.Options{},
			cachestore.VerifyOptions{Repair: repair, Index: bindings.CheckIndex})
		if err != nil {
			t.Fatal(err)
		}
		return report
	}
	if got := verify(true); got.Damaged != 0 || got.Workspaces != 2 || got.Dangling != 0 {
		t.Fatalf("Verify of what is whole = %+v", got)
	}
	const between = 10_007 // several places in each block
	for at := 100; at < len(whole); at += between {
		b := append([]byte(nil), whole...)
		b[at] ^= 0x10
		if err := os.WriteFile(indexes[0], b, 0o600); err != nil {
			t.Fatal(err)
		}
		got := verify(false)
		if got.Damaged != 1 || got.Findings[0].Path != indexes[0] || got.Workspaces != 2 {
			t.Errorf("byte %d of %d: Verify = %+v", at, len(whole), got)
		}
	}
	if got := verify(true); got.Repaired != 1 {
		t.Errorf("Verify = %+v", got)
	}
	if left := indexFiles(t, cache); len(left) != 1 || left[0] == indexes[0] {
		t.Errorf("left are %v", left)
	}
	wantCounts(t, scanned(dir), counts{Files: 1, Reused: 1})
	if got := verify(false); got.Damaged != 0 || got.Workspaces != 2 {
		t.Errorf("Verify = %+v", got)
	}
}
