package watcher

import (
	"fmt"
	"path/filepath"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsnotify/fsnotify"
	"github.com/google/go-cmp/cmp"
)

func TestBatchNamesNothingTwice(t *testing.T) {
	t.Parallel()
	p := filepath.FromSlash
	c := newChanges(time.Second, time.Minute)
	c.add(p("/r"), p("/r/d"), true)
	c.add(p("/r"), p("/r/d/e/f"), false)
	c.add(p("/r"), p("/r/d-e"), false) // sorts between /r/d and /r/d/e
	c.add(p("/r"), p("/r/f"), false)
	c.add(p("/r"), p("/r/f/g"), false) // f is no directory that covers it
	c.add(p("/r"), p("/r/f"), false)
	c.addRoot(p("/q/r"))
	c.addRoot(p("/q"))
	c.add(p("/q"), p("/q/f"), false)
	c.add(p("/q/r"), p("/q/r/f"), false)
	want := Batch{Dirty: []string{p("/r/d"), p("/r/d-e"), p("/r/f"), p("/r/f/g")}, Rescan: []string{p("/q")}}
	if got := c.take(); !cmp.Equal(got, want) {
		t.Error(cmp.Diff(want, got))
	}
	if got := c.take(); !cmp.Equal(got, Batch{}) {
		t.Errorf("the next batch is %v", got)
	}
}

// W1: a batch that would hold too many paths names the directories to scan instead.
func TestBatchIsBounded(t *testing.T) {
	t.Parallel()
	c := newChanges(time.Second, time.Minute)
	r, s := filepath.FromSlash("/r"), filepath.FromSlash("/s")
	c.add(s, filepath.Join(s, "f"), false)
	for i := range maxDirty + 1000 {
		c.add(r, filepath.Join(r, fmt.Sprint(i)), false)
		if len(c.dirty) > maxDirty {
			t.Fatalf("holds %d paths", len(c.dirty))
		}
	}
	if got, want := c.take(), (Batch{Dirty: []string{filepath.Join(s, "f")}, Rescan: []string{r}}); !cmp.Equal(got, want) {
		t.Error(cmp.Diff(want, got))
	}
}

// W1: what does not fit into the queue of events becomes a look at everything, and not a loss.
func TestInboxIsBounded(t *testing.T) {
	t.Parallel()
	in := newInbox()
	for i := range maxPending {
		in.event(fmt.Sprint(i), fsnotify.Write)
	}
	in.event("0", fsnotify.Remove) // known: there is room
	if _, events, lost := in.take(); lost || len(events) != maxPending || events["0"] != fsnotify.Write|fsnotify.Remove {
		t.Errorf("%d events, lost %v", len(events), lost)
	}
	for i := range maxPending + 1 {
		in.event(fmt.Sprint(i), fsnotify.Write)
	}
	in.event("late", fsnotify.Write)
	if _, events, lost := in.take(); !lost || len(events) != 0 {
		t.Errorf("%d events, lost %v, want only that they were lost", len(events), lost)
	}
	in.event("after", fsnotify.Write)
	if _, events, lost := in.take(); lost || len(events) != 1 {
		t.Errorf("%d events, lost %v, want a new beginning", len(events), lost)
	}
}

// scripted is a backend whose events a test writes.
type scripted struct {
	events chan fsnotify.Event
	errors chan error
}

func newScripted() scripted {
	return scripted{events: make(chan fsnotify.Event), errors: make(chan error)}
}

func (s scripted) Add(string) error              { return nil }
func (s scripted) Remove(string) error           { return nil }
func (s scripted) Events() <-chan fsnotify.Event { return s.events }
func (s scripted) Errors() <-chan error          { return s.errors }
func (s scripted) Close() error {
	close(s.events)
	close(s.errors)
	return nil
}

