package workspace

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/workspace/contents"
)

// watching returns a workspace that is scanned, runs and watches until the test
// ends.
func watching(t *testing.T, cache string, roots ...string) *Workspace {
	t.Helper()
	w := newWorkspace(t, cache, roots...)
	run(t, w)
	watch(t, w)
	scanAll(t, w)
	return w
}

// watch has a workspace watch until the test ends.
func watch(t *testing.T, w *Workspace) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var watching sync.WaitGroup
	watching.Go(func() {
		if err := w.Watch(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() {
		cancel()
		watching.Wait()
	})
}

// untilWatching waits until a workspace has begun to watch.
func untilWatching(t *testing.T, w *Workspace) {
	t.Helper()
	eventually(t, w.watched.runs)
}

// becomes waits until a workspace finds what it should.
func becomes(t *testing.T, w *Workspace, want func() []string, dir string) {
	t.Helper()
	deadline := time.After(patience)
	retry := time.NewTicker(5 * time.Millisecond)
	defer retry.Stop()
	for {
		diff := cmp.Diff(want(), found(t, w, dir, ""))
		if diff == "" {
			return
		}
		select {
		case <-retry.C:
		case <-deadline:
			t.Fatalf("(-want +got):\n%s", diff)
		}
	}
}

// Each change on disk is seen without being told. The cases are those of TestRefresh, where the workspace is told. W4,
// W5, W7, W8
func TestWatchSeesChanges(t *testing.T) {
	t.Parallel()
	more := map[string]func(t *testing.T, dir string) []string{
		"a tree moves in": func(t *testing.T, dir string) []string {
			write(t, filepath.Join(dir, "../other/x/c.go"), goFile("C"))
			if err := os.Rename(filepath.Join(dir, "../other"), filepath.Join(dir, "in")); err != nil {
				t.Fatal(err)
			}
			return []string{"a.go A", "in/x/c.go C", "sub/b.go B"}
		},
		"a tree moves away": func(t *testing.T, dir string) []string {
			if err := os.Rename(filepath.Join(dir, "sub"), filepath.Join(dir, "../away")); err != nil {
				t.Fatal(err)
			}
			return []string{"a.go A"}
		},
		"a tree is renamed": func(t *testing.T, dir string) []string {
			if err := os.Rename(filepath.Join(dir, "sub"), filepath.Join(dir, "renamed")); err != nil {
				t.Fatal(err)
			}
			return []string{"a.go A", "renamed/b.go B"}
		},
		"saved by renaming": func(t *testing.T, dir string) []string {
			replaceFile(t, filepath.Join(dir, "a.go"), goFile("X"))
			return []string{"a.go X", "sub/b.go B"}
		},
		"many files at once": func(t *testing.T, dir string) (want []string) {
			for i := range 3 * maxTouched {
				write(t, filepath.Join(dir, fmt.Sprintf("new/%03d/f.go", i)), goFile("F"))
				want = append(want, fmt.Sprintf("new/%03d/f.go F", i))
			}
			return append([]string{"a.go A"}, append(want, "sub/b.go B")...)
		},
		"no longer ignored": func(t *testing.T, dir string) []string {
			write(t, filepath.Join(dir, ".gitignore"), "*.go\n")
			write(t, filepath.Join(dir, ".gitignore"), "a.go\n")
			write(t, filepath.Join(dir, "sub/.gitignore"), "!b.go\nc.go\n")
			write(t, filepath.Join(dir, "sub/c.go"), goFile("C"))
			return []string{"sub/b.go B"}
		},
		"ignored files are noise": func(t *testing.T, dir string) []string {
			write(t, filepath.Join(dir, ".gitignore"), "build/\n")
			for i := range 100 {
				write(t, filepath.Join(dir, fmt.Sprintf("build/%d.go", i)), goFile("Noise"))
			}
			write(t, filepath.Join(dir, "c.go"), goFile("C"))
			return []string{"a.go A", "c.go C", "sub/b.go B"}
		},
	}
	for name, c := range refreshCases {
		more["refresh: "+name] = func(t *testing.T, dir string) []string {
			c.change(t, dir)
			return c.want
		}
	}
	for name, change := range more {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			above := makeTree(t, map[string]string{"root/a.go": goFile("A"), "root/sub/b.go": goFile("B")})
			dir := filepath.Join(above, "root")
			if name == "refresh: too large now" {
				t.Skip("needs another limit; see TestRefresh")
			}
			w := watching(t, filepath.Join(t.TempDir(), "cache"), dir)
			want := change(t, dir)
			becomes(t, w, func() []string { return want }, dir)
		})
	}
}

