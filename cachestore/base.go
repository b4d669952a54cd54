package cachestore

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// errNoCache says that a base cache has nothing in it.
var errNoCache = errors.New("there is no cache in it")

// openBases prepares to read base caches, each given as a cache directory, all namespaces of which are read,
// or as the directory of one namespace. One that is missing or cannot be read counts as empty: a program must start
// where an image was built without it.
func (s *Store) openBases(paths []string) error {
	for _, path := range paths {
		if !filepath.IsAbs(path) {
			return fmt.Errorf("cachestore: base cache %q is not absolute", path)
		}
		dirs, err := namespaces(path)
		if err != nil {
			s.log.Warn("a base cache is not used: it cannot be read", "path", path, "cause", err)
		}
		for _, dir := range dirs {
			if dir == s.layout.dir {
				continue
			}
			base := newFinder(layoutOfBase(path, dir), s.now, s.log)
			base.readOnly = true
			s.bases = append(s.bases, base)
		}
	}
	return nil
}

// namespaces returns the directories of the namespaces in a cache directory, which may be one itself. It is an error
// when there is none that can be read.
func namespaces(path string) (dirs []string, err error) {
	if isNamespace(path) {
		return []string{filepath.Clean(path)}, nil
	}
	version := filepath.Join(path, layoutVersion)
	names, err := os.ReadDir(version)
	if err != nil {
		return nil, err
	}
	var failed []error
	for _, e := range names {
		if !e.IsDir() || !validNamespace(e.Name()) {
			continue
		}
		dir := filepath.Join(version, e.Name())
		if _, err := os.ReadDir(dir); err != nil {
			failed = append(failed, err)
			continue
		}
		dirs = append(dirs, dir)
	}
	if len(dirs) == 0 {
		return nil, cmp.Or(errors.Join(failed...), errNoCache)
	}
	return dirs, nil // other namespaces may be private, as their users want
}

// isNamespace reports whether a directory is that of a namespace in which something was stored.
func isNamespace(path string) bool {
	return isDir(filepath.Join(path, "entries")) || isDir(filepath.Join(path, "packs"))
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
