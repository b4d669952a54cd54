//go:build !windows

package workspace

import (
	"io/fs"
	"os"

	"github.com/symcache/symcache/lsp/index"
)

// statOpen is statOf for an open file.
func statOpen(_ *os.File, info fs.FileInfo) index.Stat { return statOf(info) }

// statPath is statOf for a path, not following a link. It reports whether a regular file
// is there.
func statPath(path string) (s index.Stat, regular bool, err error) {
	info, err := os.Lstat(path)
	if err != nil {
		return index.Stat{}, false, err
	}
	return statOf(info), info.Mode().IsRegular(), nil
}
