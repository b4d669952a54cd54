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

	// lookEvery is how often lookups that find everything look for packs of other processes all the same, with two
	// calls of stat: else a process that never misses would keep merged packs on the disk, and go on finding what was
	// removed. Looking at each of a hundred thousand lookups a second would take most of their time.
	lookEvery = 50 * time.Millisecond

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
// Other processes add packs and merge them at any time. A lookup that would miss, and once in lookEvery another one,
// looks at the directory's modification time. The list is read again when that has changed or is too recent to tell,
// and always after a lock was taken: what the lock's last holder has published must be seen.
type packSet struct {
	at     *namespace
	dir    string
	now    func() time.Time
	log    *slog.Logger
	open   *descriptors
	memory atomic.Int64 // bytes of buckets that are kept
	budget int64        // for memory

	list    atomic.Pointer[packList]
	wanted  atomic.Uint64 // the generation that a list must have to be searched
	listing sync.Mutex    // held while the directory is read

	began    time.Time    // for times that do not jump
	nextLook atomic.Int64 // nanoseconds since began
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
		began: time.Now(),
	}
	ps.list.Store(&packList{})
	ps.expire() // nothing has been looked at yet
	return ps
}

// expire makes the next lookup read the directory again.
func (ps *packSet) expire() { ps.wanted.Add(1) }

// look returns the packs to search. It asks for those that other processes have published, and lets go of those that
// they have removed, once in lookEvery, and at once after expire.
func (ps *packSet) look() (*packList, error) {
	list := ps.list.Load()
	if list.generation >= ps.wanted.Load() && !ps.isTimeToLook() {
		return list, nil
	}
	ps.at.renew()
	return ps.reload(list)
}

// isTimeToLook is true for one caller in lookEvery.
func (ps *packSet) isTimeToLook() bool {
	now, next := int64(time.Since(ps.began)), ps.nextLook.Load()
	return now >= next && ps.nextLook.CompareAndSwap(next, now+int64(lookEvery))
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
