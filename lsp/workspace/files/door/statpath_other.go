//go:build !windows

package door

import (
	"io/fs"
	"os"
)

// StatOpen returns the Stat of an open file, of which Fstat has told info.
func StatOpen(_ *os.File, info fs.FileInfo) Stat { return statOf(info) }

// StatPath returns the Stat of what is at a path, and reports whether it is a regular
// file. It follows no link.
func StatPath(path string) (s Stat, regular bool, err error) {
	info, err := os.Lstat(path)
	if err != nil {
		return Stat{}, false, err
	}
	return statOf(info), info.Mode().IsRegular(), nil
}
