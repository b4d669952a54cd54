package cachestore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
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
	Left    int   // of the replaced packs: in use, on Windows, and wait for the next collection
}

// Merge brings small packs together into one when there are more than eight; otherwise it only reads a directory. It
// does nothing while another process merges or collects garbage.
//
// The new pack is durable before the old ones are removed, and readers find each value in the one or the
// other. Records that are damaged are left out. Packs grow geometrically, so that a record is copied as often
// as the total doubles: in the order of sizes, packs are merged up to the first one that is less than half of the next.
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

// packSizes returns the packs, by name.
func (l layout) packSizes() (files []sizedPack, err error) {
	names, err := l.at.packNames(l.packs)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		path := filepath.Join(l.packs, name)
		info, err := l.at.stat(path)
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
	var sources []*sourcePack
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
	done, err := s.rewrite(ctx, sources)
	if err != nil {
		return Merged{}, err
	}
	return Merged{Packs: len(sources), Records: done.records, Bytes: done.size, Left: len(done.left)}, nil
}

// sourcePack is a pack that is about to be copied into another.
type sourcePack struct {
	pack   *pack
	header *packHeader
	slots  []slots       // by bucket; nil for one that is damaged
	bad    map[int]error // what was found wrong with these
	used   []uint32
	drop   []bool // by number of the record: not to be copied
}

// openSource reads all of a pack but its records. A damaged bucket counts as empty: no lookup finds a record in it.
func (s *Store) openSource(path string) (*sourcePack, error) {
	src := &sourcePack{pack: &pack{path: path, open: s.own.packs.open, memory: &s.own.packs.memory}}
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
	src.used, _, err = s.layout.readUsage(path, src.header.records())
	return src, err
}

// sourceRecord is where a record stands.
type sourceRecord struct {
	number int // in the order of the directory
	key    Key
	what   kind
	offset int64
	length uint32
}

// foreign reports whether the record belongs to another version of the program.
func (r sourceRecord) foreign() bool { return r.what != kindValue || !r.key.Part.known() }

// each calls fn for each record that can be found, in the order of the directory.
func (src *sourcePack) each(fn func(r sourceRecord)) {
	for shard, b := range src.slots {
		for i := range b.len() {
			hash, x, what, offset, length := b.at(i)
			fn(sourceRecord{
				number: int(src.header.starts[shard]) + i, key: src.header.extractors[x].key(Hash(hash)), what: what,
				offset: int64(offset), length: length,
			})
		}
	}
}

// check reads all records, drops those that are damaged, and returns how many these are.
func (src *sourcePack) check(ctx context.Context) (damagedRecords int, err error) {
	var b []byte
	src.each(func(r sourceRecord) {
		if err != nil || src.drop[r.number] {
			return
		}
		if err = ctx.Err(); err != nil {
			return
		}
		if b, err = src.record(b[:0], r); errors.Is(err, ErrDamaged) {
			src.drop[r.number], err = true, nil
			damagedRecords++
		}
	})
	return damagedRecords, err
}

// record appends the bytes of a record, of any kind, as they are in the pack, after checking them.
func (src *sourcePack) record(b []byte, r sourceRecord) ([]byte, error) {
	start := len(b)
	b, err := src.pack.append(b, r.offset, int(r.length))
	if err != nil {
		return b, err
	}
	end := len(b)
	b = appendKey(b, r.what, r.key) // only for its checksum
	return b[:end], checkRecord(b[start:end], checksum(b[end:]))
}

// rewritten says what rewrite did.
type rewritten struct {
	records int           // that the new pack has
	size    int64         // of the new pack, bytes
	left    []*sourcePack // sources that are in use, on Windows
	failed  error         // why sources could not be removed: their records are there twice until they are merged again
}

// rewrite writes the records that the sources hold and do not drop into a new pack, durably. Then it removes the sources,
// unless one of them is the new pack. No pack is written when there is nothing to keep. The caller holds the gc lock.
func (s *Store) rewrite(ctx context.Context, sources []*sourcePack) (rewritten, error) {
	records, p, err := s.copyRecords(ctx, sources)
	if errors.Is(err, ErrDamaged) {
		for _, src := range sources {
			if _, err := src.check(ctx); err != nil {
				return rewritten{}, err
			}
		}
		records, p, err = s.copyRecords(ctx, sources)
	}
	if err != nil {
		return rewritten{}, err
	}
	done := rewritten{records: records, size: p.size}
	done.failed = s.layout.do(stepCleanUp, s.layout.packs, func() error {
		var failed []error
		for _, src := range sources {
			if src.pack.path != p.path { // else the other sources had nothing that this one has not
				err := s.removePack(src.pack.path)
				if isInUse(err) {
					done.left = append(done.left, src)
				}
				failed = append(failed, err)
			}
		}
		return errors.Join(failed...)
	})
	if done.failed != nil {
		s.log.Debug("cachestore: merged packs are left", "cause", done.failed)
	}
	return done, nil
}

func (s *Store) copyRecords(ctx context.Context, sources []*sourcePack) (records int, p published, err error) {
	var table extractorTable
	var items []packItem
	for i, src := range sources {
		src.each(func(r sourceRecord) {
			if !src.drop[r.number] {
				items = append(items, packItem{
					hash: r.key.Hash, extractor: table.row(r.key.extractor()), what: r.what, size: r.length,
					used: src.used[r.number], source: int32(i), offset: r.offset,
				})
			}
		})
	}
	if len(items) == 0 {
		return 0, published{}, nil
	}
	plan, err := planPack(&table, items, func(b []byte, it *packItem) ([]byte, error) {
		if err := ctx.Err(); err != nil {
			return b, err
		}
		r := sourceRecord{key: table.rows[it.extractor].key(it.hash), what: it.what, offset: it.offset, length: it.size}
		return sources[it.source].record(b, r)
	})
	if err != nil {
		return 0, published{}, err
	}
	p, err = s.writePlan(plan)
	return len(plan.items), p, err
}

// writePlan writes a pack, durably, and the times of use of its records. Where the pack is there already, the later
// time of each record counts. The caller holds the gc lock.
func (s *Store) writePlan(plan *packPlan) (published, error) {
	used := make([]uint32, len(plan.items))
	for i := range plan.items {
		used[i] = plan.items[i].used
	}
	p, err := s.publishPack(plan)
	if err != nil {
		return published{}, err
	}
	if noted, ok := s.layout.loadUsage(p.path, len(used)); ok {
		for i := range used {
			used[i] = max(used[i], noted[i])
		}
	}
	return p, s.layout.writeUsage(p.path, used)
}

// removePack removes a pack with its usage.
func (s *Store) removePack(path string) error {
	s.own.packs.open.drop(path) // it would be in use
	if err := ignoreMissing(s.layout.at.remove(path)); err != nil {
		return err
	}
	return ignoreMissing(s.layout.at.remove(usagePath(path)))
}
