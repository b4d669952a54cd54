//go:build unix

package scan

import (
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/workspace/bindings"
	"github.com/symcache/symcache/lsp/workspace/contents"
	"github.com/symcache/symcache/lsp/workspace/files"
	"github.com/symcache/symcache/lsp/workspace/internal/testtree"
)

// begun returns a scan of a root that has read nothing yet.
func begun(t *testing.T, dir string) *scan {
	t.Helper()
	o := optionsOf(t, newEngine(t, contents.Config{}), dir)
	o.Set.Tree(dir).BeginScan()
	return &scan{Options: o, tally: NewTally(), missing: make(map[cachestore.Key]*missing)}
}

// A file that is something else when it is read than when it was listed is skipped with a
// reason, never waited for, and never read through a link.
func TestChangedBetweenListingAndReading(t *testing.T) {
	t.Parallel()
	dir := testtree.Make(t, map[string]string{"target.go": testtree.GoFile("Target"), "gone/file": "", "becomes.go/": ""})
	path := func(name string) string { return filepath.Join(dir, name) }
	testtree.Symlink(t, "target.go", path("link.go"))
	testtree.Symlink(t, "loop.go", path("loop.go"))
	if err := syscall.Mkfifo(path("pipe.go"), 0o666); err != nil {
		t.Fatal(err)
	}
	socket, err := net.Listen("unix", path("s.go"))
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	s := begun(t, dir)
	reader := s.Engine.NewScanReader()
	names := []string{"missing.go", "gone/file/x.go", "link.go", "loop.go", "pipe.go", "s.go", "becomes.go"}
	for _, name := range names {
		s.tally.found()
		s.hash(t.Context(), reader, files.Candidate{Path: path(name)}) // listed as a regular file
	}
	report := s.tally.Report()
	wantCounts(t, report, counts{Files: len(names), Skipped: len(names)})
	if diff := cmp.Diff(map[string]int{contents.SkipVanished: 2, contents.SkipNotRegular: 5}, report.SkippedReasons); diff != "" {
		t.Error(diff)
	}
	if bound := sources(s.Set); len(bound) > 0 {
		t.Errorf("%v are bound", bound)
	}
}

// S11: a content that changed since it was hashed is stored under the hash of the bytes
// that were parsed, and the other files that had it are looked at by themselves.
func TestChangedBetweenHashingAndParsing(t *testing.T) {
	t.Parallel()
	dir := testtree.Make(t, map[string]string{
		"a.go": testtree.GoFile("Old"), "b.go": testtree.GoFile("Old"), "c.go": testtree.GoFile("Old"),
	})
	s := begun(t, dir)
	e, reader := s.Engine, s.Engine.NewScanReader()
	for _, name := range []string{"a.go", "b.go", "c.go"} {
		s.tally.found()
		s.hash(t.Context(), reader, files.Candidate{Path: filepath.Join(dir, name)})
	}
	var first string
	for _, m := range s.missing {
		first = m.files[0].Path
	}
	testtree.Write(t, first, testtree.GoFile("New"))
	if err := os.Remove(filepath.Join(dir, "b.go")); err != nil {
		t.Fatal(err)
	}
	if err := s.parseMissing(t.Context()); err != nil {
		t.Fatal(err)
	}
	report := s.tally.Report()
	wantCounts(t, report, counts{Files: 3, Parsed: 2, Skipped: 1})
	bound := sources(s.Set)
	if got := bindings.SummaryKey(bound[first]); got != keyOf(t, e, testtree.GoFile("New")) {
		t.Errorf("%s is bound to %+v", first, bound[first])
	}
	for _, name := range []string{"New", "Old"} {
		summary := e.Lookup(keyOf(t, e, testtree.GoFile(name)))
		if summary == nil || summary.Symbols[0].Name != name {
			t.Errorf("the store has %+v for the content with %s", summary, name)
		}
	}
	if last := filepath.Join(dir, "c.go"); bound[last].Symbols != 1 {
		t.Errorf("%s was lost", last)
	}
}

// A file whose reading was overtaken by an index file that was written meanwhile is read
// again, and missing from nothing.
func TestStaleReadingIsReadAgain(t *testing.T) {
	t.Parallel()
	sources600 := testtree.Many(300)
	for name, text := range testtree.Many(300) {
		sources600["copies/"+name] = text // whose readings wait while the others are parsed
	}
	dir := testtree.Make(t, sources600)
	o := optionsOf(t, newEngine(t, contents.Config{Now: testtree.Later}), dir)
	tree, err := bindings.Open(dir, cachestore.WorkspaceID{1}, bindings.Options{
		Store: o.Engine.Store(), Uses: o.Engine.Uses, Clock: o.Clock, MaxPending: 7,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	o.Set = bindings.NewSet([]*bindings.Tree{tree})
	wantCounts(t, scannedWith(t, o), counts{Files: 600, Parsed: 300, Reused: 300})
	if !tree.Complete() || tree.Totals() != (bindings.Totals{Files: 600, Symbols: 600}) {
		t.Errorf("complete %v, %+v", tree.Complete(), tree.Totals())
	}
	wantCounts(t, scannedWith(t, o), counts{Files: 600, Reused: 600})
}
