package cachestore

import (
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// freshFor is how long a reader believes what it knows of the tombstones and packs of other processes before
// it asks again, with two calls of stat. Asking for each of a hundred thousand lookups per second would take
// most of their time; nobody who deletes a key can tell whether a lookup began 50 ms before.
const freshFor = 50 * time.Millisecond

// reader finds values in one namespace: the user's own, or one of a base cache.
type reader struct {
	layout   layout
	now      func() time.Time
	log      *slog.Logger
	packs    *packSet
	readOnly bool // a base cache: damage is left alone

	opened     time.Time     // for times that do not jump
	expired    atomic.Uint64 // counts the reasons to look again at once
	looked     atomic.Int64  // time of the last look, nanoseconds since opened
	seen       atomic.Uint64 // expired, at that look
	tombstones atomic.Pointer[tombstones]
	looking    sync.Mutex // held during a look
}

func newReader(l layout, now func() time.Time, log *slog.Logger) *reader {
	r := &reader{layout: l, now: now, log: log, packs: newPackSet(l, now, log), opened: time.Now()}
	r.tombstones.Store(&tombstones{at: l.at, dir: l.tombstones})
	r.expire() // nothing has been looked at yet
	return r
}

// expire makes the next lookup see all that has been published and deleted before.
func (r *reader) expire() {
	r.expired.Add(1)
	r.packs.expire()
}

// refresh looks at what other processes published and deleted, unless that was done just now.
func (r *reader) refresh() error {
	now := int64(time.Since(r.opened))
	stale := r.seen.Load() != r.expired.Load()
	if !stale && now-r.looked.Load() < int64(freshFor) {
		return nil
	}
	if stale {
		r.looking.Lock()
	} else if !r.looking.TryLock() {
		return nil // another goroutine is at it
	}
	defer r.looking.Unlock()
	r.layout.at.renew()
	expired := r.expired.Load()
	t, err := r.tombstones.Load().reload(r.now(), expired != r.seen.Load())
	if err != nil {
		return err
	}
	if _, err := r.packs.reload(r.packs.list.Load()); err != nil {
		return err
	}
	r.tombstones.Store(t)
	r.looked.Store(now)
	r.seen.Store(expired)
	return nil
}

// hides reports whether records of a key in packs are deleted.
func (r *reader) hides(k Key) (bool, error) {
	if !r.tombstones.Load().hide(k) {
		return false, nil
	}
	r.expired.Add(1) // it may have been put again since
	err := r.refresh()
	return r.tombstones.Load().hide(k), err
}

// get returns a value, errAbsent, errDeleted, another finding, or an I/O error.
//
// Packs are asked before loose entries because they are in memory, and hold nearly everything.
func (r *reader) get(k Key) ([]byte, error) {
	if err := r.refresh(); err != nil {
		return nil, err
	}
	hidden, err := r.hides(k)
	if err != nil {
		return nil, err
	}
	finding := errAbsent
	if !hidden {
		value, err := r.packs.search(r.packs.list.Load().packs, k)
		if err == nil {
			return value, nil
		}
		finding = err
	}
	value, err := r.readEntry(k)
	if err == nil {
		return value, nil
	}
	if hidden && isFinding(err) {
		return nil, errDeleted
	}
	finding = graver(finding, err)
	// What was in neither may have been moved from one to the other meanwhile, or published.
	list := r.packs.list.Load()
	fresh, err := r.packs.reload(list)
	if err != nil {
		return nil, graver(finding, err)
	}
	if hidden || slices.Equal(fresh.packs, list.packs) {
		return nil, finding
	}
	value, err = r.packs.search(fresh.packs, k)
	if err != nil {
		return nil, graver(finding, err)
	}
	return value, nil
}

// has reports whether a value of k is there, without reading it; false where that cannot be told.
func (r *reader) has(k Key) bool {
	if r.refresh() != nil {
		return false
	}
	hidden, err := r.hides(k)
	if err != nil {
		return false
	}
	list := r.packs.list.Load()
	if !hidden && r.packs.finds(list.packs, k) {
		return true
	}
	dir, name := r.layout.entryPath(k)
	if r.layout.hasEntry(dir + string(filepath.Separator) + name) {
		return true
	}
	// A record in neither may have been moved from one to the other meanwhile, or published.
	fresh, err := r.packs.reload(list)
	return err == nil && !hidden && !slices.Equal(fresh.packs, list.packs) && r.packs.finds(fresh.packs, k)
}

// holds reports whether any record or entry of k is there, readable or not. When in doubt it is.
func (r *reader) holds(k Key) bool {
	if packed, err := r.packs.contains(k); packed || err != nil {
		return true
	}
	_, _, err := r.loadEntry(k)
	return !errors.Is(err, errAbsent)
}

func (r *reader) close() {
	r.packs.close()
	r.layout.at.close()
}
