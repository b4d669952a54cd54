//go:build !linux

package workspace

import (
	"os"

	"github.com/symcache/symcache/lsp/index"
)

// statAt is statOf for a file in an open directory, not following a link. It tells
// whether the file is a regular one.
func statAt(_ *os.File, path string) (s index.Stat, regular bool, err error) {
	info, err := os.Lstat(path)
	if err != nil {
		return index.Stat{}, false, err
	}
	return statOf(info), info.Mode().IsRegular(), nil
}
