//go:build !linux && !darwin && !windows

package workspace

import (
	"io/fs"

	"github.com/symcache/symcache/lsp/index"
)

// statOf returns what tells one version of a file from the next. Here that is size
// and time of change only: for more the file would have to be opened.
func statOf(info fs.FileInfo) index.Stat {
	return index.Stat{Size: info.Size(), ModTime: info.ModTime().UnixNano()}
}
