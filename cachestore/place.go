package cachestore

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrNoPlace is matched by errors of writing to a store that has no part of its own.
var ErrNoPlace = errors.New("cachestore: no place to store anything")

// PlaceReason says why a user's part of a cache cannot be where it should.
type PlaceReason string

// The reasons.
const (
	PlaceNotDirectory PlaceReason = "not a directory"     // something else stands at the path
	PlaceOfAnother    PlaceReason = "of another user"     // the user's own directory belongs to somebody else
	PlaceUntrusted    PlaceReason = "untrusted"           // its owner could replace what is below it
	PlaceOpen         PlaceReason = "open"                // anybody could replace what is below it
	PlaceClosed       PlaceReason = "closed"              // the user may not enter it, or not write where that is needed
	PlaceBroken       PlaceReason = "cannot be looked at" // the file system failed
)

// PlaceError says that a directory cannot hold a user's part of a cache. Where nothing else is the matter, programs
// go on with base caches alone: see OpenBases.
type PlaceError struct {
	Reason PlaceReason
	Path   string // the directory that is at fault
	Owner  int    // PlaceUntrusted: the uid of the root's owner, who may own Path too
	Err    error  // the operating system's error, or nil
}

func (e *PlaceError) Error() string {
	switch e.Reason {
	case PlaceNotDirectory:
		return fmt.Sprintf("%s is not a directory: refusing to use it", e.Path)
	case PlaceOfAnother:
		return fmt.Sprintf("%s belongs to another user: refusing to use it", e.Path)
	case PlaceUntrusted:
		return fmt.Sprintf("%s belongs to a user who does not own the cache: refusing to use it, since its owner could "+
			"replace what is in it", e.Path)
	case PlaceOpen:
		return fmt.Sprintf("%s may be written by others and has no sticky bit: refusing to use it, since they could "+
			"replace what is in it", e.Path)
	}
	var p *fs.PathError
	if errors.As(e.Err, &p) && p.Path == e.Path {
		return p.Error()
	}
	return fmt.Sprintf("%s: %v", e.Path, e.Err)
}

// Unwrap returns the operating system's error.
func (e *PlaceError) Unwrap() error { return e.Err }

// placeError makes a PlaceError of an error of the file system. One that there is nothing stays fs.ErrNotExist.
func placeError(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return err
	case errors.Is(err, fs.ErrPermission) || isReadOnly(err):
		return &PlaceError{Reason: PlaceClosed, Path: path, Err: err}
	}
	return &PlaceError{Reason: PlaceBroken, Path: path, Err: err}
}

// openOwn opens the namespace unless another user could see or choose what is read and written through it. It fails
// with fs.ErrNotExist when it is not made yet, and with a PlaceError.
//
// In a root that is open to others, such as one with mode 1777, anybody may have been here first:
//
//	root      its owner is trusted, as root is: the owner of a directory can replace what is in it
//	root/v2   is refused from any other owner, and when others may write and no sticky bit keeps them from renaming
//	          what is not theirs
//	root/v2/<user>  is the user's own
//
// The first of several users who makes v2 in a shared root of somebody else can use it, and the others cannot: the
// owner of the root makes it beforehand, or takes it over. All is checked on the directories that were opened, so
// nobody can put another there in between; and what was opened is used from then on, see namespace.
//
// A namespace that others may read is left so: it was made private, and opened since by its owner, for whom it is
// a base.
func (l layout) openOwn() (*os.Root, error) {
	info, err := os.Stat(l.root)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, err
	case err != nil: // something on the way to it is at fault
		return nil, cmp.Or(l.makable(), placeError(l.root, err))
	}
	if !info.IsDir() {
		return nil, &PlaceError{Reason: PlaceNotDirectory, Path: l.root}
	}
	root, err := openRoot(l.root)
	if err != nil {
		return nil, placeError(l.root, err)
	}
	defer root.Close()
	if info, err = root.Stat("."); err != nil {
		return nil, placeError(l.root, err)
	}
	version, opened, err := openBelow(root, l.version)
	if err != nil {
		return nil, err
	}
	defer version.Close()
	if modesMatter {
		owner, ofRoot := ownerOf(opened), ownerOf(info)
		if owner != os.Geteuid() && owner != 0 && owner != ofRoot {
			return nil, &PlaceError{Reason: PlaceUntrusted, Path: l.version, Owner: ofRoot}
		}
		if opened.Mode()&othersWrite != 0 && opened.Mode()&fs.ModeSticky == 0 {
			return nil, &PlaceError{Reason: PlaceOpen, Path: l.version}
		}
	}
	own, opened, err := openBelow(version, l.dir)
	if err != nil {
		return nil, err
	}
	if modesMatter && ownerOf(opened) != os.Geteuid() {
		return nil, errors.Join(&PlaceError{Reason: PlaceOfAnother, Path: l.dir}, own.Close())
	}
	return own, nil
}

// openBelow opens a directory in another one, and follows no link to it.
func openBelow(parent *os.Root, path string) (*os.Root, fs.FileInfo, error) {
	name := filepath.Base(path)
	found, err := parent.Lstat(name)
	if err != nil {
		return nil, nil, placeError(path, fullPath(path, err))
	}
	if !found.IsDir() {
		return nil, nil, &PlaceError{Reason: PlaceNotDirectory, Path: path}
	}
	below, err := parent.OpenRoot(name)
	if err != nil {
		return nil, nil, placeError(path, fullPath(path, err))
	}
	opened, err := below.Stat(".")
	if err == nil && !os.SameFile(found, opened) {
		err = errors.New("it was replaced while it was opened")
	}
	if err != nil {
		return nil, nil, errors.Join(placeError(path, err), below.Close())
	}
	return below, opened, nil
}

// makable reports why the namespace cannot be made, as far as that can be told without making it.
//
// It asks for the permission to write in the nearest directory that exists. That leaves nothing behind on any file
// system, where a temporary file, also an unnamed one, would change times or is not to be had.
func (l layout) makable() error {
	dir := l.dir
	for !exists(dir) && filepath.Dir(dir) != dir {
		dir = filepath.Dir(dir)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return placeError(dir, err)
	}
	if !info.IsDir() {
		return &PlaceError{Reason: PlaceNotDirectory, Path: dir}
	}
	return mayWrite(dir)
}

// writable reports why nothing can be stored in the namespace, which exists.
func (l layout) writable() error {
	for _, dir := range []string{l.dir, l.entries, l.packs, l.workspaces, l.locks} {
		if !l.at.exists(dir) {
			continue // it is made when it is needed
		}
		if err := mayWrite(dir); err != nil {
			return err
		}
	}
	return nil
}

// mayWrite reports why names cannot be added to a directory.
func mayWrite(dir string) error {
	if err := access(dir); err != nil {
		return placeError(dir, err)
	}
	return nil
}
