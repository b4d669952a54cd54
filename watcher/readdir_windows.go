package watcher

import (
	"cmp"
	"io/fs"
	"slices"

	"github.com/symcache/symcache/watcher/sharing"
)

// readDir is os.ReadDir, but lets others delete and rename the directory meanwhile: removing a directory would fail with
// a sharing violation just because it is being watched.
func readDir(path string, _ bool) ([]fs.DirEntry, error) {
	dir, err := sharing.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = dir.Close() }() // ignore error: it was only read
	entries, err := dir.ReadDir(-1)
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	return entries, err
}
