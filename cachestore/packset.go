package cachestore

import (
	"errors"
	"io/fs"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// maxOpenPacks is the number of descriptors kept for packs. macOS gives a process 256 by default.
	maxOpenPacks = 64

	// maxBucketMemory is the memory kept for directories of packs, in bytes: 670,000 records, ten Linux
	// kernels. When it is full everything is dropped and read again as needed: a working set that does not
	// fit costs one more small read per lookup, and no bookkeeping per lookup is needed to choose victims.
	maxBucketMemory = 32 << 20

	// A directory's modification time proves nothing about changes within its own granularity. Local file
	// systems of today stamp with the kernel's tick (at most 10 ms); a time that is a multiple of 10 ms may
	// come from one that stamps in steps of up to 2 s (FAT, HFS+, old NFS servers).
	fineGranularity   = 20 * time.Millisecond
	coarseGranularity = 2 * time.Second
	coarseStep        = 10 * time.Millisecond
)

// packSet is the packs in a directory, as this process knows them. Readers take the current list without a
// lock.
//
// Other processes add packs and merge them at any time. The list is read again, at the next lookup that would
// miss and now and then at others, when the directory's modification time has changed or is too recent to
// tell, and always after a lock was taken: what the lock's last holder published must be seen.
type packSet struct {
	at     *namespace
	dir    string
	now    func() time.Time
	log    *slog.Logger
	open   *descriptors
	memory atomic.Int64 // bytes of buckets that are kept
	budget int64        // for memory

	list    atomic.Pointer[packList]
	wanted  atomic.Uint64 // the generation that a list must have for a miss to be believed
	listing sync.Mutex    // held while the directory is read
}

// packList is the packs found by one reading of the directory.
type packList struct {
	packs      []*pack // by name
	generation uint64
	modified   time.Time // of the directory, before it was read; zero when it did not exist
	settled    bool      // a later change will show in the modification time
}

func newPackSet(l layout, now func() time.Time, log *slog.Logger) *packSet {
	ps := &packSet{
		at: l.at, dir: l.packs, now: now, log: log, open: newDescriptors(l.at, maxOpenPacks), budget: maxBucketMemory,
	}
	ps.list.Store(&packList{})
	return ps
}

// expire makes the next miss read the directory again.
func (ps *packSet) expire() { ps.wanted.Add(1) }

// contains reports whether a record of k stands in any pack, readable or not. When in doubt it does.
func (ps *packSet) contains(k Key) (bool, error) {
	for range vanishAttempts {
		list, err := ps.reload(ps.list.Load())
		if err != nil {
			return false, err
		}
		found, err := ps.anyHolds(list.packs, k)
		if !errors.Is(err, fs.ErrNotExist) {
			return found, err
		}
		ps.expire() // a pack was merged into another
	}
	return true, nil
}

func (ps *packSet) anyHolds(packs []*pack, k Key) (bool, error) {
	for _, p := range packs {
		_, _, err := p.find(k)
		switch {
		case err == nil, errors.Is(err, ErrDamaged):
			return true, nil
		case errors.Is(err, errAbsent), errors.Is(err, ErrForeign):
		default:
			return false, err
		}
	}
	return false, nil
}

// search returns a value from one of the packs, errAbsent, another finding, or an I/O error.
func (ps *packSet) search(packs []*pack, k Key) ([]byte, error) {
	ps.trim()
	finding := errAbsent
	for _, p := range packs {
		value, err := p.get(k)
		switch {
		case err == nil:
			return value, nil
		case errors.Is(err, fs.ErrNotExist):
			ps.expire() // merged into another pack, or cleared
		case errors.Is(err, ErrForeign) && p.isForeign():
			continue // another version's pack says nothing about this version's keys
		case errors.Is(err, ErrDamaged):
			ps.suspect(p)
			ps.log.Debug("cachestore: damaged pack", "path", p.path, "key", k, "cause", err)
		}
		finding = graver(finding, err)
	}
	return nil, finding
}

// finds reports whether one of the packs has a record of k in its directory.
func (ps *packSet) finds(packs []*pack, k Key) bool {
	ps.trim()
	return slices.ContainsFunc(packs, func(p *pack) bool {
		_, _, err := p.find(k)
		return err == nil
	})
}

// suspect notes that a pack is damaged. A writer may have repaired it under its name since it was opened. So the
// list is read again, once, and the pack opened anew then, as it is whenever the directory changes.
func (ps *packSet) suspect(p *pack) {
	if !p.damaged.Swap(true) && !p.reopened {
		ps.expire()
	}
}

// trim keeps the buckets within their budget. Their sum can be off by those being read just now, hence the
// reset.
func (ps *packSet) trim() {
	if ps.memory.Load() <= ps.budget {
		return
	}
	for _, p := range ps.list.Load().packs {
		p.forgetBuckets()
	}
	ps.memory.Store(0)
}

// reload returns a list that is current: one on which a miss can be believed.
func (ps *packSet) reload(list *packList) (*packList, error) {
	if ok, err := ps.current(list); ok || err != nil {
		return list, err
	}
	ps.listing.Lock()
	defer ps.listing.Unlock()
	list = ps.list.Load()
	if ok, err := ps.current(list); ok || err != nil {
		return list, err
	}
	fresh, err := ps.read(list.packs)
	if err != nil {
		return nil, err
	}
	ps.list.Store(fresh)
	for _, p := range list.packs {
		if !slices.Contains(fresh.packs, p) { // one that is damaged is opened anew
			p.forget()
		}
	}
	return fresh, nil
}

func (ps *packSet) current(list *packList) (bool, error) {
	if !list.settled || list.generation < ps.wanted.Load() {
		return false, nil
	}
	modified, err := ps.at.modTime(ps.dir)
	return err == nil && modified.Equal(list.modified), err
}

// read reads the directory. Packs that are known already are kept with what was read of them.
func (ps *packSet) read(known []*pack) (*packList, error) {
	list := &packList{generation: ps.wanted.Load()}
	var err error
	if list.modified, err = ps.at.modTime(ps.dir); err != nil {
		return nil, err
	}
	list.settled = isSettled(list.modified, ps.now())
	names, err := ps.at.packNames(ps.dir)
	if err != nil {
		return nil, err
	}
	byPath := make(map[string]*pack, len(known))
	for _, p := range known {
		byPath[p.path] = p
	}
	for _, name := range names {
		path := filepath.Join(ps.dir, name)
		p := byPath[path]
		if p == nil || p.damaged.Load() {
			p = &pack{path: path, open: ps.open, memory: &ps.memory, reopened: p != nil}
		}
		list.packs = append(list.packs, p)
	}
	return list, nil
}

// isSettled reports whether a directory that was last modified at a time, and is read now, will show another
// modification time after a later change.
func isSettled(modified, now time.Time) bool {
	granularity := fineGranularity
	if modified.Nanosecond()%int(coarseStep) == 0 {
		granularity = coarseGranularity
	}
	return now.Sub(modified) > granularity // a time in the future never settles
}

func (ps *packSet) close() { ps.open.close() }
