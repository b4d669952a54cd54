package watcher

import (
	"cmp"
	"io/fs"
	"os"
	"slices"

	"golang.org/x/sys/windows"
)

// readDir is os.ReadDir, but lets others delete and rename the directory meanwhile. os.Open does not share that right,
// so that removing a directory would fail with a sharing violation just because it is being watched.
func readDir(path string, _ bool) ([]fs.DirEntry, error) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	const share = windows.FILE_SHARE_READ | windows.FILE_SHARE_WRITE | windows.FILE_SHARE_DELETE
	handle, err := windows.CreateFile(name, windows.FILE_LIST_DIRECTORY|windows.SYNCHRONIZE, share, nil,
		windows.OPEN_EXISTING, windows.FILE_FLAG_BACKUP_SEMANTICS, 0) // without which no directory can be opened
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	dir := os.NewFile(uintptr(handle), path)
	defer func() { _ = dir.Close() }() // ignore error: it was only read
	entries, err := dir.ReadDir(-1)
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	return entries, err
}
