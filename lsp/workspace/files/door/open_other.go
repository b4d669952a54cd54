//go:build !unix

package door

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/symcache/symcache/lsp/workspace/files/paths"
	"github.com/symcache/symcache/watcher/sharing"
)

// open opens path unless a component below root is a link or a mount point. It lets
// others rename and delete the file meanwhile.
//
// The components are looked at before the file is opened, so open follows a link that
// comes in between. But it checks that the file opened is the one looked at.
func open(root, path string, dir bool) (*os.File, error) {
	before, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if dir && !before.IsDir() {
		return nil, &fs.PathError{Op: "open", Path: path, Err: syscall.ENOTDIR}
	}
	if !dir && !before.Mode().IsRegular() {
		return nil, irregular(path)
	}
	for at := filepath.Dir(path); paths.Within(root, at) && at != root; at = filepath.Dir(at) {
		if info, err := os.Lstat(at); err != nil {
			return nil, err
		} else if !info.IsDir() {
			return nil, irregular(path)
		}
	}
	f, err := sharing.Open(path)
	if err != nil {
		return nil, err
	}
	if after, err := f.Stat(); err != nil || !os.SameFile(before, after) {
		_ = f.Close() // ignore error: nothing was read
		return nil, irregular(path)
	}
	return f, nil
}