// The log says how each root is watched, each state once.
func TestWatchTellsStates(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, map[string]string{"one/a.go": goFile("A"), "two/b.go": goFile("B")})
	one, two := filepath.Join(dir, "one"), filepath.Join(dir, "two")
	var log roundLog
	e := contents.NewEngine(contents.Config{Jobs: 2, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	w, err := New(e, Config{AnswerBudget: patience}, []string{one, two})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	run(t, w)
	watch(t, w)
	write(t, filepath.Join(one, "c.go"), goFile("C"))
	w.Rescan()
	becomes(t, w, func() []string { return []string{"one/a.go A", "one/c.go C", "two/b.go B"} }, dir)
	state := "state=watching watched=1 polled=0"
	if runtime.GOOS == "windows" { // see watcher
		state = "state=polling watched=0 polled=1"
	}
	lines := []string{"root=" + one + " " + state, "root=" + two + " " + state}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(&log)
		}
	})
	eventually(t, func() bool {
		return !slices.ContainsFunc(lines, func(line string) bool { return !strings.Contains(log.String(), line) })
	})
	remove(t, one)
	write(t, filepath.Join(two, "d.go"), goFile("D"))
	becomes(t, w, func() []string { return []string{"two/b.go B", "two/d.go D"} }, dir)
	for _, line := range lines {
		if n := strings.Count(log.String(), line); n != 1 {
			t.Errorf("%q is logged %d times", line, n)
		}
	}
}

// W8: a file that decides what belongs to the tree may change while the tree is watched. Below other roots its rules hold
// too.
func TestChangedRulesAreFollowed(t *testing.T) {
	t.Parallel()
	above := makeTree(t, map[string]string{
		"root/a.go": goFile("A"), "root/sub/target/b.go": goFile("B"), "root/nested/in/c.go": goFile("C"), "root/.git/": "",
	})
	dir := filepath.Join(above, "root")
	path := func(name string) string { return filepath.Join(dir, name) }
	w := watching(t, filepath.Join(t.TempDir(), "cache"), dir, path("nested"))
	const a, b, c = "a.go A", "sub/target/b.go B", "nested/in/c.go C"
	for _, step := range []struct {
		name   string
		change func()
		want   []string
	}{
		{"ignored", func() { write(t, path(".gitignore"), "in/\nsub/target/*.go\n") }, []string{a}},
		{"a repository of its own", func() { mkdir(t, path("sub/.git")) }, []string{a, b}},
		{"none", func() { remove(t, path("sub/.git")) }, []string{a}},
		{"no longer ignored", func() { remove(t, path(".gitignore")) }, []string{a, c, b}},
		{"build output", func() { write(t, path("sub/Cargo.toml"), "") }, []string{a, c}},
		{"none any more", func() { remove(t, path("sub/Cargo.toml")) }, []string{a, c, b}},
		{"a cache", func() { write(t, path("sub/CACHEDIR.TAG"), "Signature: 8a477f597d28d172789f06886806bc55\n") }, []string{a, c}},
		{"no cache", func() { remove(t, path("sub/CACHEDIR.TAG")) }, []string{a, c, b}},
	} {
		t.Log(step.name)
		step.change()
		becomes(t, w, func() []string { return step.want }, dir)
		// What comes there is seen by itself, or not.
		write(t, path("sub/target/d.go"), goFile("D"))
		write(t, path("e.go"), goFile("E"))
		want := append([]string{"a.go A", "e.go E"}, step.want[1:]...)
		if slices.Contains(want, b) {
			want = append(want, "sub/target/d.go D")
		}
		becomes(t, w, func() []string { return want }, dir)
		remove(t, path("sub/target/d.go"))
		remove(t, path("e.go"))
		becomes(t, w, func() []string { return step.want }, dir)
	}
}

// W8: rules that are not watched, above the roots and in .git, are read again by each scan of everything.
func TestRulesOutsideOfRootsAreReadAgain(t *testing.T) {
	t.Parallel()
	above := makeTree(t, map[string]string{
		".git/info/exclude": "b.go\n", ".gitignore": "sub/\n", "root/a.go": goFile("A"), "root/sub/b.go": goFile("B"),
	})
	dir := filepath.Join(above, "root")
	w := watching(t, filepath.Join(t.TempDir(), "cache"), dir)
	for _, step := range []struct {
		file, rule string
		want       []string
	}{
		{".gitignore", "a.go\n", []string{}},
		{".git/info/exclude", "", []string{"sub/b.go B"}},
		{".gitignore", "", []string{"a.go A", "sub/b.go B"}},
	} {
		write(t, filepath.Join(above, step.file), step.rule)
		w.Rescan()
		becomes(t, w, func() []string { return step.want }, dir)
	}
	write(t, filepath.Join(dir, "sub/c.go"), goFile("C")) // in a directory that was not watched before
	becomes(t, w, func() []string { return []string{"a.go A", "sub/b.go B", "sub/c.go C"} }, dir)
}

