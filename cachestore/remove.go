package cachestore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
)

// Remove removes the values of some keys from the own cache, and returns how many it removed, loose and packed. They
// are gone for this store at once, and for others that are open, also of other processes, within 50 ms of lookups or
// when they next take a lock. Nothing happens for a key of which there is nothing. Values of another version of the
// program stay, and so does what a base cache has: see Copies.
//
// It copies each pack that has one of them, so it is for repairs. It holds the gc lock, and the locks of the keys'
// shards, so that no work under way there stores one of them right after. A caller that holds one of these locks must
// not call Remove.
func (s *Store) Remove(ctx context.Context, keys []Key) (removed int, err error) {
	if err := s.ready(keys...); err != nil {
		return 0, err
	}
	unwanted := map[Key]bool{}
	var shards []byte
	for _, k := range keys {
		unwanted[k] = true
		shards = append(shards, k.shard())
	}
	unlock, _, err := s.lock(ctx, append([]string{gcLock}, lockOrder(shards)...))
	if err != nil {
		return 0, fmt.Errorf("cachestore: remove: %w", err)
	}
	defer unlock()
	defer s.own.expire()
	packed, err := s.removePacked(ctx, unwanted)
	if err != nil {
		return packed, fmt.Errorf("cachestore: remove: %w", err)
	}
	loose, err := s.removeLoose(unwanted)
	if err != nil {
		err = fmt.Errorf("cachestore: remove: %w", err)
	}
	return packed + loose, err
}

// removePacked copies the packs that have an unwanted record, without these.
func (s *Store) removePacked(ctx context.Context, unwanted map[Key]bool) (removed int, err error) {
	files, err := s.layout.packSizes()
	if err != nil {
		return 0, err
	}
	for _, file := range files {
		src, err := s.openSource(file.path)
		if isFinding(err) {
			continue // damaged, foreign or gone: no lookup finds anything in it
		}
		if err != nil {
			return removed, err
		}
		found := 0
		src.each(func(r sourceRecord) {
			if unwanted[r.key] && !r.foreign() {
				src.drop[r.number] = true
				found++
			}
		})
		if found == 0 {
			continue
		}
		done, err := s.rewrite(ctx, []*sourcePack{src})
		if err := errors.Join(err, done.failed); err != nil { // the second one in use, on Windows
			return removed, err
		}
		removed += found
	}
	if removed == 0 {
		return 0, nil
	}
	return removed, s.layout.syncDirs([]string{s.layout.packs}) // so that no crash brings them back
}

func (s *Store) removeLoose(unwanted map[Key]bool) (removed int, err error) {
	var grown []string
	for k := range unwanted {
		if s.foreignEntry(k) {
			continue
		}
		path := s.layout.entryPath(k)
		err := s.layout.do(stepRemove, path, func() error { return s.layout.at.remove(path) })
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return removed, err
		}
		removed++
		grown = append(grown, filepath.Dir(path))
	}
	slices.Sort(grown)
	return removed, s.layout.syncDirs(slices.Compact(grown))
}

// Copy is a value as one place has it.
type Copy struct {
	Dir   string // of the place: Store.Dir, or the namespace of a base cache
	Value []byte
}

// Copies returns what each place in which Get looks has under a key, in the order in which Get asks them. An error is
// that of a place that could not be read; the other places' copies are returned with it.
func (s *Store) Copies(k Key) (copies []Copy, err error) {
	if err := s.ready(k); err != nil {
		return nil, err
	}
	var failed []error
	for _, f := range append([]*finder{s.own}, s.bases...) {
		value, err := f.get(k)
		switch {
		case err == nil:
			copies = append(copies, Copy{Dir: f.layout.dir, Value: value})
		case !isFinding(err):
			failed = append(failed, lookupError(k, err))
		}
	}
	return copies, errors.Join(failed...)
}
