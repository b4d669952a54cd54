package workspace

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/symcache/symcache/lsp/symbols"
)

// What is stored under a content's key and is not its summary is named, and once it is
// removed no answer has it.
func TestRecompute(t *testing.T) {
	t.Parallel()
	e := newEngine(t, Config{})
	dir := makeTree(t, map[string]string{"a.go": goFile("A"), "b.go": goFile("B"), "c.go": goFile("C"), "LICENSE": "free"})
	for _, name := range []string{"A", "B"} {
		record := recordOf(t, e, goFile(name))
		if _, err := e.config.Store.Put(record.Key, symbols.Encode(summaryOf(t, e, goFile("A")))); err != nil {
			t.Fatal(err)
		}
	}
	r, err := e.Recompute(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if r.Files != 3 || r.Absent != 1 || len(r.Different) != 1 || r.Different[0].Path != filepath.Join(dir, "b.go") {
		t.Errorf("%+v, want b.go among 3, and one that is absent", r)
	}
	found := func() []string {
		w, err := New(e, []string{dir})
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
	if err := e.RemoveDifferent(t.Context(), r.Different); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a.go A", "b.go B", "c.go C"}, found()); diff != "" {
		t.Errorf("without (-want +got):\n%s", diff)
	}
	if _, err := e.Recompute(t.Context(), filepath.Join(dir, "missing")); err == nil {
		t.Error("no error for a directory that is missing")
	}
}
