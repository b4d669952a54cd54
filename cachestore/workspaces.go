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

// WorkspaceFiles are the index files of one workspace, and its lock. An index file is derived; the store knows its
// place and not its contents. Each one has a generation number and is never written again, so it can be mapped into
// memory for as long as a reader likes. Only the newest is kept, and those that Windows does not remove while they are
// open.
//
// The methods may be called at once, from any number of goroutines and processes. They fail when the store is closed.
type WorkspaceFiles struct {
	store *Store
	id    WorkspaceID
	dir   string
}

// Workspace returns the index files of a workspace. It looks at nothing.
func (s *Store) Workspace(id WorkspaceID) *WorkspaceFiles {
	return &WorkspaceFiles{store: s, id: id, dir: s.layout.workspaceDir(id)}
}

// ID returns the name of the workspace.
func (w *WorkspaceFiles) ID() WorkspaceID { return w.id }

// Newest returns the newest generation of the workspace's index, 0 when there is none. It reads one directory, which
// holds one file or two.
//
// Generations of a workspace grow. Only after its files were removed, and with a clock that was set back, they may
// begin below a former one. So a reader compares for being another number than its own.
func (w *WorkspaceFiles) Newest() (generation uint64, err error) {
	if err := w.store.ready(); err != nil {
		return 0, err
	}
	found, err := w.store.layout.generations(w.dir)
	if err != nil {
		return 0, fmt.Errorf("cachestore: newest index of workspace %s: %w", w.id, err)
	}
	return newest(found, 0), nil
}

// Open opens the newest index whose generation is below the given one, or the newest of all when before is 0. When
// there is none, errors.Is(err, ErrMiss). The caller checks the contents, asks for the one before when they are
// damaged, and closes the file.
func (w *WorkspaceFiles) Open(before uint64) (f *os.File, generation uint64, err error) {
	if err := w.store.ready(); err != nil {
		return nil, 0, err
	}
	for range vanishAttempts {
		found, err := w.store.layout.generations(w.dir)
		if err != nil {
			return nil, 0, fmt.Errorf("cachestore: open an index of workspace %s: %w", w.id, err)
		}
		generation = newest(found, before)
		if generation == 0 {
			break
		}
		f, err := w.store.layout.at.open(indexPath(w.dir, generation))
		if err == nil {
			return f, generation, nil
		}
		if !errors.Is(err, fs.ErrNotExist) { // else a newer one has been published
			return nil, 0, fmt.Errorf("cachestore: open an index of workspace %s: %w", w.id, err)
		}
	}
	return nil, 0, fmt.Errorf("%w: no index of workspace %s", ErrMiss, w.id)
}

// Publish stores a new index, durable when it returns, and removes the older ones. The contents are what write leaves
// in f, an empty file that it may write and read anywhere in and must not close. When the cache is deleted meanwhile,
// write is called again.
//
// The caller holds the workspace's lock, which keeps others from doing the same work. Without it, indexes that are
// published at once get different generations, and the last one wins.
func (w *WorkspaceFiles) Publish(write func(f *os.File) error) (generation uint64, err error) {
	l := w.store.layout
	if err := w.store.ready(); err != nil {
		return 0, err
	}
	err = l.retryMissing(w.dir, func() error {
		temp, _, err := l.writeTemp(w.dir, write)
		if err != nil {
			return err
		}
		return l.publish(temp, func() error {
			generation, err = w.name(temp)
			return err
		})
	})
	if err != nil {
		return 0, fmt.Errorf("cachestore: publish an index of workspace %s: %w", w.id, err)
	}
	// ignore error: what is left is removed after the next one, and on Windows waits for its last reader
	_ = l.do(stepCleanUp, w.dir, func() error { return w.removeBefore(generation) })
	return generation, nil
}

// name gives a temporary file the name of the next generation. That is the time, unless there is a generation of the
// future. So numbers also grow when nothing is left to count from.
func (w *WorkspaceFiles) name(temp string) (generation uint64, err error) {
	generation = uint64(max(w.store.now().UnixNano(), 1))
	for {
		found, err := w.store.layout.generations(w.dir)
		if err != nil {
			return 0, err
		}
		generation = max(generation, newest(found, 0)+1)
		if generation > maxGeneration {
			return 0, fmt.Errorf("generation %d is the last one", uint64(maxGeneration))
		}
		err = w.store.layout.renameNew(temp, indexPath(w.dir, generation))
		if !errors.Is(err, fs.ErrExist) {
			return generation, err
		}
	}
}

