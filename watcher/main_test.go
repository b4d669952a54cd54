package watcher

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
)

// patience is longer than anything here takes, for tests against hanging.
const patience = 2 * time.Minute

// recorder is a consumer that remembers what was reported.
type recorder struct {
	t       testing.TB
	w       *Watcher
	batches []Batch
}

// start watches roots and returns when all of them are.
func start(t testing.TB, options Options, roots ...string) *recorder {
	t.Helper()
	w, err := New(roots, inTestTime(options))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	r := &recorder{t: t, w: w}
	for _, root := range roots {
		r.until(root+" is watched", func() bool { return r.covered(root) })
	}
	r.forget()
	return r
}

// systemWatches reports whether this system has watches; elsewhere all directories are polled.
var systemWatches = systemMaxWatches() >= 0

// alive is the state of a root that is there.
func alive() State {
	if systemWatches {
		return Watching
	}
	return Polling
}

// needsWatches skips a test of how events are reported.
func needsWatches(t *testing.T) {
	t.Helper()
	if !systemWatches {
		t.Skip("directories are polled on this system")
	}
}

// needsWatchPerDirectory skips a test of what happens when some directories can be watched and others not.
func needsWatchPerDirectory(t *testing.T) {
	t.Helper()
	needsWatches(t)
	if runtime.GOOS == "windows" {
		t.Skip("one watch covers a root on this system")
	}
}

// inTestTime lets the polling of a system without watches take half of the time, instead of what is good for users.
func inTestTime(o Options) Options {
	if !systemWatches && o.MaxWatches == 0 {
		o.PollInterval, o.pollShare = cmp.Or(o.PollInterval, time.Millisecond), 2
	}
	return o
}

// until reads batches until a condition holds.
func (r *recorder) until(what string, ok func() bool) {
	r.t.Helper()
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	again := time.NewTicker(5 * time.Millisecond) // what is waited for may come without a batch
	defer again.Stop()
	for !ok() {
		select {
		case <-again.C:
		case b, open := <-r.w.Events():
			if !open {
				r.t.Fatalf("closed while waiting until %s", what)
			}
			r.batches = append(r.batches, b)
		case <-timeout.C:
			r.t.Fatalf("waited in vain until %s; batches: %v; status: %+v", what, r.batches, r.w.Status())
		}
	}
}

// untilCovered reads batches until all paths are covered by reports.
func (r *recorder) untilCovered(paths ...string) {
	r.t.Helper()
	for _, path := range paths {
		r.until(path+" is reported", func() bool { return r.covered(path) })
	}
}

// untilExactly reads batches until a path is reported by its own name, or where directories are polled, by that of a
// directory above it.
func (r *recorder) untilExactly(path string) {
	r.t.Helper()
	if !systemWatches {
		r.untilCovered(path)
		return
	}
	r.until(path+" itself is reported", func() bool { return r.named(path) })
}

func (r *recorder) covered(path string) bool {
	covers := func(dir string) bool { return within(dir, path) }
	return slices.ContainsFunc(r.batches, func(b Batch) bool {
		return slices.ContainsFunc(b.Dirty, covers) || slices.ContainsFunc(b.Rescan, covers)
	})
}

func (r *recorder) named(path string) bool {
	return slices.ContainsFunc(r.batches, func(b Batch) bool {
		return slices.Contains(b.Dirty, path) || slices.Contains(b.Rescan, path)
	})
}

func (r *recorder) forget() { r.batches = nil }

// quiet waits until no report is to come of what has happened in a watched directory, and
// forgets all: an operation has several events, which may be reported one by one.
func (r *recorder) quiet(dir string) {
	r.t.Helper()
	f, err := os.CreateTemp(dir, "quiet") // which has one event
	must(r.t, err)
	must(r.t, f.Close())
	r.untilExactly(f.Name())
	r.forget()
}

// status is that of the only root.
func (r *recorder) status() RootStatus {
	r.t.Helper()
	all := r.w.Status()
	if len(all) != 1 {
		r.t.Fatalf("%d roots have a status, want 1", len(all))
	}
	return all[0]
}

// faulty is fsnotify on a system that has few watches and loses events.
type faulty struct {
	backend
	events chan fsnotify.Event
	errors chan error
	broken chan error // is passed on as an error
	losing atomic.Bool
	gate   chan struct{} // nothing reads the kernel's queue while its token is taken
	lost   atomic.Int64  // overflows that the kernel reported
	passed func(string)  // is told the path of each event that was taken

	limits *limits
}

