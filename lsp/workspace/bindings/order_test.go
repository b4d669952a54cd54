package bindings

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/workspace/internal/testtree"
)

// names of functions, each declared once.
func once(names ...string) map[string]int {
	found := make(map[string]int)
	for _, name := range names {
		found[name] = 1
	}
	return found
}

func wantNames(f *fixture, when string, names ...string) {
	f.t.Helper()
	if diff := cmp.Diff(once(names...), f.names()); diff != "" {
		f.t.Errorf("%s (-want +got):\n%s", when, diff)
	}
}

// Of two readings the one that began later counts, in whatever order they come in.
func TestLaterReadingCounts(t *testing.T) {
	t.Parallel()
	f := open(t, filepath.Join(t.TempDir(), "cache"), testtree.Make(t, map[string]string{"a.go": testtree.GoFile("Old")}))
	old := f.read("a.go")
	write(f, "a.go", "New")
	f.bind("a.go")
	f.mustBind(old) // superseded
	wantNames(f, "after both", "New")
	gone := f.clock.Next()
	f.bind("a.go")
	if f.Unbind(f.path("a.go"), gone) {
		t.Error("stale, though nothing has happened in between")
	}
	wantNames(f, "after an earlier look that found nothing", "New")
}

// Looks that a scan or an index file has overtaken are stale: they might be older than a
// binding that has no version any more.
func TestOvertakenLooksAreStale(t *testing.T) {
	t.Parallel()
	for name, overtake := range map[string]func(f *fixture){
		"scan begins": func(f *fixture) { f.BeginScan() },
		"scan":        func(f *fixture) { f.scan("a.go", "b.go") },
		"index file":  func(f *fixture) { f.publish() },
		"index file of another process": func(f *fixture) {
			other := open(f.t, filepath.Join(filepath.Dir(filepath.Dir(filepath.Dir(f.options.Store.Dir()))), "cache"), f.root)
			other.scan("a.go", "b.go")
			other.publish()
			if fresh, err := f.Load(); !fresh || err != nil {
				f.t.Errorf("the index file is not taken: %v", err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := open(t, filepath.Join(t.TempDir(), "cache"), testtree.Make(t, map[string]string{
				"a.go": testtree.GoFile("Old"), "b.go": testtree.GoFile("B"),
			}))
			f.scan("a.go", "b.go")
			old, gone := f.read("a.go"), f.clock.Next()
			write(f, "a.go", "New")
			f.bind("a.go")
			overtake(f)
			f.mustBeStale(old)
			if !f.Unbind(f.path("a.go"), gone) {
				t.Error("a look that found nothing is not stale")
			}
			wantNames(f, "afterwards", "New", "B")
			f.bind("a.go", "b.go") // again
			wantNames(f, "after another look", "New", "B")
		})
	}
}

// A reading that began before an index file was begun, and came in before it was written,
// is not lost.
func TestReadingDuringMerge(t *testing.T) {
	t.Parallel()
	f := open(t, filepath.Join(t.TempDir(), "cache"), testtree.Make(t, map[string]string{
		"a.go": testtree.GoFile("A"), "b.go": testtree.GoFile("B"), "c.go": testtree.GoFile("C"), "d.go": testtree.GoFile("D"),
	}))
	f.scan("a.go", "b.go", "c.go", "d.go")
	f.publish()
	write(f, "a.go", "A2") // in the new file
	write(f, "b.go", "B2") // in the new file, and back again
	write(f, "e.go", "E")  // in the new file, and removed
	f.bind("a.go", "b.go", "e.go")
	before := f.read("c.go")
	m := f.beginMerge()
	write(f, "b.go", "B")
	write(f, "d.go", "D2")
	f.bind("b.go", "d.go")
	f.mustBind(before)
	f.Unbind(f.path("e.go"), f.clock.Next())
	wantNames(f, "while the file is written", "A2", "B", "C", "D2")
	file, generation, err := f.write(m)
	if err != nil {
		t.Fatal(err)
	}
	stale := f.endMerge(m, file, generation)
	// The symbols of b.go as it is again were in the old file alone.
	if diff := cmp.Diff([]string{f.path("b.go")}, stale); diff != "" {
		t.Errorf("to be read again (-want +got):\n%s", diff)
	}
	f.bind("b.go")
	wantNames(f, "when it is written", "A2", "B", "C", "D2")
	f.publish()
	wantNames(f, "after another one", "A2", "B", "C", "D2")
	if n := len(f.changes); n != 0 {
		t.Errorf("%d changes are left", n)
	}
}

// Of a file that answers read while a scan is under way, the scan must come to it, in
// whatever order the two come in, or it is removed.
func TestScanRemovesWhatItDoesNotComeTo(t *testing.T) {
	t.Parallel()
	for _, inFile := range []bool{false, true} {
		for _, listed := range []string{"not at all", "before", "after"} {
			for _, published := range []bool{false, true} {
				t.Run(fmt.Sprintf("in index file %v, listed %s, published %v", inFile, listed, published), func(t *testing.T) {
					t.Parallel()
					f := open(t, filepath.Join(t.TempDir(), "cache"), testtree.Make(t, map[string]string{
						"a.go": testtree.GoFile("A"), "b.go": testtree.GoFile("B"),
					}))
					f.scan("a.go", "b.go")
					if inFile {
						f.publish()
					}
					f.BeginScan()
					if known, ok := f.Known(f.path("a.go")); listed == "before" && ok {
						if _, ok := f.Confirm(f.path("a.go"), known.Stat); !ok {
							t.Error("a.go is not confirmed")
						}
					}
					scanned := f.read("a.go")
					write(f, "a.go", "A", "A2")
					answer := f.read("a.go")
					answer.Listed = false
					f.mustBind(answer)
					if listed == "after" {
						f.mustBind(scanned) // superseded, but the scan has come to the file
					}
					if b, ok := f.Known(f.path("b.go")); !ok {
						t.Error("b.go is not known")
					} else if _, ok := f.Confirm(f.path("b.go"), b.Stat); !ok {
						t.Error("b.go is not confirmed")
					}
					if published {
						f.publish()
					}
					f.EndScan(true, true, []string{f.root})
					want := []string{"B"}
					if listed != "not at all" {
						want = append(want, "A", "A2")
					}
					wantNames(f, "after the scan", want...)
				})
			}
		}
	}
}

// A scan that could not read all removes nothing.
func TestUnsureScanRemovesNothing(t *testing.T) {
	t.Parallel()
	f := open(t, filepath.Join(t.TempDir(), "cache"), testtree.Make(t, map[string]string{"a.go": testtree.GoFile("A")}))
	f.scan("a.go")
	f.BeginScan()
	f.EndScan(true, false, []string{f.root})
	f.BeginScan()
	f.EndScan(false, true, []string{f.root})
	wantNames(f, "after both", "A")
	f.scan()
	wantNames(f, "after a scan that was sure")
}

// A reading without a summary is stale where the tree has its symbols no more.
func TestReadingWithoutKnownSymbolsIsStale(t *testing.T) {
	t.Parallel()
	f := open(t, filepath.Join(t.TempDir(), "cache"), testtree.Make(t, map[string]string{"a.go": testtree.GoFile("A")}))
	f.bind("a.go")
	r := f.read("a.go")
	r.Summary = nil
	if known, ok := f.Holds(r); !ok || known.Symbols != 1 {
		t.Fatalf("%+v, %v", known, ok)
	}
	f.mustBind(r)
	wantNames(f, "after the same content", "A")
	next := f.read("a.go")
	next.Summary = nil
	f.Unbind(f.path("a.go"), f.clock.Next())
	next.Version = f.clock.Next()
	if _, ok := f.Holds(next); ok {
		t.Error("a removed file has symbols")
	}
	f.mustBeStale(next)
}

// An answer may read a file that was removed meanwhile. Only a look by which a walk comes
// to it brings it back.
func TestAnswerDoesNotBringBackRemovedFile(t *testing.T) {
	t.Parallel()
	f := open(t, filepath.Join(t.TempDir(), "cache"), testtree.Make(t, map[string]string{"a.go": testtree.GoFile("A")}))
	f.scan("a.go")
	f.publish()
	f.Unbind(f.path("a.go"), f.clock.Next())
	answer := f.read("a.go")
	answer.Listed = false
	f.mustBind(answer)
	wantNames(f, "after an answer")
	f.bind("a.go")
	wantNames(f, "after a look", "A")
}

// Stat data of a binding are renewed where the content is the same, also for a file that is
// no source.
func TestSameContentRenewsStat(t *testing.T) {
	t.Parallel()
	f := open(t, filepath.Join(t.TempDir(), "cache"), testtree.Make(t, map[string]string{"a.go": testtree.GoFile("A")}))
	f.scan("a.go")
	f.publish()
	r := f.read("a.go")
	r.Summary, r.Binding.Stat.Inode = nil, 12345
	f.mustBind(r)
	binary := Reading{Path: f.path("b.go"), Version: f.clock.Next(), Binding: index.Binding{Class: index.ClassBinary}, Listed: true}
	f.mustBind(binary)
	for range 2 {
		for path, want := range map[string]index.Binding{r.Path: r.Binding, binary.Path: binary.Binding} {
			got, ok := f.Known(path)
			want.Symbols = got.Symbols
			if !ok || got != want {
				t.Errorf("%s is bound to %+v, want %+v", path, got, want)
			}
		}
		wantNames(f, "afterwards", "A")
		f.publish()
	}
}
