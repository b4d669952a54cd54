package workspace

import (
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/symcache/symcache/lsp/workspace/scan"
)

// Of the workspaces that warm one tree at once, one parses it. The others wait, reuse what it has stored, and report
// that.
func TestWarmAtOnce(t *testing.T) {
	t.Parallel()
	const n, workspaces = 400, 6
	dir, cache := makeTree(t, manyFiles(n)), filepath.Join(t.TempDir(), "cache")
	var opened []*Workspace
	for range workspaces {
		opened = append(opened, newWorkspace(t, cache, dir)) // before there is an index
	}
	reports := make([]scan.Report, workspaces)
	var group sync.WaitGroup
	for i, w := range opened {
		group.Go(func() {
			var err error
			if reports[i], err = w.Warm(t.Context(), nil); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	parsed := 0
	for _, r := range reports {
		checkSum(t, r)
		if r.Parsed > 0 {
			wantCounts(t, r, counts{Files: n, Parsed: n})
			parsed++
			continue
		}
		wantCounts(t, r, counts{Files: n, Reused: n})
	}
	if parsed != 1 {
		t.Errorf("%d of %d workspaces parsed the tree, want 1", parsed, workspaces)
	}
}

// A workspace that has waited for another's scan looks at the tree itself: it parses what has changed since, and its
// report names what cannot be read.
func TestWarmAfterAnotherChecksTheTree(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("d/", 257) + "deep.go"
	dir := makeTree(t, map[string]string{"a.go": goFile("A"), "b.go": goFile("B"), deep: goFile("Deep")})
	cache := filepath.Join(t.TempDir(), "cache")
	early, late := newWorkspace(t, cache, dir), newWorkspace(t, cache, dir) // both before there is an index
	warm := func(w *Workspace, want counts) {
		t.Helper()
		report, err := w.Warm(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		checkSum(t, report)
		wantCounts(t, report, want)
	}
	warm(early, counts{Files: 3, Parsed: 2, Failed: 1})
	write(t, filepath.Join(dir, "b.go"), goFile("Changed"))
	warm(late, counts{Files: 3, Parsed: 1, Reused: 1, Failed: 1})
}
