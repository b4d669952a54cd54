package cachestore

import (
	"errors"
	"io/fs"
	"os"
	"os/user"
	"syscall"

	"golang.org/x/sys/windows"
)

// currentUser returns the SID.
func currentUser() (string, error) {
	u, err := user.Current()
	if err != nil {
		return "", err
	}
	return u.Uid, nil
}

// modesMatter is false: Go makes modes up on Windows. There the access control list of the parent directory decides,
// and files made by an administrator belong to a group.
const modesMatter = false

// ownerOf does not tell.
func ownerOf(fs.FileInfo) int { return -1 }

// isReadOnly reports whether an error says that a file system takes no writes.
func isReadOnly(err error) bool { return errors.Is(err, windows.ERROR_WRITE_PROTECT) }

// isNotDirectory reports whether an error says that a path is no directory.
func isNotDirectory(err error) bool {
	return errors.Is(err, windows.ERROR_DIRECTORY) || errors.Is(err, syscall.ENOTDIR)
}

// isRemoved reports whether an open directory was removed, or another has its path.
func isRemoved(info fs.FileInfo, path string) bool {
	now, err := os.Lstat(path)
	return errors.Is(err, fs.ErrNotExist) || err == nil && !os.SameFile(now, info)
}

// access does not tell: Windows has no call that judges an access list as a write would.
func access(string) error { return nil }

// handle is an open directory.
type handle struct{ root *os.Root }

func newHandle(root *os.Root) (*handle, error) { return &handle{root}, nil }

// open opens a file for reading.
func (h *handle) open(rel, _ string) (*os.File, error) { return h.root.Open(rel) }

// stat tells of the directory itself.
func (h *handle) stat() (fs.FileInfo, error) { return h.root.Stat(".") }

func (h *handle) close() { _ = h.root.Close() } // ignore error: it was only read

// dirsSync says that a directory cannot be synced: file systems of Windows journal names.
const dirsSync = false

func syncNames(*os.File) error { return nil }

// lockNow takes the lock of an open file if it is free: that of its first byte.
func lockNow(f *os.File, shared bool) (ok bool, err error) {
	flags := uint32(windows.LOCKFILE_FAIL_IMMEDIATELY)
	if !shared {
		flags |= windows.LOCKFILE_EXCLUSIVE_LOCK
	}
	err = windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, new(windows.Overlapped))
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, windows.ERROR_LOCK_VIOLATION), errors.Is(err, windows.ERROR_IO_PENDING):
		return false, nil
	}
	return false, &fs.PathError{Op: "lock", Path: f.Name(), Err: err}
}

// isLockless is always false: Windows has locks everywhere.
func isLockless(error) bool { return false }
