package workspace

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/workspace/bindings"
	"github.com/symcache/symcache/lsp/workspace/contents"
)

// treeEnv names a source tree for the benchmarks that need a large one. It is not
// changed, but copied by those that would.
const treeEnv = "WORKSPACE_BENCH_TREE"

// benchTree returns that tree.
func benchTree(b *testing.B) string {
	b.Helper()
	root := os.Getenv(treeEnv)
	if root == "" {
		b.Skip("set " + treeEnv)
	}
	return root
}

// copyTree returns a copy of it.
func copyTree(b *testing.B) string {
	b.Helper()
	root := filepath.Join(makeTree(b, nil), "copy")
	if out, err := exec.Command("cp", "-a", benchTree(b), root).CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	return root
}

// serving returns a workspace that is scanned, runs and watches until stop is called,
// as that of a server; its engine tells the time truly.
func serving(b *testing.B, cache, root string) (w *Workspace, stop func()) {
	b.Helper()
	w, err := New(contents.NewEngine(contents.Config{Store: openStore(b, cache, cachestore.Options{})}), Config{}, []string{root})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var tasks sync.WaitGroup
	tasks.Go(func() { w.Run(ctx) })
	tasks.Go(func() {
		if err := w.Watch(ctx); err != nil {
			b.Error(err)
		}
	})
	if _, err := w.Scan(ctx, nil); err != nil {
		b.Fatal(err)
	}
	for len(w.WatchStatus()) == 0 || w.WatchStatus()[0].State == "starting" {
		time.Sleep(time.Millisecond)
	}
	return w, func() {
		cancel()
		tasks.Wait()
		w.Close()
	}
}

// percentiles reports the median and the 99th percentile of durations.
func percentiles(b *testing.B, took []time.Duration) {
	b.Helper()
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}

// BenchmarkWriteToAnswer is the time from write(2) to an answer that has the new name,
// asked for again and again, beside that to the event of fsnotify alone. 10 ms of it are
// the watcher's debounce.
func BenchmarkWriteToAnswer(b *testing.B) {
	b.Run("fsnotify", func(b *testing.B) {
		path := filepath.Join(makeTree(b, map[string]string{"a.go": ""}), "a.go")
		events, err := fsnotify.NewWatcher()
		if err != nil {
			b.Fatal(err)
		}
		defer events.Close()
		if err := events.Add(filepath.Dir(path)); err != nil {
			b.Fatal(err)
		}
		var took []time.Duration
		for i := 0; b.Loop(); i++ {
			began := writeName(b, path, i)
			<-events.Events
			took = append(took, time.Since(began))
		}
		percentiles(b, took)
	})
	for _, large := range []bool{false, true} {
		b.Run(fmt.Sprintf("answer/large=%v", large), func(b *testing.B) {
			root := ""
			if large {
				root = copyTree(b)
			} else {
				root = makeTree(b, manyFiles(100))
			}
			w, stop := serving(b, filepath.Join(b.TempDir(), "cache"), root)
			defer stop()
			path := filepath.Join(root, "written.go")
			write(b, path, "")
			var took []time.Duration
			for i := 0; b.Loop(); i++ {
				began := writeName(b, path, i)
				for q := (index.Query{Text: fmt.Sprintf("Written%d", i), Exact: true}); ; {
					matches, err := w.Search(b.Context(), q)
					if err != nil {
						b.Fatal(err)
					}
					if len(matches) > 0 {
						break
					}
					time.Sleep(100 * time.Microsecond) // as long as a round trip
				}
				took = append(took, time.Since(began))
			}
			percentiles(b, took)
		})
	}
}

// writeName declares a new name in a file by one write(2), and tells when.
func writeName(b *testing.B, path string, i int) time.Time {
	b.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	began := time.Now()
	if _, err := fmt.Fprintf(f, "package p\n\nfunc Written%d() {}\n", i); err != nil {
		b.Fatal(err)
	}
	return began
}

