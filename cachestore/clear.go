package cachestore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
)

// Removed says what Clear removed.
type Removed struct {
	Entries    int   // values, loose and packed
	Packs      int   // pack files
	Workspaces int   // workspaces of which an index was removed
	Bytes      int64 // lengths of all files removed
	Left       int   // files that are in use, on Windows, and stay until the next Clear or GC
}

// Clear removes all values and indexes of the user's namespace, and returns what it removed, also with an
// error.
//
// It holds all locks, so work under way ends first, and its results are removed too. Work that goes on for longer than
// the lock timeout may publish later, and that stays. The lock files of shards stay, since others may wait for them, and
// so do the temporary files of writers that may be alive. A process that has a file open reads on from it, and misses
// later. On Windows an index that is mapped cannot be removed, nor on an old file system any open file: it stays, is
// counted in Removed.Left, and goes with the next Clear or GC.
func (s *Store) Clear(ctx context.Context) (Removed, error) {
	if err := s.ready(); err != nil {
		return Removed{}, err
	}
	order := []string{gcLock}
	for n := range shardCount {
		order = append(order, shardLock(byte(n)))
	}
	unlock, _, err := s.lock(ctx, order)
	if err != nil {
		return Removed{}, fmt.Errorf("cachestore: clear: %w", err)
	}
	defer unlock()
	defer s.own.expire()
	removed, err := s.clear(ctx)
	if err != nil {
		return removed, fmt.Errorf("cachestore: clear %s: %w", s.Dir(), err)
	}
	return removed, nil
}

func (s *Store) clear(ctx context.Context) (removed Removed, err error) {
	// A pack that cannot be removed keeps no other from being removed.
	var failed []error
	err = s.layout.walkPacks(func(p packFile) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		s.own.packs.open.drop(p.path) // it would be in use
		if left, err := s.layout.removeUnlessUsed(p.path); left || err != nil {
			removed.count(left)
			failed = append(failed, err)
			return nil
		}
		_ = s.layout.at.remove(usagePath(p.path)) // ignore error: there is none, or it is swept when it is old
		for _, x := range p.extractors() {
			removed.Entries += x.records
		}
		removed.Packs++
		removed.Bytes += p.size
		return nil
	})
	if err != nil {
		return removed, err
	}
	if err := errors.Join(failed...); err != nil {
		return removed, err
	}
	err = s.layout.walkEntries(func(e entryFile) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if left, err := s.layout.removeUnlessUsed(e.path); left || err != nil {
			removed.count(left)
			return err
		}
		removed.Entries++
		removed.Bytes += e.size
		return nil
	})
	if err != nil {
		return removed, err
	}
	if err := s.clearIndexes(ctx, &removed); err != nil {
		return removed, err
	}
	if err := s.layout.at.removeAll(s.layout.sources); isInUse(err) {
		removed.Left++
	} else if err != nil {
		return removed, err
	}
	return removed, s.sweep()
}

// count counts a file that is left.
func (r *Removed) count(left bool) {
	if left {
		r.Left++
	}
}

// removeUnlessUsed removes a file that may be gone already. left says that somebody uses it, so that it cannot be
// removed now.
func (l layout) removeUnlessUsed(path string) (left bool, err error) {
	err = ignoreMissing(l.at.remove(path))
	if isInUse(err) {
		return true, nil
	}
	return false, err
}

// clearIndexes removes indexes. It needs no workspace's lock: an index that is published meanwhile stays, as it would
// if it were published afterwards.
func (s *Store) clearIndexes(ctx context.Context, removed *Removed) error {
	var failed []error
	err := s.layout.walkIndexes(func(w workspaceIndexes) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		kept := false
		for _, f := range w.indexes {
			if left, err := s.layout.removeUnlessUsed(f.path); left || err != nil {
				removed.count(left)
				failed = append(failed, err)
				kept = true
				continue
			}
			removed.Bytes += f.info.Size()
		}
		if !kept {
			removed.Workspaces++
		}
		return nil
	})
	return errors.Join(err, errors.Join(failed...))
}

// sweep removes temporary files of dead writers, empty directories, and locks of workspaces.
func (s *Store) sweep() error {
	_ = s.sweepTemps(s.layout.root) // ignore error: the root may be closed to us
	if err := s.sweepTemps(s.layout.dir); err != nil {
		return err
	}
	sweepDir := func(dir string) error {
		if err := s.sweepTemps(dir); err != nil {
			return err
		}
		_ = s.layout.at.remove(dir) // ignore error: it is not empty
		return nil
	}
	if err := sweepDir(s.layout.packs); err != nil {
		return err
	}
	if err := s.layout.walkDirs(sweepDir); err != nil {
		return err
	}
	return s.sweepLocks()
}

// sweepLocks removes the locks of workspaces of which nothing is left.
func (s *Store) sweepLocks() error {
	return s.layout.at.eachName(s.layout.locks, func(name string) error {
		id, ok := strings.CutPrefix(name, workspaceLockPrefix)
		if ok && !s.layout.at.exists(filepath.Join(s.layout.workspaces, id)) {
			s.locks.discard(name)
		}
		return nil
	})
}

func (s *Store) sweepTemps(dir string) error {
	return s.layout.at.eachName(dir, func(name string) error {
		path := filepath.Join(dir, name)
		info, err := s.layout.at.lstat(path)
		if err != nil {
			return ignoreMissing(err)
		}
		if s.now().Sub(info.ModTime()) < tempMaxAge || !s.layout.isTemp(path) {
			return nil
		}
		return ignoreMissing(s.layout.at.remove(path))
	})
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