// An answer does not wait for an event. A symbol that is gone is not in it, and one that stands elsewhere in its file has
// the new place. A file that is renamed is not parsed again.
func TestAnswersAtOnce(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, map[string]string{"a.go": goFile("A"), "sub/b.go": goFile("B"), "sub/c.go": goFile("C", "D"), "sub/e.go": goFile("E")})
	path := func(name string) string { return filepath.Join(dir, name) }
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(path("a.go"), old, old); err != nil {
		t.Fatal(err)
	}
	w := newWorkspace(t, filepath.Join(t.TempDir(), "cache"), dir) // which nobody tells anything
	scanAll(t, w)
	parsed := w.engine.Parsed()
	for _, step := range []struct {
		name   string
		change func()
		want   []string // with the lines
	}{
		{"nothing", func() {}, []string{"a.go A 2", "sub/b.go B 2", "sub/c.go C 2", "sub/c.go D 4", "sub/e.go E 2"}},
		{"same size and time", func() {
			write(t, path("a.go"), goFile("X"))
			if err := os.Chtimes(path("a.go"), old, old); err != nil {
				t.Fatal(err)
			}
		}, []string{"a.go X 2", "sub/b.go B 2", "sub/c.go C 2", "sub/c.go D 4", "sub/e.go E 2"}},
		{"moved down", func() { replaceFile(t, path("sub/c.go"), "// new\n"+goFile("D")) },
			[]string{"a.go X 2", "sub/b.go B 2", "sub/c.go D 3", "sub/e.go E 2"}},
		{"deleted", func() { remove(t, path("sub/b.go")) }, []string{"a.go X 2", "sub/c.go D 3", "sub/e.go E 2"}},
		{"renamed", func() {
			if err := os.Rename(path("sub"), path("renamed")); err != nil {
				t.Fatal(err)
			}
		}, []string{"a.go X 2"}},
	} {
		step.change()
		// What cannot be parsed in time is left out, and asked for again.
		deadline := time.Now().Add(patience)
		for diff := "at first"; diff != ""; {
			got := []string{}
			for _, m := range all(t, w) {
				rel, err := filepath.Rel(dir, m.Path)
				if err != nil {
					t.Fatal(err)
				}
				place := fmt.Sprintf("%s %s %d", filepath.ToSlash(rel), m.Name, m.Selection.Start.Line)
				if got = append(got, place); !slices.Contains(step.want, place) {
					t.Fatalf("%s: found %s", step.name, place)
				}
			}
			slices.Sort(got)
			if diff = cmp.Diff(step.want, got); diff != "" && time.Now().After(deadline) {
				t.Fatalf("%s (-want +got):\n%s", step.name, diff)
			}
		}
	}
	_, _ = w.engine.Put(w.records.take(t.Context())...) // as Run does
	scanAll(t, w)
	if diff := cmp.Diff([]string{"a.go X", "renamed/c.go D", "renamed/e.go E"}, found(t, w, dir, "")); diff != "" {
		t.Error(diff)
	}
	if n := w.engine.Parsed() - parsed; n != 2 {
		t.Errorf("%d contents were parsed, want the two that are new", n)
	}
}

// W9: the cache may lie below a root. Its own writes cause no look at files.
func TestOwnWritesCauseNoLook(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, map[string]string{"a.go": goFile("A"), "sub/b.go": goFile("B")})
	w := watching(t, filepath.Join(dir, "cache"), dir)
	store := w.engine.Store().Dir()
	for path, want := range map[string]bool{
		dir: false, filepath.Join(dir, "sub"): false, filepath.Join(dir, "new"): false,
		store: true, filepath.Join(store, "packs"): true, filepath.Join(store, "locks"): true,
	} {
		if w.rules.Skip(path) != want {
			t.Errorf("skip(%s) = %v", path, !want)
		}
	}
	write(t, filepath.Join(dir, "c.go"), goFile("C"))
	becomes(t, w, func() []string { return []string{"a.go A", "c.go C", "sub/b.go B"} }, dir)
	if err := publishNow(w); err != nil {
		t.Fatal(err)
	}
	if status := w.WatchStatus(); len(status) != 1 || status[0].Watched+status[0].Polled != 3 {
		t.Errorf("%+v, want 3 directories: the root, sub, and what says of itself that it is a cache", status)
	}
}

// W9: the cache itself may be a root.
func TestCacheMayBeRoot(t *testing.T) {
	t.Parallel()
	cache := makeTree(t, nil)
	w := newWorkspace(t, cache, cache)
	store := w.engine.Store().Dir()
	for _, path := range []string{store, filepath.Join(store, "packs")} {
		if !w.rules.Skip(path) {
			t.Errorf("%s is watched", path)
		}
	}
}

