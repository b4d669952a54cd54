package workspace

import (
	"io/fs"
	"syscall"

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
