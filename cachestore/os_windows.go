package cachestore

import (
	"errors"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"syscall"
	"time"

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

// modesMatter is false: Go makes modes up on Windows, and 0700 sets nothing. A new directory inherits the access list
// of the directory above it. In the user's cache directory, %LocalAppData%, that is the user, administrators and the
// system; a cache root elsewhere, such as C:\symcache, is as open as the directory in which it was made. Owners tell
// nothing either: files made by an administrator belong to a group.
const modesMatter = false

// openOutside opens a file so that others can remove and rename it meanwhile, which os.OpenFile does not let them.
func openOutside(path string, flag int) (*os.File, error) {
	dir, err := openRoot(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	f, err := dir.OpenFile(filepath.Base(path), flag, fileMode)
	return f, fullPath(path, err)
}

// openRoot opens a directory so that others can remove and rename it meanwhile: the user may delete a cache while
// programs run. os.OpenRoot does not let them, but os.Root.OpenRoot does.
func openRoot(dir string) (*os.Root, error) {
	if parent, err := os.OpenRoot(filepath.Dir(dir)); err == nil {
		defer parent.Close()
		if root, err := parent.OpenRoot(filepath.Base(dir)); err == nil {
			return root, nil
		}
	}
	// The directory is a volume or a link, is in one that the user may not list, or cannot be opened at all.
	return os.OpenRoot(dir)
}

// isInUse reports whether an error may say that somebody has a file open, or mapped. A missing permission looks the
// same.
func isInUse(err error) bool {
	return errors.Is(err, windows.ERROR_SHARING_VIOLATION) || errors.Is(err, windows.ERROR_ACCESS_DENIED) ||
		errors.Is(err, windows.ERROR_LOCK_VIOLATION) || errors.Is(err, windows.ERROR_USER_MAPPED_FILE) ||
		errors.Is(err, windows.ERROR_DELETE_PENDING)
}

// mapsPacks is false: Windows does not remove, replace or truncate a mapped file, see STATUS_CANNOT_DELETE in the
// documentation of FILE_DISPOSITION_INFORMATION_EX. A server that maps packs would keep GC, Merge and Clear of all
// processes from removing them. A file that is only open is removed at once where the file system can (NTFS can).
const mapsPacks = false

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
func (h *handle) open(rel, path string) (*os.File, error) {
	f, err := h.root.Open(rel)
	return f, fullPath(path, err)
}

// modTime returns the modification time of a directory.
func (h *handle) modTime(rel, path string) (time.Time, error) {
	info, err := h.root.Stat(rel)
	if err != nil {
		return time.Time{}, fullPath(path, err)
	}
	return info.ModTime(), nil
}

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

// unlockNow lets the lock of an open file go. After a mere closing the system may take its time.
func unlockNow(f *os.File) error {
	return windows.UnlockFileEx(windows.Handle(f.Fd()), 0, 1, 0, new(windows.Overlapped))
}

// isLockless is always false: Windows has locks everywhere.
func isLockless(error) bool { return false }
