package watcher

import (
	"os"
	"syscall"
	"time"
)

// fileID is which file it is, whatever its name; zero if the system does not tell.
type fileID struct{ device, inode uint64 }

func fileIDOf(info os.FileInfo) fileID {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return fileID{uint64(s.Dev), s.Ino}
	}
	return fileID{}
}

// changeTime is when content or attributes last changed. Nobody can set it.
func changeTime(info os.FileInfo) time.Time {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return time.Unix(s.Ctimespec.Unix())
	}
	return info.ModTime()
}
