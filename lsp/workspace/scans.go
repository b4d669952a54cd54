package workspace

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/symcache/symcache/lsp/workspace/contents"
)

// maintenance is how often a workspace looks for an index that another process has
// written, which reads one directory in some 10 us, and whether to write one.
const maintenance = 2 * time.Second

// upkeepEvery is how often, after the first scan, a workspace asks whether garbage is
// to be collected, which reads a small file.
const upkeepEvery = time.Hour

// wholeScanEvery is how often all files are looked at without a reason, since some
// changes are reported by nobody: through memory maps, or on other machines. Comparing
// the stat data of 5,000 files takes 50 ms, of 55,000 a quarter of a second.
const wholeScanEvery = 10 * time.Minute

// retryScanEvery is how often all files are looked at when some could not be read for a
// reason that passes, which may be days.
const retryScanEvery = 30 * time.Second

// scanCount tells what is being scanned, and when that has ended.
type scanCount struct {
	mu    sync.Mutex
	roots []string      // below which files are being looked at
	tally *tally        // of that; nil between scans
	ended chan struct{} // closed when the next scan ends
	begun chan struct{} // closed when the first one begins
	first chan struct{} // closed when the first one has ended
	retry bool          // something could not be read for a reason that passes
}

func newScanCount() scanCount {
	return scanCount{ended: make(chan struct{}), begun: make(chan struct{}), first: make(chan struct{})}
}

func (c *scanCount) next() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ended
}

func (c *scanCount) begin(roots []string, t *tally) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.roots, c.tally = roots, t
	closeOnce(c.begun)
}

func (c *scanCount) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.roots, c.tally = nil, nil
	close(c.ended)
	c.ended = make(chan struct{})
	closeOnce(c.begun)
	closeOnce(c.first)
}

// closeOnce closes what only one goroutine at a time closes.
func closeOnce(c chan struct{}) {
	select {
	case <-c:
	default:
		close(c)
	}
}

func (c *scanCount) askRetry() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.retry = true
}

// takeRetry tells whether something could not be read since it was called last.
func (c *scanCount) takeRetry() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer func() { c.retry = false }()
	return c.retry
}

// Scanned is closed when the first scan has ended, one way or the other.
func (w *Workspace) Scanned() <-chan struct{} { return w.scans.first }

// Scanning tells below which roots files are being looked at, all or some, and how far
// that is. There are none between scans.
func (w *Workspace) Scanning() (roots []string, p Progress) {
	w.scans.mu.Lock()
	defer w.scans.mu.Unlock()
	if w.scans.tally == nil {
		return nil, Progress{}
	}
	return w.scans.roots, w.scans.tally.progress()
}

// Hurry is called by who waits for a scan. Until done is called scans work as fast as
// they can, even where Config.Quiet is set.
func (w *Workspace) Hurry() (done func()) { return w.engine.Hurry() }

// Scan looks at all files below the roots, and reads those that may have changed
// since they were last read: each content that is new is parsed once, however many
// processes want it. What is known then is kept on disk, if enough of it is new.
//
// It waits for a scan under way. Progress, unless nil, is called every 100 ms and once at
// the end. Files and roots that cannot be worked on are in the report; the error is the
// context's, or that of the roots when none is a directory. The report is of what was
// done until then.
func (w *Workspace) Scan(ctx context.Context, progress func(Progress)) (Report, error) {
	return w.scan(ctx, false, progress)
}

// Refill is Scan, after which the store or a base cache has the summary of each source: a
// content whose summary was lost is parsed again though its file did not change. What
// could not be stored is in the report.
func (w *Workspace) Refill(ctx context.Context, progress func(Progress)) (Report, error) {
	return w.scan(ctx, true, progress)
}

func (w *Workspace) scan(ctx context.Context, refill bool, progress func(Progress)) (Report, error) {
	t := newTally()
	if err := w.scanning.Acquire(ctx, 1); err != nil {
		return t.result(), err
	}
	defer w.scanning.Release(1)
	defer w.scans.end()
	now := w.now()
	for _, bad := range now.bad {
		t.failedDir(bad.Path, errors.New(bad.Error))
	}
	if len(now.roots) == 0 && len(now.bad) > 0 {
		return t.result(), errors.New(now.bad[0].Error)
	}
	err := w.scanDirs(ctx, now, now.roots, refill, t, progress)
	w.noteUse()
	return t.result(), err
}

// scanDirs scans directories that are roots or belong to one. The caller holds
// scanning.
func (w *Workspace) scanDirs(ctx context.Context, now *rootSet, dirs []string, refill bool, t *tally, progress func(Progress)) error {
	below := make(map[*tree][]string)
	dirs = slices.DeleteFunc(slices.Clone(dirs), func(dir string) bool { return now.tree(dir) == nil }) // its root has gone
	for _, dir := range dirs {
		below[now.tree(dir)] = append(below[now.tree(dir)], dir)
	}
	var roots []string
	for tree := range below {
		roots = append(roots, tree.root)
		tree.beginScan()
	}
	slices.Sort(roots)
	w.scans.begin(roots, t)
	scan := &scan{engine: w.engine, rules: w.rules, tally: t, sink: w, refill: refill}
	err := scan.run(ctx, dirs, progress)
	for tree, dirs := range below {
		tree.endScan(err == nil, t.sure(), dirs)
	}
	if !t.sure() {
		w.scans.askRetry()
	}
	w.publish(func(t *tree) bool { return err == nil && t.due() })
	return err
}

