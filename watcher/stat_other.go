//go:build !linux && !darwin

package watcher

import (
	"os"
	"time"
)

// fileID is which file it is, whatever its name; zero if the system does not tell.
type fileID struct{ device, inode uint64 }

func fileIDOf(os.FileInfo) fileID { return fileID{} }

// changeTime is the closest that all systems have.
func changeTime(info os.FileInfo) time.Time { return info.ModTime() }
