package workspace

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/google/go-cmp/cmp"
	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/workspace/contents"
)

// logged returns a workspace of a tree that was scanned before, and what it logs.
func logged(t *testing.T, cache, dir string) (*Workspace, *bytes.Buffer) {
	t.Helper()
	log := new(bytes.Buffer)
	e := contents.NewEngine(contents.Config{
		Store: openStore(t, cache, cachestore.Options{}), Now: later, Logger: slog.New(slog.NewTextHandler(log, nil)),
	})
	w, err := New(e, Config{AnswerBudget: patience}, []string{dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w, log
}

// T6: an index file that the disk does not give is left out of the answer, with one warning. The file stays: it may be
// good.
func TestUnreadableIndexIsKept(t *testing.T) {
	t.Parallel()
	cache := filepath.Join(t.TempDir(), "cache")
	dir, other := makeTree(t, map[string]string{"a.go": goFile("A")}), makeTree(t, map[string]string{"b.go": goFile("B")})
	first := newWorkspace(t, cache, dir)
	scanAll(t, first)
	first.Close()
	name := indexFiles(t, cache)[0]
	scanAll(t, newWorkspace(t, cache, other))

	w, log := logged(t, cache, dir)
	if err := w.SetRoots([]string{dir, other}); err != nil {
		t.Fatal(err)
	}
	// The pages of the mapped file are gone, and a read of it fails: there is a directory
	// behind its descriptor.
	if err := os.Truncate(name, 4096); err != nil {
		t.Fatal(err)
	}
	if err := unix.Dup3(openDir(t), descriptorOf(t, name), unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if diff := cmp.Diff([]string{"b.go B"}, found(t, w, other, "")); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	if _, err := os.Stat(name); err != nil {
		t.Errorf("the index is gone: %v", err)
	}
	if n := strings.Count(log.String(), "level=WARN"); n != 1 || !strings.Contains(log.String(), "cannot be read") {
		t.Errorf("%d warnings, want one that says what cannot be read:\n%s", n, log)
	}
}

func openDir(t *testing.T) int {
	fd, err := unix.Open(t.TempDir(), unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(fd) })
	return fd
}

// descriptorOf returns the one by which this process has a file open.
func descriptorOf(t *testing.T, name string) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if to, err := os.Readlink("/proc/self/fd/" + e.Name()); err == nil && to == name {
			fd, err := strconv.Atoi(e.Name())
			if err != nil {
				t.Fatal(err)
			}
			return fd
		}
	}
	t.Fatalf("%s is not open", name)
	return 0
}

// T6: a panic of a search is an error of this answer. Its stack is logged once, and the index file stays.
func TestPanicOfSearchKeepsIndex(t *testing.T) {
	t.Parallel()
	cache := filepath.Join(t.TempDir(), "cache")
	dir := makeTree(t, map[string]string{"a.go": goFile("A")})
	scanAll(t, newWorkspace(t, cache, dir))
	before := fmt.Sprint(indexFiles(t, cache))
	w, log := logged(t, cache, dir)
	broken := new(index.Memory).View() // nobody has made the memory: it has no view
	for range 3 {
		if _, err := w.Search(t.Context(), index.Query{}, broken); err == nil {
			t.Error("a search without an error")
		}
	}
	if diff := cmp.Diff([]string{"a.go A"}, found(t, w, dir, "")); diff != "" {
		t.Errorf("afterwards (-want +got):\n%s", diff)
	}
	if after := fmt.Sprint(indexFiles(t, cache)); after != before {
		t.Errorf("indexes before %s, after %s", before, after)
	}
	if n := strings.Count(log.String(), "[running]"); n != 1 {
		t.Errorf("%d stacks in the log, want 1:\n%s", n, log)
	}
}