// limits are shared by all backends of a test.
type limits struct {
	mu      sync.Mutex
	watches int // negative: the system has no notifications at all
	used    int
}

func (l *limits) set(watches int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.watches = watches
}

// opener returns what opens the faulty backend, of which there is one.
func opener(l *limits) (*faulty, func() (backend, error)) {
	f := &faulty{
		events: make(chan fsnotify.Event),
		errors: make(chan error),
		broken: make(chan error),
		gate:   make(chan struct{}, 1),
		passed: func(string) {},
		limits: l,
	}
	f.gate <- struct{}{}
	return f, func() (backend, error) {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.watches < 0 {
			return nil, syscall.EMFILE
		}
		b, err := openFsnotify()
		if err != nil {
			return nil, err
		}
		f.backend = b
		go f.copy()
		return f, nil
	}
}

func (f *faulty) copy() {
	defer close(f.events)
	defer close(f.errors)
	events, errs := f.backend.Events(), f.backend.Errors()
	for events != nil || errs != nil {
		f.gate <- <-f.gate
		select {
		case e, ok := <-events:
			if !ok {
				events = nil
			} else if !f.losing.Load() {
				f.events <- e
				f.passed(e.Name)
			}
		case err, ok := <-errs:
			if !ok {
				errs = nil
				continue
			}
			if errors.Is(err, fsnotify.ErrEventOverflow) {
				f.lost.Add(1)
			}
			f.errors <- err
		case err := <-f.broken:
			f.errors <- err
		}
	}
}

func (f *faulty) Events() <-chan fsnotify.Event { return f.events }
func (f *faulty) Errors() <-chan error          { return f.errors }

func (f *faulty) Add(dir string) error {
	f.limits.mu.Lock()
	defer f.limits.mu.Unlock()
	known := slices.Contains(f.backend.(fsnotifyBackend).WatchList(), dir)
	if !known && f.limits.used >= f.limits.watches {
		return syscall.ENOSPC
	}
	err := f.backend.Add(dir)
	if !known && err == nil {
		f.limits.used++
	}
	return err
}

func (f *faulty) Remove(dir string) error {
	f.limits.mu.Lock()
	defer f.limits.mu.Unlock()
	err := f.backend.Remove(dir)
	f.limits.used = len(f.backend.(fsnotifyBackend).WatchList())
	return err
}

// has tells whether a directory is watched.
func (f *faulty) has(dir string) bool {
	f.limits.mu.Lock()
	defer f.limits.mu.Unlock()
	return slices.Contains(f.backend.(fsnotifyBackend).WatchList(), dir)
}

// logs is a logger of which a test reads the lines.
type logs struct{ lines chan string }

func newLogs() logs { return logs{lines: make(chan string, 100)} }

func (l logs) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }
func (l logs) Handle(_ context.Context, r slog.Record) error {
	l.lines <- r.Level.String() + " " + r.Message
	return nil
}
func (l logs) WithAttrs([]slog.Attr) slog.Handler { return l }
func (l logs) WithGroup(string) slog.Handler      { return l }

// next returns the next line.
func (l logs) next(t *testing.T) string {
	t.Helper()
	select {
	case line := <-l.lines:
		return line
	case <-time.After(patience):
		t.Fatal("no line is logged")
		return ""
	}
}

func tempDir(t testing.TB) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// write makes a file, and the directories above it.
func write(t testing.TB, path, text string) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(path), 0o755))
	must(t, os.WriteFile(path, []byte(text), 0o644))
}

func mkdir(t testing.TB, path string) {
	t.Helper()
	must(t, os.MkdirAll(path, 0o755))
}

func rename(t testing.TB, from, to string) {
	t.Helper()
	must(t, os.Rename(from, to))
}

// symlink skips the test where nobody may make links, as on Windows without its developer mode.
func symlink(t testing.TB, target, path string) {
	t.Helper()
	err := os.Symlink(target, path)
	if err == nil {
		_, err = os.Lstat(path) // Wine 10 makes none and reports success
	}
	if err != nil && runtime.GOOS == "windows" {
		t.Skipf("this system makes no symbolic links: %v", err)
	}
	must(t, err)
}

func remove(t testing.TB, path string) {
	t.Helper()
	must(t, os.RemoveAll(path))
}
