package door

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// statOf returns the Stat of a file of which Lstat or Fstat has told.
func statOf(info fs.FileInfo) Stat {
	s := Stat{Size: info.Size(), ModTime: info.ModTime().UnixNano()}
	if sys, ok := info.Sys().(*syscall.Stat_t); ok {
		s.ChangeTime = sys.Ctim.Nano()
		s.Inode, s.Device = sys.Ino, uint64(sys.Dev) //nolint:unconvert // of another type on some processors
	}
	return s
}

// StatAt is StatPath for a file in an open directory: the kernel need not find the
// directory again for each file in it.
func StatAt(dir *os.File, path string) (s Stat, regular bool, err error) {
	var sys unix.Stat_t
	for {
		err = unix.Fstatat(int(dir.Fd()), filepath.Base(path), &sys, unix.AT_SYMLINK_NOFOLLOW)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	return Stat{
		Size: sys.Size, ModTime: sys.Mtim.Nano(), ChangeTime: sys.Ctim.Nano(),
		Inode: sys.Ino, Device: uint64(sys.Dev), //nolint:unconvert // of another type on some processors
	}, sys.Mode&unix.S_IFMT == unix.S_IFREG, err
}
