package workspace

import (
	"path/filepath"
	"testing"

	"github.com/symcache/symcache/lsp/symbols"
)

// What is stored under a content's key and is not its summary is named.
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
	if _, err := e.Recompute(t.Context(), filepath.Join(dir, "missing")); err == nil {
		t.Error("no error for a directory that is missing")
	}
}
