package cachestore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// maxFindings bounds the findings, and the lost keys, that a report lists; all are counted.
const maxFindings = 1000

// VerifyOptions says what Verify does.
type VerifyOptions struct {
	// Repair removes what is damaged, and indexes that name keys of which nothing is stored: the next
	// scan would believe them.
	Repair bool

	// Index reads a whole index and calls name for each key that it names. It may close the file, which is closed after
	// it in any case. Its error matches ErrDamaged where the index is, ErrForeign where it belongs to another version;
	// with another error the file counts as unreadable.
	// Indexes are not looked into when Index is nil.
	Index func(index *os.File, name func(Key)) error
}

// VerifyReport says what Verify read and found.
type VerifyReport struct {
	Entries    int   // loose entries read
	Packs      int   // packs read
	Records    int   // records in packs read
	Workspaces int   // workspaces of which an index was read
	Bytes      int64 // lengths of the files read
	Foreign    int   // files of another format version, which were left alone
	Dangling   int   // keys that indexes name and that neither the store nor a base has in order
	Dropped    int   // indexes that were removed because they name such keys
	Damaged    int   // findings of damage
	Repaired   int   // findings of damage that was removed
	Unreadable int   // files that the file system could not read: nothing is known of what is in them
	Findings   []Finding
	Lost       []LostKey
}

// LostKey is a key that an index names and of which nothing is stored, or nothing that is in order.
type LostKey struct {
	Index string // path of the index
	Key   string
}

// Finding is one damaged file, or a damaged part of one, or a file that cannot be read.
type Finding struct {
	Path       string
	Key        string // of a damaged record; empty when the damage is not that of one record
	Problem    string
	Repaired   bool
	Unreadable bool // it is no damage: the file system failed
}

// VerifyAt is like Verify for a store that need not exist, and is not created.
func VerifyAt(ctx context.Context, root string, opts Options, verify VerifyOptions) (VerifyReport, error) {
	s, err := OpenExisting(root, opts)
	if err != nil {
		return VerifyReport{}, ignoreMissing(err)
	}
	defer s.Close()
	return s.Verify(ctx, verify)
}

// Verify reads everything and checks every checksum, and that records stand under their own keys. Lookups miss where
// there is damage, so it is no danger; removing it frees space, and lets the values be stored again. With Repair it waits
// for a process that merges or collects, at most for the lock timeout. Without, it changes nothing, and reports the same
// each time.
//
// A file that the file system fails to read is neither damaged nor in order. It is counted as unreadable and left
// alone, and the rest is checked. An error is that of a directory that cannot be read, or of ctx.
func (s *Store) Verify(ctx context.Context, opts VerifyOptions) (VerifyReport, error) {
	if err := s.ready(); err != nil {
		return VerifyReport{}, err
	}
	if opts.Repair {
		unlock, _, err := s.lock(ctx, []string{gcLock})
		if err != nil {
			return VerifyReport{}, fmt.Errorf("cachestore: verify: %w", err)
		}
		defer unlock()
		defer s.own.expire()
	}
	v := &verification{store: s, opts: opts}
	var failed error
	for _, step := range []func(context.Context) error{v.entries, v.packs, v.usages, v.indexes, v.manifest} {
		if failed = errors.Join(failed, step(ctx)); ctx.Err() != nil {
			break
		}
	}
	if failed != nil {
		return v.report, fmt.Errorf("cachestore: verify %s: %w", s.Dir(), failed)
	}
	return v.report, nil
}

// verification is one run of Verify.
type verification struct {
	store  *Store
	opts   VerifyOptions
	report VerifyReport
	own    *finder // finds values of the store's own part, and removes nothing
}

// found notes damage, and repairs it when that is wanted.
func (v *verification) found(path string, k *Key, problem error, repair func() error) error {
	f := Finding{Path: path, Problem: problem.Error()}
	if k != nil {
		f.Key = k.String()
	}
	if v.opts.Repair {
		if err := repair(); err != nil {
			return err
		}
		f.Repaired = true
		v.report.Repaired++
	}
	v.report.Damaged++
	v.list(f)
	return nil
}

// unreadable notes a file that could not be read.
func (v *verification) unreadable(path string, err error) {
	v.report.Unreadable++
	v.list(Finding{Path: path, Problem: err.Error(), Unreadable: true})
}

func (v *verification) list(f Finding) {
	if len(v.report.Findings) < maxFindings {
		v.report.Findings = append(v.report.Findings, f)
	}
}

func (v *verification) entries(ctx context.Context) error {
	return v.store.layout.walkEntries(func(e entryFile) error {
		_, info, err := v.store.layout.loadEntry(e.path, e.key)
		switch {
		case errors.Is(err, errAbsent):
			return ctx.Err()
		case errors.Is(err, ErrForeign):
			v.report.Foreign++
			return ctx.Err()
		case err != nil && !errors.Is(err, ErrDamaged):
			v.unreadable(e.path, err)
			return ctx.Err()
		}
		v.report.Entries++
		v.report.Bytes += e.size
		if err != nil {
			err = v.found(e.path, nil, err, func() error { return v.store.layout.removeSame(e.path, info) })
		}
		return errors.Join(err, ctx.Err())
	})
}

