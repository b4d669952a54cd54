package door

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Canonical returns the one name of a root, which must be a directory: absolute,
// links resolved, and on Windows in the spelling of the disk.
func Canonical(root string) (string, error) {
	abs, err := filepath.Abs(usualName(root))
	if err != nil {
		return "", fmt.Errorf("find the absolute path of %s: %w", root, err)
	}
	path, err := filepath.EvalSymlinks(abs)
	if err != nil {
		if of := (*fs.PathError)(nil); errors.As(err, &of) {
			err = of.Err // the path is that of root or above it
		}
		return "", fmt.Errorf("%s: %w", root, err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if !info.IsDir() {
		return "", fmt.Errorf("%s is not a directory", root)
	}
	return path, nil
}

// CanonicalPath returns the one name of a path of which the end may be gone. With an
// error it is the path given.
func CanonicalPath(path string) (string, error) {
	path = filepath.Clean(usualName(path))
	gone := "" // below there
	for there := path; ; there = filepath.Dir(there) {
		canonical, err := filepath.EvalSymlinks(there)
		if err == nil {
			return filepath.Join(canonical, gone), nil
		}
		if !IsGone(err) || there == filepath.Dir(there) {
			return path, err
		}
		gone = filepath.Join(filepath.Base(there), gone)
	}
}

// LinkText returns the path that a symbolic link names, absolute and clean. It looks at the link
// alone, and at nothing to which it leads.
func LinkText(link string) (string, error) {
	text, err := os.Readlink(link)
	if err != nil {
		return "", err
	}
	if !filepath.IsAbs(text) {
		text = filepath.Join(filepath.Dir(link), text)
	}
	return filepath.Clean(text), nil
}

// Follow returns the canonical path of the directory or regular file to which a symbolic link
// leads, through others where it does. The error matches ErrIrregular for anything else.
func Follow(link string) (target string, isDir bool, err error) {
	target, err = filepath.EvalSymlinks(link)
	if err != nil {
		return "", false, err
	}
	info, err := os.Lstat(target)
	switch {
	case err != nil:
		return "", false, err
	case !info.IsDir() && !info.Mode().IsRegular():
		return "", false, irregular(target)
	}
	return target, info.IsDir(), nil
}
