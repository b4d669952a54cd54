//go:build unix

package watcher

import (
	"cmp"
	"io/fs"
	"os"
	"slices"
	"syscall"
)

// readDir is os.ReadDir for a path at which something else may be by now: it waits for no
// pipe, and follows a link only where that is a root.
func readDir(path string, root bool) ([]fs.DirEntry, error) {
	flags := os.O_RDONLY | syscall.O_DIRECTORY
	if !root {
		flags |= syscall.O_NOFOLLOW
	}
	f, err := os.OpenFile(path, flags, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	entries, err := f.ReadDir(-1)
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	return entries, err
}
