//go:build unix

package cachestore

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// currentUser returns the uid: $USER lies, and is unset in cron jobs and containers.
func currentUser() (string, error) { return strconv.Itoa(os.Getuid()), nil }

// modesMatter says that the modes of a directory tell who may enter it.
const modesMatter = true

// ownerOf returns the uid of a file's owner, -1 when the system does not tell.
func ownerOf(info fs.FileInfo) int {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return -1
	}
	return int(st.Uid)
}

// openOutside is os.OpenFile with the mode of files in a cache. It does not wait for the other end of a pipe.
func openOutside(path string, flag int) (*os.File, error) {
	return os.OpenFile(path, flag|unix.O_NONBLOCK, fileMode)
}

// openRoot is os.OpenRoot.
func openRoot(dir string) (*os.Root, error) { return os.OpenRoot(dir) }

// isInUse is always false: an open file can be removed and replaced.
func isInUse(error) bool { return false }

// mapsPacks says that a mapped pack can be removed and replaced.
const mapsPacks = true

// isReadOnly reports whether an error says that a file system takes no writes.
func isReadOnly(err error) bool { return errors.Is(err, syscall.EROFS) }

// isNotDirectory reports whether an error says that a path is no directory.
func isNotDirectory(err error) bool { return errors.Is(err, syscall.ENOTDIR) }

// isRemoved reports whether an open directory was removed, by what was just asked of it.
func isRemoved(info fs.FileInfo, _ string) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && st.Nlink == 0
}

// access asks whether the user may make files in a directory, as the kernel would judge it: by modes, access lists,
// and file systems that are read-only.
func access(dir string) error {
	err := unix.Faccessat(unix.AT_FDCWD, dir, unix.W_OK|unix.X_OK, unix.AT_EACCESS)
	if err != nil {
		return &fs.PathError{Op: "write in", Path: dir, Err: err}
	}
	return nil
}

// handle is an open directory.
type handle struct {
	root *os.Root
	dir  *os.File        // the same
	conn syscall.RawConn // of dir
}

func newHandle(root *os.Root) (*handle, error) {
	dir, err := root.OpenFile(".", os.O_RDONLY|unix.O_NONBLOCK, 0) // which saves four system calls
	if err != nil {
		return nil, err
	}
	conn, err := dir.SyscallConn()
	if err != nil {
		return nil, errors.Join(err, dir.Close())
	}
	return &handle{root, dir, conn}, nil
}

// errNotRegular says that a pipe, a socket or a device stands where a file of the cache would.
var errNotRegular = errors.New("not a regular file")

// open opens a regular file or a directory for reading. It makes one system call where os.Root makes one for each
// directory on the way: a lookup would take twice as long, and nobody but the user makes links below this directory.
// It never waits: a pipe would keep its reader until somebody writes.
func (h *handle) open(rel, path string) (*os.File, error) {
	var fd int
	var err error
	closed := h.conn.Control(func(dir uintptr) {
		for {
			fd, err = unix.Openat(int(dir), rel, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
			if err != unix.EINTR {
				return
			}
		}
	})
	if closed != nil {
		return nil, errClosed
	}
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	var st unix.Stat_t
	if err = unix.Fstat(fd, &st); err == nil {
		if kind := st.Mode & unix.S_IFMT; kind != unix.S_IFREG && kind != unix.S_IFDIR {
			err = errNotRegular
		}
	}
	if err != nil {
		_ = unix.Close(fd) // ignore error: nothing was read
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return os.NewFile(uintptr(fd), path), nil
}

// modTime returns the modification time of a directory, by one system call.
func (h *handle) modTime(rel, path string) (time.Time, error) {
	var st unix.Stat_t
	var err error
	closed := h.conn.Control(func(dir uintptr) {
		for {
			if err = unix.Fstatat(int(dir), rel, &st, 0); err != unix.EINTR {
				return
			}
		}
	})
	switch {
	case closed != nil:
		return time.Time{}, errClosed
	case err != nil:
		return time.Time{}, &fs.PathError{Op: "stat", Path: path, Err: err}
	}
	return time.Unix(st.Mtim.Unix()), nil
}

// stat tells of the directory itself.
func (h *handle) stat() (fs.FileInfo, error) { return h.dir.Stat() }

func (h *handle) close() { _ = errors.Join(h.dir.Close(), h.root.Close()) } // ignore error: both were only read

// dirsSync says that a directory can be synced.
const dirsSync = true

// syncNames makes the names in a directory durable.
func syncNames(d *os.File) error {
	err := d.Sync()
	// Some file systems cannot sync a directory and say so; nothing more can be done on them.
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		return nil
	}
	return err
}

// lockNow takes the lock of an open file if it is free.
func lockNow(f *os.File, shared bool) (ok bool, err error) {
	how := unix.LOCK_EX
	if shared {
		how = unix.LOCK_SH
	}
	for {
		err = unix.Flock(int(f.Fd()), how|unix.LOCK_NB)
		switch {
		case err == nil:
			return true, nil
		case errors.Is(err, unix.EWOULDBLOCK):
			return false, nil
		case !errors.Is(err, unix.EINTR):
			return false, &fs.PathError{Op: "lock", Path: f.Name(), Err: err}
		}
	}
}

// unlockNow lets the lock of an open file go. Closing the file is not enough: between fork and exec a child process has
// it open, too.
func unlockNow(f *os.File) error { return unix.Flock(int(f.Fd()), unix.LOCK_UN) }

// isLockless reports whether an error of taking a lock says that there are none: flock(2) on some network file
// systems, and on NFS whose lock server is away.
func isLockless(err error) bool {
	return errors.Is(err, syscall.ENOTSUP) || errors.Is(err, syscall.EOPNOTSUPP) ||
		errors.Is(err, syscall.ENOSYS) || errors.Is(err, syscall.ENOLCK)
}
