package workspace

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/symcache/symcache/lsp/index"
)

// descriptorsEnv tells the test binary that it is the process that runs out of them.
const descriptorsEnv = "WORKSPACE_TEST_DESCRIPTORS"

// W6: a scan that finds no free descriptors forgets nothing. Changes are found when there are some again.
func TestScanWithoutDescriptorsForgetsNothing(t *testing.T) {
	if os.Getenv(descriptorsEnv) == "" {
		t.Parallel()
		runApart(t, "^TestScanWithoutDescriptorsForgetsNothing$", descriptorsEnv+"=1") // the limit is the process's
		return
	}
	dir := makeTree(t, manyFiles(20))
	w := newWorkspace(t, filepath.Join(t.TempDir(), "cache"), dir)
	scanAll(t, w)
	want := w.Stats()
	path := filepath.Join(dir, "d00/f0.go")
	write(t, path, goFile("New"))

	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &old); err != nil {
		t.Fatal(err)
	}
	limit := func(n uint64) {
		t.Helper()
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: n, Max: old.Max}); err != nil {
			t.Fatal(err)
		}
	}
	limit(3)
	report, err := w.Scan(t.Context(), nil)
	stats := w.Stats()
	matches, searchErr := w.Search(t.Context(), index.Query{Text: "F"})
	limit(old.Cur)
	if err != nil || report.Failed == 0 {
		t.Fatalf("nothing has failed: %+v, %v", report, err)
	}
	if stats != want {
		t.Errorf("%+v are known, want %+v", stats, want)
	}
	if searchErr != nil || len(matches) != 19 {
		t.Errorf("%d files are found, want all but the one that has changed; %v", len(matches), searchErr)
	}
	if !w.scans.takeRetry() || w.scans.takeRetry() {
		t.Error("the scan is not to be repeated, or for ever")
	}
	scanAll(t, w)
	if w.scans.takeRetry() {
		t.Error("a scan that misses nothing is to be repeated")
	}
	if diff := cmp.Diff([]string{"d00/f0.go New"}, found(t, w, dir, "New")); diff != "" {
		t.Error(diff)
	}
	// Whose directory is gone is forgotten as ever.
	remove(t, filepath.Join(dir, "d01"))
	scanAll(t, w)
	if got := w.Stats().Files; got != 19 {
		t.Error(fmt.Sprint(got, " files are known, want 19"))
	}
}