// BenchmarkManyFiles is the time until 96,000 files that are made in 64 new
// directories in one go are all known, from the last one's creation, while nothing else
// happens or 1,000 events a second come from files that are ignored.
func BenchmarkManyFiles(b *testing.B) { // W1, W2
	const files, dirs = 96_000, 64
	for _, noise := range []bool{false, true} {
		b.Run(fmt.Sprintf("noise=%v", noise), func(b *testing.B) {
			for b.Loop() {
				root := makeTree(b, map[string]string{".gitignore": "*.o\n", "a.go": goFile("A")})
				w, stop := serving(b, filepath.Join(b.TempDir(), "cache"), root)
				quiet := func() {}
				if noise {
					quiet = makeNoise(b, root)
				}
				began := time.Now()
				var group sync.WaitGroup
				for dir := range dirs {
					group.Go(func() {
						for i := range files / dirs {
							write(b, filepath.Join(root, fmt.Sprintf("d%02d/f%d.go", dir, i)), goFile(fmt.Sprintf("F%dIn%d", i, dir)))
						}
					})
				}
				group.Wait()
				made := time.Now()
				for w.Stats().Files != files+1 {
					if time.Since(made) > 10*time.Minute {
						b.Fatalf("%d of %d files are known", w.Stats().Files, files+1)
					}
					time.Sleep(time.Millisecond)
				}
				b.ReportMetric(made.Sub(began).Seconds(), "s-to-make")
				b.ReportMetric(time.Since(made).Seconds(), "s-after-last")
				b.ReportMetric(float64(w.engine.Parsed()), "parsed")
				quiet()
				stop()
			}
		})
	}
}

// makeNoise writes ignored files, 1,000 events a second, until it is told to stop.
func makeNoise(b *testing.B, dir string) (stop func()) {
	done := make(chan struct{})
	var group sync.WaitGroup
	group.Go(func() {
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		for i := 0; ; i++ {
			select {
			case <-done:
				return
			case <-tick.C:
				write(b, filepath.Join(dir, fmt.Sprint(i%100, ".o")), "1") // two events: truncate, write
			}
		}
	})
	return func() {
		close(done)
		group.Wait()
	}
}

// BenchmarkCheckout is the time from the end of git checkout to all that it changed
// being known, of a branch that differs in half of the files, and back: the first time
// there, and then, when each content has been parsed once. Meanwhile answers are
// checked.
func BenchmarkCheckout(b *testing.B) {
	root := copyTree(b)
	git := func(args ...string) {
		b.Helper()
		c := changer{root: root}
		if out, err := c.runGit(args...); err != nil {
			b.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	remove(b, filepath.Join(root, ".git"))
	git("init", "-q", "-b", "one")
	git("config", "gc.auto", "0")
	git("add", "-A")
	git("commit", "-q", "-m", "one")
	git("checkout", "-q", "-b", "two")
	changed := changeHalf(b, root)
	git("add", "-A")
	git("commit", "-q", "-m", "two")
	known := map[string]bindings.Totals{"two": scratchStats(b, root)}
	git("checkout", "-q", "one")
	w, stop := serving(b, filepath.Join(b.TempDir(), "cache"), root)
	defer stop()
	known["one"] = w.Stats()
	checkout := func(b *testing.B, branch string) {
		before := w.engine.Parsed()
		began := time.Now()
		git("checkout", "-q", branch)
		ended := time.Now()
		answers, wrong := 0, 0
		rng := rand.New(rand.NewPCG(1, 1))
		for w.Stats() != known[branch] {
			if time.Since(ended) > 10*time.Minute {
				b.Fatalf("%+v are known, want %+v", w.Stats(), known[branch])
			}
			answers, wrong = answers+1, wrong+wrongPlaces(b, w, rng)
		}
		b.ReportMetric(ended.Sub(began).Seconds(), "s-git")
		b.ReportMetric(time.Since(ended).Seconds(), "s-after-git")
		b.ReportMetric(float64(w.engine.Parsed()-before), "parsed")
		b.ReportMetric(float64(answers), "answers")
		b.ReportMetric(float64(wrong), "wrong")
		b.ReportMetric(float64(changed), "changed")
	}
	for _, c := range []struct{ name, branch string }{{"there", "two"}, {"back", "one"}, {"again", "two"}} {
		b.Run(c.name, func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				if i > 0 { // more than one run was asked for
					other := map[string]string{"one": "two", "two": "one"}[c.branch]
					b.StopTimer()
					checkout(b, other)
					b.StartTimer()
				}
				checkout(b, c.branch)
			}
		})
	}
}

