package sharing

import (
	"io/fs"
	"os"

	"golang.org/x/sys/windows"
)

// Open opens a file or a directory for reading. Others may write, rename and delete it
// meanwhile. The error is a *fs.PathError.
func Open(path string) (*os.File, error) {
	handle, err := open(path, windows.GENERIC_READ, 0)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(handle), path), nil
}

// OpenEntry opens a path for asking about it, not for reading. A link is not followed. It
// succeeds also where somebody has the file open and shares nothing. The caller closes the
// handle; an *os.File would cost more than the question. The error is a *fs.PathError.
func OpenEntry(path string) (windows.Handle, error) {
	return open(path, windows.FILE_READ_ATTRIBUTES, windows.FILE_FLAG_OPEN_REPARSE_POINT)
}

// open opens a path with some access. FILE_FLAG_BACKUP_SEMANTICS is for directories,
// which cannot be opened without it.
func open(path string, access, flags uint32) (windows.Handle, error) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return 0, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	const share = windows.FILE_SHARE_READ | windows.FILE_SHARE_WRITE | windows.FILE_SHARE_DELETE
	handle, err := windows.CreateFile(name, access, share, nil, windows.OPEN_EXISTING,
		windows.FILE_FLAG_BACKUP_SEMANTICS|flags, 0)
	if err != nil {
		return 0, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return handle, nil
}
