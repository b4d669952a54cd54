package workspace

import (
	"encoding/json"
	"maps"
	"os"
	"time"

	"github.com/symcache/symcache/lsp/index"
)

// After writing has failed, as on a full disk, it is tried again after a pause, which
// doubles each time.
const (
	firstPause = 30 * time.Second
	mostPause  = 10 * time.Minute
)

// full tells whether the overlay should be written to save memory.
func (t *tree) full() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if time.Now().Before(t.pausedUntil) {
		return false
	}
	most := t.maxPending
	if t.base != nil {
		most = max(most, t.base.Stats().Symbols/flushShare)
	}
	return t.pending > most
}

// due tells whether so much differs from the base that a new one is worth it. Not during
// a scan, at the end of which more does.
func (t *tree) due() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.scan != nil || time.Now().Before(t.pausedUntil) {
		return false
	}
	if t.base == nil {
		return len(t.changes) > 0
	}
	return len(t.changes) > rewriteFiles+t.base.Stats().Files/rewriteShare
}

// publish writes a new base and takes it. When another process is about to do so, or the
// tree is closed, it does nothing. On an error all stays as it was. It returns files that
// are to be read again.
func (t *tree) publish() (lost []string, err error) {
	if t.store == nil {
		return nil, nil
	}
	if !t.publishing.TryLock() {
		return nil, nil
	}
	defer t.publishing.Unlock()
	defer func() { t.pause(err != nil) }()
	if !t.locked {
		unlock, ok, err := t.store.TryLockWorkspace(t.id)
		if err != nil || !ok {
			return nil, err
		}
		defer unlock()
	}

	t.mu.Lock()
	if t.closed {
		t.mu.Unlock()
		return nil, nil
	}
	m := index.Merge{Base: t.base, View: t.overlay.View(), Changes: make(map[string]index.Change, len(t.changes))}
	taken := maps.Clone(t.changes)
	note := meta{Complete: t.complete && t.scan == nil, Totals: t.totals}
	ticket := t.tickets.Load()
	t.mu.Unlock()
	for path, c := range taken {
		m.Changes[path] = c.Change
	}
	if m.Meta, err = json.Marshal(note); err != nil {
		return nil, err
	}
	generation, err := t.store.PublishIndex(t.id, func(f *os.File) error { return index.WriteBase(f, m) })
	if err != nil {
		return nil, err
	}
	file, generation, err := t.store.OpenIndex(t.id, generation+1)
	if err != nil {
		return nil, err
	}
	base, _, err := openBase(file)
	if err != nil {
		return nil, err
	}
	return t.replace(base, generation, taken, ticket), nil
}

// pause notes whether writing has failed.
func (t *tree) pause(failed bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !failed {
		t.paused = 0
		return
	}
	t.paused = min(max(firstPause, 2*t.paused), mostPause)
	t.pausedUntil = time.Now().Add(t.paused)
}

// replace takes a base that has what was taken of the changes as of a ticket. It returns
// the files that are to be read again, as their symbols were only in the base before.
func (t *tree) replace(base *index.Base, generation uint64, taken map[string]*change, ticket uint64) (lost []string) {
	t.mu.Lock()
	old, oldSeen := t.base, t.scan
	t.base, t.generation, t.published = base, generation, ticket
	for path, c := range taken {
		switch now := t.changes[path]; {
		case now == c:
			t.forget(path)
			delete(t.changes, path)
		case now == nil && !t.revert(path, c, old):
			lost = append(lost, path)
		}
	}
	for path, c := range t.changes {
		if taken[path] != c && !t.rebase(path, c) {
			lost = append(lost, path)
		}
	}
	if len(t.changes) == 0 {
		t.overlay = index.New() // and gives all memory back
	}
	if oldSeen != nil {
		t.scan = t.carryOver(oldSeen, old, taken)
	}
	t.mu.Unlock()
	closeBase(old)
	return lost
}

// revert makes a file what it was in an old base, now that a new one has what was
// taken. It is false, and the file is gone, when its symbols were only in the old one.
//
// Whatever is being read at the time is later than both. A scan under way may have come
// across it.
func (t *tree) revert(path string, taken *change, old *index.Base) bool {
	_, was, known := lookup(old, path)
	_, is, inBase := lookup(t.base, path)
	c := &change{ticket: taken.ticket, included: t.tickets.Add(1)}
	switch {
	case known && inBase && sameContent(is, was):
		c.Kept, c.Binding = true, was
	case inBase:
		c.Removed = true
		t.overlay.Set(path, index.Document{})
	}
	if known && !c.Kept {
		t.totals.add(was, -1)
	}
	if inBase {
		t.changes[path] = c
	}
	return !known || c.Kept
}

// rebase makes a change one of the new base. It is false, and forgets the change,
// when that was possible only with the one before.
func (t *tree) rebase(path string, c *change) bool {
	_, inBase, ok := lookup(t.base, path)
	if c.Kept {
		if ok && sameContent(inBase, c.Binding) {
			return true
		}
		t.totals.add(c.Binding, -1)
		if ok {
			t.totals.add(inBase, 1)
		}
		delete(t.changes, path)
		return false
	}
	if ok && !t.overlay.Has(path) {
		t.overlay.Set(path, index.Document{}) // nothing was there to be hidden
	}
	return true
}

// carryOver translates what a scan has seen to a new base.
func (t *tree) carryOver(before *seen, old *index.Base, taken map[string]*change) *seen {
	after := newSeen(before.since, t.base)
	after.spoiled = before.spoiled
	number := 0
	_ = t.base.Each(func(path string, _ index.Binding) bool { // ignore error: whoever searches it finds out
		if c := taken[path]; c != nil {
			if c.included > before.since {
				after.add(number)
			}
		} else if i, _, ok := lookup(old, path); ok && before.has(i) {
			after.add(number)
		}
		number++
		return true
	})
	return after
}
