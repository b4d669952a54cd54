package cachestore

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Footprint is a directory or file that programs of some version have written for the user.
type Footprint struct {
	Path  string
	Files int
	Bytes int64 // lengths of the files
}

// Footprints returns what is in a cache directory for the user: the namespaces of all layouts, and the files that
// explain the directory, unless somebody else has a namespace there. It changes nothing.
func Footprints(root string, opts Options) ([]Footprint, error) {
	l, err := newLayout(root, opts.Namespace)
	if err != nil {
		return nil, err
	}
	defer l.at.close()
	own, others, err := l.allNamespaces()
	if err != nil {
		return nil, err
	}
	if !others {
		own = append(own, l.explanations()...)
	}
	var found []Footprint
	for _, path := range own {
		f := Footprint{Path: path}
		err := filepath.WalkDir(path, func(_ string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return ignoreMissing(err)
			}
			info, err := e.Info()
			if err == nil {
				f.Files++
				f.Bytes += info.Size()
			}
			return ignoreMissing(err)
		})
		if err != nil {
			return found, err
		}
		found = append(found, f)
	}
	return found, nil
}

// RemoveFootprints removes what Footprints returns, and the directories around it that are empty then. Programs that
// use the cache go on with what they have open, and may make the cache anew.
func RemoveFootprints(root string, opts Options) error {
	l, err := newLayout(root, opts.Namespace)
	if err != nil {
		return err
	}
	defer l.at.close()
	own, others, err := l.allNamespaces()
	if err != nil {
		return err
	}
	var failed []error
	for _, dir := range own {
		failed = append(failed, os.RemoveAll(dir))
		_ = os.Remove(filepath.Dir(dir)) // ignore error: others have a namespace there
	}
	if others {
		return errors.Join(failed...)
	}
	for _, path := range l.explanations() {
		failed = append(failed, ignoreMissing(os.Remove(path)))
	}
	_ = os.Remove(l.root) // ignore error: other things are there
	return errors.Join(failed...)
}

// allNamespaces returns the user's namespaces of all layouts in the root, and whether other users have one.
func (l layout) allNamespaces() (own []string, others bool, err error) {
	layouts, err := os.ReadDir(l.root)
	if ignoreMissing(err) != nil {
		return nil, false, err
	}
	for _, version := range layouts {
		digits, ok := strings.CutPrefix(version.Name(), "v")
		if !ok || digits == "" || strings.Trim(digits, "0123456789") != "" || !version.IsDir() {
			continue
		}
		users, err := os.ReadDir(filepath.Join(l.root, version.Name()))
		if err != nil {
			return nil, false, err
		}
		for _, user := range users {
			if user.Name() == filepath.Base(l.dir) {
				own = append(own, filepath.Join(l.root, version.Name(), user.Name()))
			} else {
				others = true
			}
		}
	}
	return own, others, nil
}

// explanations are the files that Open has made in a root that was empty.
func (l layout) explanations() []string {
	paths := []string{filepath.Join(l.root, tagName), filepath.Join(l.root, readmeName)}
	return slices.DeleteFunc(paths, func(path string) bool {
		text, err := os.ReadFile(path)
		return err != nil || string(text) != cacheDirTag && !strings.HasPrefix(string(text), "This directory is the cache of symcache")
	})
}
