package workspace

import (
	"path/filepath"
	"slices"
	"sync"
)

// dirtyDirs are directories to scan. It is safe for concurrent use.
type dirtyDirs struct {
	mu    sync.Mutex
	dirs  map[string]bool
	added chan struct{} // has a token when there may be some
}

func newDirtyDirs() dirtyDirs {
	return dirtyDirs{dirs: make(map[string]bool), added: make(chan struct{}, 1)}
}

func (d *dirtyDirs) add(dir string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.dirs[dir] = true
	select {
	case d.added <- struct{}{}:
	default: // the token of an earlier one is still there
	}
}

// take removes and returns all, without those that a scan of another one comes to.
func (d *dirtyDirs) take(roots []string) (dirs []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for dir := range d.dirs {
		if !d.includes(dir, roots) {
			dirs = append(dirs, dir)
		}
	}
	clear(d.dirs)
	return dirs
}

// includes reports whether a scan of another directory comes to this one.
func (d *dirtyDirs) includes(dir string, roots []string) bool {
	for !slices.Contains(roots, dir) && dir != filepath.Dir(dir) {
		if dir = filepath.Dir(dir); d.dirs[dir] {
			return true
		}
	}
	return false
}
