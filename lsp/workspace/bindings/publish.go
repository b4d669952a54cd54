package bindings

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"time"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/index"
)

const (
	// A new index file is due when rewriteFiles and one file in rewriteShare of it have
	// changed. Until then the next process hashes these files again, which costs less than
	// the writing.
	rewriteFiles = 16
	rewriteShare = 64

	// flushSymbols is how many symbols and macros are held in memory before they are written,
	// also in the middle of a scan: some 50 MB. All of the index file is written anew then, so
	// the bound is one in flushShare of those in it if that is more.
	flushSymbols = 1 << 19
	flushShare   = 8

	// After writing has failed, as on a full disk, it is tried again after a pause. The
	// pause doubles each time.
	firstPause = 30 * time.Second
	mostPause  = 10 * time.Minute
)

// Full reports whether the overlay should be written to save memory.
func (t *Tree) Full() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if time.Now().Before(t.pausedUntil) {
		return false
	}
	most := t.options.MaxPending
	if t.file != nil {
		most = max(most, (t.file.Symbols()+t.file.Macros())/flushShare)
	}
	return t.pending > most
}

// Due reports whether so much differs from the index file that a new one is worth it, or
// whether another version of the program has written it and this one knows all files. It
// is false during a scan, at the end of which more differs.
func (t *Tree) Due() bool {
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

// Publish writes a new index file and takes it. It does nothing where another process is
// about to write one, or the tree is closed. On an error all stays as it was. It returns
// files that are to be read again: their symbols were in the old index file alone.
func (t *Tree) Publish() (stale []string, err error) {
	if t.stored == nil || !t.publishing.TryLock() {
		return nil, nil
	}
	defer t.publishing.Unlock()
	defer func() { t.rest(err != nil) }()
	if !t.locked {
		unlock, ok, err := t.stored.TryLock()
		if err != nil || !ok {
			return nil, err
		}
		defer unlock()
	}
	m := t.beginMerge()
	if m == nil {
		return nil, nil
	}
	file, generation, err := t.write(m)
	if err != nil {
		t.abortMerge()
		return nil, err
	}
	return t.endMerge(m, file, generation), nil
}

// merge is what goes into a new index file.
type merge struct {
	index.Update
	changes map[string]*change // those in Update.Changes
	version Version            // of the last look before
}

// beginMerge takes what is known as of now. It returns nil if the tree is closed.
func (t *Tree) beginMerge() *merge {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil
	}
	t.merging = true
	note, err := json.Marshal(meta{Kind: kindWorkspace, Complete: t.complete && t.scan == nil, Detection: t.detection, Root: []byte(t.root)})
	if err != nil {
		panic(err) // never: there are only strings and a bool
	}
	m := &merge{changes: maps.Clone(t.changes), version: t.options.Clock.now()}
	m.Update = index.Update{Meta: note, Old: t.file, View: t.overlay.View(), Changes: make(map[string]index.Change, len(t.changes))}
	for path, c := range t.changes {
		m.Changes[path] = c.Change
	}
	return m
}

// abortMerge goes on without a new index file.
func (t *Tree) abortMerge() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.merging = false
	t.sweep()
}

// write writes an index file and opens it.
func (t *Tree) write(m *merge) (*index.File, uint64, error) {
	generation, err := t.stored.Publish(func(f *os.File) error { return index.Write(f, m.Update) })
	if err != nil {
		return nil, 0, err
	}
	file, err := t.openWritten(generation)
	return file, generation, err
}

// openWritten opens the index file that this process has just written. Another one in its
// place is not that into which the changes were merged: somebody has cleared the cache,
// and an older file, which was open, could not be removed.
func (t *Tree) openWritten(generation uint64) (*index.File, error) {
	opened, found, err := t.stored.Open(generation + 1)
	if err != nil {
		return nil, err
	}
	if found != generation {
		_ = opened.Close() // ignore error: nothing was read
		return nil, fmt.Errorf("%w: the index just written is gone", cachestore.ErrMiss)
	}
	file, _, err := openIndex(opened, t.options.Uses)
	return file, err
}

// endMerge takes the new index file. Changes that it has are forgotten. Those that came
// while it was written become changes of it.
func (t *Tree) endMerge(m *merge, file *index.File, generation uint64) (stale []string) {
	t.mu.Lock()
	old, oldGeneration := t.file, t.generation
	t.file, t.generation, t.floor, t.merging = file, generation, m.version, false
	t.rewrite = t.rewrite && !t.complete // else a scan is under way, at the end of which more is known
	if t.scan != nil {
		t.scan = t.carryOver(t.scan, old, m.changes)
	}
	for path, c := range t.changes {
		i, inFile, ok := lookup(file, path)
		switch {
		case m.changes[path] == c:
			t.overlay.Delete(path)
			delete(t.changes, path)
		case c.Kept && !(ok && sameContent(inFile, c.Binding)):
			delete(t.changes, path)
			stale = append(stale, path)
			switch {
			case t.scan == nil:
			case ok:
				t.scan.add(i)
			default:
				t.scan.spoiled = true
			}
		case !c.Kept && ok && !t.overlay.Has(path):
			t.overlay.Set(path, index.Document{}) // the old file had nothing to hide
		}
	}
	if len(t.changes) == 0 {
		t.overlay = index.NewMemory() // which gives all memory back
	}
	t.recount()
	t.sweep()
	t.mu.Unlock()
	t.discard(old, oldGeneration)
	return stale
}

// rest sets the pause after writing has failed, or ends it.
func (t *Tree) rest(failed bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !failed {
		t.pause = 0
		return
	}
	t.pause = min(max(firstPause, 2*t.pause), mostPause)
	t.pausedUntil = time.Now().Add(t.pause)
}

// Lock takes the workspace's lock. It goes ahead without if the holder seems to do nothing
// any more. The error is that of the store or ctx's.
func (t *Tree) Lock(ctx context.Context) (unlock func(), err error) {
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

// setLocked records whether this process holds the workspace's lock.
func (t *Tree) setLocked(locked bool) {
	t.publishing.Lock()
	defer t.publishing.Unlock()
	t.locked = locked
}
