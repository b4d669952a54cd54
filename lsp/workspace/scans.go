package workspace

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// maintenance is how often a workspace looks for an index that another process has
// written, which reads one directory in some 10 us, and whether to write one.
const maintenance = 2 * time.Second

// scanCount tells when a scan has ended.
type scanCount struct {
	mu    sync.Mutex
	ended chan struct{} // closed when the next scan ends
	first chan struct{} // closed when the first one has
	done  bool
}

func newScanCount() scanCount {
	return scanCount{ended: make(chan struct{}), first: make(chan struct{})}
}

func (c *scanCount) next() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ended
}

func (c *scanCount) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	close(c.ended)
	c.ended = make(chan struct{})
	if !c.done {
		c.done = true
		close(c.first)
	}
}

// Scanned is closed when the first scan has ended, one way or the other.
func (w *Workspace) Scanned() <-chan struct{} { return w.scans.first }

// Scan looks at all files below the roots, and reads those that may have changed
// since they were last read: each content that is new is parsed once, however many
// processes want it. What is known then is kept on disk, if enough of it is new.
//
// Progress, unless nil, is called every 100 ms and once at the end. Files and roots
// that cannot be worked on are in the report; the error is the context's, or that of
// the roots when none is a directory. The report is of what was done until then.
func (w *Workspace) Scan(ctx context.Context, progress func(Progress)) (Report, error) {
	w.scanning.Lock()
	defer w.scanning.Unlock()
	defer w.scans.end()
	t := newTally()
	for _, bad := range w.badRoots {
		t.failedDir(bad.Path, errors.New(bad.Error))
	}
	if len(w.roots) == 0 && len(w.badRoots) > 0 {
		return t.result(), errors.New(w.badRoots[0].Error)
	}
	for _, tree := range w.trees {
		tree.beginScan()
	}
	err := w.engine.scan(ctx, w.roots, w, t, progress)
	for _, tree := range w.trees {
		tree.endScan(err == nil)
	}
	w.publish(func(t *tree) bool { return err == nil && t.due() })
	return t.result(), err
}

// ScanTogether is Scan for who can wait for another process that looks at the same
// roots for the first time: when that has ended, little is left to do, and many can
// do it at once.
func (w *Workspace) ScanTogether(ctx context.Context, progress func(Progress)) (Report, error) {
	if w.Complete() {
		return w.Scan(ctx, progress)
	}
	unlock, err := w.lock(ctx)
	if err != nil {
		return newTally().result(), err
	}
	unlock = sync.OnceFunc(unlock)
	defer unlock()
	if w.Complete() {
		unlock()
	}
	return w.Scan(ctx, progress)
}

// lock takes the locks of all roots, in one order for all processes, and what their
// holders have left.
func (w *Workspace) lock(ctx context.Context) (unlock func(), err error) {
	var held []func()
	unlock = func() {
		for _, f := range slices.Backward(held) {
			f()
		}
	}
	trees := slices.SortedFunc(slices.Values(w.trees), func(a, b *tree) int { return cmp.Compare(a.id.String(), b.id.String()) })
	for _, t := range trees {
		release, err := t.lock(ctx)
		if ctx.Err() != nil {
			unlock()
			return nil, ctx.Err()
		}
		if err != nil {
			w.engine.complain("lock", err)
			continue
		}
		held = append(held, release)
		if _, err := t.load(); err != nil {
			w.engine.complain("read an index from", err)
		}
	}
	return unlock, nil
}

// publish writes the indexes of the trees that want it.
func (w *Workspace) publish(wanted func(*tree) bool) {
	for _, t := range w.trees {
		if wanted(t) {
			if err := t.publish(); err != nil {
				w.engine.complain("write an index to", err)
			}
		}
	}
}

// Rescan has all files looked at again, soon and in the background.
func (w *Workspace) Rescan() {
	select {
	case w.rescan <- struct{}{}:
	default: // it will be
	}
}

// maintain scans when asked to, and takes the indexes that other processes write,
// until ctx ends.
func (w *Workspace) maintain(ctx context.Context) {
	ticker := time.NewTicker(maintenance)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			w.publish((*tree).due)
			if !w.takeNewer() {
				continue
			}
		case <-w.rescan:
		}
		if report, err := w.Scan(ctx, nil); err != nil && ctx.Err() == nil {
			w.engine.log.Warn("scan failed", "err", err)
		} else {
			w.engine.log.Debug("scanned again", "files", report.Files, "parsed", report.Parsed, "ms", report.ElapsedMS)
		}
	}
}

// takeNewer takes the newest indexes; it tells whether there is one to compare with
// the files. Not during a scan, which would not know what it has seen.
func (w *Workspace) takeNewer() (taken bool) {
	if !w.scanning.TryLock() {
		return false
	}
	defer w.scanning.Unlock()
	for _, t := range w.trees {
		if !t.outdated() {
			continue
		}
		fresh, err := t.load()
		if err != nil {
			w.engine.complain("read an index from", err)
		}
		taken = taken || fresh
	}
	return taken
}
