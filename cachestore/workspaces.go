package cachestore

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

const (
	// maxGeneration is above any clock (nanoseconds reach it in the year 2262), and so far below the largest
	// number that the one after it never overflows.
	maxGeneration = 1 << 63

	// vanishAttempts is how often a directory is read again because what it named was gone when asked for.
	// Each time somebody has published meanwhile, which takes milliseconds and a few microseconds are needed.
	vanishAttempts = 16
)

// WorkspaceID names a workspace: one source tree, looked at in one way. It is the caller's to compute.
type WorkspaceID [16]byte

// String returns 32 hex digits.
func (id WorkspaceID) String() string { return hex.EncodeToString(id[:]) }

// An index is one derived file of a workspace, of which the store knows the place and not the contents. Each
// version has a generation number of its own and is never written again, so it can be mapped into memory for
// as long as a reader likes. Only the newest version is kept, and those that Windows does not remove while
// they are open.

// NewestIndex returns the newest generation of a workspace's index, 0 when there is none. It reads one
// directory, which holds one file or two.
//
// Generations of a workspace grow; only after its files were removed, and with a clock that was set back, they
// may begin below a former one. So a reader compares for being another number than its own.
func (s *Store) NewestIndex(id WorkspaceID) (generation uint64, err error) {
	if err := s.ready(); err != nil {
		return 0, err
	}
	found, err := s.layout.generations(id)
	if err != nil {
		return 0, fmt.Errorf("cachestore: newest index of workspace %s: %w", id, err)
	}
	return newest(found, 0), nil
}

// OpenIndex opens the newest index of a workspace whose generation is below the given one, or the newest of
// all when before is 0. When there is none, errors.Is(err, ErrMiss). The caller checks the contents, asks for
// the one before when they are damaged, and closes the file.
func (s *Store) OpenIndex(id WorkspaceID, before uint64) (f *os.File, generation uint64, err error) {
	if err := s.ready(); err != nil {
		return nil, 0, err
	}
	for range vanishAttempts {
		found, err := s.layout.generations(id)
		if err != nil {
			return nil, 0, fmt.Errorf("cachestore: open an index of workspace %s: %w", id, err)
		}
		generation = newest(found, before)
		if generation == 0 {
			break
		}
		f, err := s.layout.at.open(s.layout.indexPath(id, generation))
		if err == nil {
			return f, generation, nil
		}
		if !errors.Is(err, fs.ErrNotExist) { // else a newer one has been published
			return nil, 0, fmt.Errorf("cachestore: open an index of workspace %s: %w", id, err)
		}
	}
	return nil, 0, fmt.Errorf("%w: no index of workspace %s", ErrMiss, id)
}

// PublishIndex stores a new index of a workspace, durable when it returns, and removes the older ones. The
// contents are what write leaves in f, an empty file that it may write and read anywhere in and must not
// close; it is called again when the cache is deleted under its hands.
//
// The caller holds the workspace's lock, which keeps others from doing the same work. Without it, indexes
// published at once get different generations, and the last one wins.
func (s *Store) PublishIndex(id WorkspaceID, write func(f *os.File) error) (generation uint64, err error) {
	if err := s.ready(); err != nil {
		return 0, err
	}
	dir := s.layout.workspaceDir(id)
	err = s.layout.retryMissing(dir, func() error {
		temp, _, err := s.layout.writeTemp(dir, write)
		if err != nil {
			return err
		}
		return s.layout.publish(temp, func() error {
			generation, err = s.nameIndex(id, temp)
			return err
		})
	})
	if err != nil {
		return 0, fmt.Errorf("cachestore: publish an index of workspace %s: %w", id, err)
	}
	// ignore error: what is left is removed after the next one, and on Windows waits for its last reader
	_ = s.layout.do(stepCleanUp, dir, func() error { return s.removeIndexesBefore(id, generation) })
	return generation, nil
}

// nameIndex gives a temporary file the name of the next generation. That is the time, unless a generation of
// the future is there, so that numbers also grow when there is nothing left to count from.
func (s *Store) nameIndex(id WorkspaceID, temp string) (generation uint64, err error) {
	generation = uint64(max(s.now().UnixNano(), 1))
	for {
		found, err := s.layout.generations(id)
		if err != nil {
			return 0, err
		}
		generation = max(generation, newest(found, 0)+1)
		if generation > maxGeneration {
			return 0, fmt.Errorf("generation %d is the last one", uint64(maxGeneration))
		}
		err = s.layout.renameNew(temp, s.layout.indexPath(id, generation))
		if !errors.Is(err, fs.ErrExist) {
			return generation, err
		}
	}
}

// renameNew is a rename that fails with fs.ErrExist rather than replace a file. Where there are no hard links
// (FAT, some network file systems) two that take one name at the same moment may replace each other's file.
func (l layout) renameNew(from, to string) error {
	err := l.at.link(from, to)
	switch {
	case err == nil:
		return l.at.remove(from)
	case errors.Is(err, fs.ErrExist), errors.Is(err, fs.ErrNotExist):
		return err
	}
	if _, err := l.at.lstat(to); err == nil {
		return fs.ErrExist
	}
	return l.at.rename(from, to)
}

func (s *Store) removeIndexesBefore(id WorkspaceID, generation uint64) error {
	found, err := s.layout.generations(id)
	if err != nil {
		return err
	}
	var failed []error
	for _, g := range found {
		if g < generation {
			failed = append(failed, ignoreMissing(s.layout.at.remove(s.layout.indexPath(id, g))))
		}
	}
	return errors.Join(failed...)
}

