package watcher

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// W3: no root is left out because of its name, and nothing below one.
func TestRootsOfAnyNameAreWatched(t *testing.T) {
	t.Parallel()
	for _, name := range []string{".x", "_x", "testdata", "vendor", "node_modules", "with space", "ünïcode", "-"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := filepath.Join(tempDir(t), name)
			below := filepath.Join(root, name)
			mkdir(t, below)
			r := start(t, Options{Skip: func(dir string) bool {
				if dir == root {
					t.Error("Skip is asked about a root")
				}
				return false
			}}, root)
			for _, file := range []string{filepath.Join(root, "f"), filepath.Join(below, "f")} {
				write(t, file, "1")
				r.untilExactly(file)
			}
		})
	}
}

// A root that is a link is followed to where it leads, and led elsewhere.
func TestRootThatIsALink(t *testing.T) {
	t.Parallel()
	base := tempDir(t)
	root := filepath.Join(base, "root")
	mkdir(t, filepath.Join(base, "1"))
	mkdir(t, filepath.Join(base, "2"))
	symlink(t, "1", root)
	r := start(t, Options{}, root)
	write(t, filepath.Join(base, "1", "f"), "1")
	r.untilExactly(filepath.Join(root, "f"))
	r.forget()
	symlink(t, "2", root+".new")
	rename(t, root+".new", root)
	r.untilExactly(root)
	r.forget()
	write(t, filepath.Join(base, "2", "g"), "1")
	r.untilExactly(filepath.Join(root, "g"))
}

func TestRootComesAndGoes(t *testing.T) {
	t.Parallel()
	base := filepath.Join(tempDir(t), "base")
	root := filepath.Join(base, "sub", "root")
	file := filepath.Join(root, "d", "f")
	w, err := New([]string{root}, inTestTime(Options{}))
	must(t, err)
	t.Cleanup(func() { _ = w.Close() })
	r := &recorder{t: t, w: w}
	comes := func() {
		t.Helper()
		r.until("the root is reported", func() bool { return r.named(root) && r.status().State == alive() })
		r.quiet(root) // what is below it may be reported later
		write(t, file, strings.Repeat("x", len(t.Name())))
		r.untilExactly(file)
		r.forget()
	}
	goes := func() {
		t.Helper()
		r.until("the root is missed", func() bool { return r.named(root) && r.status().State == Missing })
		if s := r.status(); s.Watched != 0 || s.Reason == nil {
			t.Errorf("a missing root has the status %+v", s)
		}
		r.forget()
	}
	write(t, file, "created after New")
	comes()
	remove(t, root)
	goes()
	write(t, file, "created again")
	comes()
	rename(t, root, root+".away")
	goes()
	rename(t, root+".away", root)
	comes()
	rename(t, base, base+".away") // of which no event tells
	goes()
	rename(t, base+".away", base)
	comes()
	remove(t, root)
	write(t, root, "a file")
	goes()
}

func TestNestedRoots(t *testing.T) {
	t.Parallel()
	outer := tempDir(t)
	inner := filepath.Join(outer, "skipped", "inner")
	file := filepath.Join(inner, "d", "f")
	write(t, file, "1")
	var mu sync.Mutex
	skipping := true
	r := start(t, Options{Skip: func(dir string) bool {
		mu.Lock()
		defer mu.Unlock()
		return skipping && filepath.Base(dir) == "skipped"
	}}, outer, inner)
	write(t, file, "22")
	r.untilExactly(file)
	r.forget()

	mu.Lock()
	skipping = false
	mu.Unlock()
	must(t, r.w.Refilter(outer))
	r.untilExactly(filepath.Dir(inner))
	r.forget()
	write(t, file, "333")
	r.untilExactly(file)
	r.forget()

	must(t, r.w.Remove(inner))
	r.until("the inner root is part of the outer", func() bool {
		s := r.w.Status()
		return len(s) == 1 && s[0].Watched+s[0].Polled == 4 && r.covered(inner)
	})
	r.forget()
	write(t, file, "4444")
	r.untilExactly(file)
	r.forget()

	must(t, r.w.Add(inner))
	r.untilExactly(inner)
	r.forget()
	must(t, r.w.Remove(outer))
	r.until("the inner root stands alone", func() bool {
		s := r.w.Status()
		return len(s) == 1 && s[0].Path == inner && s[0].Watched+s[0].Polled == 2
	})
	r.forget()
	write(t, file, "55555")
	r.untilCovered(file)
}

func TestRelativeRoot(t *testing.T) {
	t.Parallel()
	if w, err := New([]string{"relative"}, Options{}); err == nil {
		_ = w.Close()
		t.Error("a relative root is no error")
	}
}

// A root of which nobody could tell for a while whether it is there is to be looked at
// when it is back: what has changed meanwhile need not have been told.
func TestRootOutOfReach(t *testing.T) {
	t.Parallel()
	above := filepath.Join(tempDir(t), "above")
	root := filepath.Join(above, "root")
	mkdir(t, root)
	r := start(t, Options{}, root)
	rename(t, above, above+"-away")
	symlink(t, above, above)
	deadline, retry := time.After(patience), time.NewTicker(time.Millisecond)
	defer retry.Stop()
	for r.status().State != Missing {
		select {
		case <-retry.C:
		case <-deadline:
			t.Fatalf("it is not missed: %+v", r.status())
		}
	}
	must(t, os.Remove(above))
	rename(t, above+"-away", above)
	r.untilExactly(root)
}
