package workspace

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"sync"
	"time"
)

// ScanTogether is Scan for who can wait for another process that looks at the same
// roots for the first time: when that has ended, little is left to do, and many can
// do it at once.
func (w *Workspace) ScanTogether(ctx context.Context, progress func(Progress)) (Report, error) {
	return w.scanTogether(ctx, false, progress)
}

func (w *Workspace) scanTogether(ctx context.Context, refill bool, progress func(Progress)) (Report, error) {
	if w.Complete() {
		return w.scan(ctx, refill, progress)
	}
	unlock, _, err := w.lock(ctx)
	if err != nil {
		return newTally().result(), err
	}
	unlock = sync.OnceFunc(unlock)
	defer unlock()
	if w.Complete() {
		unlock()
	}
	return w.scan(ctx, refill, progress)
}

// Warm is Refill for a process that wants nothing but a cache that has all symbols. Of
// the processes that wait for each other's first scan, one scans, and the others take over
// its report unless it names failures. That report is as true as their own would be, since
// the scan began after they had asked.
func (w *Workspace) Warm(ctx context.Context, progress func(Progress)) (Report, error) {
	began, now := time.Now(), w.now()
	if w.Complete() || len(now.trees) != 1 || len(now.bad) > 0 {
		return w.scanTogether(ctx, true, progress)
	}
	t := now.trees[0]
	asked := t.lastScan().Count
	unlock, held, err := w.lock(ctx)
	if err != nil {
		return newTally().result(), err
	}
	defer unlock()
	last := t.lastScan()
	if held && last.serves(asked) {
		return last.takenOver(began), nil
	}
	report, err := w.Refill(ctx, progress)
	if held && err == nil && report.Failed == 0 && report.NotStored == 0 {
		// ignore error: then nobody takes it over
		_ = t.noteScan(countedScan{Count: last.Count + 1, Report: report})
	}
	return report, err
}

// lock takes the locks of all roots, in one order for all processes, and what their
// holders have left. It tells whether it has them all, or has waited for long enough.
func (w *Workspace) lock(ctx context.Context) (unlock func(), held bool, err error) {
	var releases []func()
	unlock = func() {
		for _, f := range slices.Backward(releases) {
			f()
		}
	}
	trees := slices.SortedFunc(slices.Values(w.now().trees), func(a, b *tree) int { return cmp.Compare(a.id.String(), b.id.String()) })
	held = true
	for _, t := range trees {
		release, got, err := t.lock(ctx)
		if ctx.Err() != nil {
			unlock()
			return nil, false, ctx.Err()
		}
		held = held && got
		if err != nil {
			w.engine.complain(causeLock, "lock", err)
			continue
		}
		releases = append(releases, release)
		if _, err := t.load(); err != nil {
			w.engine.complain(causeIndex, "read an index from", err)
		}
	}
	return unlock, held, nil
}

// lock takes the workspace's lock, or waits for it until it seems that its holder
// does nothing any more; held is false then.
func (t *tree) lock(ctx context.Context) (unlock func(), held bool, err error) {
	if t.store == nil {
		return func() {}, false, nil
	}
	release, held, err := t.store.LockWorkspace(ctx, t.id)
	if err != nil {
		return nil, false, err
	}
	t.setLocked(held)
	return func() {
		t.setLocked(false)
		release()
	}, held, nil
}

func (t *tree) setLocked(locked bool) {
	t.publishing.Lock()
	defer t.publishing.Unlock()
	t.locked = locked
}

// countedScan is a scan of a whole root under the workspace's lock, and how many of
// these there have been.
type countedScan struct {
	Count  uint64 `json:"count"`
	Report Report `json:"report"`
}

// serves tells whether the scan began after somebody found that there had been so many.
// The next one may have begun before; the one after it began when that had ended.
func (s *countedScan) serves(asked uint64) bool { return s.Count >= asked+2 }

// takenOver returns the report for one who has parsed nothing since it began.
func (s *countedScan) takenOver(began time.Time) Report {
	report := s.Report
	report.Reused, report.Parsed = report.Reused+report.Parsed, 0
	report.ElapsedMS = time.Since(began).Milliseconds()
	return report
}

// lastScan returns the last counted scan, which is empty when none is known.
func (t *tree) lastScan() (last countedScan) {
	if t.store == nil {
		return countedScan{}
	}
	note, err := t.store.ReadNote(t.id)
	if err == nil {
		err = json.Unmarshal(note, &last)
	}
	if err != nil {
		return countedScan{} // whoever knows of no scan does one
	}
	return last
}

// noteScan leaves a counted scan for others to find.
func (t *tree) noteScan(s countedScan) error {
	note, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return t.store.WriteNote(t.id, note)
}
