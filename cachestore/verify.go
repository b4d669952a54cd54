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

// maxFindings bounds the findings that a report lists; all are counted.
const maxFindings = 1000

// VerifyOptions says what Verify does.
type VerifyOptions struct {
	// Repair removes what is damaged, and nothing else.
	Repair bool

	// Index reads a whole index, which it may close, and calls name for each key that it names. Its error matches
	// ErrDamaged where the index is, ErrForeign where it belongs to another version, and ends Verify otherwise.
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
	Dangling   int   // keys that indexes name and that are not stored: collected, or never stored
	Damaged    int   // findings
	Repaired   int   // findings of which the damage was removed
	Findings   []Finding
}

// Finding is one damaged file, or a damaged part of one.
type Finding struct {
	Path     string
	Key      string // of a damaged record; empty when the damage is not that of one record
	Problem  string
	Repaired bool
}

// VerifyAt is like Verify for a store that need not exist, and is not created.
func VerifyAt(ctx context.Context, root string, opts Options, verify VerifyOptions) (VerifyReport, error) {
	l, err := newLayout(root, opts.Namespace)
	if err != nil {
		return VerifyReport{}, err
	}
	if !exists(l.dir) {
		return VerifyReport{}, nil
	}
	s, err := Open(root, opts)
	if err != nil {
		return VerifyReport{}, err
	}
	defer s.Close()
	return s.Verify(ctx, verify)
}

// Verify reads everything and checks every checksum, and that records stand under their own keys. Damage that
// it names was a miss to all readers and is no danger; removing it frees the space, and lets the values be
// stored again. With Repair it waits for who merges or collects, at most for the lock timeout.
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
	for _, step := range []func(context.Context) error{v.entries, v.packs, v.usages, v.indexes, v.notes, v.manifest} {
		if err := step(ctx); err != nil {
			return v.report, fmt.Errorf("cachestore: verify %s: %w", s.Dir(), err)
		}
	}
	if v.report.Repaired > 0 {
		s.updateManifest(false)
	}
	return v.report, nil
}

// verification is one run of Verify.
type verification struct {
	store  *Store
	opts   VerifyOptions
	report VerifyReport
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
	if len(v.report.Findings) < maxFindings {
		v.report.Findings = append(v.report.Findings, f)
	}
	return nil
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
			return err
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
		case err == nil:
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
func (v *verification) pack(ctx context.Context, src *source) error {
	before := v.report.Damaged
	none := func() error { return nil }
	for shard, err := range src.bad {
		if err := v.found(src.pack.path, nil, fmt.Errorf("bucket %02x: %w", shard, err), none); err != nil {
			return err
		}
	}
	var b []byte
	var failed error
	src.each(func(r sourceRecord) {
		if failed != nil {
			return
		}
		var err error
		if b, err = src.record(b[:0], r); errors.Is(err, ErrDamaged) {
			src.drop[r.number] = true
			err = v.found(src.pack.path, &r.key, err, none)
		}
		v.report.Records++
		if failed = err; failed == nil {
			failed = ctx.Err()
		}
	})
	if failed != nil || v.report.Damaged == before || !v.opts.Repair {
		return failed
	}
	_, _, err := v.store.rewrite(ctx, []*source{src})
	return err
}

// usages checks what is kept beside packs. Without it their records count as used when they were written.
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
			return err
		}
		p, err := l.readPackFile(f.path)
		if errors.Is(err, fs.ErrNotExist) || p.header == nil && err == nil { // gone, or reported already
			continue
		}
		if err != nil {
			return err
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
	return v.store.layout.walkIndexes(func(w workspaceFiles) error {
		read := false
		// Those before the newest wait for their last reader, and are read where a newer one is damaged.
		for _, f := range w.indexes {
			ours, err := v.index(w.id, f)
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
func (v *verification) index(id WorkspaceID, index indexFile) (read bool, err error) {
	f, err := v.store.layout.at.open(index.path)
	if err != nil {
		return false, ignoreMissing(err)
	}
	defer f.Close()
	var failed error
	err = v.opts.Index(f, func(k Key) {
		switch _, err := v.store.Get(k); {
		case errors.Is(err, ErrMiss):
			v.report.Dangling++
		case err != nil && failed == nil:
			failed = err
		}
	})
	switch {
	case errors.Is(err, ErrForeign):
		v.report.Foreign++
		return false, failed
	case errors.Is(err, ErrDamaged) && failed == nil:
		failed = v.found(index.path, nil, err, func() error { return v.store.RemoveIndex(id, index.generation) })
	case err != nil:
		failed = errors.Join(failed, err)
	}
	v.report.Bytes += index.info.Size()
	return true, failed
}

// notes checks what is kept beside indexes.
func (v *verification) notes(ctx context.Context) error {
	l := v.store.layout
	return l.walkWorkspaces(func(id WorkspaceID, _ string) error {
		_, info, err := l.loadNote(id)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return ctx.Err()
		case errors.Is(err, ErrDamaged):
			path := l.notePath(id)
			err = v.found(path, nil, err, func() error { return v.store.layout.removeSame(path, info) })
		}
		if err != nil {
			return err
		}
		v.report.Bytes += info.Size()
		return ctx.Err()
	})
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
