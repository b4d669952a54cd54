package files

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Why a directory is no root of a workspace, see CheckRoot.
var (
	ErrFileSystemRoot = errors.New("the root of a file system is not indexed; open a folder in it")
	ErrHome           = errors.New("the home directory is not indexed unless that is asked for")
)

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
