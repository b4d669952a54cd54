package watcher

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// Defaults of Options.
const (
	// defaultDebounce is longer than the pauses within one save (an editor's write, sync and rename take a few
	// milliseconds) and short beside what a person notices, some 100 ms.
	defaultDebounce = 10 * time.Millisecond

	// defaultMaxWait bounds how stale a consumer may be while a checkout or a build keeps writing.
	defaultMaxWait = 250 * time.Millisecond

	// defaultPollInterval is the shortest round through the directories that are polled: what is lost when a
	// small tree cannot be watched. Large ones take longer, see defaultPollShare.
	defaultPollInterval = 2 * time.Second
)

// Options are what a Watcher may be told. The zero value watches everything.
//
// The functions are called by one goroutine of the watcher, one at a time, and by
// one more for each remote file system. The longer they take, the later the
// reports. They may call any method but Close.
type Options struct {
	// Skip tells which directories are not entered: neither they nor what is below them is watched or reported.
	// A directory is asked about when it is found, and again on Refilter. A root is never asked about.
	Skip func(dir string) bool

	// Ignore tells which files are not reported. It is asked on every event of a path that is not a directory,
	// which may be one that is gone, and of one that is skipped when it comes or goes. Where a directory is
	// polled, files that come and go change the directory, which is reported even if they are ignored.
	Ignore func(path string) bool

	// Debounce is how long nothing may change before a batch is offered. Default 10 ms.
	Debounce time.Duration

	// MaxWait is how long a change waits at most for that. Default 250 ms.
	MaxWait time.Duration

	// PollInterval is the shortest time between two looks at a directory that cannot be watched. Default 2 s.
	PollInterval time.Duration

	// MaxWatches bounds the watches, or on kqueue the descriptors, that are used; the rest is polled. Zero is a
	// share of what the system has, negative is none: poll everything.
	MaxWatches int

	// Logger gets a line when polling begins and when it ends, and debug lines. Default: none.
	Logger *slog.Logger

	open      func() (backend, error) // the system's; a test's own
	mounts    mounts                  // of the system; a test's own
	unwatched error                   // why, if MaxWatches is negative
	retry     time.Duration           // how often watching what is polled is tried again
	pollShare int                     // polling takes at most one part of so many of the time
}