// RemoveIndex removes an index that was found damaged. Nothing happens when it is gone already.
func (s *Store) RemoveIndex(id WorkspaceID, generation uint64) error {
	if err := s.ready(); err != nil {
		return err
	}
	// A generation is never written again, so this is the file that was found damaged.
	if err := ignoreMissing(s.layout.at.remove(s.layout.indexPath(id, generation))); err != nil {
		return fmt.Errorf("cachestore: remove an index of workspace %s: %w", id, err)
	}
	return nil
}

// RemoveIndexes removes the indexes that name one of some keys, by what read tells of each: see
// GCOptions.Marks. Those that it cannot read stay. Who has one open at the time keeps what is in it, and may
// write it anew.
func (s *Store) RemoveIndexes(ctx context.Context, keys map[Key]bool, read func(f *os.File, name func(Key)) error) (removed int, err error) {
	if err := s.ready(); err != nil {
		return 0, err
	}
	err = s.layout.walkIndexes(func(w workspaceFiles) error {
		unlock, _, err := s.LockWorkspace(ctx, w.id) // for who is just writing it anew
		if err != nil {
			return err
		}
		defer unlock()
		generations, err := s.layout.generations(w.id)
		if err != nil {
			return err
		}
		for _, generation := range generations {
			file, err := s.layout.at.open(s.layout.indexPath(w.id, generation))
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return fmt.Errorf("cachestore: %w", err)
			}
			named := false
			if err := read(file, func(k Key) { named = named || keys[k] }); err != nil || !named {
				continue
			}
			if err := s.RemoveIndex(w.id, generation); err != nil {
				return err
			}
			removed++
		}
		return nil
	})
	return removed, err
}

// TryLockWorkspace takes the lock of a workspace if it is free.
func (s *Store) TryLockWorkspace(id WorkspaceID) (unlock func(), ok bool, err error) {
	return s.tryLock([]string{workspaceLock(id)})
}

// LockWorkspace takes the lock of a workspace. It waits at most the store's lock timeout, then goes ahead:
// held says whether it has the lock. It must be released with unlock in either case. An error is that of ctx,
// or of the file system.
func (s *Store) LockWorkspace(ctx context.Context, id WorkspaceID) (unlock func(), held bool, err error) {
	return s.lock(ctx, []string{workspaceLock(id)})
}

func workspaceLock(id WorkspaceID) string { return workspaceLockPrefix + id.String() }

// workspaceDir is a directory for each workspace: finding the newest generation then takes the same time
// however many workspaces there are.
func (l layout) workspaceDir(id WorkspaceID) string { return filepath.Join(l.workspaces, id.String()) }

func (l layout) indexPath(id WorkspaceID, generation uint64) string {
	return filepath.Join(l.workspaceDir(id), fmt.Sprintf("%016x%s", generation, indexSuffix))
}

// parseGeneration is the inverse of indexPath, for a file's name.
func parseGeneration(name string) (generation uint64, ok bool) {
	digits, ok := strings.CutSuffix(name, indexSuffix)
	if !ok || len(digits) != 16 || !isLowerHex(digits) {
		return 0, false
	}
	generation, err := strconv.ParseUint(digits, 16, 64)
	return generation, err == nil && generation > 0 && generation <= maxGeneration
}

// generations returns those of a workspace, in no order.
func (l layout) generations(id WorkspaceID) (found []uint64, err error) {
	err = l.at.eachName(l.workspaceDir(id), func(name string) error {
		if g, ok := parseGeneration(name); ok {
			found = append(found, g)
		}
		return nil
	})
	return found, err
}

// newest returns the greatest generation below before, or of all when before is 0; 0 when there is none.
func newest(generations []uint64, before uint64) uint64 {
	var best uint64
	for _, g := range generations {
		if before == 0 || g < before {
			best = max(best, g)
		}
	}
	return best
}

// workspaceFiles is a workspace that has indexes, newest first.
type workspaceFiles struct {
	id      WorkspaceID
	indexes []indexFile
}

type indexFile struct {
	path       string
	generation uint64
	info       fs.FileInfo
}

// walkIndexes calls fn for each workspace that has an index. What vanishes meanwhile is left out.
func (l layout) walkIndexes(fn func(workspaceFiles) error) error {
	return l.walkWorkspaces(func(id WorkspaceID, _ string) error {
		found, err := l.generations(id)
		if err != nil {
			return err
		}
		w := workspaceFiles{id: id}
		slices.Sort(found)
		for _, g := range slices.Backward(found) {
			path := l.indexPath(id, g)
			info, err := l.at.lstat(path)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return err
			}
			w.indexes = append(w.indexes, indexFile{path: path, generation: g, info: info})
		}
		if len(w.indexes) == 0 {
			return nil
		}
		return fn(w)
	})
}

// walkWorkspaces calls fn for the directory of each workspace.
func (l layout) walkWorkspaces(fn func(id WorkspaceID, dir string) error) error {
	return l.at.eachName(l.workspaces, func(name string) error {
		var id WorkspaceID
		if len(name) != 2*len(id) || !isLowerHex(name) {
			return nil
		}
		if _, err := hex.Decode(id[:], []byte(name)); err != nil {
			return nil
		}
		return fn(id, filepath.Join(l.workspaces, name))
	})
}
