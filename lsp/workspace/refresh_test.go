package workspace

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/workspace/bindings"
	"github.com/symcache/symcache/lsp/workspace/contents"
	"github.com/symcache/symcache/lsp/workspace/files/paths"
)

// running returns a workspace that was scanned and looks at what is touched.
func running(t *testing.T, e *contents.Engine, roots ...string) *Workspace {
	t.Helper()
	w, err := New(e, Config{AnswerBudget: patience}, roots)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	report, err := w.Scan(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	checkSum(t, report)
	run(t, w)
	return w
}

// run looks at what is touched until the test ends.
func run(t *testing.T, w *Workspace) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		w.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
}

// refreshCases change a tree with the files a.go (A) and sub/b.go (B), touch
// files, and tell what is found then. Paths are relative to the root.
var refreshCases = map[string]struct {
	change func(t *testing.T, dir string)
	touch  []string
	want   []string
}{
	"nothing": {
		change: func(*testing.T, string) {},
		touch:  []string{"a.go", "sub/b.go"},
		want:   []string{"a.go A", "sub/b.go B"},
	},
	"new": {
		change: func(t *testing.T, dir string) { write(t, filepath.Join(dir, "new/c.go"), goFile("C")) },
		touch:  []string{"new/c.go"},
		want:   []string{"a.go A", "new/c.go C", "sub/b.go B"},
	},
	"changed": {
		change: func(t *testing.T, dir string) { write(t, filepath.Join(dir, "a.go"), goFile("X", "Y")) },
		touch:  []string{"a.go"},
		want:   []string{"a.go X", "a.go Y", "sub/b.go B"},
	},
	"deleted": {
		change: func(t *testing.T, dir string) { remove(t, filepath.Join(dir, "a.go")) },
		touch:  []string{"a.go"},
		want:   []string{"sub/b.go B"},
	},
	"deleted with its directory": {
		change: func(t *testing.T, dir string) { remove(t, filepath.Join(dir, "sub")) },
		touch:  []string{"sub/b.go"},
		want:   []string{"a.go A"},
	},
	"directory replaced by a file": {
		change: func(t *testing.T, dir string) {
			remove(t, filepath.Join(dir, "sub"))
			write(t, filepath.Join(dir, "sub"), "a file")
		},
		touch: []string{"sub/b.go"},
		want:  []string{"a.go A"},
	},
	"file replaced by a directory": {
		change: func(t *testing.T, dir string) {
			remove(t, filepath.Join(dir, "a.go"))
			mkdir(t, filepath.Join(dir, "a.go"))
		},
		touch: []string{"a.go"},
		want:  []string{"sub/b.go B"},
	},
	"file replaced by a link to another": {
		change: func(t *testing.T, dir string) {
			remove(t, filepath.Join(dir, "a.go"))
			symlink(t, "sub/b.go", filepath.Join(dir, "a.go"))
		},
		touch: []string{"a.go"},
		want:  []string{"sub/b.go B"},
	},
	"binary now": {
		change: func(t *testing.T, dir string) { write(t, filepath.Join(dir, "a.go"), goFile("A")+"\x00") },
		touch:  []string{"a.go"},
		want:   []string{"sub/b.go B"},
	},
	"too large now": {
		change: func(t *testing.T, dir string) {
			write(t, filepath.Join(dir, "a.go"), goFile("A")+strings.Repeat("\n", 5000))
		},
		touch: []string{"a.go"},
		want:  []string{"sub/b.go B"},
	},
	"ignored now": {
		change: func(t *testing.T, dir string) {
			write(t, filepath.Join(dir, ".gitignore"), "sub/\n/a.go\n")
			write(t, filepath.Join(dir, "sub/new.go"), goFile("New"))
		},
		touch: []string{"a.go", "sub/b.go", "sub/new.go"},
		want:  []string{},
	},
	"in an excluded directory": {
		change: func(t *testing.T, dir string) { write(t, filepath.Join(dir, "node_modules/x/x.js"), "function x() {}") },
		touch:  []string{"node_modules/x/x.js"},
		want:   []string{"a.go A", "sub/b.go B"},
	},
	"no source by its name": {
		change: func(t *testing.T, dir string) {
			write(t, filepath.Join(dir, "notes.txt"), "#!/usr/bin/python3\ndef f(): pass\n")
		},
		touch: []string{"notes.txt"},
		want:  []string{"a.go A", "sub/b.go B"},
	},
	"outside of the root": {
		change: func(t *testing.T, dir string) { write(t, filepath.Join(dir, "../outside/o.go"), goFile("O")) },
		touch:  []string{"../outside/o.go"},
		want:   []string{"a.go A", "sub/b.go B"},
	},
	"through a link": {
		change: func(t *testing.T, dir string) {
			symlink(t, "sub", filepath.Join(dir, "link"))
			write(t, filepath.Join(dir, "sub/b.go"), goFile("X"))
		},
		touch: []string{"link/b.go"},
		want:  []string{"a.go A", "sub/b.go X"},
	},
	"gone through a link": {
		change: func(t *testing.T, dir string) {
			symlink(t, "sub", filepath.Join(dir, "link"))
			write(t, filepath.Join(dir, "sub/deeper/c.go"), goFile("C"))
			remove(t, filepath.Join(dir, "sub/deeper"))
			remove(t, filepath.Join(dir, "sub/b.go"))
		},
		touch: []string{"link/deeper/c.go", "link/b.go"},
		want:  []string{"a.go A"},
	},
}