// Roots come and go while the workspace runs.
func TestSetRoots(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, map[string]string{"one/a.go": goFile("A"), "two/b.go": goFile("B"), "two/in/c.go": goFile("C")})
	one, two, in := filepath.Join(dir, "one"), filepath.Join(dir, "two"), filepath.Join(dir, "two/in")
	w := watching(t, filepath.Join(t.TempDir(), "cache"), one)
	for _, step := range []struct {
		roots []string
		want  []string
	}{
		{[]string{one, two}, []string{"one/a.go A", "two/b.go B", "two/in/c.go C"}},
		{[]string{two}, []string{"two/b.go B", "two/in/c.go C"}},
		{[]string{two, in}, []string{"two/b.go B", "two/in/c.go C"}},
		{[]string{in}, []string{"two/in/c.go C"}},
		{nil, []string{}},
		{[]string{one}, []string{"one/a.go A"}},
	} {
		if err := w.SetRoots(step.roots); err != nil {
			t.Fatal(err)
		}
		w.Rescan()
		becomes(t, w, func() []string { return step.want }, dir)
	}
	write(t, filepath.Join(one, "new.go"), goFile("New"))
	becomes(t, w, func() []string { return []string{"one/a.go A", "one/new.go New"} }, dir)
	if err := w.SetRoots([]string{filepath.Join(dir, "missing"), one}); err == nil {
		t.Error("no error for a root that is missing")
	}
}

// After a checkout of another branch everything is right. Coming back parses nothing.
func TestWatchCheckout(t *testing.T) {
	t.Parallel()
	needGit(t)
	files := manyFiles(300)
	files["empty.go"] = "" // which git's files are while they are made
	dir := makeTree(t, files)
	git := func(args ...string) {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=t", "-c", "user.email=t@t"}, args...)...)
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	git("init", "-q", "-b", "main")
	git("add", ".")
	git("commit", "-q", "-m", "one")
	git("checkout", "-q", "-b", "other")
	for i := range 200 {
		path := filepath.Join(dir, fmt.Sprintf("d%02d/f%d.go", i%20, i))
		if i%5 == 0 {
			remove(t, path)
		} else {
			write(t, path, goFile(fmt.Sprintf("Other%d", i)))
		}
	}
	git("add", ".")
	git("commit", "-q", "-m", "two")
	cache := filepath.Join(t.TempDir(), "cache")
	w := watching(t, cache, dir)
	names := func(matches []index.Match) (names []string) {
		for _, m := range matches {
			names = append(names, m.Path+" "+m.Name)
		}
		return names
	}
	for i, branch := range []string{"main", "other", "main", "other"} {
		parsed := w.engine.Parsed()
		git("checkout", "-q", branch)
		want := fromScratch(t, dir)
		deadline := time.After(patience)
		retry := time.NewTicker(5 * time.Millisecond)
		for {
			diff := cmp.Diff(names(want), names(all(t, w))) // and no place is wrong meanwhile
			if diff == "" {
				break
			}
			select {
			case <-retry.C:
			case <-deadline:
				t.Fatalf("%s (-want +got):\n%s", branch, diff)
			}
		}
		retry.Stop()
		settle(t, w)
		if n := w.engine.Parsed() - parsed; i >= 2 && n != 0 {
			t.Errorf("%d contents were parsed on %s again", n, branch)
		}
		for _, m := range want { // what was parsed is stored in the background
			text, err := os.ReadFile(m.Path)
			if err != nil {
				t.Fatal(err)
			}
			eventually(t, func() bool { return w.engine.Lookup(keyOf(t, w.engine, string(text))) != nil })
		}
	}
	again := newWorkspace(t, cache, dir)
	if r := scanAll(t, again); r.Parsed != 0 {
		t.Errorf("%d files were parsed on the way back", r.Parsed)
	}
}

// A change during a first scan that parses is seen before the scan has ended.
func TestWatchDuringFirstScan(t *testing.T) {
	t.Parallel()
	cache := filepath.Join(t.TempDir(), "cache")
	dir := makeTree(t, map[string]string{"a.go": goFile("A")})
	w := newWorkspace(t, cache, dir)
	run(t, w)
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	letGo, ok, err := openStore(t, cache, cachestore.Options{}).TryLockShards(all) // under which scans parse
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	scanned := make(chan struct{})
	go func() {
		defer close(scanned)
		if _, err := w.Scan(t.Context(), nil); err != nil {
			t.Error(err)
		}
	}()
	watch(t, w)
	becomes(t, w, func() []string { // saves, until one comes after the watch has begun
		write(t, filepath.Join(dir, "b.go"), goFile("B"))
		return []string{"b.go B"}
	}, dir)
	letGo()
	<-scanned
	becomes(t, w, func() []string { return []string{"a.go A", "b.go B"} }, dir)
}
