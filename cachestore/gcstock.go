package cachestore

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"iter"
	"math"
	"slices"
	"time"
)

const (
	// packLooseAbove is the number of loose entries from which they are brought together into packs. A file
	// costs an inode and a block of 4 KiB, twice what is in it; and packing costs locks and a durable write.
	packLooseAbove = 256

	// maxPackingBytes bounds the loose entries that are in memory, and whose shards are locked, at a time.
	maxPackingBytes = 32 << 20
)

// stock is what a namespace holds, with the time of the last use of everything.
type stock struct {
	packs    []*packStock
	loose    []*looseStock
	byKey    map[Key]*looseStock
	indexes  []*indexStock // the newest of each workspace
	replaced []indexFile   // those before it
	unknown  []unknownStock
}

type packStock struct {
	*sourcePack
	modified  time.Time // of the pack file
	usageSize int64     // of the usage file, bytes
	usedLater bool      // used has times that are much later than those on disk
	gone      bool
}

type looseStock struct {
	key      Key
	path     string
	size     int64 // bytes
	modified time.Time
	used     time.Time
	victim   bool
}

type indexStock struct {
	indexFile
	used    time.Time
	foreign bool // of another version
	victim  bool
}

// unknownStock is a file that this version cannot read.
type unknownStock struct {
	path   string
	size   int64 // bytes
	used   time.Time
	victim bool
}

// victims returns how many records are to be dropped, and their bytes with those of their slots.
func (p *packStock) victims() (records int, bytes int64) {
	p.each(func(r sourceRecord) {
		if p.drop[r.number] {
			records++
			bytes += int64(r.length) + int64(slotSize)
		}
	})
	return records, bytes
}

