package door

import (
	"errors"

	"golang.org/x/sys/unix"
)

// stepFlags open a directory on the way to a file. Entering it is enough.
const stepFlags = unix.O_PATH | unix.O_DIRECTORY | unix.O_NOFOLLOW | unix.O_CLOEXEC

// openNoLinks opens a path none of whose components is a link. Kernels before 5.6 have
// no openat2, and some containers refuse it with EPERM.
func openNoLinks(dir int, path string, flags int) (int, error) {
	how := unix.OpenHow{Flags: uint64(flags), Resolve: unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_MAGICLINKS}
	for {
		fd, err := unix.Openat2(dir, path, &how)
		switch {
		case err == nil:
			return fd, nil
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.ENOSYS), errors.Is(err, unix.EPERM):
			return openStepwise(dir, path, flags)
		}
		return 0, err
	}
}