func (w *WorkspaceFiles) removeBefore(generation uint64) error {
	found, err := w.store.layout.generations(w.dir)
	if err != nil {
		return err
	}
	var failed []error
	for _, g := range found {
		if g < generation {
			failed = append(failed, ignoreMissing(w.store.layout.at.remove(indexPath(w.dir, g))))
		}
	}
	return errors.Join(failed...)
}

// Remove removes an index that was found damaged. Nothing happens when it is gone already.
func (w *WorkspaceFiles) Remove(generation uint64) error {
	if err := w.store.ready(); err != nil {
		return err
	}
	// A generation is never written again, so this is the file that was found damaged.
	if err := ignoreMissing(w.store.layout.at.remove(indexPath(w.dir, generation))); err != nil {
		return fmt.Errorf("cachestore: remove an index of workspace %s: %w", w.id, err)
	}
	return nil
}

// Touch records that the workspace is in use. It writes at most once a day.
func (w *WorkspaceFiles) Touch() error {
	generation, err := w.Newest()
	if err != nil || generation == 0 {
		return err
	}
	path := indexPath(w.dir, generation)
	info, err := w.store.layout.at.stat(path)
	if err == nil {
		now := w.store.now()
		if age := now.Sub(info.ModTime()); age < useResolution && age > -useResolution {
			return nil
		}
		err = w.store.layout.at.chtimes(path, now)
	}
	if err := ignoreMissing(err); err != nil { // else it was replaced by a newer one
		return fmt.Errorf("cachestore: touch the index of workspace %s: %w", w.id, err)
	}
	return nil
}

// TryLock takes the workspace's lock if it is free.
func (w *WorkspaceFiles) TryLock() (unlock func(), ok bool, err error) {
	return w.store.tryLock([]string{workspaceLock(w.id)})
}

// Lock takes the workspace's lock. It waits at most the store's lock timeout, then goes ahead: held reports whether it
// has the lock. The caller calls unlock in either case. An error is that of ctx, or of the file system.
func (w *WorkspaceFiles) Lock(ctx context.Context) (unlock func(), held bool, err error) {
	return w.store.lock(ctx, []string{workspaceLock(w.id)})
}

func workspaceLock(id WorkspaceID) string { return workspaceLockPrefix + id.String() }

// RemoveIndexes removes the indexes that name one of some keys. For read see GCOptions.Marks; indexes that it cannot
// read stay. A process that has one open keeps what is in it, and may write it anew.
func (s *Store) RemoveIndexes(ctx context.Context, keys map[Key]bool, read func(f *os.File, name func(Key)) error) (removed int, err error) {
	if err := s.ready(); err != nil {
		return 0, err
	}
	err = s.layout.walkIndexes(func(found workspaceIndexes) error {
		w := s.Workspace(found.id)
		unlock, _, err := w.Lock(ctx) // waits for a process that is writing it anew
		if err != nil {
			return err
		}
		defer unlock()
		generations, err := s.layout.generations(w.dir)
		if err != nil {
			return err
		}
		for _, generation := range generations {
			file, err := s.layout.at.open(indexPath(w.dir, generation))
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return fmt.Errorf("cachestore: %w", err)
			}
			named := false
			err = read(file, func(k Key) { named = named || keys[k] })
			_ = file.Close() // ignore error: it was only read, and read may have closed it
			if err != nil || !named {
				continue
			}
			if err := w.Remove(generation); err != nil {
				return err
			}
			removed++
		}
		return nil
	})
	return removed, err
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

// workspaceDir is a directory for each workspace: finding the newest generation then takes the same time
// however many workspaces there are.
func (l layout) workspaceDir(id WorkspaceID) string { return filepath.Join(l.workspaces, id.String()) }

// indexPath is the place of an index in its workspace's directory.
func indexPath(dir string, generation uint64) string {
	return filepath.Join(dir, fmt.Sprintf("%016x%s", generation, indexSuffix))
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

// generations returns those in a workspace's directory, in no order.
func (l layout) generations(dir string) (found []uint64, err error) {
	err = l.at.eachName(dir, func(name string) error {
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

// workspaceIndexes is a workspace that has indexes, newest first.
type workspaceIndexes struct {
	id      WorkspaceID
	indexes []indexFile
}

type indexFile struct {
	path       string
	generation uint64
	info       fs.FileInfo
}

// walkIndexes calls fn for each workspace that has an index. An index that vanishes meanwhile is left out.
func (l layout) walkIndexes(fn func(workspaceIndexes) error) error {
	return l.walkWorkspaces(func(id WorkspaceID, dir string) error {
		found, err := l.generations(dir)
		if err != nil {
			return err
		}
		w := workspaceIndexes{id: id}
		slices.Sort(found)
		for _, g := range slices.Backward(found) {
			path := indexPath(dir, g)
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
