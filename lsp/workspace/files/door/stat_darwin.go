package door

import (
	"io/fs"
	"syscall"
)

// statOf returns the Stat of a file of which Lstat or Fstat has told.
func statOf(info fs.FileInfo) Stat {
	s := Stat{Size: info.Size(), ModTime: info.ModTime().UnixNano()}
	if sys, ok := info.Sys().(*syscall.Stat_t); ok {
		s.ChangeTime = sys.Ctimespec.Nano()
		s.Inode, s.Device = sys.Ino, uint64(sys.Dev)
	}
	return s
}
