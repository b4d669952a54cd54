package cachestore

import (
	"fmt"
	"os"
	"path/filepath"
)

// openBases prepares to read base caches, each given as a cache directory, all namespaces of which are read,
// or as the directory of one namespace. Those that are missing or cannot be read hold nothing: a program must
// start where an image was built without one.
func (s *Store) openBases(paths []string) error {
	for _, path := range paths {
		if !filepath.IsAbs(path) {
			return fmt.Errorf("cachestore: base cache %q is not absolute", path)
		}
		dirs, err := namespaces(path)
		if err != nil {
			s.log.Debug("cachestore: base cache cannot be read", "path", path, "cause", err)
		}
		for _, dir := range dirs {
			if dir == s.layout.dir {
				continue
			}
			base := newReader(layoutIn(path, dir), s.now, s.log)
			base.readOnly = true
			s.bases = append(s.bases, base)
		}
	}
	return nil
}

// namespaces returns the directories of the namespaces in a cache directory, which may be one itself.
func namespaces(path string) (dirs []string, err error) {
	if isNamespace(path) {
		return []string{filepath.Clean(path)}, nil
	}
	version := filepath.Join(path, layoutVersion)
	names, err := os.ReadDir(version)
	if err != nil {
		return nil, err
	}
	for _, e := range names {
		if e.IsDir() && validNamespace(e.Name()) {
			dirs = append(dirs, filepath.Join(version, e.Name()))
		}
	}
	return dirs, nil
}

// isNamespace reports whether a directory is that of a namespace in which something was stored.
func isNamespace(path string) bool {
	return isDir(filepath.Join(path, "entries")) || isDir(filepath.Join(path, "packs"))
}
