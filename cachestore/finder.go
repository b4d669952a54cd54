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

// maxLookups is how often a value is looked for while other processes move it: each time, a merge or a collection,
// which takes milliseconds, has come in between reading the list of packs and reading one of them. A process that
// gets no processor for so long more often than this misses the value.
const maxLookups = 16

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
	for range maxLookups {
		fresh, err := f.moved(list)
		if err != nil {
			return nil, graver(finding, err)
		}
		if fresh == nil {
			return nil, finding
		}
		if value, err = f.packs.search(fresh.packs, k); err == nil {
			return value, nil
		}
		finding = graver(finding, err)
		list = fresh
	}
	return nil, finding
}

// moved returns the packs of now, or nil if they are those of a list: only then a value that is in none of them, and
// was in no entry before, has not been moved or published meanwhile.
func (f *finder) moved(list *packList) (*packList, error) {
	fresh, err := f.packs.reload(list)
	if err != nil || slices.Equal(fresh.packs, list.packs) {
		return nil, err
	}
	return fresh, nil
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
	for range maxLookups {
		if list, err = f.moved(list); list == nil || err != nil {
			return false
		}
		if f.packs.finds(list.packs, k) {
			return true
		}
	}
	return false
}

// expire makes the next lookup see what other processes have published and removed before.
func (f *finder) expire() { f.packs.expire() }

func (f *finder) close() {
	f.packs.close()
	f.layout.at.close()
}
