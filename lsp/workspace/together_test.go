package workspace

import (
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Workspaces that warm one tree at once report the same, parse each content once in
// all, and scan as often as there is need: the first one, and one for those that wait.
func TestWarm(t *testing.T) {
	t.Parallel()
	const n, others = 400, 6
	dir, cache := makeTree(t, manyFiles(n)), filepath.Join(t.TempDir(), "cache")
	holder := newWorkspace(t, cache, dir)
	var waiting []*Workspace
	for range others {
		waiting = append(waiting, newWorkspace(t, cache, dir)) // none of which finds an index
	}
	reports := make([]Report, others)
	var group sync.WaitGroup
	for i, w := range waiting {
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
		parsed += r.Parsed
		r.Reused, r.Parsed, r.ElapsedMS = r.Reused+r.Parsed, 0, 0
		want := reports[0]
		want.Reused, want.Parsed, want.ElapsedMS = want.Reused+want.Parsed, 0, 0
		if diff := cmp.Diff(want, r); diff != "" {
			t.Errorf("reports differ: %s", diff)
		}
	}
	if parsed != n {
		t.Errorf("%d contents were parsed, of %d", parsed, n)
	}
	if last := holder.now().trees[0].lastScan(); last.Count < 1 || last.Count > others {
		t.Errorf("%d scans were counted, of %d workspaces", last.Count, others)
	}
}

// A report is taken over only from a scan that began after it was asked for.
func TestTakenOver(t *testing.T) {
	t.Parallel()
	dir, cache := makeTree(t, manyFiles(20)), filepath.Join(t.TempDir(), "cache")
	for scans, serves := range map[uint64]bool{0: false, 1: false, 2: true, 3: true} {
		if got := (&countedScan{Count: scans}).serves(0); got != serves {
			t.Errorf("after %d scans: %v", scans, got)
		}
	}

	early, late := newWorkspace(t, cache, dir), newWorkspace(t, cache, dir)
	for _, w := range []*Workspace{early, late} { // late was opened before early left an index
		if r, err := w.Warm(t.Context(), nil); err != nil || r.Files != 20 {
			t.Fatalf("%+v, %v", r, err)
		}
	}
	last := late.now().trees[0].lastScan()
	if last.Count != 2 || !last.serves(0) || last.serves(1) {
		t.Errorf("scan %d is the last one", last.Count)
	}
	report := last.takenOver(time.Now())
	wantCounts(t, report, counts{Files: 20, Reused: 20})
	checkSum(t, report)
}

// A report that names failures is not left for others.
func TestFailuresNotTakenOver(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, map[string]string{strings.Repeat("d/", maxWalkDepth+1) + "deep.go": goFile("Deep"), "top.go": goFile("Top")})
	w := newWorkspace(t, filepath.Join(t.TempDir(), "cache"), dir)
	report, err := w.Warm(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	wantCounts(t, report, counts{Files: 2, Parsed: 1, Failed: 1})
	if last := w.now().trees[0].lastScan(); last.Count != 0 {
		t.Errorf("scan %d is noted", last.Count)
	}
}
