package workspace

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/symcache/symcache/lsp/workspace/contents"
	"github.com/symcache/symcache/lsp/workspace/files"
	"github.com/symcache/symcache/lsp/workspace/scan"
)

// scans says what is being scanned, and when that begins and ends.
type scans struct {
	mu    sync.Mutex
	roots []string      // below which files are being looked at
	tally *scan.Tally   // of that; nil between scans
	ended chan struct{} // closed when the next scan ends
	begun chan struct{} // closed when the first one begins
	first chan struct{} // closed when the first one has ended
	retry bool          // something could not be read for a reason that passes
}

func newScans() scans {
	return scans{ended: make(chan struct{}), begun: make(chan struct{}), first: make(chan struct{})}
}

// next is closed when the next scan ends.
func (s *scans) next() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended
}

func (s *scans) begin(roots []string, tally *scan.Tally) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.roots, s.tally = roots, tally
	closeOnce(s.begun)
}

func (s *scans) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.roots, s.tally = nil, nil
	close(s.ended)
	s.ended = make(chan struct{})
	closeOnce(s.begun)
	closeOnce(s.first)
}

// closeOnce closes a channel that one goroutine at a time closes.
func closeOnce(c chan struct{}) {
	select {
	case <-c:
	default:
		close(c)
	}
}

// askRetry asks for a scan of everything within retryScanEvery.
func (s *scans) askRetry() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.retry = true
}

// takeRetry reports whether a scan was asked for since it was called last.
func (s *scans) takeRetry() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() { s.retry = false }()
	return s.retry
}

// Scanned is closed when the first scan has ended, one way or the other.
func (w *Workspace) Scanned() <-chan struct{} { return w.scans.first }

// Scanning returns the roots below which all or some files are being looked at, and how far
// that is. Between scans there are none.
func (w *Workspace) Scanning() (roots []string, p scan.Progress) {
	w.scans.mu.Lock()
	defer w.scans.mu.Unlock()
	if w.scans.tally == nil {
		return nil, scan.Progress{}
	}
	return w.scans.roots, w.scans.tally.Progress()
}

// Hurry makes scans as fast as they can be, in spite of contents.Config.Quiet, until done
// is called. The caller waits for one.
func (w *Workspace) Hurry() (done func()) { return w.engine.Hurry() }

// Scan looks at all files below the roots, and reads those that may have changed since they
// were last read: each new content is parsed once, by one of the processes that scan. If
// enough is new, an index file is written.
//
// Scan waits for a scan under way. Progress, unless nil, is called every 100 ms and once at
// the end. The report names files and roots that failed. It is complete also where there is
// an error: ctx's, or that of the roots when none is a directory.
func (w *Workspace) Scan(ctx context.Context, progress func(scan.Progress)) (scan.Report, error) {
	return w.scan(ctx, nil, false, progress)
}

// ScanBelow is Scan of directories that are roots or lie below one, in a workspace that is
// complete.
func (w *Workspace) ScanBelow(ctx context.Context, dirs []string, progress func(scan.Progress)) (scan.Report, error) {
	return w.scan(ctx, dirs, false, progress)
}

// Refill is Scan, after which the store or a base cache has the summary of each source: a
// content whose summary was lost is parsed again though its file did not change. The
// report counts summaries that could not be stored.
func (w *Workspace) Refill(ctx context.Context, progress func(scan.Progress)) (scan.Report, error) {
	return w.scan(ctx, nil, true, progress)
}

// scan scans directories, nil: the roots.
func (w *Workspace) scan(ctx context.Context, dirs []string, refill bool, progress func(scan.Progress)) (scan.Report, error) {
	tally := scan.NewTally()
	if err := w.scanning.Acquire(ctx, 1); err != nil {
		return tally.Report(), err
	}
	defer w.scanning.Release(1)
	defer w.scans.end()
	now := w.now()
	for _, bad := range now.bad {
		tally.FailDir(bad.Path, errors.New(bad.Error))
	}
	if len(now.Roots()) == 0 && len(now.bad) > 0 {
		return tally.Report(), errors.New(now.bad[0].Error)
	}
	if dirs == nil {
		dirs = now.Roots()
	}
	err := w.scanDirs(ctx, dirs, refill, tally, progress)
	w.recordUse()
	report := tally.Report()
	report.Links = w.Links()
	return report, err
}

// scanDirs scans directories that are roots or lie below one, and the roots to which links in
// them lead. The caller holds scanning.
func (w *Workspace) scanDirs(ctx context.Context, dirs []string, refill bool, tally *scan.Tally, progress func(scan.Progress)) (err error) {
	for err == nil && len(dirs) > 0 {
		var linked []files.Symlink
		err = w.scanOnce(ctx, dirs, refill, tally, progress, func(link files.Symlink) {
			if len(linked) < maxLinks {
				linked = append(linked, link)
			}
		})
		if !w.config.FollowLinks || ctx.Err() != nil {
			break
		}
		dirs = w.learnLinks(ctx, dirs, err == nil && tally.Sure(), linked)
	}
	return err
}

// scanOnce scans directories. The caller holds scanning.
func (w *Workspace) scanOnce(ctx context.Context, dirs []string, refill bool, tally *scan.Tally, progress func(scan.Progress), linked func(files.Symlink)) error {
	set := w.now().Set
	var roots []string
	for _, t := range set.Trees() {
		if slices.ContainsFunc(dirs, func(dir string) bool { return set.Tree(dir) == t }) {
			roots = append(roots, t.Root())
		}
	}
	slices.Sort(roots)
	w.scans.begin(roots, tally)
	err := scan.Run(ctx, scan.Options{
		Engine: w.engine, Rules: w.rules, Set: set, Clock: w.clock, Refill: refill, Again: w.Touch, Linked: linked,
	}, dirs, tally, progress)
	if !tally.Sure() {
		w.scans.askRetry()
	}
	if err == nil {
		w.publishDue()
	}
	return err
}

// publishDue writes the index files that are due.
func (w *Workspace) publishDue() {
	for _, t := range w.now().Trees() {
		if !t.Due() {
			continue
		}
		stale, err := t.Publish()
		if err != nil {
			w.engine.Complain(contents.CauseIndex, "write an index to", err)
		}
		for _, path := range stale {
			w.Touch(path)
		}
	}
}

// Recompute parses all sources below a root and compares them with what the store has, see
// scan.Recompute.
func (w *Workspace) Recompute(ctx context.Context, root string) (scan.Recomputed, error) {
	return scan.Recompute(ctx, w.engine, w.rules, root)
}
