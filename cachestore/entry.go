package cachestore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// readEntry returns the value of a loose entry, errAbsent, another finding, or an I/O error. A damaged entry is
// removed: it would be found damaged for ever.
func (r *reader) readEntry(k Key) ([]byte, error) {
	value, info, err := r.loadEntry(k)
	if errors.Is(err, ErrDamaged) && !r.readOnly {
		r.removeDamaged(k, info, err)
	}
	return value, err
}

func (r *reader) loadEntry(k Key) ([]byte, fs.FileInfo, error) {
	dir, name := r.layout.entryPath(k)
	return r.layout.loadEntry(dir+string(filepath.Separator)+name, k)
}

// loadEntry reads the file of a loose entry. The info is nil when the file could not be opened.
func (l layout) loadEntry(path string, k Key) ([]byte, fs.FileInfo, error) {
	f, err := l.at.open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, errAbsent
	}
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, info, fmt.Errorf("%s is not a regular file", f.Name())
	}
	if info.Size() > maxEntrySize {
		if err := checkStart(f); errors.Is(err, ErrForeign) {
			return nil, info, err
		}
		return nil, info, damaged("entry of %d bytes", info.Size())
	}
	b := make([]byte, info.Size())
	if err := readFull(f, b, 0); err != nil {
		return nil, info, err
	}
	value, err := decodeEntry(b, k)
	return value, info, err
}

// checkStart checks the first bytes of an entry, of which the rest is not to be read.
func checkStart(r io.ReaderAt) error {
	var b [entryStart]byte
	n, err := r.ReadAt(b[:], 0)
	if err != nil && err != io.EOF {
		return err
	}
	return checkEntryStart(b[:n])
}

// hasEntry reports whether a file begins as a loose entry of this version does. The value is not read.
func (l layout) hasEntry(path string) bool {
	f, err := l.at.open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	return checkStart(f) == nil
}

// removeDamaged removes the file that was found damaged, unless another writer has replaced it by now.
func (r *reader) removeDamaged(k Key, found fs.FileInfo, cause error) {
	dir, name := r.layout.entryPath(k)
	path := filepath.Join(dir, name)
	r.log.Debug("cachestore: damaged entry", "path", path, "cause", cause)
	_ = r.layout.removeSame(path, found) // ignore error: it stays damaged, and a miss
}

// removeSame removes a file unless another has taken its place.
func (l layout) removeSame(path string, found fs.FileInfo) error {
	now, err := l.at.lstat(path)
	if err != nil {
		return ignoreMissing(err)
	}
	if !os.SameFile(now, found) {
		return nil
	}
	return ignoreMissing(l.at.remove(path))
}

// foreignEntry reports whether an entry of another format version, or of another kind, is in the key's place.
func (s *Store) foreignEntry(k Key) bool {
	dir, name := s.layout.entryPath(k)
	f, err := s.layout.at.open(filepath.Join(dir, name))
	if err != nil {
		return false
	}
	defer f.Close()
	return errors.Is(checkStart(f), ErrForeign)
}

// writeEntry writes a loose entry, which makes the key's tombstone pointless.
func (s *Store) writeEntry(k Key, value []byte) (int64, error) {
	dir, name := s.layout.entryPath(k)
	b := encodeEntry(k, value)
	isSound := func() bool { // and then as good, since equal keys mean equal values
		_, _, err := s.own.loadEntry(k)
		return err == nil
	}
	size, err := s.layout.writeFileUnless(dir, name, isSound, func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	})
	if err != nil {
		return 0, err
	}
	return size, s.layout.removeTombstone(k)
}

// Delete makes a key miss: at once in this store, and in others that are open, also of other processes, within
// 50 ms or when they next take a lock. Nothing happens when it is absent.
//
// Packs are immutable, and a base cache is not ours, so a record there is hidden by a tombstone until the key
// is put again. Delete takes the lock of the key's shard, so that no work under way there stores the key right
// after; who holds it already must not call Delete. A loose entry of another format version is removed too.
func (s *Store) Delete(k Key) error {
	if err := s.ready(k); err != nil {
		return err
	}
	unlock, err := s.LockShards(context.Background(), []byte{k.shard()})
	if err != nil {
		return err
	}
	defer unlock()
	defer s.own.expire()
	if err := s.delete(k); err != nil {
		return fmt.Errorf("cachestore: delete %s: %w", k, err)
	}
	return nil
}

func (s *Store) baseHolds(k Key) bool {
	return slices.ContainsFunc(s.bases, func(base *reader) bool { return base.holds(k) })
}

func (s *Store) delete(k Key) error {
	hide, err := s.own.packs.contains(k)
	if err != nil {
		return err
	}
	hide = hide || s.baseHolds(k)
	if hide {
		if err := s.layout.writeTombstone(k); err != nil {
			return err
		}
	}
	dir, name := s.layout.entryPath(k)
	path := filepath.Join(dir, name)
	err = s.layout.do(stepRemove, path, func() error { return s.layout.at.remove(path) })
	if err != nil {
		return ignoreMissing(err)
	}
	return s.layout.syncDirs([]string{dir})
}
