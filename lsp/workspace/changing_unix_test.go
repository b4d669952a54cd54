//go:build unix

package workspace

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/workspace/bindings"
	"github.com/symcache/symcache/lsp/workspace/contents"
)

// A file stays known, whatever happens to a link through which it was touched, even if the link leads elsewhere between
// two looks.
func TestTouchThroughMovingLink(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, map[string]string{"a/f.go": goFile("A"), "b/f.go": goFile("B")})
	link, next := filepath.Join(dir, "link"), filepath.Join(dir, "next")
	symlink(t, "a", link)
	w := running(t, newEngine(t, contents.Config{}), dir)
	done := make(chan struct{})
	var moving sync.WaitGroup
	moving.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-done:
				return
			default:
			}
			symlink(t, []string{"b", "a"}[i%2], next)
			if err := os.Rename(next, link); err != nil {
				t.Error(err)
				return
			}
		}
	})
	defer func() {
		close(done)
		moving.Wait()
	}()
	for range 200 {
		w.Touch(filepath.Join(link, "f.go"))
		settle(t, w)
		if diff := cmp.Diff([]string{"a/f.go A", "b/f.go B"}, found(t, w, dir, "")); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	}
}

// A directory that is to be scanned, and has become a link meanwhile, has no files.
func TestDirectoryBecomesLink(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, map[string]string{"real/e/f.go": goFile("F"), "link/e/": ""})
	w := running(t, newEngine(t, contents.Config{}), dir)
	link := filepath.Join(dir, "link")
	scanned := w.scans.next()
	holdScans(t, w)
	w.Changed(filepath.Join(link, "e"))
	remove(t, link)
	symlink(t, "real", link)
	w.Changed(link)
	w.scanning.Release(1)
	<-scanned
	if diff := cmp.Diff([]string{"real/e/f.go F"}, found(t, w, dir, "")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// Nor is it missed where the name is not that of a source.
	named := filepath.Join(dir, "link.d")
	symlink(t, "real", named)
	if w.rules.Ignore(named) {
		t.Errorf("%s is not reported", named)
	}
}

// A file that is being read while the directory above it goes away is not known afterwards, even if it has no symbol by
// which an answer would come to it.
func TestDirectoryGoesWhileRead(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, map[string]string{"a.go": goFile("A"), "sub/e/f.go": goFile()})
	w := running(t, newEngine(t, contents.Config{}), dir)
	sub, path := filepath.Join(dir, "sub"), filepath.Join(dir, "sub/e/f.go")
	w.unbind(path, w.clock.Next()) // as if it had not been seen yet

	version := w.clock.Next()
	src, err := w.engine.NewReader().Read(t.Context(), dir, path)
	if err != nil {
		t.Fatal(err)
	}
	reading := bindings.Reading{Path: path, Version: version, Binding: src.Binding, Summary: new(symbols.Summary), Listed: true}
	remove(t, sub)
	scanned := w.scans.next()
	holdScans(t, w)
	w.Changed(sub)
	w.tree(path).Bind(reading)
	w.scanning.Release(1)
	select {
	case <-scanned:
	case <-time.After(patience):
		t.Error("nobody looks")
	}
	settle(t, w)
	if known, ok := w.tree(path).Known(path); ok {
		t.Errorf("it is still known: %+v", known)
	}
}

// A file that is gone may have been a directory, and is scanned as one. If it has come back by then, it stays known.
func TestFileComesBack(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, map[string]string{"f.go": goFile("Old")})
	path := filepath.Join(dir, "f.go")
	w := running(t, newEngine(t, contents.Config{}), dir)
	scanned := w.scans.next()
	holdScans(t, w)
	remove(t, path)
	w.Changed(path)
	settle(t, w)
	write(t, path, goFile("New"))
	w.Changed(path)
	settle(t, w)
	w.scanning.Release(1)
	<-scanned
	if diff := cmp.Diff([]string{"f.go New"}, found(t, w, dir, "")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Files may be reported by other names than their own, one or many at once.
func TestManyChangesByOtherNames(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, maxTouched + 1} {
		above := makeTree(t, map[string]string{"root/": ""})
		dir, link := filepath.Join(above, "root"), filepath.Join(above, "link")
		symlink(t, "root", link)
		w := running(t, newEngine(t, contents.Config{}), dir)
		var names, want []string
		for i := range n {
			name := fmt.Sprintf("%03d.go", i)
			write(t, filepath.Join(dir, name), goFile("F"))
			names, want = append(names, filepath.Join(link, name)), append(want, name+" F")
		}
		w.Changed(names...)
		becomes(t, w, func() []string { return want }, dir)
	}
}

// holdScans has scans wait until scanning is released.
func holdScans(t *testing.T, w *Workspace) {
	t.Helper()
	if err := w.scanning.Acquire(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
}
