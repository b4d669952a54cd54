package cachestore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// mergeAbove is the number of packs from which they are merged. A lookup asks one after the other, at about
// 100 ns each, and a warm-up makes one per group of shards.
const mergeAbove = 8

// Merged says what Merge did.
type Merged struct {
	Packs   int   // packs that were replaced
	Records int   // records in what replaced them
	Bytes   int64 // length of the file that replaced them
}

// Merge brings small packs together into one when there are more than eight, and else does nothing but read a
// directory. While another process merges or collects garbage, it leaves that to it.
//
// The new pack is durable before the old ones are removed, and readers find each value in the one or the
// other. What is deleted or damaged is left out. Packs grow geometrically, so that a record is copied as often
// as the total doubles: of the packs by size, those are merged that are less than half of the next larger one.
func (s *Store) Merge(ctx context.Context) (Merged, error) {
	if err := s.ready(); err != nil {
		return Merged{}, err
	}
	files, err := s.layout.packSizes()
	if err != nil {
		return Merged{}, fmt.Errorf("cachestore: merge: %w", err)
	}
	if len(dueForMerge(files)) == 0 {
		return Merged{}, nil
	}
	unlock, ok, err := s.tryLock([]string{gcLock})
	if !ok || err != nil {
		return Merged{}, err
	}
	defer unlock()
	if files, err = s.layout.packSizes(); err != nil { // again, under the lock
		return Merged{}, fmt.Errorf("cachestore: merge: %w", err)
	}
	merged, err := s.merge(ctx, dueForMerge(files))
	if err != nil {
		return merged, fmt.Errorf("cachestore: merge: %w", err)
	}
	if merged.Packs > 0 {
		s.updateManifest(false)
	}
	return merged, nil
}

// dueForMerge returns the packs to merge into one. It does not change files.
func dueForMerge(files []sizedPack) []sizedPack {
	files = slices.SortedFunc(slices.Values(files), func(a, b sizedPack) int { return cmp.Compare(a.size, b.size) })
	if len(files) <= mergeAbove {
		return nil
	}
	// From the largest down to the first that is more than half of the next one...
	due := 0
	for i := len(files) - 1; i > 0 && due == 0; i-- {
		if files[i].size < 2*files[i-1].size {
			due = i + 1
		}
	}
	var total int64
	for _, f := range files[:due] {
		total += f.size
	}
	// ...and up again, as long as the sum is more than half of the next one.
	for due < len(files) && files[due].size < 2*total {
		total += files[due].size
		due++
	}
	for due > 0 && total > maxPackBytes {
		due--
		total -= files[due].size
	}
	if due < 2 {
		return nil
	}
	return files[:due]
}

// sizedPack is a pack file.
type sizedPack struct {
	path string
	size int64 // bytes
}

// packSizes returns the packs, oldest first.
func (l layout) packSizes() (files []sizedPack, err error) {
	names, err := packNames(l.packs)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		path := filepath.Join(l.packs, name)
		info, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		files = append(files, sizedPack{path, info.Size()})
	}
	return files, nil
}

// merge merges packs. The caller holds the gc lock.
func (s *Store) merge(ctx context.Context, files []sizedPack) (Merged, error) {
	var sources []*source
	records := 0
	for _, f := range files {
		src, err := s.openSource(f.path)
		if isFinding(err) {
			continue // damaged or foreign, which readers say and Verify mends, or gone
		}
		if err != nil {
			return Merged{}, err
		}
		if records += src.header.records(); records > maxPackRecords {
			break
		}
		sources = append(sources, src)
	}
	if len(sources) < 2 {
		return Merged{}, nil
	}
	// The packs were listed before the tombstones are: what has been put again after a deletion is in a pack
	// that is not among them, or also loose.
	t, err := s.own.tombstones.Load().reload(s.now(), true)
	if err != nil {
		return Merged{}, err
	}
	for _, src := range sources {
		src.dropIf(t.hide)
	}
	records, size, err := s.rewrite(ctx, sources)
	if err != nil {
		return Merged{}, err
	}
	return Merged{Packs: len(sources), Records: records, Bytes: size}, nil
}

// source is a pack that is about to be copied into another.
type source struct {
	pack   *pack
	header *packHeader
	slots  []slots       // by bucket; nil for one that is damaged
	bad    map[int]error // what was found wrong with these
	used   []uint32
	drop   []bool // by number of the record: not to be copied
}

// openSource reads all of a pack but its records. A damaged bucket counts as empty: nobody can find what is in
// it.
func (s *Store) openSource(path string) (*source, error) {
	src := &source{pack: &pack{path: path, open: s.own.packs.open, memory: &s.own.packs.memory}}
	var err error
	if src.header, err = src.pack.header(); err != nil {
		return nil, err
	}
	src.drop = make([]bool, src.header.records())
	src.slots, src.bad = make([]slots, bucketCount), map[int]error{}
	f, err := src.pack.open.acquire(path)
	if err != nil {
		return nil, err
	}
	defer src.pack.open.release(f)
	for shard := range bucketCount {
		b, err := src.header.readBucket(f, byte(shard))
		if err != nil && !isVerdict(err) {
			return nil, err
		}
		if src.slots[shard] = b; err != nil {
			src.bad[shard] = err
		}
	}
	src.used, _, err = readUsage(path, src.header.records())
	return src, err
}

