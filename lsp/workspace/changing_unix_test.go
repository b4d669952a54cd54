//go:build unix

package workspace

import (
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/symcache/symcache/cachestore"
)

// A file that is something else when it is read than when it was listed is
// skipped with a reason, never waited for, and never read through a link.
func TestChangedBetweenListingAndReading(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, map[string]string{"target.go": goFile("Target"), "gone/file": "", "becomes.go/": ""})
	path := func(name string) string { return filepath.Join(dir, name) }
	symlink(t, "target.go", path("link.go"))
	symlink(t, "loop.go", path("loop.go"))
	if err := syscall.Mkfifo(path("pipe.go"), 0o666); err != nil {
		t.Fatal(err)
	}
	socket, err := net.Listen("unix", path("s.go"))
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	s := &scan{engine: newEngine(t, Config{}), tally: newTally(), sink: recorder(func(b reading) { t.Errorf("%s is bound", b.Path) })}
	reader := s.engine.reader()
	names := []string{"missing.go", "gone/file/x.go", "link.go", "loop.go", "pipe.go", "s.go", "becomes.go"}
	for _, name := range names {
		s.tally.found()
		s.hash(reader, candidate{path: path(name)}) // listed as a regular file
	}
	report := s.tally.result()
	wantCounts(t, report, counts{Files: len(names), Skipped: len(names)})
	if diff := cmp.Diff(map[string]int{skipVanished: 2, skipNotRegular: 5}, report.SkippedReasons); diff != "" {
		t.Error(diff)
	}
}

// A directory that was replaced between the listing of its parent and its own
// has no entries, and nothing is waited for.
func TestDirectoryReplacedAfterListing(t *testing.T) {
	t.Parallel()
	outside := makeTree(t, map[string]string{"secret.go": goFile("Secret")})
	dir := makeTree(t, map[string]string{"file": ""})
	symlink(t, outside, filepath.Join(dir, "link"))
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"file", "link", "pipe", "missing", "file/below"} {
		opened, entries, err := readDir(filepath.Join(dir, name))
		if len(entries) > 0 || err != nil {
			t.Errorf("%s: %d entries, %v", name, len(entries), err)
		}
		if opened != nil {
			_ = opened.Close() // ignore error: it was only read
		}
	}
}

// A content that changed since it was hashed is stored under the hash of the
// bytes that were parsed, and its other files are looked at by themselves.
func TestS11ChangedBetweenHashingAndParsing(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, map[string]string{"a.go": goFile("Old"), "b.go": goFile("Old"), "c.go": goFile("Old")})
	e := newEngine(t, Config{})
	var bound boundFiles
	s := &scan{engine: e, tally: newTally(), sink: recorder(bound.add), missing: make(map[cachestore.Key]*missing)}
	reader := e.reader()
	for _, name := range []string{"a.go", "b.go", "c.go"} {
		s.tally.found()
		s.hash(reader, candidate{path: filepath.Join(dir, name)})
	}
	var first string
	for _, m := range s.missing {
		first = m.files[0].Path
	}
	write(t, first, goFile("New"))
	last := filepath.Join(dir, "c.go")
	if err := os.Remove(filepath.Join(dir, "b.go")); err != nil {
		t.Fatal(err)
	}
	if err := s.parseMissing(t.Context()); err != nil {
		t.Fatal(err)
	}
	report := s.tally.result()
	wantCounts(t, report, counts{Files: 3, Parsed: 2, Skipped: 1})
	if got := bound.files[first]; got.Key != keyOf(t, e, goFile("New")) || got.Summary.Symbols[0].Name != "New" {
		t.Errorf("%s is bound to %+v", first, got)
	}
	for text, name := range map[string]string{goFile("New"): "New", goFile("Old"): "Old"} {
		summary := e.lookup(keyOf(t, e, text))
		if summary == nil || summary.Symbols[0].Name != name {
			t.Errorf("the store has %+v for the content with %s", summary, name)
		}
	}
	if _, ok := bound.files[last]; !ok {
		t.Errorf("%s was lost", last)
	}
}
