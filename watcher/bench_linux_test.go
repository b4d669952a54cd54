package watcher

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
)

// treeEnv names a source tree for the benchmarks of idle watching. It is not
// changed.
const treeEnv = "WATCHER_BENCH_TREE"

// BenchmarkLatency is the time from write(2) to its report, beside that of
// fsnotify alone. Debounce is in it.
func BenchmarkLatency(b *testing.B) {
	measure := func(b *testing.B, file string, reported func() bool) {
		f, err := os.OpenFile(file, os.O_WRONLY, 0)
		must(b, err)
		defer f.Close()
		var took []time.Duration
		for b.Loop() {
			began := time.Now()
			_, err := f.WriteAt([]byte("x"), 0)
			must(b, err)
			for !reported() {
			}
			took = append(took, time.Since(began))
		}
		slices.Sort(took)
		b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-us")
		b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-us")
	}
	b.Run("fsnotify", func(b *testing.B) {
		file := filepath.Join(tempDir(b), "f")
		write(b, file, "1")
		w, err := fsnotify.NewWatcher()
		must(b, err)
		defer w.Close()
		must(b, w.Add(filepath.Dir(file)))
		measure(b, file, func() bool { return (<-w.Events).Name == file })
	})
	for _, debounce := range []time.Duration{time.Nanosecond, defaultDebounce} {
		b.Run(fmt.Sprintf("debounce=%v", debounce), func(b *testing.B) {
			root := tempDir(b)
			file := filepath.Join(root, "f")
			write(b, file, "1")
			r := start(b, Options{Debounce: debounce}, root)
			measure(b, file, func() bool { return slices.Contains((<-r.w.Events()).Dirty, file) })
		})
	}
}

// BenchmarkW1ManyFiles is the time until 96,000 new files in 64 new directories
// are all reported, from the first one's creation and from the last one's.
func BenchmarkW1ManyFiles(b *testing.B) {
	for _, noise := range []bool{false, true} {
		b.Run(fmt.Sprintf("noise=%v", noise), func(b *testing.B) {
			var afterLast time.Duration
			var batches int
			for b.Loop() {
				b.StopTimer()
				root := tempDir(b)
				mkdir(b, filepath.Join(root, "out"))
				r := start(b, Options{Ignore: func(path string) bool { return filepath.Ext(path) == ".o" }}, root)
				quiet := func() {}
				if noise {
					quiet = makeNoise(b, filepath.Join(root, "out"))
				}
				var created time.Time
				var paths []string
				done := make(chan struct{})
				b.StartTimer()
				go func() {
					defer close(done)
					paths = createMany(b, root, 96_000)
					created = time.Now()
				}()
				for running := true; running; {
					select {
					case batch := <-r.w.Events():
						r.batches = append(r.batches, batch)
					case <-done:
						running = false
					}
				}
				r.until("everything is reported", func() bool { return len(uncovered(r, paths)) == 0 })
				b.StopTimer()
				afterLast += time.Since(created)
				batches += len(r.batches)
				quiet()
				must(b, r.w.Close())
				remove(b, root)
				b.StartTimer()
			}
			b.ReportMetric(float64(afterLast.Milliseconds())/float64(b.N), "ms-after-last")
			b.ReportMetric(float64(batches)/float64(b.N), "batches")
		})
	}
}

// BenchmarkW2Noise is the time from write(2) to its report while 1,000 events a
// second come from files that are ignored.
func BenchmarkW2Noise(b *testing.B) {
	root := tempDir(b)
	file := filepath.Join(root, "f")
	write(b, file, "1")
	mkdir(b, filepath.Join(root, "out"))
	r := start(b, Options{Ignore: func(path string) bool { return filepath.Ext(path) == ".o" }}, root)
	defer makeNoise(b, filepath.Join(root, "out"))()
	for b.Loop() {
		must(b, os.WriteFile(file, []byte("2"), 0o644))
		r.untilExactly(file)
		r.forget()
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

// BenchmarkTree is what it costs to begin watching a real tree, and to do so while
// nothing happens, by watching and by polling: one operation is five seconds.
func BenchmarkTree(b *testing.B) {
	root := os.Getenv(treeEnv)
	if root == "" {
		b.Skip("set " + treeEnv)
	}
	for _, c := range []struct {
		name    string
		options Options
	}{{"watching", Options{}}, {"polling", Options{MaxWatches: -1}}} {
		b.Run(c.name, func(b *testing.B) {
			before := heap()
			began := time.Now()
			r := start(b, c.options, root)
			started := time.Since(began)
			held := heap() - before
			cpu := cpuTime(b)
			var measured time.Duration
			for b.Loop() {
				time.Sleep(5 * time.Second)
				measured += 5 * time.Second
			}
			b.ReportMetric(float64(started.Milliseconds()), "ms-to-start")
			b.ReportMetric(float64(held)/1e6, "MB")
			s := r.status()
			b.ReportMetric(100*float64(cpuTime(b)-cpu)/float64(measured), "%cpu")
			b.ReportMetric(float64(s.Watched), "watched")
			b.ReportMetric(float64(s.Polled), "polled")
			b.ReportMetric(s.PollRound.Seconds(), "s/round")
		})
	}
}

// BenchmarkPollRound is what one round of polling a real tree costs without its
// pauses.
func BenchmarkPollRound(b *testing.B) {
	root := os.Getenv(treeEnv)
	if root == "" {
		b.Skip("set " + treeEnv)
	}
	r := start(b, Options{MaxWatches: -1, PollInterval: time.Hour}, root)
	done := make(chan struct{})
	for b.Loop() {
		must(b, r.w.ask(func(t *tree) {
			for _, d := range subtree(t.roots[root].dir) {
				t.poll(d)
			}
			done <- struct{}{}
		}))
		<-done
	}
}

// BenchmarkResync is what it costs to look at everything in a real tree after
// events were lost.
func BenchmarkResync(b *testing.B) {
	root := os.Getenv(treeEnv)
	if root == "" {
		b.Skip("set " + treeEnv)
	}
	r := start(b, Options{}, root)
	cost := make(chan time.Duration)
	for b.Loop() {
		must(b, r.w.ask(func(t *tree) {
			t.resync()
			cost <- t.resyncCost
		}))
		<-cost
	}
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	must(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
