// Package door opens and asks for the files of a source tree. It is the one place of the
// program that does.
//
// Everything is opened below a granted root. No component below the root may be a symbolic
// link, nothing but a regular file is read, opening waits for nobody, and reads are bounded.
// Above the root links are followed: they are not the tree's.
package door

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/symcache/symcache/lsp/workspace/files/paths"
)

// ErrIrregular is matched by the error of a path that is no regular file, or where a
// directory was asked for no directory, or that a link below the root leads to.
var ErrIrregular = errors.New("not a regular file")

// errOutside is the error of a path that does not lie below its root.
var errOutside = errors.New("outside of the granted directory")

// Open opens a regular file at or below a root for reading. Both paths are absolute
// and clean. It returns what fstat tells of the open file.
//
// It never waits for the other end of a pipe, opens no device, and follows no link
// below the root. The error matches ErrIrregular where one of these is found, and
// fs.ErrNotExist or syscall.ENOTDIR where nothing is there.
func Open(root, path string) (*os.File, fs.FileInfo, error) {
	if err := granted(root, path); err != nil {
		return nil, nil, err
	}
	// Opening alone does something to some devices. fstat finds out what has changed
	// between this look and the next line.
	if info, err := os.Lstat(path); err != nil {
		return nil, nil, err
	} else if !info.Mode().IsRegular() {
		return nil, nil, irregular(path)
	}
	f, err := open(root, path, false)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = irregular(path)
	}
	if err != nil {
		_ = f.Close() // ignore error: nothing was read
		return nil, nil, err
	}
	return f, info, nil
}

// OpenDir opens a directory at or below a root for listing, as Open opens a file.
func OpenDir(root, path string) (*os.File, error) {
	if err := granted(root, path); err != nil {
		return nil, err
	}
	return open(root, path, true)
}

// ReadSmall reads a regular file of at most limit bytes, as Open opens it. A longer
// one is an error.
func ReadSmall(root, path string, limit int64) ([]byte, error) {
	f, _, err := Open(root, path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(text)) > limit {
		err = &fs.PathError{Op: "read", Path: path, Err: fmt.Errorf("larger than %d bytes", limit)}
	}
	if err != nil {
		return nil, err
	}
	return text, nil
}

// ReadHead reads the first bytes of a regular file, at most limit, as Open opens it.
func ReadHead(root, path string, limit int64) ([]byte, error) {
	f, _, err := Open(root, path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, limit))
}

// granted checks that a path lies below its root and may name a file.
func granted(root, path string) error {
	if !filepath.IsAbs(path) || filepath.Clean(path) != path || !paths.Within(root, path) {
		return &fs.PathError{Op: "open", Path: path, Err: errOutside}
	}
	if !namesFile(path[len(root):]) {
		return irregular(path)
	}
	return nil
}

func irregular(path string) error {
	return &fs.PathError{Op: "open", Path: path, Err: ErrIrregular}
}

// IsGone reports whether an error is that of a path where nothing is, perhaps since a
// directory above was replaced by a file.
func IsGone(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}