func (v *verification) packs(ctx context.Context) error {
	files, err := v.store.layout.packSizes()
	if err != nil {
		return err
	}
	for _, f := range files {
		src, err := v.store.openSource(f.path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case errors.Is(err, ErrForeign):
			v.report.Foreign++
			continue
		case errors.Is(err, ErrDamaged):
			v.report.Packs++
			v.report.Bytes += f.size
			err = v.found(f.path, nil, err, func() error { return v.store.removePack(f.path) })
		case err != nil:
			v.unreadable(f.path, err)
			continue
		default:
			v.report.Packs++
			v.report.Bytes += f.size
			err = v.pack(ctx, src)
		}
		if errors.Is(err, fs.ErrNotExist) && !v.opts.Repair { // it was merged into another
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// pack checks the records of a pack. It is repaired by copying those that are whole.
func (v *verification) pack(ctx context.Context, src *sourcePack) error {
	before := v.report.Damaged
	none := func() error { return nil }
	for shard, err := range src.bad {
		if err := v.found(src.pack.path, nil, fmt.Errorf("bucket %02x: %w", shard, err), none); err != nil {
			return err
		}
	}
	var b []byte
	var failed, unread error
	src.each(func(r sourceRecord) {
		if failed != nil || unread != nil {
			return
		}
		var err error
		if b, err = src.record(b[:0], r); errors.Is(err, ErrDamaged) {
			src.drop[r.number] = true
			err = v.found(src.pack.path, &r.key, err, none)
		}
		v.report.Records++
		unread, failed = err, ctx.Err()
	})
	if unread != nil && failed == nil {
		v.unreadable(src.pack.path, unread)
		return nil // without a repair, which would read it again
	}
	if failed != nil || v.report.Damaged == before || !v.opts.Repair {
		return failed
	}
	_, err := v.store.rewrite(ctx, []*sourcePack{src})
	return err
}

// usages checks the times of use beside packs. Without them the records count as used when they were written.
func (v *verification) usages(ctx context.Context) error {
	l := v.store.layout
	files, err := l.packSizes()
	if err != nil {
		return err
	}
	for _, f := range files {
		path := usagePath(f.path)
		b, err := l.at.readFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			v.unreadable(path, err)
			continue
		}
		p, err := l.readPackFile(f.path)
		if err != nil || p.header == nil { // gone, or reported already
			continue
		}
		v.report.Bytes += int64(len(b))
		if err := checkPreamble(b, usageMagic); errors.Is(err, ErrForeign) {
			v.report.Foreign++
			continue
		}
		if _, ok := decodeUsage(b, p.header.records()); !ok {
			err := v.found(path, nil, damaged("times of use"), func() error { return ignoreMissing(v.store.layout.at.remove(path)) })
			if err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

func (v *verification) indexes(ctx context.Context) error {
	if v.opts.Index == nil {
		return nil
	}
	// The store's own finder would remove a damaged entry that it comes upon.
	v.own = newFinder(v.store.layout, v.store.now, v.store.log)
	v.own.readOnly = true
	defer v.own.packs.close()
	return v.store.layout.walkIndexes(func(w workspaceIndexes) error {
		read := false
		// Those before the newest wait for their last reader, and are read where a newer one is damaged.
		for _, f := range w.indexes {
			ours, err := v.index(ctx, w.id, f)
			if err := errors.Join(err, ctx.Err()); err != nil {
				return err
			}
			read = read || ours
		}
		if read {
			v.report.Workspaces++
		}
		return nil
	})
}

// index checks one index. It returns false for one that is gone, or of another version.
func (v *verification) index(ctx context.Context, id WorkspaceID, index indexFile) (read bool, err error) {
	f, err := v.store.layout.at.open(index.path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		v.unreadable(index.path, err)
		return false, nil
	}
	defer f.Close()
	lost := 0
	var unread error
	err = v.opts.Index(f, func(k Key) {
		_, err := v.store.lookup(v.own, k)
		if err == nil {
			return
		}
		if !errors.Is(err, ErrMiss) {
			unread = err
			return
		}
		lost++
		if len(v.report.Lost) < maxFindings {
			v.report.Lost = append(v.report.Lost, LostKey{Index: index.path, Key: k.String()})
		}
	})
	v.report.Dangling += lost
	switch {
	case errors.Is(err, ErrForeign):
		v.report.Foreign++
		return false, nil
	case errors.Is(err, ErrDamaged):
		if err := v.found(index.path, nil, err, func() error { return v.store.Workspace(id).Remove(index.generation) }); err != nil {
			return false, err
		}
	case err != nil:
		v.unreadable(index.path, err)
	case unread != nil:
		v.unreadable(index.path, unread) // as far as what it names goes
	case lost > 0 && v.opts.Repair:
		if err := v.drop(ctx, id, index.generation); err != nil {
			return false, err
		}
	}
	v.report.Bytes += index.info.Size()
	return true, nil
}

// drop removes an index that names lost keys. It waits for a process that is writing it anew, which has stored them by
// then.
func (v *verification) drop(ctx context.Context, id WorkspaceID, generation uint64) error {
	w := v.store.Workspace(id)
	unlock, _, err := w.Lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if err := w.Remove(generation); err != nil {
		return err
	}
	v.report.Dropped++
	return nil
}

func (v *verification) manifest(context.Context) error {
	path := filepath.Join(v.store.layout.dir, manifestName)
	f, err := v.store.layout.at.open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	if err := json.NewDecoder(io.LimitReader(f, maxManifestSize)).Decode(new(manifest)); err != nil {
		return v.found(path, nil, err, func() error { return ignoreMissing(v.store.layout.at.remove(path)) })
	}
	return nil
}
