package cachestore

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
)

const (
	noteName = "note"

	// maxNoteSize bounds a note, in bytes: it is for a few figures.
	maxNoteSize = 64 << 10
)

// WriteNote keeps a few bytes beside the indexes of a workspace, for other processes to read, in place of
// those that were there. Who writes because of what it has read holds the workspace's lock. ErrTooLarge above
// 64 KiB.
//
// A note file is the checksum of the workspace's ID and the note, 32 bytes, and the note.
func (s *Store) WriteNote(id WorkspaceID, note []byte) error {
	if err := s.ready(); err != nil {
		return err
	}
	if len(note) > maxNoteSize {
		return fmt.Errorf("cachestore: note of %d bytes: %w", len(note), ErrTooLarge)
	}
	sum := noteSum(id, note)
	_, err := s.layout.writeFile(s.layout.workspaceDir(id), noteName, func(w io.Writer) error {
		_, err := w.Write(append(sum[:], note...))
		return err
	})
	if err != nil {
		return fmt.Errorf("cachestore: write the note of workspace %s: %w", id, err)
	}
	return nil
}

// ReadNote returns the note of a workspace. When there is none that is in order, errors.Is(err, ErrMiss).
func (s *Store) ReadNote(id WorkspaceID) ([]byte, error) {
	if err := s.ready(); err != nil {
		return nil, err
	}
	note, _, err := s.layout.loadNote(id)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w: no note of workspace %s", ErrMiss, id)
	case errors.Is(err, ErrDamaged):
		return nil, fmt.Errorf("%w: damaged note of workspace %s", ErrMiss, id)
	case err != nil:
		return nil, fmt.Errorf("cachestore: read the note of workspace %s: %w", id, err)
	}
	return note, nil
}

// loadNote returns a note, ErrDamaged, or an error of the file system. The info is nil when the file could not be
// opened.
func (l layout) loadNote(id WorkspaceID) ([]byte, fs.FileInfo, error) {
	f, err := l.at.open(l.notePath(id))
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	b, err := io.ReadAll(io.LimitReader(f, int64(len(Hash{})+maxNoteSize)))
	if err != nil {
		return nil, info, err
	}
	if len(b) < len(Hash{}) {
		return nil, info, damaged("note of %d bytes", len(b))
	}
	sum, note := b[:len(Hash{})], b[len(Hash{}):]
	if want := noteSum(id, note); !bytes.Equal(sum, want[:]) {
		return nil, info, damaged("checksum of the note")
	}
	return note, info, nil
}

func noteSum(id WorkspaceID, note []byte) Hash { return Sum(append(id[:], note...)) }

func (l layout) notePath(id WorkspaceID) string { return filepath.Join(l.workspaceDir(id), noteName) }