// publish writes the indexes of the trees that want it.
func (w *Workspace) publish(wanted func(*tree) bool) {
	for _, t := range w.now().trees {
		if wanted(t) {
			lost, err := t.publish()
			if err != nil {
				w.engine.Complain(contents.CauseIndex, "write an index to", err)
			}
			for _, path := range lost {
				w.Touch(path)
			}
		}
	}
}

// Rescan has all files looked at again, soon and in the background, by rules that are
// read again: those above the roots are not watched, nor is what git keeps in .git.
func (w *Workspace) Rescan() {
	for _, root := range w.now().roots {
		w.watched.refilter(w.rules, root)
		w.dirs.add(root)
	}
}

// dirtyDirs are directories to scan.
type dirtyDirs struct {
	mu    sync.Mutex
	dirs  map[string]bool
	added chan struct{} // has a token when there may be some
}

func newDirtyDirs() dirtyDirs {
	return dirtyDirs{dirs: make(map[string]bool), added: make(chan struct{}, 1)}
}

func (d *dirtyDirs) add(dir string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.dirs[dir] = true
	select {
	case d.added <- struct{}{}:
	default: // the token of an earlier one is still there
	}
}

// take returns them all, but for those that others among them include.
func (d *dirtyDirs) take(roots []string) (dirs []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for dir := range d.dirs {
		if !d.includes(dir, roots) {
			dirs = append(dirs, dir)
		}
	}
	clear(d.dirs)
	return dirs
}

// includes tells whether a scan of another directory comes to this one.
func (d *dirtyDirs) includes(dir string, roots []string) bool {
	for !slices.Contains(roots, dir) && dir != filepath.Dir(dir) {
		if dir = filepath.Dir(dir); d.dirs[dir] {
			return true
		}
	}
	return false
}

// maintain scans what is to be scanned, writes indexes and takes those that other
// processes write, until ctx ends.
func (w *Workspace) maintain(ctx context.Context) {
	ticker := time.NewTicker(maintenance)
	defer ticker.Stop()
	lastWhole := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.dirs.added:
			w.scanDirty(ctx)
		case <-ticker.C:
			w.publish((*tree).due)
			since := time.Since(lastWhole)
			if w.takeNewer() || since > wholeScanEvery || since > retryScanEvery && w.scans.takeRetry() {
				lastWhole = time.Now()
				w.Rescan()
			}
		}
	}
}

// keepUp does the upkeep when the first scan has ended, and every upkeepEvery, until ctx
// ends.
func (w *Workspace) keepUp(ctx context.Context) {
	select {
	case <-w.Scanned():
	case <-ctx.Done():
		return
	}
	ticker := time.NewTicker(upkeepEvery)
	defer ticker.Stop()
	for {
		w.upkeep(ctx)
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

func (w *Workspace) scanDirty(ctx context.Context) {
	if w.scanning.Acquire(ctx, 1) != nil {
		return
	}
	defer w.scanning.Release(1)
	defer w.scans.end()
	now := w.now()
	dirs := w.dirs.take(now.roots)
	if len(dirs) == 0 {
		return
	}
	t := newTally()
	// Summaries that did not fit into the queue are stored by a scan of everything. Other
	// scans of a server do not refill the store: where it is too small for the tree, or
	// cannot be written to, they would parse the same files again and again.
	whole := !slices.ContainsFunc(now.roots, func(root string) bool { return !slices.Contains(dirs, root) })
	refill := whole && w.records.takeLost()
	err := w.scanDirs(ctx, now, dirs, refill, t, nil)
	report := t.result()
	if err != nil && ctx.Err() == nil {
		w.engine.Log().Warn("scan failed", "err", err)
		return
	}
	w.engine.Log().Debug("scanned", "directories", len(dirs), "files", report.Files, "parsed", report.Parsed, "ms", report.ElapsedMS)
}

// takeNewer takes the newest indexes; it tells whether there is one, so that the files
// should be looked at. Not during a scan, which would not know what it has seen.
//
// Who has looked at all files and watches them does not take one: what another process
// knew when it began to write may be outdated, and all would be wrong until the files
// have been looked at.
func (w *Workspace) takeNewer() (found bool) {
	if !w.scanning.TryAcquire(1) {
		return false
	}
	defer w.scanning.Release(1)
	for _, t := range w.now().trees {
		if !t.outdated() {
			continue
		}
		if t.isComplete() && w.watched.runs() {
			t.passOver()
			found = true
			continue
		}
		fresh, err := t.load()
		if err != nil {
			w.engine.Complain(contents.CauseIndex, "read an index from", err)
		}
		found = found || fresh
	}
	return found
}
