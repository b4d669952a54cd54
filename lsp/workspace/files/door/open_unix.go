//go:build unix

package door

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// open opens path without following a link below root, and without waiting. First
// with one call for the whole path: nearly always no component is a link. Where
// one is, it may lie above the root, so the root is opened first.
func open(root, path string, dir bool) (*os.File, error) {
	flags := unix.O_RDONLY | unix.O_NOFOLLOW | unix.O_NOCTTY | unix.O_CLOEXEC
	if dir {
		flags |= unix.O_DIRECTORY // which waits for no pipe
	} else {
		flags |= unix.O_NONBLOCK
	}
	fd, err := openNoLinks(unix.AT_FDCWD, path, flags)
	if isLinkError(err) {
		fd, err = openBelow(root, path, flags)
	}
	switch {
	case err == nil:
		return os.NewFile(uintptr(fd), path), nil
	case errors.Is(err, ErrIrregular), !dir && (errors.Is(err, unix.ENXIO) || errors.Is(err, unix.ENODEV)):
		return nil, irregular(path) // the latter: a socket, a device without a driver
	}
	return nil, &fs.PathError{Op: "open", Path: path, Err: err}
}

// openBelow opens path where a link leads to root. An error of the root is
// returned as it is, and a link below it as ErrIrregular.
func openBelow(root, path string, flags int) (int, error) {
	if path == root {
		return openRetried(unix.AT_FDCWD, path, flags)
	}
	top, err := openRetried(unix.AT_FDCWD, root, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC)
	if err != nil {
		return 0, err
	}
	defer func() { _ = unix.Close(top) }() // ignore error: it was only read
	rel := strings.TrimPrefix(strings.TrimPrefix(path, root), string(filepath.Separator))
	fd, err := openNoLinks(top, rel, flags)
	if isLinkError(err) {
		return 0, ErrIrregular
	}
	return fd, err
}

// openStepwise opens a path below an open directory, or an absolute one, component by
// component, for systems that cannot refuse links in one call.
func openStepwise(dir int, path string, flags int) (int, error) {
	at, own := dir, false
	if rest, ok := strings.CutPrefix(path, "/"); ok {
		fd, err := openRetried(unix.AT_FDCWD, "/", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC)
		if err != nil || rest == "" {
			return fd, err
		}
		at, own, path = fd, true, rest
	}
	for {
		name, rest, more := strings.Cut(path, "/")
		step := flags
		if more {
			step = stepFlags
		}
		next, err := openRetried(at, name, step)
		if errors.Is(err, unix.ENOTDIR) && isLinkAt(at, name) {
			err = unix.ELOOP
		}
		if own {
			_ = unix.Close(at) // ignore error: nothing was written
		}
		if err != nil || !more {
			return next, err
		}
		at, own, path = next, true, rest
	}
}

func isLinkAt(dir int, name string) bool {
	var stat unix.Stat_t
	return unix.Fstatat(dir, name, &stat, unix.AT_SYMLINK_NOFOLLOW) == nil && stat.Mode&unix.S_IFMT == unix.S_IFLNK
}

// openRetried is openat until no signal interrupts it.
func openRetried(dir int, path string, flags int) (fd int, err error) {
	for {
		fd, err = unix.Openat(dir, path, flags, 0)
		if !errors.Is(err, unix.EINTR) {
			return fd, err
		}
	}
}

// isLinkError reports whether an open was refused because of a link. FreeBSD says
// EMLINK of the last component, NetBSD EFTYPE.
func isLinkError(err error) bool {
	return errors.Is(err, unix.ELOOP) || errors.Is(err, unix.EMLINK)
}
