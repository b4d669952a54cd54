package workspace

import (
	"cmp"
	"context"
	"slices"

	"github.com/symcache/symcache/lsp/workspace/contents"
)

// ScanTogether is Scan for a process that may wait. While another process does the first
// scan of the same roots, it waits for the index of that scan, and then only checks what
// has changed. Many that waited check at once.
func (w *Workspace) ScanTogether(ctx context.Context, progress func(Progress)) (Report, error) {
	return w.scanTogether(ctx, false, progress)
}

// Warm is Refill for a process that may wait, as ScanTogether is Scan for one.
func (w *Workspace) Warm(ctx context.Context, progress func(Progress)) (Report, error) {
	return w.scanTogether(ctx, true, progress)
}

func (w *Workspace) scanTogether(ctx context.Context, refill bool, progress func(Progress)) (Report, error) {
	if w.Complete() {
		return w.scan(ctx, refill, progress)
	}
	unlock, err := w.lock(ctx)
	if err != nil {
		return newTally().result(), err
	}
	if w.Complete() {
		unlock()
	} else {
		defer unlock()
	}
	return w.scan(ctx, refill, progress)
}

// lock takes the locks of all roots, in one order for all processes, and loads the
// indexes that their holders have left. It goes ahead without a lock that it has waited
// for long enough. The error is that of ctx.
func (w *Workspace) lock(ctx context.Context) (unlock func(), err error) {
	var releases []func()
	unlock = func() {
		for _, f := range slices.Backward(releases) {
			f()
		}
	}
	trees := slices.SortedFunc(slices.Values(w.now().trees), func(a, b *tree) int { return cmp.Compare(a.id.String(), b.id.String()) })
	for _, t := range trees {
		release, err := t.lock(ctx)
		if ctx.Err() != nil {
			unlock()
			return nil, ctx.Err()
		}
		if err != nil {
			w.engine.Complain(contents.CauseLock, "lock", err)
			continue
		}
		releases = append(releases, release)
		if _, err := t.load(); err != nil {
			w.engine.Complain(contents.CauseIndex, "read an index from", err)
		}
	}
	return unlock, nil
}

// lock takes the workspace's lock. If its holder seems to do nothing any more, it goes
// ahead without.
func (t *tree) lock(ctx context.Context) (unlock func(), err error) {
	if t.stored == nil {
		return func() {}, nil
	}
	release, held, err := t.stored.Lock(ctx)
	if err != nil {
		return nil, err
	}
	t.setLocked(held)
	return func() {
		t.setLocked(false)
		release()
	}, nil
}

// setLocked records whether this process holds the workspace's lock, for publish.
func (t *tree) setLocked(locked bool) {
	t.publishing.Lock()
	defer t.publishing.Unlock()
	t.locked = locked
}