func (o Options) withDefaults() Options {
	if o.Skip == nil {
		o.Skip = func(string) bool { return false }
	}
	if o.Ignore == nil {
		o.Ignore = func(string) bool { return false }
	}
	if o.Debounce <= 0 {
		o.Debounce = defaultDebounce
	}
	if o.MaxWait <= 0 {
		o.MaxWait = defaultMaxWait
	}
	if o.PollInterval <= 0 {
		o.PollInterval = defaultPollInterval
	}
	if o.MaxWatches == 0 {
		o.MaxWatches = systemMaxWatches()
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.open == nil {
		o.open = openBackend
	}
	if o.mounts == nil {
		o.mounts = openMounts()
	}
	if o.unwatched == nil {
		o.unwatched = errSwitchedOff
	}
	if o.pollShare <= 0 {
		o.pollShare = defaultPollShare
	}
	if o.retry <= 0 {
		o.retry = defaultRetry
	}
	return o
}

// Batch is what may have changed since the batch before. Neither list names a
// path twice, nor one that lies below another one's directory or root.
type Batch struct {
	// Dirty are absolute paths, sorted: anything at the path may have changed, and anything below it if it is
	// or was a directory. At most maxDirty.
	Dirty []string

	// Rescan are roots, sorted: anything there may have changed. A root is among them when its watches stand for
	// the first time, when it came, went or was replaced, and when events were lost.
	Rescan []string
}

// ErrClosed is the error of what is asked of a closed Watcher.
var ErrClosed = errors.New("watcher: closed")

// Watcher reports changes below its roots. It is safe for concurrent use.
type Watcher struct {
	options Options
	inbox   *inbox
	status  *status
	remotes *remotes
	events  chan Batch

	closing  chan struct{} // closed by Close
	closed   chan struct{} // closed when every goroutine has ended
	closeNow func()
}

// New returns a watcher of absolute roots, which need not exist. It returns at
// once: a root is reported for rescanning as soon as it is watched, and changes
// from then on.
func New(roots []string, options Options) (*Watcher, error) {
	w := &Watcher{
		options: options.withDefaults(),
		inbox:   newInbox(),
		status:  newStatus(),
		events:  make(chan Batch),
		closing: make(chan struct{}),
		closed:  make(chan struct{}),
	}
	w.remotes = newRemotes(w.options.mounts)
	w.closeNow = sync.OnceFunc(func() { close(w.closing) })
	for _, root := range roots {
		if err := w.Add(root); err != nil {
			return nil, err
		}
	}
	go w.run()
	return w, nil
}

// Events is where the batches come from, until Close closes it. A batch is
// offered until it is taken; what changes meanwhile goes into the next.
func (w *Watcher) Events() <-chan Batch { return w.events }

// Status tells how each root is watched, sorted by path. It does not wait.
func (w *Watcher) Status() []RootStatus {
	list := w.remotes.addTo(w.status.snapshot())
	slices.SortFunc(list, func(a, b RootStatus) int { return cmp.Compare(a.Path, b.Path) })
	return list
}

// Add watches a further absolute root, which may lie below or above others. It
// does not wait.
func (w *Watcher) Add(root string) error {
	if !filepath.IsAbs(root) {
		return fmt.Errorf("watcher: root %q is not absolute", root)
	}
	path := filepath.Clean(root)
	return w.ask(func(t *tree) { t.ask(path) })
}

// Remove ends the watch of a root. It does not wait. Reports of what changed
// before may still come.
func (w *Watcher) Remove(root string) error {
	path := filepath.Clean(root)
	return w.ask(func(t *tree) { t.unask(path) })
}

// Refilter asks Skip again for all directories below dir, after an ignore file
// there has changed. It does not wait. Directories that are no longer skipped
// are reported; of those that are skipped from now on nothing is.
func (w *Watcher) Refilter(dir string) error {
	path := filepath.Clean(dir)
	return w.ask(func(t *tree) {
		t.refilterAll(path)
		t.arrange() // what is mounted there may be skipped from now on, or no longer
	})
}

func (w *Watcher) ask(command func(*tree)) error {
	select {
	case <-w.closing:
		return ErrClosed
	default:
	}
	w.inbox.command(command)
	return nil
}

// Close ends the watch and returns when all goroutines have ended, but for those
// that a remote file system does not answer. It may be called more than once.
func (w *Watcher) Close() error {
	w.closeNow()
	<-w.closed
	return nil
}

// run is the goroutine that owns the tree: it alone looks at the disk, adds and
// removes watches, calls the callbacks, and offers batches.
//
// Events come to it through the inbox, which another goroutine fills without
// ever waiting, so that nothing done here holds the kernel's queue up.
func (w *Watcher) run() {
	var pumps sync.WaitGroup
	changes := newChanges(w.options.Debounce, w.options.MaxWait)
	t := newTree(w.options, changes, w.status, w.inbox, w.remotes, w.closing)
	t.started = func(b backend) { pumps.Go(func() { w.inbox.pump(b) }) }
	t.forward = func(remote *Watcher) { pumps.Go(func() { w.hand(remote) }) }
	defer func() {
		t.close()
		w.remotes.close()
		pumps.Wait()
		close(w.events)
		close(w.closed)
	}()

	timer := time.NewTimer(0)
	defer timer.Stop()
	var batch Batch
	var out chan<- Batch // nil while no batch is ready
	for {
		w.status.rest()
		select {
		case <-w.closing:
			return
		case <-w.inbox.wake:
			w.work(t)
		case out <- batch:
			out = nil
		case <-timer.C:
		}
		t.tick(time.Now())
		now := time.Now()
		if out == nil && changes.due(now) {
			batch, out = changes.take(), w.events
		}
		next := t.nextTick()
		if at, ok := changes.deadline(); ok && out == nil && at.Before(next) {
			next = at
		}
		timer.Reset(time.Until(next))
	}
}

// work does what the inbox has.
func (w *Watcher) work(t *tree) {
	commands, events, lost := w.inbox.take()
	for _, command := range commands {
		if t.stopped() {
			return
		}
		command(t)
	}
	if lost {
		t.eventsLost()
	}
	if t.awaitsResync() {
		return // which looks at everything
	}
	for path, op := range events {
		if t.stopped() {
			return
		}
		t.look(path, op)
	}
}
