package workspace

import (
	"cmp"
	"context"
	"slices"

	"github.com/symcache/symcache/lsp/workspace/bindings"
	"github.com/symcache/symcache/lsp/workspace/contents"
	"github.com/symcache/symcache/lsp/workspace/scan"
)

// ScanTogether is Scan for a process that may wait. While another process does the first
// scan of the same roots, it waits for the index file of that scan, and then only checks
// what has changed. Processes that have waited check at the same time.
func (w *Workspace) ScanTogether(ctx context.Context, progress func(scan.Progress)) (scan.Report, error) {
	return w.scanTogether(ctx, false, progress)
}

// Warm is Refill for a process that may wait, as ScanTogether is Scan for one.
func (w *Workspace) Warm(ctx context.Context, progress func(scan.Progress)) (scan.Report, error) {
	return w.scanTogether(ctx, true, progress)
}

func (w *Workspace) scanTogether(ctx context.Context, refill bool, progress func(scan.Progress)) (scan.Report, error) {
	if w.Complete() {
		return w.scan(ctx, nil, refill, progress)
	}
	unlock, err := w.lock(ctx)
	if err != nil {
		return scan.NewTally().Report(), err
	}
	if w.Complete() {
		unlock()
	} else {
		defer unlock()
	}
	return w.scan(ctx, nil, refill, progress)
}

// lock takes the locks of all roots, in one order for all processes, and loads the index
// files that their holders have left. It goes ahead without a lock that it has waited for
// long enough. The error is ctx's.
func (w *Workspace) lock(ctx context.Context) (unlock func(), err error) {
	var releases []func()
	unlock = func() {
		for _, f := range slices.Backward(releases) {
			f()
		}
	}
	trees := slices.SortedFunc(slices.Values(w.now().Trees()), func(a, b *bindings.Tree) int {
		return cmp.Compare(a.ID().String(), b.ID().String())
	})
	for _, t := range trees {
		release, err := t.Lock(ctx)
		if ctx.Err() != nil {
			unlock()
			return nil, ctx.Err()
		}
		if err != nil {
			w.engine.Complain(contents.CauseLock, "lock", err)
			continue
		}
		releases = append(releases, release)
		if _, err := t.Load(); err != nil {
			w.engine.Complain(contents.CauseIndex, "read an index from", err)
		}
	}
	return unlock, nil
}
