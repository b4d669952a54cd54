//go:build !linux && !darwin && !windows

package door

import "io/fs"

// statOf returns the Stat of a file of which Lstat or Fstat has told. It has size and
// time of change only: for more the file would have to be opened.
func statOf(info fs.FileInfo) Stat {
	return Stat{Size: info.Size(), ModTime: info.ModTime().UnixNano()}
}