// takeStock reads directories, and the headers and directories of packs. Times in the future are taken for
// now: they come from a clock that was wrong, and would keep things for ever.
func (st *stock) takeStock(ctx context.Context, s *Store, now time.Time) error {
	past := func(t time.Time) time.Time {
		if t.After(now) {
			return now
		}
		return t
	}
	names, err := s.layout.packSizes()
	if err != nil {
		return err
	}
	for _, f := range names {
		if err := ctx.Err(); err != nil {
			return err
		}
		src, err := s.openSource(f.path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if isVerdict(err) {
			info, err := s.layout.at.lstat(f.path)
			if err == nil {
				st.unknown = append(st.unknown, unknownStock{path: f.path, size: info.Size(), used: past(info.ModTime())})
			}
			continue
		}
		if err != nil {
			return err
		}
		info, err := s.layout.at.lstat(f.path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		p := &packStock{sourcePack: src, modified: info.ModTime()}
		if info, err := s.layout.at.lstat(usagePath(f.path)); err == nil {
			p.usageSize = info.Size()
		}
		for i := range p.used {
			p.used[i] = min(p.used[i], unixSeconds(now))
		}
		st.packs = append(st.packs, p)
	}
	st.byKey = map[Key]*looseStock{}
	err = s.layout.walkEntries(func(e entryFile) error {
		l := &looseStock{key: e.key, path: e.path, size: e.size, modified: e.used, used: past(e.used)}
		st.loose = append(st.loose, l)
		st.byKey[e.key] = l
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	return s.layout.walkIndexes(func(w workspaceIndexes) error {
		newest := w.indexes[0]
		st.indexes = append(st.indexes, &indexStock{indexFile: newest, used: past(newest.info.ModTime())})
		st.replaced = append(st.replaced, w.indexes[1:]...)
		return ctx.Err()
	})
}

// mark finds the last use of everything that indexes name, those too old excepted.
func (c *collection) mark(ctx context.Context) error {
	var latest time.Time
	for _, x := range c.indexes {
		if x.used.Before(c.cutoff) {
			continue
		}
		if x.used.After(latest) {
			latest = x.used
		}
		if c.opts.Marks == nil {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		err := c.markIndex(x)
		switch {
		case err == nil:
		case isFinding(err):
			x.foreign = errors.Is(err, ErrForeign)
			c.store.log.Debug("cachestore: index names nothing", "path", x.path, "cause", err)
		default: // the disk could not be read, which says nothing about what the index names
			c.store.log.Debug("cachestore: index cannot be read, and counts as naming everything", "path", x.path, "cause", err)
			c.markAll(x.used)
		}
	}
	if c.opts.Marks == nil && !latest.IsZero() {
		c.markAll(latest)
	}
	return nil
}

// markAll notes a use of all that an index can name.
func (c *collection) markAll(used time.Time) {
	for _, p := range c.packs {
		p.each(func(r sourceRecord) {
			if r.key.Part != PartLearned {
				p.note(r.number, used)
			}
		})
	}
	for _, e := range c.loose {
		if e.key.Part != PartLearned {
			e.note(used)
		}
	}
}

func (c *collection) markIndex(x *indexStock) error {
	f, err := c.store.layout.at.open(x.path)
	if err != nil {
		return err
	}
	defer f.Close()
	return c.opts.Marks(f, func(k Key) {
		for _, p := range c.packs {
			for i := range p.find(k) {
				p.note(i, x.used)
			}
		}
		if e := c.byKey[k]; e != nil {
			e.note(x.used)
		}
	})
}

// find yields the numbers of a key's records, of any kind.
func (p *packStock) find(k Key) iter.Seq[int] {
	return func(yield func(int) bool) {
		x, ok := p.header.extractorIndex(k.extractor())
		if !ok {
			return
		}
		for i := range p.slots[k.shard()].all(k.Hash, x) {
			if !yield(int(p.header.starts[k.shard()]) + i) {
				return
			}
		}
	}
}

func (p *packStock) note(record int, used time.Time) {
	u := unixSeconds(used)
	if u <= p.used[record] {
		return
	}
	if u-p.used[record] > uint32(useResolution/time.Second) {
		p.usedLater = true
	}
	p.used[record] = u
}

func (e *looseStock) note(used time.Time) {
	if used.After(e.used) {
		e.used = used
	}
}

// evictable is something that can be removed to make room.
type evictable struct {
	used   int64 // seconds since 1970
	order  int8  // of those used at the same time the lower goes first: an index outlives what it names
	size   int64 // bytes
	victim *bool
}

// pool is a part of a stock that has a budget of its own.
type pool struct {
	cutoff     time.Time
	total      int64 // bytes, before anything is removed
	kept       int64 // bytes of evictables that are no victims
	evictables []evictable
}

// add makes something a victim if it is too old, and evictable otherwise.
func (p *pool) add(used time.Time, order int8, size int64, victim *bool) {
	p.total += size
	if *victim = *victim || used.Before(p.cutoff); *victim {
		return
	}
	p.kept += size
	p.evictables = append(p.evictables, evictable{used.Unix(), order, size, victim})
}

// shrink makes the least recently used evictables victims until target bytes are left, if more than budget are.
func (p *pool) shrink(budget, target int64) {
	if p.kept <= budget {
		return
	}
	slices.SortStableFunc(p.evictables, func(a, b evictable) int {
		return cmp.Or(cmp.Compare(a.used, b.used), cmp.Compare(a.order, b.order))
	})
	for _, x := range p.evictables {
		if p.kept <= target {
			break
		}
		*x.victim = true
		p.kept -= x.size
	}
}

// chooseVictims chooses what is too old, and the least recently used of what exceeds a budget. It reports whether a
// budget was exceeded.
//
// There are three kinds of owners:
//
//	indexes, and what they name   MaxSize, without what the other two keep
//	learned answers               a cap of their own, since no index names them, and nobody could compute them again
//	other versions                by age only
//
// Files of other versions are evicted by age alone, since another version may be using them. They count against MaxSize,
// but for half of it at most, so that a full cache of the version before an upgrade leaves room for this one. Two
// versions in use keep to half of the budget each.
func (c *collection) chooseVictims() (overBudget bool) {
	named, learned := pool{cutoff: c.cutoff}, pool{cutoff: c.cutoff}
	var foreign int64
	keepForeign := func(used time.Time, size int64, victim *bool) {
		if used.Before(c.cutoff) {
			*victim = true
		} else if !*victim {
			foreign += size
		}
	}
	addValue := func(k Key, isForeign bool, used time.Time, size int64, victim *bool) {
		switch {
		case isForeign:
			keepForeign(used, size, victim)
		case k.Part == PartLearned:
			learned.add(used, 0, size, victim)
		default:
			named.add(used, 0, size, victim)
		}
	}
	for _, p := range c.packs {
		p.each(func(r sourceRecord) {
			used := time.Unix(int64(p.used[r.number]), 0)
			addValue(r.key, r.foreign(), used, int64(r.length)+int64(slotSize)+4, &p.drop[r.number])
		})
	}
	for _, e := range c.loose {
		addValue(e.key, !e.key.Part.known(), e.used, e.size, &e.victim)
	}
	for _, x := range c.indexes {
		if x.foreign {
			keepForeign(x.used, x.info.Size(), &x.victim)
			continue
		}
		named.add(x.used, 1, x.info.Size(), &x.victim)
	}
	for i := range c.unknown {
		f := &c.unknown[i]
		keepForeign(f.used, f.size, &f.victim)
	}
	learnedCap := min(maxLearnedBytes, c.opts.MaxSize/learnedShare)
	learned.shrink(learnedCap, learnedCap/100*gcTargetPercent)
	rest := func(budget int64) int64 { return max(budget-foreign, budget/2) - learned.kept }
	overBudget = learned.total > learnedCap || named.total > rest(c.opts.MaxSize)
	named.shrink(rest(c.opts.MaxSize), rest(c.opts.MaxSize/100*gcTargetPercent))
	return overBudget
}

// packLoose moves loose entries into packs when there are many. It locks their shards, so that nobody is storing more of
// them meanwhile; entries of shards that others have locked stay loose.
func (c *collection) packLoose(ctx context.Context) error {
	var rest []*looseStock
	for _, e := range c.loose {
		if !e.victim {
			rest = append(rest, e)
		}
	}
	if len(rest) < packLooseAbove || c.opts.DryRun {
		return nil
	}
	slices.SortStableFunc(rest, func(a, b *looseStock) int { return cmp.Compare(a.key.shard(), b.key.shard()) })
	for len(rest) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		var batch []*looseStock
		var shards []byte
		var bytes int64
		for len(rest) > 0 && (len(batch) == 0 || bytes+rest[0].size <= maxPackingBytes) && len(batch) < math.MaxInt16 {
			batch, shards, bytes = append(batch, rest[0]), append(shards, rest[0].key.shard()), bytes+rest[0].size
			rest = rest[1:]
		}
		unlock, ok, err := c.store.TryLockShards(shards)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		err = c.packBatch(batch)
		unlock()
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *collection) packBatch(batch []*looseStock) error {
	s := c.store
	var table extractorTable
	var items []packItem
	var values [][]byte
	var entries []*looseStock
	var infos []fs.FileInfo
	for _, e := range batch {
		value, info, err := s.own.loadEntry(e.key)
		if isFinding(err) { // gone, damaged or foreign
			continue
		}
		if err != nil {
			return err
		}
		items = append(items, packItem{
			hash: e.key.Hash, extractor: table.row(e.key.extractor()), what: kindValue, size: uint32(recordSize(value)),
			used: unixSeconds(e.used), source: int32(len(values)),
		})
		values, entries, infos = append(values, value), append(entries, e), append(infos, info)
	}
	if len(items) == 0 {
		return nil
	}
	plan, err := planPack(&table, items, func(b []byte, it *packItem) ([]byte, error) {
		return appendRecord(b, entries[it.source].key, values[it.source]), nil
	})
	if err != nil {
		return err
	}
	p, err := s.writePlan(plan)
	if err != nil {
		return err
	}
	c.report.Bytes -= p.size + usageSize(len(items))
	for i, e := range entries {
		if err := s.layout.removeSame(e.path, infos[i]); err != nil {
			return err
		}
		c.report.Bytes += e.size
	}
	c.report.Packed += len(entries)
	return nil
}
