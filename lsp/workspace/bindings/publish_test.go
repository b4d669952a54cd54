package bindings

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/workspace/internal/testtree"
)

// names of the files of testtree.Many.
func manyNames(n int) (names []string) {
	for name := range testtree.Many(n) {
		names = append(names, name)
	}
	return names
}

// A closed tree knows only what has changed. That is no index: a process that reads it
// would know of nothing else.
func TestClosedTreeIsNotWritten(t *testing.T) {
	t.Parallel()
	const n = 3 * rewriteFiles
	cache := filepath.Join(t.TempDir(), "cache")
	dir := testtree.Make(t, testtree.Many(n))
	f := open(t, cache, dir)
	f.scan(manyNames(n)...)
	f.publish()
	write(f, "new.go", "New")
	f.bind("new.go")
	f.Close()
	if _, err := f.Publish(); err != nil { // as a scan that began before may do
		t.Error(err)
	}
	if _, err := f.Load(); err != nil {
		t.Error(err)
	}
	if f.file != nil {
		t.Error("a closed tree has taken an index file")
	}
	if got := open(t, cache, dir).Totals().Files; got != n {
		t.Errorf("the index file has %d files, want %d", got, n)
	}
}

// An index file that cannot be written is not tried again and again, but later. None is
// written while there is more to come.
func TestWhenIndexIsWritten(t *testing.T) {
	t.Parallel()
	const n = 3 * rewriteFiles
	f := open(t, filepath.Join(t.TempDir(), "cache"), testtree.Make(t, testtree.Many(n)))
	f.options.MaxPending = 1
	f.BeginScan()
	f.bind(manyNames(n)...)
	if f.Due() || !f.Full() {
		t.Errorf("in a scan: due %v, full %v", f.Due(), f.Full())
	}
	f.EndScan(true, true, []string{f.root})
	if !f.Due() {
		t.Error("not due after the scan")
	}
	root := filepath.Join(f.options.Store.Dir(), "workspaces")
	testtree.Write(t, root, "no directory")
	for _, want := range []time.Duration{firstPause, 2 * firstPause} {
		if _, err := f.Publish(); err == nil {
			t.Fatal("written into a file")
		}
		if f.Due() || f.Full() || f.pause != want {
			t.Errorf("after a failure: due %v, full %v, pause %v", f.Due(), f.Full(), f.pause)
		}
	}
	testtree.Remove(t, root)
	if f.publish(); f.pause != 0 {
		t.Errorf("pause %v", f.pause)
	}
}

// Of the index files of a tree only the one that was just written has what the process
// knew. Where that one is gone, no older one takes its place.
func TestOnlyWrittenIndexIsTaken(t *testing.T) {
	t.Parallel()
	f := open(t, filepath.Join(t.TempDir(), "cache"), testtree.Make(t, map[string]string{"a.go": testtree.GoFile("A")}))
	f.scan("a.go")
	f.publish()
	file, err := f.openWritten(f.generation)
	if err != nil {
		t.Fatal(err)
	}
	closeIndex(file)
	file, err = f.openWritten(f.generation + 1) // as if somebody had removed it at once
	if !errors.Is(err, cachestore.ErrMiss) {
		t.Errorf("error %v, want a miss", err)
		closeIndex(file)
	}
}

// A file that was removed and came back while its index file was being written by another
// process is what it is now.
func TestFileComesBackWhileIndexIsTaken(t *testing.T) {
	t.Parallel()
	dir := testtree.Make(t, testtree.Many(rewriteFiles))
	f := open(t, filepath.Join(t.TempDir(), "cache"), dir)
	f.scan(manyNames(rewriteFiles)...)
	f.publish()
	before := f.names()
	write(f, "new.go", "Old")
	f.bind("new.go")
	m := f.beginMerge()
	f.Unbind(f.path("new.go"), f.clock.Next())
	write(f, "new.go", "New")
	reading := f.read("new.go")
	file, generation, err := f.write(m)
	if err != nil {
		t.Fatal(err)
	}
	if stale := f.endMerge(m, file, generation); len(stale) > 0 {
		t.Errorf("%v are to be read again", stale)
	}
	f.mustBind(reading)
	before["New"] = 1
	if got := f.names(); len(got) != len(before) || got["New"] != 1 {
		t.Errorf("found are %v", got)
	}
}

// Memory is bounded: the symbols that are held are written when they are too many.
func TestFullTreeIsWritten(t *testing.T) {
	t.Parallel()
	const n = 200
	f := open(t, filepath.Join(t.TempDir(), "cache"), testtree.Make(t, testtree.Many(n)))
	f.options.MaxPending = 50
	f.BeginScan()
	for _, name := range manyNames(n) {
		f.bind(name)
		if f.Full() {
			f.publish()
		}
		if f.pending > 51 {
			t.Fatalf("%d symbols in memory", f.pending)
		}
	}
	f.EndScan(true, true, []string{f.root})
	if got := len(f.names()); got != n {
		t.Errorf("%d names are found, want %d", got, n)
	}
}

// An index file of another format is another file: no version of the program removes that
// of another.
func TestIndexOfAnotherFormatIsKept(t *testing.T) {
	t.Parallel()
	f := open(t, filepath.Join(t.TempDir(), "cache"), testtree.Make(t, testtree.Many(3)))
	later, err := idOfFormat(index.FormatVersion+1, f.root, nil, Settings{})
	if err != nil {
		t.Fatal(err)
	}
	if later == f.id {
		t.Fatal("two formats have one name")
	}
	other := f.options.Store.Workspace(later)
	const text = "an index of a later version"
	if _, err := other.Publish(func(f *os.File) error { _, err := f.WriteString(text); return err }); err != nil {
		t.Fatal(err)
	}
	f.scan(manyNames(3)...)
	f.publish()
	file, _, err := other.Open(0)
	if err != nil {
		t.Fatalf("the later version's index is gone: %v", err)
	}
	defer file.Close()
	if got, err := io.ReadAll(file); err != nil || string(got) != text {
		t.Errorf("%q, %v", got, err)
	}
}

// A file is known and below its directory also in the moment in which a new index file takes
// the place of the one that is being read.
func TestNothingIsUnknownWhileIndexIsReplaced(t *testing.T) {
	t.Parallel()
	f := open(t, filepath.Join(t.TempDir(), "cache"), testtree.Make(t, testtree.Many(rewriteFiles)))
	names := manyNames(rewriteFiles)
	f.scan(names...)
	var done atomic.Bool
	var looking sync.WaitGroup
	looking.Go(func() {
		for !done.Load() {
			if _, ok := f.Known(f.path(names[1])); !ok {
				t.Error("a file is unknown")
			}
			if !f.HasBelow(f.root) {
				t.Error("no files are below the root")
			}
			if got := len(f.Files(f.root)); got != len(names) {
				t.Errorf("%d files are below the root, want %d", got, len(names))
			}
		}
	})
	defer looking.Wait()
	defer done.Store(true)
	for range 50 {
		f.bind(names[0])
		f.publish()
	}
}
