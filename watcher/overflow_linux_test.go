package watcher

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const manyDirs = 64

// createMany makes files in 64 directories with several writers, and returns
// their paths. The directories need not exist.
func createMany(t testing.TB, root string, n int) []string {
	t.Helper()
	paths := make([]string, n)
	for i := range paths {
		paths[i] = filepath.Join(root, fmt.Sprintf("d%02d", i%manyDirs), fmt.Sprintf("f%d.go", i))
	}
	const writers = 4
	var group sync.WaitGroup
	for w := range writers {
		group.Go(func() {
			for i := w; i < n; i += writers {
				if i < manyDirs { // the writer's own, since 4 divides 64
					if err := os.Mkdir(filepath.Dir(paths[i]), 0o755); err != nil && !os.IsExist(err) {
						t.Error(err)
					}
				}
				fd, err := unix.Open(paths[i], unix.O_CREAT|unix.O_WRONLY|unix.O_CLOEXEC, 0o644)
				if err != nil {
					t.Error(err)
					return
				}
				_ = unix.Close(fd)
			}
		})
	}
	group.Wait()
	return paths
}

// W1: of 96,000 files that are made at once in new directories, each is covered by a report.
func TestManyNewFilesAreCovered(t *testing.T) {
	t.Parallel()
	testManyFiles(t, 96_000, func(*recorder, string, *faulty) func() { return func() {} })
}

// W1: so they are when the kernel's queue, 16,384 events by default, overflows.
func TestKernelQueueOverflows(t *testing.T) {
	t.Parallel()
	f := testManyFiles(t, 30_000, func(r *recorder, root string, f *faulty) func() {
		for d := range manyDirs - 8 {
			dir := filepath.Join(root, fmt.Sprintf("d%02d", d))
			mkdir(t, dir)
			for !f.has(dir) {
				runtime.Gosched()
			}
			r.untilExactly(dir) // a report that comes later would cover all that is made in it
		}
		r.forget()
		<-f.gate
		return func() { f.gate <- struct{}{} }
	})
	if f.lost.Load() == 0 {
		t.Skip("the kernel's queue is longer here")
	}
}

func testManyFiles(t *testing.T, n int, prepare func(r *recorder, root string, f *faulty) (release func())) *faulty {
	root := tempDir(t)
	var options Options
	var f *faulty
	f, options.open = opener(&limits{watches: 1e6})
	r := start(t, options, root)
	release := prepare(r, root, f)
	paths := createMany(t, root, n)
	release()
	r.until("everything is reported", func() bool { return len(uncovered(r, paths)) == 0 })
	t.Logf("%d batches, the kernel's queue overflowed %d times", len(r.batches), f.lost.Load())
	r.forget()
	// The directories, of which some were only found by looking, are watched.
	for d := range manyDirs {
		path := filepath.Join(root, fmt.Sprintf("d%02d", d), "late")
		write(t, path, "1")
		r.untilCovered(path)
	}
	if got := r.status().Watched; got != manyDirs+1 {
		t.Errorf("%d directories are watched, want %d", got, manyDirs+1)
	}
	return f
}

// kernelQueue returns how many events the kernel's queue holds.
func kernelQueue(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile("/proc/sys/fs/inotify/max_queued_events")
	must(t, err)
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	must(t, err)
	return n
}

// uncovered returns the paths that no report covers.
func uncovered(r *recorder, paths []string) []string {
	covered := make(map[string]bool)
	for _, b := range r.batches {
		for _, path := range append(b.Dirty, b.Rescan...) {
			covered[path] = true
		}
	}
	var missing []string
	for _, path := range paths {
		if !covered[path] && !belowAny(path, func(dir string) bool { return covered[dir] }) {
			missing = append(missing, path)
		}
	}
	return missing
}

// W10: the kernel's queue is drained while a callback hangs, nobody reads the batches,
// and roots are added: nothing is lost in the kernel, and nobody waits. No more
// is written than the queue can hold, over and over, as fast as it is drained:
// it is not the speed of the machine that is tested.
func TestQueueIsDrained(t *testing.T) {
	t.Parallel()
	root, other := tempDir(t), tempDir(t)
	hang, hanging := make(chan struct{}), make(chan struct{})
	var once sync.Once
	options := Options{Ignore: func(path string) bool {
		once.Do(func() { close(hanging) })
		<-hang
		return strings.HasSuffix(path, ".o")
	}}
	var f *faulty
	f, options.open = opener(&limits{watches: 1e6})
	drained := make(chan struct{})
	f.passed = func(path string) {
		if strings.HasSuffix(path, ".last") {
			drained <- struct{}{}
		}
	}
	r := start(t, options, root)
	write(t, filepath.Join(root, "f"), "1")
	<-hanging
	part := min(kernelQueue(t), 1<<14) / 4 // each file makes up to three events
	var paths []string
	for len(paths) < 20_000 {
		for range part {
			path := filepath.Join(root, fmt.Sprint(len(paths)))
			write(t, path, "1")
			paths = append(paths, path)
		}
		// Of the last directory there is one event.
		mkdir(t, filepath.Join(root, fmt.Sprint(len(paths), ".last")))
		select {
		case <-drained:
		case <-time.After(patience):
			t.Fatalf("the kernel's queue is not drained; it overflowed %d times", f.lost.Load())
		}
	}
	for range 1000 {
		must(t, r.w.Add(other))
		must(t, r.w.Refilter(other))
		must(t, r.w.Remove(other))
		r.w.Status()
	}
	close(hang)
	r.until("everything is reported", func() bool { return len(uncovered(r, paths)) == 0 })
	if n := f.lost.Load(); n > 0 {
		t.Errorf("the kernel's queue overflowed %d times", n)
	}
}
