package cachestore

import (
	"log/slog"
	"slices"
	"time"
)

// finder finds values in one namespace: the user's own, or one of a base cache.
type finder struct {
	layout   layout
	log      *slog.Logger
	packs    *packSet
	readOnly bool // a base cache, or a command that only looks: a damaged entry is left where it is
}

func newFinder(l layout, now func() time.Time, log *slog.Logger) *finder {
	return &finder{layout: l, log: log, packs: newPackSet(l, now, log)}
}

// get returns a value, errAbsent, another finding, or an I/O error.
//
// Packs are asked before loose entries because their directories are in memory, and they hold nearly everything.
func (f *finder) get(k Key) ([]byte, error) {
	list, err := f.packs.look()
	if err != nil {
		return nil, err
	}
	value, finding := f.packs.search(list.packs, k)
	if finding == nil {
		return value, nil
	}
	value, err = f.readEntry(k)
	if err == nil {
		return value, nil
	}
	finding = graver(finding, err)
	// A value in neither may have been moved from one to the other meanwhile, or published.
	fresh, err := f.packs.reload(list)
	if err != nil {
		return nil, graver(finding, err)
	}
	if slices.Equal(fresh.packs, list.packs) {
		return nil, finding
	}
	value, err = f.packs.search(fresh.packs, k)
	if err != nil {
		return nil, graver(finding, err)
	}
	return value, nil
}

// has reports whether there is a value of k, without reading it. It is false where that cannot be told.
func (f *finder) has(k Key) bool {
	list, err := f.packs.look()
	if err != nil {
		return false
	}
	if f.packs.finds(list.packs, k) || f.layout.hasEntry(f.layout.entryPath(k)) {
		return true
	}
	// A value in neither may have been moved from one to the other meanwhile, or published.
	fresh, err := f.packs.reload(list)
	return err == nil && !slices.Equal(fresh.packs, list.packs) && f.packs.finds(fresh.packs, k)
}

// expire makes the next lookup see what other processes have published and removed before.
func (f *finder) expire() { f.packs.expire() }

func (f *finder) close() {
	f.packs.close()
	f.layout.at.close()
}
