package workspace

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"time"

	"github.com/symcache/symcache/cachestore"
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
	if t.file != nil {
		most = max(most, t.file.Symbols()/flushShare)
	}
	return t.pending > most
}

// due tells whether so much differs from the index file that a new one is worth it, or
// whether another version of the program has written it and this one knows all files by
// now. Not during a scan, at the end of which more does.
func (t *tree) due() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.scan != nil || time.Now().Before(t.pausedUntil) {
		return false
	}
	if t.file == nil {
		return len(t.changes) > 0
	}
	return t.rewrite && t.complete || len(t.changes) > rewriteFiles+t.file.Len()/rewriteShare
}

// publish writes a new index file and takes it. When another process is about to do so, or the
// tree is closed, it does nothing. On an error all stays as it was. It returns files that
// are to be read again.
func (t *tree) publish() (lost []string, err error) {
	if t.stored == nil {
		return nil, nil
	}
	if !t.publishing.TryLock() {
		return nil, nil
	}
	defer t.publishing.Unlock()
	defer func() { t.pause(err != nil) }()
	if !t.locked {
		unlock, ok, err := t.stored.TryLock()
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
	m := index.Update{Old: t.file, View: t.overlay.View(), Changes: make(map[string]index.Change, len(t.changes))}
	taken := maps.Clone(t.changes)
	note := meta{Kind: kindWorkspace, Complete: t.complete && t.scan == nil, Detection: t.detection}
	ticket := t.tickets.Load()
	t.mu.Unlock()
	for path, c := range taken {
		m.Changes[path] = c.Change
	}
	if m.Meta, err = json.Marshal(note); err != nil {
		return nil, err
	}
	generation, err := t.stored.Publish(func(f *os.File) error { return index.Write(f, m) })
	if err != nil {
		return nil, err
	}
	file, err := t.openWritten(generation)
	if err != nil {
		return nil, err
	}
	return t.replace(file, generation, taken, ticket), nil
}

// openWritten opens the index file that this process has just written. Another one in
// its place is none that the changes were merged into: somebody has cleared the cache,
// and where a file that is open cannot be removed an older one may have stayed.
func (t *tree) openWritten(generation uint64) (*index.File, error) {
	opened, found, err := t.stored.Open(generation + 1)
	if err != nil {
		return nil, err
	}
	if found != generation {
		_ = opened.Close() // ignore error: nothing was read
		return nil, fmt.Errorf("%w: the index just written is gone", cachestore.ErrMiss)
	}
	file, _, err := openIndex(opened, t.current)
	return file, err
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

// replace takes an index file that has what was taken of the changes as of a ticket. It
// returns the files that are to be read again, as their symbols were only in the index
// file before.
func (t *tree) replace(file *index.File, generation uint64, taken map[string]*change, ticket uint64) (lost []string) {
	t.mu.Lock()
	old, oldGeneration, oldSeen := t.file, t.generation, t.scan
	t.file, t.generation, t.published = file, generation, ticket
	t.rewrite = t.rewrite && !t.complete // else a scan is under way, at the end of which more is known
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
		t.overlay = index.NewMemory() // and gives all memory back
	}
	if oldSeen != nil {
		t.scan = t.carryOver(oldSeen, old, taken)
	}
	t.mu.Unlock()
	t.discard(old, oldGeneration)
	return lost
}

// revert makes a file what it was in an old index file, now that a new one has what was
// taken. It is false, and the file is gone, when its symbols were only in the old one.
//
// Whatever is being read at the time is later than both. A scan under way may have come
// across it.
func (t *tree) revert(path string, taken *change, old *index.File) bool {
	_, was, known := lookup(old, path)
	_, is, inBase := lookup(t.file, path)
	c := &change{ticket: taken.ticket, included: t.tickets.Add(1)}
	switch {
	case known && inBase && sameContent(is, was):
		c.Kept, c.Binding = true, was
	case inBase:
		c.Removed = true
		t.overlay.Set(path, index.Document{})
	}
	if known && !c.Kept {
		t.count(was, -1)
	}
	if inBase {
		t.changes[path] = c
	}
	return !known || c.Kept
}

// rebase makes a change one of the new index file. It is false, and forgets the change,
// when that was possible only with the one before.
func (t *tree) rebase(path string, c *change) bool {
	_, inBase, ok := lookup(t.file, path)
	if c.Kept {
		if ok && sameContent(inBase, c.Binding) {
			return true
		}
		t.count(c.Binding, -1)
		if ok {
			t.count(inBase, 1)
		}
		delete(t.changes, path)
		return false
	}
	if ok && !t.overlay.Has(path) {
		t.overlay.Set(path, index.Document{}) // nothing was there to be hidden
	}
	return true
}

// carryOver translates what a scan has seen to a new index file.
func (t *tree) carryOver(before *seen, old *index.File, taken map[string]*change) *seen {
	after := newSeen(before.since, t.file)
	after.spoiled = before.spoiled
	number := 0
	_ = t.file.Each(func(path string, _ index.Binding) bool { // ignore error: whoever searches it finds out
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
