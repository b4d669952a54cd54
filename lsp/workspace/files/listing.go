package files

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/symcache/symcache/lsp/workspace/files/door"
)

// names are what a directory holds.
type names interface {
	has(name string) bool
}

// listing is a directory that was read.
type listing []fs.DirEntry

func (l listing) has(name string) bool {
	return slices.ContainsFunc(l, func(e fs.DirEntry) bool { return e.Name() == name })
}

// unread is a directory of which only the path is known.
type unread string

func (u unread) has(name string) bool {
	_, err := os.Lstat(filepath.Join(string(u), name))
	return err == nil
}

// readDir is os.ReadDir without the sorting. It leaves the directory open, or returns nil
// if it cannot be opened. A path that was a directory when its parent was listed, and is
// none any more, is no error.
func readDir(root, path string) (dir *os.File, entries listing, err error) {
	dir, err = door.OpenDir(root, path)
	switch {
	case door.IsGone(err), errors.Is(err, door.ErrIrregular):
		return nil, nil, nil
	case err != nil:
		if info, statErr := os.Lstat(path); statErr == nil && !info.IsDir() {
			return nil, nil, nil
		}
		return nil, nil, err
	}
	entries, err = dir.ReadDir(-1)
	if errors.Is(err, syscall.ENOTDIR) {
		err = nil
	}
	return dir, entries, err
}
