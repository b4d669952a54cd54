//go:build unix

package workspace

import (
	"os"

	"golang.org/x/sys/unix"
)

// openNoBlock opens a file for reading without waiting for the other end of a
// pipe and without following a link in the last component.
func openNoBlock(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK|unix.O_NOFOLLOW|unix.O_NOCTTY, 0)
}
