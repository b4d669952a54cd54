package cachestore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// readEntry returns the value of a loose entry, errAbsent, errDeleted, another finding, or an I/O error. A
// damaged entry is removed: it would be found damaged for ever.
func (s *Store) readEntry(k Key) ([]byte, error) {
	kind, value, info, err := s.loadEntry(k)
	if errors.Is(err, errDamaged) {
		s.removeDamaged(k, info, err)
	}
	if err == nil && kind == kindTombstone {
		return nil, errDeleted
	}
	return value, err
}

// loadEntry reads the file of a loose entry. The info is nil when the file could not be opened.
func (s *Store) loadEntry(k Key) (recordKind, []byte, fs.FileInfo, error) {
	dir, name := s.layout.entryPath(k)
	f, err := os.Open(filepath.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil, nil, errAbsent
	}
	if err != nil {
		return 0, nil, nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return 0, nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return 0, nil, info, fmt.Errorf("%s is not a regular file", f.Name())
	}
	if info.Size() > maxEntrySize {
		if err := checkStart(f); err != nil {
			return 0, nil, info, err
		}
		return 0, nil, info, damaged("entry of %d bytes", info.Size())
	}
	b := make([]byte, info.Size())
	if err := readFull(f, b, 0); err != nil {
		return 0, nil, info, err
	}
	kind, value, err := decodeEntry(b, k)
	return kind, value, info, err
}

// checkStart checks the first bytes of an entry, of which the rest is not to be read.
func checkStart(r io.ReaderAt) error {
	var b [preambleSize]byte
	if err := readFull(r, b[:], 0); err != nil {
		return err
	}
	return checkPreamble(b[:], entryMagic)
}

// removeDamaged removes the file that was found damaged, unless another writer has replaced it by now.
func (s *Store) removeDamaged(k Key, found fs.FileInfo, cause error) {
	dir, name := s.layout.entryPath(k)
	path := filepath.Join(dir, name)
	s.log.Debug("cachestore: damaged entry", "path", path, "cause", cause)
	if now, err := os.Lstat(path); err == nil && os.SameFile(now, found) {
		_ = os.Remove(path) // ignore error: it stays damaged, and a miss
	}
}

// foreignEntry reports whether an entry of another format version is in the key's place.
func (s *Store) foreignEntry(k Key) bool {
	dir, name := s.layout.entryPath(k)
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		return false
	}
	defer f.Close()
	return errors.Is(checkStart(f), errForeign)
}

func (s *Store) writeEntry(kind recordKind, k Key, value []byte) (int64, error) {
	dir, name := s.layout.entryPath(k)
	b := encodeEntry(kind, k, value)
	size, err := s.layout.writeFile(dir, name, func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	})
	if errors.Is(err, fs.ErrPermission) {
		// Windows refuses to replace a file while somebody reads it. What they read is what we would write.
		if got, _, _, err := s.loadEntry(k); err == nil && got == kind {
			return size, nil
		}
	}
	return size, err
}

// Delete makes a key miss, in every process. Nothing happens when it is absent.
//
// Packs are immutable, so a record in one is hidden by a tombstone, a loose entry without value, until the
// key is put again. It takes the lock of the key's shard, so that no work under way there stores the key
// right after; who holds it already must not call Delete. A loose entry of another format version is removed
// too.
func (s *Store) Delete(k Key) error {
	if err := s.ready(k); err != nil {
		return err
	}
	unlock, err := s.LockShards(context.Background(), []byte{k.shard()})
	if err != nil {
		return err
	}
	defer unlock()
	if err := s.delete(k); err != nil {
		return fmt.Errorf("cachestore: delete %s: %w", k, err)
	}
	return nil
}

func (s *Store) delete(k Key) error {
	packed, err := s.packs.contains(k)
	if err != nil {
		return err
	}
	if packed {
		_, err := s.writeEntry(kindTombstone, k, nil)
		return err
	}
	dir, name := s.layout.entryPath(k)
	switch err := os.Remove(filepath.Join(dir, name)); {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	}
	return syncDir(dir)
}

// replaceTombstone puts a record, which was just written into a pack, in the place of its tombstone if there
// is one. Removing the tombstone would not do: a process that does not know the new pack yet would see the
// record of an old one again.
func (s *Store) replaceTombstone(r Record) error {
	dir, name := s.layout.entryPath(r.Key)
	// Looking at the length first spares reading: most keys have no loose entry, and one with a value is
	// longer.
	info, err := os.Lstat(filepath.Join(dir, name))
	if err != nil || info.Size() != tombstoneSize(r.Key) {
		return nil // ignore error: what cannot be seen hides nothing
	}
	if kind, _, _, err := s.loadEntry(r.Key); err != nil || kind != kindTombstone {
		return nil // ignore error: as above
	}
	_, err = s.writeEntry(kindValue, r.Key, r.Value)
	return err
}

func tombstoneSize(k Key) int64 { return preambleSize + recordSize(k, nil) }