// changeHalf adds a function to every second Go or C file, removes every 50th and adds
// as many; it returns how many files are not what they were.
func changeHalf(b *testing.B, root string) (changed int) {
	b.Helper()
	i := 0
	err := filepath.WalkDir(root, func(path string, e os.DirEntry, err error) error {
		if ext := filepath.Ext(path); err != nil || !e.Type().IsRegular() || ext != ".go" && ext != ".c" {
			return err
		}
		i++
		switch {
		case i%50 == 0:
			changed += 2
			if err := os.Rename(path, strings.TrimSuffix(path, filepath.Ext(path))+"_moved"+filepath.Ext(path)); err != nil {
				return err
			}
		case i%2 == 0:
			changed++
			f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			text := fmt.Sprintf("\nfunc AddedByTwo%d() {}\n", i)
			if filepath.Ext(path) == ".c" {
				text = fmt.Sprintf("\nvoid AddedByTwo%d(void) {}\n", i)
			}
			_, err = f.WriteString(text)
			return errors.Join(err, f.Close())
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return changed
}

// scratchStats is how much there is below a root.
func scratchStats(b *testing.B, root string) bindings.Totals {
	b.Helper()
	w, err := New(contents.NewEngine(contents.Config{}), Config{}, []string{root})
	if err != nil {
		b.Fatal(err)
	}
	defer w.Close()
	if _, err := w.Scan(b.Context(), nil); err != nil {
		b.Fatal(err)
	}
	return w.Stats()
}

// wrongPlaces counts the symbols of an answer that do not stand where it says, in files
// that have not changed since it was asked for.
func wrongPlaces(b *testing.B, w *Workspace, rng *rand.Rand) (wrong int) {
	b.Helper()
	asked := time.Now()
	text := string(rune('a'+rng.IntN(26))) + string("aeiou"[rng.IntN(5)])
	matches, err := w.Search(b.Context(), index.Query{Text: text})
	if err != nil {
		b.Fatal(err)
	}
	for _, m := range matches {
		s, ok := stateOf(m.Path)
		if !ok || time.Unix(0, s.stat.ChangeTime).After(asked) {
			continue
		}
		lines := strings.Split(s.text, "\n")
		if at := m.Selection.Start; int(at.Line) >= len(lines) || !strings.HasPrefix(lines[at.Line][min(int(at.Byte), len(lines[at.Line])):], m.Name) {
			wrong++
		}
	}
	return wrong
}

// BenchmarkIdle is what a workspace takes while nothing happens: one operation is a
// minute.
func BenchmarkIdle(b *testing.B) {
	root, err := Canonical(benchTree(b))
	if err != nil {
		b.Fatal(err)
	}
	cache := filepath.Join(b.TempDir(), "cache")
	_, stop := serving(b, cache, root)
	stop() // so that what is measured has an index to begin with
	w, stop := serving(b, cache, root)
	defer stop()
	for before := cpuTime(b); ; before = cpuTime(b) { // until the scan and the upkeep of the beginning are over
		time.Sleep(5 * time.Second)
		if cpuTime(b)-before < 25*time.Millisecond {
			break
		}
	}
	var used, measured time.Duration
	for b.Loop() {
		before := cpuTime(b)
		time.Sleep(time.Minute)
		used, measured = used+cpuTime(b)-before, measured+time.Minute
	}
	b.ReportMetric(100*float64(used)/float64(measured), "%cpu")
	status := w.WatchStatus()[0]
	b.ReportMetric(float64(status.Watched), "watched")
	b.ReportMetric(float64(status.Polled), "polled")
	b.ReportMetric(float64(w.Stats().Files), "files")
	b.ReportMetric(privateMB(b), "MB-private")
}

func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// privateMB is the memory that is this process's alone.
func privateMB(b *testing.B) (mb float64) {
	b.Helper()
	text, err := os.ReadFile("/proc/self/smaps_rollup")
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var kb float64
		if rest, ok := strings.CutPrefix(line, "Private_Dirty:"); ok {
			if _, err := fmt.Sscan(rest, &kb); err != nil {
				b.Fatal(err)
			}
			mb += kb / 1024
		}
	}
	return mb
}