func TestRefresh(t *testing.T) {
	t.Parallel()
	for name, c := range refreshCases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			above := makeTree(t, map[string]string{"root/a.go": goFile("A"), "root/sub/b.go": goFile("B")})
			dir := filepath.Join(above, "root")
			w := running(t, newEngine(t, contents.Config{MaxFileSize: 4096}), dir)
			c.change(t, dir)
			for _, path := range c.touch {
				w.Touch(filepath.Join(dir, path))
			}
			settle(t, w)
			if diff := cmp.Diff(c.want, found(t, w, dir, "")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// The summary of a refreshed file is in the store: a file that gets the same content later is not parsed.
func TestRefreshStores(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, map[string]string{"a.go": goFile("A")})
	e := newEngine(t, contents.Config{})
	ctx := t.Context()
	w, err := New(e, Config{AnswerBudget: patience}, []string{dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	write(t, filepath.Join(dir, "a.go"), goFile("B"))
	if err := w.refresh(ctx, filepath.Join(dir, "a.go")); err != nil {
		t.Fatal(err)
	}
	_, _ = e.Put(w.records.take(ctx)...)
	wantStored(t, e, 1)
	write(t, filepath.Join(dir, "b.go"), goFile("B"))
	wantCounts(t, scanAll(t, w), counts{Files: 2, Reused: 2})
}

// Scans, looks, searches and waits at once end with what is on disk. Run with -race.
func TestWorkspaceConcurrently(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, manyFiles(100))
	w, err := New(newEngine(t, contents.Config{}), Config{AnswerBudget: patience}, []string{dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	run(t, w)
	scan := make(chan error, 1)
	go func() {
		_, err := w.Scan(t.Context(), nil)
		scan <- err
	}()
	overlay := make([]*index.View, 0, 4) // with room, which searches must not share
	for _, name := range []string{"One", "Two", "Three"} {
		write(t, filepath.Join(dir, "d00/f0.go"), goFile(name))
		w.Touch(filepath.Join(dir, "d00/f0.go"))
		searched := make(chan error, 2)
		for range 2 {
			go func() {
				_, err := w.Search(t.Context(), index.Query{Text: "F"}, overlay...)
				searched <- err
			}()
		}
		for range 2 {
			if err := <-searched; err != nil {
				t.Error(err)
			}
		}
		settle(t, w)
	}
	if err := <-scan; err != nil {
		t.Fatal(err)
	}
	<-w.Scanned()
	if diff := cmp.Diff([]string{"d00/f0.go Three"}, found(t, w, dir, "Three")); diff != "" {
		t.Error(diff)
	}
	if stats := w.Stats(); stats.Files != 100 {
		t.Errorf("%d files are bound, want 100", stats.Files)
	}
}

func TestDeepestRootAttributes(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, map[string]string{"a.go": goFile("A"), "vendor/b.go": goFile("B")})
	w := running(t, newEngine(t, contents.Config{}), dir, filepath.Join(dir, "vendor"))
	for path, want := range map[string]string{"a.go": dir, "vendor/b.go": filepath.Join(dir, "vendor")} {
		if tree := w.tree(filepath.Join(dir, path)); tree == nil || tree.Root() != want {
			t.Errorf("tree of %s = %v", path, tree)
		}
	}
	if w.tree(dir+"-not") != nil {
		t.Error("a directory whose name begins like a root is not below it")
	}
	if diff := cmp.Diff([]string{"a.go A", "vendor/b.go B"}, found(t, w, dir, "")); diff != "" {
		t.Error(diff)
	}
}

// The root of a file system ends in a separator already.
func TestWithinFileSystemRoot(t *testing.T) {
	t.Parallel()
	top := filepath.VolumeName(os.TempDir()) + string(filepath.Separator)
	if !paths.Within(top, top+"a") || !paths.Within(top, top) {
		t.Errorf("nothing is within %s", top)
	}
}

// A bad root is an error, and the other roots are there.
func TestNewWithBadRoot(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, map[string]string{"a.go": goFile("A")})
	w, err := New(newEngine(t, contents.Config{}), Config{AnswerBudget: patience}, []string{filepath.Join(dir, "missing"), dir})
	if err == nil {
		t.Error("no error for a root that is missing")
	}
	if diff := cmp.Diff([]string{dir}, w.Roots()); diff != "" {
		t.Error(diff)
	}
}

// Touch does not wait, however much waits already.
func TestTouchDoesNotWait(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, map[string]string{"a.go": goFile("A")})
	cache := filepath.Join(t.TempDir(), "cache")
	w, err := New(newEngine(t, contents.Config{Store: openStore(t, cache, cachestore.Options{})}), Config{AnswerBudget: patience}, []string{dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	for range 10_000 { // nobody takes them
		w.Touch(filepath.Join(dir, "a.go"))
	}
	if n := len(w.queue.paths); n != 1 {
		t.Errorf("one file waits %d times", n)
	}
}

// A match of a file that was read again before the answer leaves is compared with what was read when it was found: its
// place is that of the old content.
func TestReadAgainWhileSearched(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text  string
		moved bool
	}{
		"another name":  {goFile("B"), true},
		"another place": {"\n" + goFile("A"), true},
		"no source":     {goFile("A") + "\x00", true},
		"the same":      {goFile("A"), false},
	} {
		for _, publish := range []bool{false, true} {
			t.Run(fmt.Sprint(name, publish), func(t *testing.T) {
				t.Parallel()
				dir := makeTree(t, map[string]string{"a.go": goFile("A")})
				path := filepath.Join(dir, "a.go")
				w := newWorkspace(t, filepath.Join(t.TempDir(), "cache"), dir)
				scanAll(t, w)
				matches, err := w.search(t.Context(), index.Query{}, index.NewMemory(), nil)
				if err != nil || len(matches) != 1 {
					t.Fatal(matches, err)
				}
				write(t, path, c.text)
				if err := w.refresh(t.Context(), path); err != nil {
					t.Fatal(err)
				}
				if publish {
					if err := publishNow(w); err != nil {
						t.Fatal(err)
					}
				}
				if _, moved := w.stale(t.Context(), matches, nil, nil); (len(moved) == 1) != c.moved {
					t.Errorf("moved: %v, want that %v", moved, c.moved)
				}
			})
		}
	}
}

// W11: a file that was read when its times were too young to trust is read again, for each answer that names it and by
// each scan, though its stat data are the same.
func TestYoungFilesAreReadAgain(t *testing.T) {
	t.Parallel()
	for name, again := range map[string]func(t *testing.T, w *Workspace, isRead func() bool){
		"answer": func(t *testing.T, w *Workspace, isRead func() bool) {
			eventually(t, func() bool { // it has a bounded time to parse
				if got := found(t, w, w.Roots()[0], "A"); len(got) > 0 {
					t.Errorf("%v is not there", got)
				}
				return isRead()
			})
		},
		"scan": func(t *testing.T, w *Workspace, _ func() bool) { scanAll(t, w) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := makeTree(t, map[string]string{"a.go": goFile("X")})
			path := filepath.Join(dir, "a.go")
			w := newWorkspace(t, filepath.Join(t.TempDir(), "cache"), dir)
			src, err := w.engine.NewReader().Read(t.Context(), filepath.Dir(path), path)
			if err != nil {
				t.Fatal(err)
			}
			// As if it had held something else of the same size, within one tick of the clock.
			read := bindings.Reading{Path: path, Version: w.clock.Next(), Binding: src.Binding, Summary: summaryOf(t, w.engine, goFile("A")), Listed: true}
			read.Binding.Hash, read.Binding.Racy = cachestore.Sum([]byte(goFile("A"))), true
			w.tree(path).Bind(read)
			isRead := func() bool {
				known, ok := w.tree(path).Known(path)
				return ok && known.Hash == src.Key.Hash
			}
			if again(t, w, isRead); !isRead() {
				t.Errorf("known is %v", knownNow(w, path))
			}
			if diff := cmp.Diff([]string{"a.go X"}, found(t, w, dir, "")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A reading from before a scan is stale, and is not taken for a look.
func TestLookFromBeforeScanIsStale(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, map[string]string{"a.go": goFile("A")})
	path := filepath.Join(dir, "a.go")
	w := newWorkspace(t, filepath.Join(t.TempDir(), "cache"), dir)
	version := w.clock.Next()
	scanAll(t, w)
	for _, text := range []string{goFile("A"), goFile("New")} {
		write(t, path, text)
		if err := w.look(t.Context(), bindings.Reading{Path: path, Version: version}, w.engine.Parse); !errors.Is(err, errStale) {
			t.Errorf("error %v", err)
		}
	}
}
