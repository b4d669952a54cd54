package workspace

import (
	"context"
	"slices"
	"time"

	"github.com/symcache/symcache/lsp/workspace/contents"
	"github.com/symcache/symcache/lsp/workspace/scan"
)

const (
	// maintenance is how often a workspace looks for an index file that another process has
	// written, which reads one directory in some 10 us, whether to write one, and at the files
	// outside of the roots that decide on what is in them, some ten for each repository.
	maintenance = 2 * time.Second

	// wholeScanEvery is how often all files are looked at without a reason, since some
	// changes are reported by nobody: through memory maps, or on other machines. Comparing
	// the stat data of 5,000 files takes 50 ms, of 55,000 a quarter of a second.
	wholeScanEvery = 10 * time.Minute

	// retryScanEvery is how often all files are looked at after some could not be read for
	// a reason that passes, which may take days.
	retryScanEvery = 30 * time.Second
)

// followOutside has roots scanned for which something has changed that nobody watches: ignore
// files above them, and what git and the user keep elsewhere.
func (w *Workspace) followOutside(ctx context.Context) {
	waiting, cancel := context.WithTimeout(ctx, changedWait)
	defer cancel()
	for _, root := range w.Roots() {
		changed := make(chan bool, 1)
		if w.engine.Hangs().Do(waiting, root, func() { changed <- w.rules.Changed(root) }) != nil {
			continue // its disk does not answer
		}
		if <-changed {
			w.watched.refilter(w.rules, root)
			w.rescan(root)
		}
	}
}

// Rescan makes Run look at all files again soon, by rules that are read again.
func (w *Workspace) Rescan() {
	for _, root := range w.Roots() {
		w.watched.refilter(w.rules, root)
		w.dirs.add(root)
	}
}

// maintain scans the directories that are to be scanned, writes index files and takes those
// that other processes write, until ctx ends.
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
			w.publishDue()
			w.followOutside(ctx)
			w.followLinks(ctx)
			since := time.Since(lastWhole)
			if w.takeNewer() || since > wholeScanEvery || since > retryScanEvery && w.scans.takeRetry() {
				lastWhole = time.Now()
				w.Rescan()
			}
		}
	}
}

// scanDirty scans the directories that are to be scanned.
func (w *Workspace) scanDirty(ctx context.Context) {
	if w.scanning.Acquire(ctx, 1) != nil {
		return
	}
	defer w.scanning.Release(1)
	defer w.scans.end()
	now := w.now()
	dirs := w.dirs.take(now.Roots())
	if len(dirs) == 0 {
		return
	}
	tally := scan.NewTally()
	// Summaries that did not fit into the queue are stored by a scan of everything. Other
	// scans of a server do not refill the store: where it is too small for the tree, or
	// cannot be written to, they would parse the same files again and again.
	whole := !slices.ContainsFunc(now.Roots(), func(root string) bool { return !slices.Contains(dirs, root) })
	refill := whole && w.records.takeLost()
	err := w.scanDirs(ctx, dirs, refill, tally, nil)
	report := tally.Report()
	if err != nil && ctx.Err() == nil {
		w.engine.Log().Warn("scan failed", "err", err)
		return
	}
	w.engine.Log().Debug("scanned", "directories", len(dirs), "files", report.Files, "parsed", report.Parsed, "ms", report.ElapsedMS)
}

// takeNewer takes newer index files. It reports whether there are any, so that all files
// should be looked at. It does nothing during a scan, which would not know what it has
// seen.
//
// A workspace that has looked at all files, and watches them, leaves a newer file to
// others: what another process knew when it began to write may be out of date, and answers
// would be wrong until all files have been looked at.
func (w *Workspace) takeNewer() (found bool) {
	if !w.scanning.TryAcquire(1) {
		return false
	}
	defer w.scanning.Release(1)
	for _, t := range w.now().Trees() {
		if !t.HasNewer() {
			continue
		}
		if t.Complete() && w.watched.runs() {
			t.PassOver()
			found = true
			continue
		}
		fresh, err := t.Load()
		if err != nil {
			w.engine.Complain(contents.CauseIndex, "read an index from", err)
		}
		found = found || fresh
	}
	return found
}