// inBubble runs a test in fake time with a watcher of one root, whose first
// report has been read.
func inBubble(t *testing.T, options Options, test func(root string, s scripted, w *Watcher)) {
	root := tempDir(t)
	synctest.Test(t, func(t *testing.T) {
		s := newScripted()
		options.open = func() (backend, error) { return s, nil }
		options.MaxWatches = 100
		w, err := New([]string{root}, options)
		must(t, err)
		<-w.Events()
		test(root, s, w)
		must(t, w.Close())
	})
}

// W2: a change waits for the quiet time, however busy ignored files are.
func TestIgnoredFilesDoNotStretchDebounce(t *testing.T) {
	t.Parallel()
	options := Options{
		Debounce: 20 * time.Millisecond,
		MaxWait:  time.Hour,
		Ignore:   func(path string) bool { return filepath.Ext(path) == ".o" },
	}
	inBubble(t, options, func(root string, s scripted, w *Watcher) {
		stop := make(chan struct{})
		noise := make(chan struct{})
		go func() {
			defer close(noise)
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				case <-time.After(time.Millisecond):
					for _, op := range []fsnotify.Op{fsnotify.Create, fsnotify.Write, fsnotify.Chmod, fsnotify.Remove} {
						s.events <- fsnotify.Event{Name: filepath.Join(root, fmt.Sprint(i%50, ".o")), Op: op}
					}
				}
			}
		}()
		time.Sleep(time.Second)
		began := time.Now()
		s.events <- fsnotify.Event{Name: filepath.Join(root, "f.go"), Op: fsnotify.Write}
		b := <-w.Events()
		if want := (Batch{Dirty: []string{filepath.Join(root, "f.go")}}); !cmp.Equal(b, want) {
			t.Error(cmp.Diff(want, b))
		}
		if took := time.Since(began); took != options.Debounce {
			t.Errorf("took %v, want the quiet time of %v", took, options.Debounce)
		}
		close(stop)
		<-noise
	})
}

// W2: a change waits no longer than MaxWait, however busy other files are.
func TestChangeWaitsMaxWaitAtMost(t *testing.T) {
	t.Parallel()
	options := Options{Debounce: 20 * time.Millisecond, MaxWait: 100 * time.Millisecond}
	inBubble(t, options, func(root string, s scripted, w *Watcher) {
		go func() {
			for i := range 50 {
				s.events <- fsnotify.Event{Name: filepath.Join(root, fmt.Sprint(i)), Op: fsnotify.Write}
				time.Sleep(10 * time.Millisecond)
			}
		}()
		began := time.Now()
		for n := 0; n < 50; {
			b := <-w.Events()
			n += len(b.Dirty)
			if took := time.Since(began); took > options.MaxWait {
				t.Errorf("a batch takes %v", took)
			}
			began = time.Now().Add(10 * time.Millisecond) // the next change is as late as that
		}
	})
}

// While nothing happens, nothing is done but to compare the roots with the disk. It does
// not run in parallel: allocations are counted for the whole process.
func TestIdleWatcherSleeps(t *testing.T) {
	inBubble(t, Options{}, func(string, scripted, *Watcher) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		time.Sleep(time.Hour)
		runtime.ReadMemStats(&after)
		if perLook := float64(after.Mallocs-before.Mallocs) / float64(time.Hour/rootInterval); perLook > 1000 {
			t.Errorf("%.0f allocations between two looks at the roots", perLook)
		}
	})
}

// W1: while events keep being lost, looking at everything takes a bounded share of the
// time, and it is done at last.
func TestResyncIsPaced(t *testing.T) {
	t.Parallel()
	tr := &tree{options: Options{MaxWait: time.Second}}
	at := time.Unix(1000, 0)
	tr.lostAt = at
	if got := tr.resyncDue(); got != at.Add(time.Second) {
		t.Errorf("the first is due %v after the loss", got.Sub(at))
	}
	tr.resyncedAt, tr.resyncCost = at.Add(-time.Second), time.Second
	if got, want := tr.resyncDue(), tr.resyncedAt.Add(20*time.Second); got != want {
		t.Errorf("one that took a second is followed by the next after %v", got.Sub(tr.resyncedAt))
	}
}