// each calls fn for each record that can be found, in the order of the directory.
func (src *source) each(fn func(record int, k Key, offset int64, length uint32)) {
	for shard, b := range src.slots {
		for i := range b.len() {
			hash, x, offset, length := b.at(i)
			e := src.header.extractors[x]
			k := e.key(Hash(hash))
			fn(int(src.header.starts[shard])+i, k, int64(offset), length)
		}
	}
}

func (src *source) dropIf(drop func(Key) bool) {
	src.each(func(record int, k Key, _ int64, _ uint32) {
		if drop(k) {
			src.drop[record] = true
		}
	})
}

// check reads all records, drops those that are damaged, and returns how many these are.
func (src *source) check(ctx context.Context) (damagedRecords int, err error) {
	var b []byte
	src.each(func(record int, k Key, offset int64, length uint32) {
		if err != nil || src.drop[record] {
			return
		}
		if err = ctx.Err(); err != nil {
			return
		}
		if b, err = src.record(b[:0], k, offset, length); errors.Is(err, ErrDamaged) {
			src.drop[record], err = true, nil
			damagedRecords++
		}
	})
	return damagedRecords, err
}

// record appends the bytes of a record, as they are in the pack, after checking them.
func (src *source) record(b []byte, k Key, offset int64, length uint32) ([]byte, error) {
	start := len(b)
	b, err := src.pack.append(b, offset, int(length))
	if err == nil {
		_, err = decodeRecord(b[start:], k)
	}
	return b, err
}

// rewrite writes what the sources hold and do not drop into a new pack, durably, and removes the sources. No
// pack is written when there is nothing to keep. The caller holds the gc lock.
func (s *Store) rewrite(ctx context.Context, sources []*source) (records int, size int64, err error) {
	records, size, err = s.copyRecords(ctx, sources)
	if errors.Is(err, ErrDamaged) {
		for _, src := range sources {
			if _, err := src.check(ctx); err != nil {
				return 0, 0, err
			}
		}
		records, size, err = s.copyRecords(ctx, sources)
	}
	if err != nil {
		return 0, 0, err
	}
	err = s.layout.do(stepCleanUp, s.layout.packs, func() error {
		var failed []error
		for _, src := range sources {
			failed = append(failed, s.removePack(src.pack.path))
		}
		return errors.Join(failed...)
	})
	if err != nil { // on Windows a pack waits for its last reader, and is merged again
		s.log.Debug("cachestore: merged packs are left", "cause", err)
	}
	return records, size, nil
}

func (s *Store) copyRecords(ctx context.Context, sources []*source) (records int, size int64, err error) {
	var table extractorTable
	var items []packItem
	for i, src := range sources {
		src.each(func(record int, k Key, offset int64, length uint32) {
			if !src.drop[record] {
				items = append(items, packItem{
					hash: k.Hash, extractor: table.row(k.extractor()), size: length, used: src.used[record],
					source: int32(i), offset: offset,
				})
			}
		})
	}
	if len(items) == 0 {
		return 0, 0, nil
	}
	plan, err := planPack(&table, items, func(b []byte, it *packItem) ([]byte, error) {
		if err := ctx.Err(); err != nil {
			return b, err
		}
		x := table.rows[it.extractor]
		return sources[it.source].record(b, x.key(it.hash), it.offset, it.size)
	})
	if err != nil {
		return 0, 0, err
	}
	size, err = s.writePlan(plan)
	return len(plan.items), size, err
}

// writePlan writes a pack with its usage, durably, and returns the bytes of the pack.
func (s *Store) writePlan(plan *packPlan) (size int64, err error) {
	id := s.newPackID()
	used := make([]uint32, len(plan.items))
	for i := range plan.items {
		used[i] = plan.items[i].used
	}
	if err := s.layout.writeUsage(id, used); err != nil {
		return 0, err
	}
	size, err = s.layout.writeFile(s.layout.packs, id+packSuffix, plan.writeTo)
	if err != nil {
		_ = os.Remove(filepath.Join(s.layout.packs, id+usageSuffix)) // ignore error: it is swept when it is old
		return 0, err
	}
	s.own.expire()
	return size, nil
}

// removePack removes a pack with its usage.
func (s *Store) removePack(path string) error {
	s.own.packs.open.drop(path) // Windows removes no open file
	if err := ignoreMissing(os.Remove(path)); err != nil {
		return err
	}
	return ignoreMissing(os.Remove(usagePath(path)))
}
