package workspace

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/workspace/contents"
	"github.com/symcache/symcache/lsp/workspace/scan"
)

// A stored summary that differs from what parsing gives is named. Once it is removed, no answer has it.
func TestRecompute(t *testing.T) {
	t.Parallel()
	e := newEngine(t, contents.Config{})
	dir := makeTree(t, map[string]string{"a.go": goFile("A"), "b.go": goFile("B"), "c.go": goFile("C"), "LICENSE": "free"})
	for _, name := range []string{"A", "B"} {
		record := recordOf(t, e, goFile(name))
		if _, err := e.Store().Put(record.Key, symbols.Encode(summaryOf(t, e, goFile("A")))); err != nil {
			t.Fatal(err)
		}
	}
	r, err := opened(t, e, dir).Recompute(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if r.Files != 3 || r.Absent != 1 || len(r.Different) != 1 || r.Different[0].Path != filepath.Join(dir, "b.go") {
		t.Errorf("%+v, want b.go among 3, and one that is absent", r)
	}
	found := func() []string {
		w, err := New(e, Config{AnswerBudget: patience}, []string{dir})
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		scanAll(t, w)
		return found(t, w, dir, "")
	}
	if diff := cmp.Diff([]string{"a.go A", "b.go A", "c.go C"}, found()); diff != "" {
		t.Errorf("with the wrong summary (-want +got):\n%s", diff)
	}
	if err := scan.RemoveDifferent(t.Context(), e.Store(), r.Different); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a.go A", "b.go B", "c.go C"}, found()); diff != "" {
		t.Errorf("without (-want +got):\n%s", diff)
	}
	if w, err := New(e, Config{}, []string{filepath.Join(dir, "missing")}); err == nil || len(w.Roots()) > 0 {
		t.Errorf("no error for a directory that is missing: %v", w.Roots())
	}
}

// A wrong summary in a base cache is named with that base, also where the own cache has the right one, and stays.
func TestRecomputeNamesBaseCaches(t *testing.T) {
	t.Parallel()
	place := filepath.Join(t.TempDir(), "base")
	base := newEngine(t, contents.Config{Store: openStore(t, place, cachestore.Options{})})
	dir := makeTree(t, map[string]string{"a.go": goFile("A"), "b.go": goFile("B")})
	wrong := recordOf(t, base, goFile("B"))
	wrong.Value = symbols.Encode(summaryOf(t, base, goFile("A")))
	if _, err := base.Store().PutPack([]cachestore.Record{wrong}); err != nil {
		t.Fatal(err)
	}
	e := newEngine(t, contents.Config{Store: openStore(t, filepath.Join(t.TempDir(), "own"), cachestore.Options{Base: []string{place}})})
	want := scan.Different{Path: filepath.Join(dir, "b.go"), Key: wrong.Key, Bases: []string{base.Store().Dir()}}
	for _, own := range []bool{false, true} {
		if own {
			right := symbols.Encode(summaryOf(t, newEngine(t, contents.Config{}), goFile("B")))
			if _, err := e.Store().Put(wrong.Key, right); err != nil {
				t.Fatal(err)
			}
		}
		r, err := opened(t, e, dir).Recompute(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]scan.Different{want}, r.Different); diff != "" {
			t.Errorf("own %v (-want +got):\n%s", own, diff)
		}
		if err := scan.RemoveDifferent(t.Context(), e.Store(), r.Different); err != nil {
			t.Fatal(err)
		}
		if value, err := base.Store().Get(wrong.Key); err != nil || string(value) != string(wrong.Value) {
			t.Errorf("the base has %q, %v", value, err)
		}
	}
}

// opened returns a workspace until the test ends.
func opened(t *testing.T, e *contents.Engine, dir string) *Workspace {
	t.Helper()
	w, err := New(e, Config{AnswerBudget: patience}, []string{dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w
}
