//go:build !windows

package watcher

import (
	"io/fs"
	"os"
)

// readDir returns the sorted entries of a directory.
func readDir(path string) ([]fs.DirEntry, error) { return os.ReadDir(path) }
