package cachestore

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// readEntry returns the value of a loose entry, errAbsent, another finding, or an I/O error. A damaged entry is
// removed: it would be found damaged for ever.
func (f *finder) readEntry(k Key) ([]byte, error) {
	value, info, err := f.loadEntry(k)
	if errors.Is(err, ErrDamaged) && !f.readOnly {
		f.removeDamaged(k, info, err)
	}
	return value, err
}

func (f *finder) loadEntry(k Key) ([]byte, fs.FileInfo, error) {
	return f.layout.loadEntry(f.layout.entryPath(k), k)
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
func (f *finder) removeDamaged(k Key, found fs.FileInfo, cause error) {
	path := f.layout.entryPath(k)
	f.log.Debug("cachestore: damaged entry", "path", path, "cause", cause)
	_ = f.layout.removeSame(path, found) // ignore error: it stays damaged, and a miss
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
	f, err := s.layout.at.open(s.layout.entryPath(k))
	if err != nil {
		return false
	}
	defer f.Close()
	return errors.Is(checkStart(f), ErrForeign)
}

// writeEntry writes a loose entry.
func (s *Store) writeEntry(k Key, value []byte) (int64, error) {
	path := s.layout.entryPath(k)
	b := encodeEntry(k, value)
	isSound := func() bool { // and then as good, since equal keys mean equal values
		_, _, err := s.own.loadEntry(k)
		return err == nil
	}
	return s.layout.writeFileUnless(filepath.Dir(path), filepath.Base(path), isSound, func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	})
}
