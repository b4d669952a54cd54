package workspace

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/symcache/symcache/lsp/index"
)

// statOf returns what tells one version of a file from the next.
func statOf(info fs.FileInfo) index.Stat {
	s := index.Stat{Size: info.Size(), ModTime: info.ModTime().UnixNano()}
	if sys, ok := info.Sys().(*syscall.Stat_t); ok {
		s.ChangeTime = sys.Ctim.Nano()
		s.Inode, s.Device = sys.Ino, uint64(sys.Dev) //nolint:unconvert // of another type on some processors
	}
	return s
}

// statAt is statOf for a file in an open directory, not following a link: the kernel
// need not find the directory again for each file in it. It tells whether the file is
// a regular one.
func statAt(dir *os.File, path string) (s index.Stat, regular bool, err error) {
	var sys unix.Stat_t
	for {
		err = unix.Fstatat(int(dir.Fd()), filepath.Base(path), &sys, unix.AT_SYMLINK_NOFOLLOW)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	return index.Stat{
		Size: sys.Size, ModTime: sys.Mtim.Nano(), ChangeTime: sys.Ctim.Nano(),
		Inode: sys.Ino, Device: uint64(sys.Dev), //nolint:unconvert // of another type on some processors
	}, sys.Mode&unix.S_IFMT == unix.S_IFREG, err
}
