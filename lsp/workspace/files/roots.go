package files

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Why a directory is no root of a workspace, see CheckRoot.
var (
	ErrFileSystemRoot = errors.New("the root of a file system is not indexed; open a folder in it")
	ErrHome           = errors.New("the home directory is not indexed unless that is asked for")
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

// CheckRoot decides whether a canonical directory may be the root of a workspace. The
// root of a file system may not: it holds systems, caches and other people's files. The
// user's home directory holds that too, and may only if home is set, that is, somebody
// asked for it. The error matches ErrFileSystemRoot or ErrHome.
func CheckRoot(dir string, home bool) error {
	if dir == filepath.Dir(dir) {
		return fmt.Errorf("%s: %w", dir, ErrFileSystemRoot)
	}
	if home {
		return nil
	}
	own, err := os.UserHomeDir()
	if err != nil || own == "" {
		return nil // nobody's: a container without a user
	}
	if canonical, err := filepath.EvalSymlinks(own); err == nil {
		own = canonical
	}
	if dir == filepath.Clean(own) {
		return fmt.Errorf("%s: %w", dir, ErrHome)
	}
	return nil
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
