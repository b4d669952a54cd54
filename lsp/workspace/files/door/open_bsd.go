//go:build unix && !linux && !darwin

package door

import "golang.org/x/sys/unix"

// stepFlags open a directory on the way to a file.
const stepFlags = unix.O_RDONLY | unix.O_DIRECTORY | unix.O_NOFOLLOW | unix.O_CLOEXEC

// openNoLinks opens a path none of whose components is a link.
func openNoLinks(dir int, path string, flags int) (int, error) { return openStepwise(dir, path, flags) }
