package watcher

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// W6: directories that cannot be watched are polled. That is logged once, and ends when they can be watched.
func TestUnwatchedDirectoriesArePolled(t *testing.T) {
	t.Parallel()
	needsWatchPerDirectory(t)
	for name, watches := range map[string]int{"of the system's": 3, "no notifications": -1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := tempDir(t)
			var files []string
			for i := range 10 {
				files = append(files, filepath.Join(root, fmt.Sprintf("d%d", i), "e", "f"))
				write(t, files[i], "1")
			}
			lines := newLogs()
			limits := &limits{watches: watches}
			options := Options{PollInterval: time.Millisecond, retry: 20 * time.Millisecond, Logger: slog.New(lines)}
			_, options.open = opener(limits)
			r := start(t, options, root)
			if line := lines.next(t); !strings.HasPrefix(line, "WARN") {
				t.Errorf("the log says %q, want a warning", line)
			}
			want := syscall.EMFILE
			if watches > 0 {
				want = syscall.ENOSPC
			}
			s := r.status()
			if s.State != Polling || s.Watched != max(watches, 0) || s.Watched+s.Polled != 21 || !errors.Is(s.Reason, want) {
				t.Errorf("the status is %+v", s)
			}
			for i, file := range files {
				write(t, file, "22")
				r.untilCovered(file)
				r.forget()
				remove(t, filepath.Dir(file))
				r.untilCovered(filepath.Dir(file))
				r.forget()
				write(t, file, fmt.Sprint(i))
				r.untilCovered(file)
				r.forget()
			}
			limits.set(1000)
			if line := lines.next(t); !strings.HasPrefix(line, "INFO") {
				t.Errorf("the log says %q, want that all is watched again", line)
			}
			if s := r.status(); s.State != Watching || s.Watched != 21 || s.Polled != 0 || s.Reason != nil {
				t.Errorf("the status is %+v", s)
			}
			for _, file := range files {
				r.forget()
				write(t, file, "4444")
				r.untilCovered(file)
			}
			select {
			case line := <-lines.lines:
				t.Errorf("the log says once more: %q", line)
			default:
			}
		})
	}
}

// W6: a consumer that asks for Refilter because of a report about a polled directory does not get the same report
// again, although the directory is too young for its times to show that nothing has changed.
func TestRefilterOfPolledDirectories(t *testing.T) {
	t.Parallel()
	root := tempDir(t)
	write(t, filepath.Join(root, "d", "f"), "1")
	r := start(t, Options{MaxWatches: -1, PollInterval: time.Hour, Debounce: time.Nanosecond}, root)
	r.until("a first round is over", func() bool { return r.status().PollRound > 0 })
	mkdir(t, filepath.Join(root, "before"))
	must(t, r.w.Refilter(root))
	r.untilExactly(filepath.Join(root, "before"))
	r.forget()
	for range 100 {
		must(t, r.w.Refilter(root))
	}
	write(t, filepath.Join(root, "new", "f"), "1")
	must(t, r.w.Refilter(root)) // which finds new directories, and so ends the test
	r.untilExactly(filepath.Join(root, "new"))
	if r.named(root) || r.named(filepath.Join(root, "d")) {
		t.Errorf("reported without a change: %v", r.batches)
	}
}

// Times that lie say nothing: a file of the same size and time as before is
// reported when it is another.
func TestPollingSeesTimesThatLie(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("a listing has no change times here that nobody can set")
	}
	root := tempDir(t)
	file := filepath.Join(root, "d", "f")
	past := time.Now().Add(-time.Hour)
	write(t, file, "1")
	must(t, os.Chtimes(file, past, past))
	r := start(t, Options{MaxWatches: -1, PollInterval: time.Millisecond}, root)
	for i := range 5 {
		write(t, file, fmt.Sprint(i))
		must(t, os.Chtimes(file, past, past))
		m := newModel(root)
		m.known[file] = "not looked at yet"
		r.follow(m, func() {})
	}
}

// A file that has come and gone between two looks may be known to a consumer that
// looked in between. Its name is lost, so its directory is reported.
func TestPollingSeesWhatHasComeAndGone(t *testing.T) {
	t.Parallel()
	root := tempDir(t)
	file := filepath.Join(root, "d", "f")
	mkdir(t, filepath.Dir(file))
	r := start(t, Options{MaxWatches: -1, PollInterval: time.Millisecond}, root)
	for range 3 {
		must(t, r.w.ask(func(*tree) { // in the goroutine that polls
			write(t, file, "1")
			remove(t, file)
		}))
		r.untilCovered(file)
		r.forget()
	}
}

// A stamp is believed only when the file can no longer change within the same tick
// of its clock.
func TestStamps(t *testing.T) {
	t.Parallel()
	file := filepath.Join(tempDir(t), "f")
	write(t, file, "1")
	info, err := os.Lstat(file)
	must(t, err)
	tr := newTree(Options{}, nil, nil, nil, nil, nil)
	changed := changeTime(info)
	for _, c := range []struct {
		first, second time.Duration // after the change
		equal         bool
	}{
		{time.Second, time.Second + 1, false},
		{time.Second, 3 * time.Second, false},
		{3 * time.Second, 4 * time.Second, true},
		{-time.Second, 0, false},                 // a server's clock that is ahead
		{-24 * time.Hour, -23 * time.Hour, true}, // a time in the future does not make it new for ever
	} {
		if got := tr.stampOf(info, changed.Add(c.first)) == tr.stampOf(info, changed.Add(c.second)); got != c.equal {
			t.Errorf("stamps of %v and %v after the change are equal: %v", c.first, c.second, got)
		}
	}
}
