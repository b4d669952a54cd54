//go:build !linux

package workspace

import (
	"os"

	"github.com/symcache/symcache/lsp/index"
)

// statAt is statPath for a file in an open directory.
func statAt(_ *os.File, path string) (s index.Stat, regular bool, err error) { return statPath(path) }
