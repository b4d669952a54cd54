package workspace

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
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
	"github.com/symcache/symcache/lsp/workspace/scan"
)

// manyChanges are so many that an index file is due.
const manyChanges = 18

// later is a clock by which files written now are old enough to trust their times.
func later() time.Time { return time.Now().Add(time.Hour) }

// newWorkspace returns a workspace as another process would have it: with a store
// of its own in the same directory.
func newWorkspace(t *testing.T, cache string, roots ...string) *Workspace {
	t.Helper()
	e := contents.NewEngine(contents.Config{Store: openStore(t, cache, cachestore.Options{}), Jobs: 2, Now: later, Logger: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug}))})
	w, err := New(e, Config{AnswerBudget: patience}, roots)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w
}

func scanAll(t *testing.T, w *Workspace) scan.Report {
	t.Helper()
	report, err := w.ScanTogether(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	checkSum(t, report)
	return report
}

// all returns everything that a workspace finds, after a look at each place: the
// name stands there.
func all(t *testing.T, w *Workspace) []index.Match {
	t.Helper()
	matches, err := w.Search(t.Context(), index.Query{Limit: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range matches {
		content, err := os.ReadFile(m.Path)
		if err != nil {
			t.Errorf("%s is found in a file that is not there: %v", m.Name, err)
			continue
		}
		lines := strings.Split(string(content), "\n")
		if at := m.Selection.Start; int(at.Line) >= len(lines) || !strings.HasPrefix(lines[at.Line][at.Byte:], m.Name) {
			t.Errorf("%s is not at %s:%d:%d", m.Name, m.Path, at.Line, at.Byte)
		}
	}
	return matches
}

// fromScratch is what a workspace finds that nobody has looked at before.
func fromScratch(t *testing.T, roots ...string) []index.Match {
	t.Helper()
	w := newWorkspace(t, filepath.Join(t.TempDir(), "scratch"), roots...)
	scanAll(t, w)
	return all(t, w)
}

// publishNow writes the index of a workspace with one root.
func publishNow(w *Workspace) error {
	lost, err := w.now().Trees()[0].Publish()
	for _, path := range lost {
		w.Touch(path)
	}
	return err
}

func indexFiles(t *testing.T, cache string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(cache, "v2/*/workspaces/*/*.index"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// The next process knows everything at once, and reads nothing that did not change. It does not even read summaries,
// which are gone here.
func TestIndexIsKept(t *testing.T) {
	t.Parallel()
	cache := filepath.Join(t.TempDir(), "cache")
	files := manyFiles(100)
	files["binary.go"], files["large.go"], files["LICENSE"] = "package p\x00", goFile()+strings.Repeat("\n", contents.DefaultMaxFileSize), "free"
	dir := makeTree(t, files)
	first := newWorkspace(t, cache, dir)
	if first.Complete() {
		t.Error("a new workspace claims to be complete")
	}
	want := scanAll(t, first)
	matches := all(t, first)

	packs, err := filepath.Glob(filepath.Join(cache, "v2/*/packs/*.pack"))
	if err != nil || len(packs) == 0 {
		t.Fatal(packs, err)
	}
	for _, pack := range packs {
		remove(t, pack)
	}
	second := newWorkspace(t, cache, dir)
	if !second.Complete() {
		t.Error("what was scanned is not complete")
	}
	if stats := second.Stats(); stats != first.Stats() || stats.Files != 100 || stats.Symbols != 100 {
		t.Errorf("%+v, want %+v", stats, first.Stats())
	}
	if diff := cmp.Diff(matches, all(t, second)); diff != "" {
		t.Errorf("before the scan (-first +second):\n%s", diff)
	}
	report := scanAll(t, second)
	wantCounts(t, report, counts{Files: 102, Reused: 100, Skipped: 2})
	if report.Symbols != want.Symbols || report.Bytes != want.Bytes {
		t.Errorf("%+v, want %+v", report, want)
	}
	if diff := cmp.Diff(want.SkippedReasons, report.SkippedReasons); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(matches, all(t, second)); diff != "" {
		t.Errorf("after the scan (-first +second):\n%s", diff)
	}
}

// Other settings have another index file. Roots below each other have one each.
func TestIndexPerSettings(t *testing.T) {
	t.Parallel()
	cache := filepath.Join(t.TempDir(), "cache")
	dir := makeTree(t, map[string]string{"a.go": goFile("A"), "sub/b.go": goFile("B")})
	sub := filepath.Join(dir, "sub")
	scanAll(t, newWorkspace(t, cache, dir))
	both := newWorkspace(t, cache, dir, sub)
	if both.Complete() {
		t.Error("a root within a root does not count")
	}
	scanAll(t, both)
	if diff := cmp.Diff([]string{"a.go A", "sub/b.go B"}, found(t, both, dir, "")); diff != "" {
		t.Error(diff)
	}
	e := contents.NewEngine(contents.Config{Store: openStore(t, cache, cachestore.Options{})})
	excluding, err := New(e, Config{AnswerBudget: patience, Settings: Settings{Exclude: []string{"a.go"}}}, []string{dir})
	if err != nil {
		t.Fatal(err)
	}
	defer excluding.Close()
	if excluding.Complete() {
		t.Error("what is excluded does not count")
	}
	scanAll(t, excluding)
	if diff := cmp.Diff([]string{"sub/b.go B"}, found(t, excluding, dir, "")); diff != "" {
		t.Error(diff)
	}
	if n := len(indexFiles(t, cache)); n != 4 {
		t.Errorf("%d indexes, want 4", n)
	}
}

// W11: a file whose times are too young to trust is read again, until they are old enough.
func TestRacyFilesAreReadAgain(t *testing.T) {
	t.Parallel()
	cache := filepath.Join(t.TempDir(), "cache")
	began := time.Now()
	now := func() time.Time { return began } // however long it takes from here to the reading
	dir := makeTree(t, manyFiles(manyChanges))
	open := func() *Workspace {
		e := contents.NewEngine(contents.Config{Store: openStore(t, cache, cachestore.Options{}), Jobs: 2, Now: func() time.Time { return now() }})
		w, err := New(e, Config{AnswerBudget: patience}, []string{dir})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(w.Close)
		return w
	}
	racy := func(w *Workspace) (n int) {
		for _, b := range w.now().Trees()[0].Files(dir) {
			if b.Racy {
				n++
			}
		}
		return n
	}
	w := open()
	scanAll(t, w)
	if n := racy(w); n != manyChanges {
		t.Errorf("%d files are racy, want all", n)
	}
	now = later
	w = open()
	scanAll(t, w)
	if n := racy(w); n != 0 {
		t.Errorf("%d files are racy after they were read again", n)
	}
	now = func() time.Time { return time.Now().Add(-time.Hour) } // the files are of the future
	w = open()
	path := filepath.Join(dir, "d00/f0.go")
	write(t, path, goFile("Future"))
	scanAll(t, w)
	if b, ok := w.now().Trees()[0].Known(path); !ok || !b.Racy {
		t.Errorf("a file of the future is taken for settled: %+v", b)
	}
}

// damages of an index file.
var damages = map[string]func(t *testing.T, path string){
	"deleted": func(t *testing.T, path string) { remove(t, path) },
	"emptied": func(t *testing.T, path string) { truncate(t, path, 0) },
	"header":  func(t *testing.T, path string) { truncate(t, path, 4096) },
	"half":    func(t *testing.T, path string) { truncate(t, path, size(t, path)/2) },
	"almost":  func(t *testing.T, path string) { truncate(t, path, size(t, path)-1) },
	"zeroed": func(t *testing.T, path string) {
		n := size(t, path)
		truncate(t, path, 0)
		truncate(t, path, n)
	},
	"garbage": func(t *testing.T, path string) {
		replaceFile(t, path, strings.Repeat("garbage\n", 1000))
	},
	"bits": func(t *testing.T, path string) {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for at := 5000; at < len(content); at += 501 {
			content[at] ^= 0x40
		}
		replaceFile(t, path, string(content))
	},
}

func size(t *testing.T, path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

func truncate(t *testing.T, path string, size int64) {
	if err := os.Truncate(path, size); err != nil {
		t.Fatal(err)
	}
}

// replaceFile gives a name to another file, as nobody may change a mapped one. On Windows
// it first renames the old file, as editors do: there a file that somebody reads can be
// renamed and removed, but not be replaced.
func replaceFile(t *testing.T, path, content string) {
	write(t, path+".new", content)
	if runtime.GOOS == "windows" {
		if err := os.Rename(path, path+".old"); err != nil {
			t.Fatal(err)
		}
		defer remove(t, path+".old")
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

// systemCloses closes workspaces on Windows: there nobody can change an index file that
// is mapped.
func systemCloses(workspaces ...*Workspace) {
	if runtime.GOOS == "windows" {
		for _, w := range workspaces {
			w.Close()
		}
	}
}

// Whatever happens to an index file between two processes, or under a running one, the answers are the same, and nothing
// is parsed again. S23
func TestIndexDamaged(t *testing.T) {
	t.Parallel()
	for name, damage := range damages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cache := filepath.Join(t.TempDir(), "cache")
			dir := makeTree(t, manyFiles(60))
			running := newWorkspace(t, cache, dir)
			running.rebuildWait = patience
			scanAll(t, running)
			want := all(t, running)
			run(t, running)
			systemCloses(running)
			damage(t, indexFiles(t, cache)[0])

			next := newWorkspace(t, cache, dir)
			next.rebuildWait = patience
			run(t, next)
			wantCounts(t, scanAll(t, next), counts{Files: 60, Reused: 60})
			workspaces := map[string]*Workspace{"running": running, "next": next}
			if runtime.GOOS == "windows" {
				delete(workspaces, "running") // which is closed
			}
			for who, w := range workspaces {
				if diff := cmp.Diff(want, all(t, w)); diff != "" {
					t.Errorf("%s (-want +got):\n%s", who, diff)
				}
			}
			third := newWorkspace(t, cache, dir)
			if !third.Complete() {
				t.Error("the index was not written anew")
			}
			if diff := cmp.Diff(want, all(t, third)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A running workspace takes an index file that another process has written.
func TestNewerIndexIsTaken(t *testing.T) {
	t.Parallel()
	cache := filepath.Join(t.TempDir(), "cache")
	dir := makeTree(t, manyFiles(10))
	server := newWorkspace(t, cache, dir)
	scanAll(t, server)
	for name, text := range manyFiles(100) {
		write(t, filepath.Join(dir, "more", name), text)
	}
	warm := newWorkspace(t, cache, dir)
	scanAll(t, warm)
	if !server.takeNewer() {
		t.Fatal("the newer index is not seen")
	}
	if server.takeNewer() {
		t.Error("one index is taken twice")
	}
	if diff := cmp.Diff(all(t, warm), all(t, server)); diff != "" {
		t.Error(diff)
	}
}

// A workspace that watches stays right when another process writes an index file of what it knew before.
func TestOlderIndexIsNotTaken(t *testing.T) {
	t.Parallel()
	cache := filepath.Join(t.TempDir(), "cache")
	dir := makeTree(t, manyFiles(40))
	server, other := newWorkspace(t, cache, dir), newWorkspace(t, cache, dir)
	scanAll(t, server)
	watch(t, server)
	untilWatching(t, server)
	scanAll(t, other)
	for name := range manyFiles(30) {
		remove(t, filepath.Join(dir, name))
	}
	write(t, filepath.Join(dir, "new.go"), goFile("New"))
	scanAll(t, server)
	want, stats := all(t, server), server.Stats()
	if err := publishNow(other); err != nil {
		t.Fatal(err)
	}
	if !server.takeNewer() {
		t.Fatal("the newer index is not seen")
	}
	if server.takeNewer() {
		t.Error("one index is seen twice")
	}
	if diff := cmp.Diff(want, all(t, server)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := server.Stats(); got != stats {
		t.Errorf("%+v, want %+v", got, stats)
	}
	// The next who comes has what the server knows.
	for name := range manyFiles(40) {
		write(t, filepath.Join(dir, name), goFile("Last"))
	}
	scanAll(t, server)
	if diff := cmp.Diff(all(t, server), all(t, newWorkspace(t, cache, dir))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Nothing is lost while index files are written, and files are touched and searched.
func TestPublishWhileFilesChange(t *testing.T) {
	t.Parallel()
	dir := makeTree(t, manyFiles(50))
	w := newWorkspace(t, filepath.Join(t.TempDir(), "cache"), dir)
	scanAll(t, w)
	run(t, w)
	done := make(chan struct{})
	var others sync.WaitGroup
	others.Go(func() {
		for {
			if err := publishNow(w); err != nil {
				t.Error(err)
			}
			select {
			case <-done:
				return
			default:
			}
		}
	})
	others.Go(func() {
		for {
			if _, err := w.Search(t.Context(), index.Query{Text: "F"}); err != nil {
				t.Error(err)
			}
			select {
			case <-done:
				return
			default:
			}
		}
	})
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range 300 {
		path := filepath.Join(dir, fmt.Sprintf("d%02d/f%d.go", i%20, rng.IntN(60)))
		if rng.IntN(4) == 0 {
			remove(t, path)
		} else {
			write(t, path, goFile(fmt.Sprintf("New%d", i)))
		}
		w.Touch(path)
	}
	settle(t, w)
	close(done)
	others.Wait()
	if diff := cmp.Diff(fromScratch(t, dir), all(t, w)); diff != "" {
		t.Error(diff)
	}
}

// Files change at random. Processes come and go, and share nothing but the cache. After a scan each process finds what
// is there, and before the scan nothing that is not.
func TestIndexAgainstScratch(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(seed, 9))
			cache := filepath.Join(t.TempDir(), "cache")
			dir := makeTree(t, manyFiles(60))
			processes := []*Workspace{newWorkspace(t, cache, dir)}
			path := func() string { return filepath.Join(dir, fmt.Sprintf("d%02d/f%d.go", rng.IntN(20), rng.IntN(90))) }
			for round := range 12 {
				var touched []string
				for range rng.IntN(40) {
					p := path()
					switch rng.IntN(8) {
					case 0:
						remove(t, p)
					case 1:
						remove(t, filepath.Dir(p))
					case 2:
						write(t, p, "package p\x00")
					case 3:
						write(t, p, goFile()+strings.Repeat(" ", contents.DefaultMaxFileSize))
					case 4: // as another file
						write(t, p, goFile(fmt.Sprintf("F%d", rng.IntN(60))))
					case 5: // moved
						if to := path(); to != p {
							mkdir(t, filepath.Dir(to))
							_ = os.Rename(p, to) // ignore error: it may not be there
							touched = append(touched, to)
						}
					default:
						write(t, p, goFile(fmt.Sprintf("R%dF%d", round, rng.IntN(1000)), "Common"))
					}
					touched = append(touched, p)
				}
				w := processes[rng.IntN(len(processes))]
				if rng.IntN(3) == 0 {
					w = newWorkspace(t, cache, dir)
					processes = append(processes, w)
				}
				switch rng.IntN(4) {
				case 0:
					for _, p := range touched {
						if err := w.refresh(t.Context(), p); err != nil {
							t.Fatal(err)
						}
					}
				case 1:
					if err := publishNow(w); err != nil {
						t.Fatal(err)
					}
				case 2:
					w.takeNewer()
				}
				all(t, w) // whatever it knows, no place is wrong
				scanAll(t, w)
				want, got := fromScratch(t, dir), all(t, w)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Fatalf("round %d (-want +got):\n%s", round, diff)
				}
				files := make(map[string]bool)
				for _, m := range got {
					files[m.Path] = true
				}
				if stats := w.Stats(); stats.Symbols != len(got) || stats.Files < len(files) {
					t.Fatalf("round %d: %+v, but %d symbols in %d files are found", round, stats, len(got), len(files))
				}
				if rng.IntN(5) == 0 {
					if files := indexFiles(t, cache); len(files) > 0 {
						names := []string{"deleted", "garbage", "bits"}
						systemCloses(processes...)
						damages[names[rng.IntN(len(names))]](t, slices.Max(files))
						if runtime.GOOS == "windows" {
							processes = []*Workspace{newWorkspace(t, cache, dir)}
						}
					}
				}
			}
		})
	}
}
