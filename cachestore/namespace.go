package cachestore

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// namespace is the directory of one user's part of a cache. It is opened once and used by that handle: somebody who
// renames directories above it leads no running process elsewhere.
//
// The methods are those of package os. They take absolute paths, which the layout makes and people read, and ask the
// handle for what is below the directory. A path outside, such as that of a mark in the root, goes to package os.
//
// The directory is opened by the first call, and opened again, with the same checks, after somebody has removed it:
// a cache may be deleted while programs run. Until then everything below it is fs.ErrNotExist.
type namespace struct {
	path string

	// find opens the directory after the checks that it needs. It fails with fs.ErrNotExist where there is none, and
	// is nil for a namespace that is nowhere: it holds nothing for ever.
	find func() (*os.Root, error)

	finding sync.Mutex // held while the directory is opened
	current atomic.Pointer[handle]
	closed  atomic.Bool
}

func newNamespace(path string, find func() (*os.Root, error)) *namespace {
	return &namespace{path: path, find: find}
}

// handle returns the open directory.
func (ns *namespace) handle() (*handle, error) {
	if h := ns.current.Load(); h != nil {
		return h, nil
	}
	ns.finding.Lock()
	defer ns.finding.Unlock()
	if h := ns.current.Load(); h != nil {
		return h, nil
	}
	switch {
	case ns.find == nil:
		return nil, fs.ErrNotExist
	case ns.closed.Load():
		return nil, errClosed
	}
	root, err := ns.find()
	if err != nil {
		return nil, err
	}
	h, err := newHandle(root)
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	ns.current.Store(h)
	if ns.closed.Load() { // meanwhile
		ns.close()
	}
	return h, nil
}

// renew has the directory opened again if it was removed. It costs one system call when it was not.
//
// The old handle is not closed here but when nobody refers to it any more: others may be using it.
func (ns *namespace) renew() {
	h := ns.current.Load()
	if h == nil {
		return
	}
	info, err := h.stat()
	if err == nil && isRemoved(info, ns.path) {
		ns.current.CompareAndSwap(h, nil)
	}
}

// close closes the handle. Calls on it that come later, also those of work under way, fail with errClosed.
func (ns *namespace) close() {
	ns.closed.Store(true)
	if h := ns.current.Swap(nil); h != nil {
		h.close()
	}
}

// at returns the handle and a path relative to it; no handle for a path outside of the directory.
func (ns *namespace) at(path string) (h *handle, rel string, err error) {
	rel, below := strings.CutPrefix(path, ns.path)
	switch {
	case ns.find == nil:
		return nil, "", &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	case below && rel == "":
		rel = "."
	case below && os.IsPathSeparator(rel[0]):
		rel = rel[1:]
	default:
		return nil, "", nil
	}
	h, err = ns.handle()
	if errors.Is(err, fs.ErrNotExist) {
		err = &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	return h, rel, err
}

// do makes a call on the root of a path's handle, or the one of package os for a path outside.
func (ns *namespace) do(path string, below func(root *os.Root, rel string) error, outside func() error) error {
	h, rel, err := ns.at(path)
	switch {
	case err != nil:
		return err
	case h == nil:
		return outside()
	}
	return fullPath(path, below(h.root, rel))
}

// fullPath gives an error about a path below a handle the path that people know.
func fullPath(path string, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, os.ErrClosed) {
		return errClosed
	}
	var p *fs.PathError
	if errors.As(err, &p) {
		return &fs.PathError{Op: strings.TrimSuffix(p.Op, "at"), Path: path, Err: p.Err}
	}
	return err
}

// open opens a file for reading.
func (ns *namespace) open(path string) (*os.File, error) {
	h, rel, err := ns.at(path)
	switch {
	case err != nil:
		return nil, err
	case h == nil:
		return openOutside(path, os.O_RDONLY)
	}
	return h.open(rel, path)
}

// openFile is os.OpenFile with the mode of files in a cache.
func (ns *namespace) openFile(path string, flag int) (f *os.File, err error) {
	err = ns.do(path,
		func(root *os.Root, rel string) error { f, err = root.OpenFile(rel, flag, fileMode); return err },
		func() error { f, err = openOutside(path, flag); return err })
	return f, err
}

func (ns *namespace) stat(path string) (info fs.FileInfo, err error) {
	err = ns.do(path,
		func(root *os.Root, rel string) error { info, err = root.Stat(rel); return err },
		func() error { info, err = os.Stat(path); return err })
	return info, err
}

func (ns *namespace) lstat(path string) (info fs.FileInfo, err error) {
	err = ns.do(path,
		func(root *os.Root, rel string) error { info, err = root.Lstat(rel); return err },
		func() error { info, err = os.Lstat(path); return err })
	return info, err
}

func (ns *namespace) exists(path string) bool {
	_, err := ns.lstat(path)
	return err == nil
}

// isDir reports whether path is a directory, or a link to one.
func (ns *namespace) isDir(path string) bool {
	info, err := ns.stat(path)
	return err == nil && info.IsDir()
}

func (ns *namespace) remove(path string) error {
	return ns.do(path,
		func(root *os.Root, rel string) error { return root.Remove(rel) },
		func() error { return os.Remove(path) })
}

// removeAll removes a file or a tree. It follows no link.
func (ns *namespace) removeAll(path string) error {
	return ns.do(path,
		func(root *os.Root, rel string) error { return root.RemoveAll(rel) },
		func() error { return os.RemoveAll(path) })
}

func (ns *namespace) mkdir(path string, mode fs.FileMode) error {
	return ns.do(path,
		func(root *os.Root, rel string) error { return root.Mkdir(rel, mode) },
		func() error { return os.Mkdir(path, mode) })
}

func (ns *namespace) chmod(path string, mode fs.FileMode) error {
	return ns.do(path,
		func(root *os.Root, rel string) error { return root.Chmod(rel, mode) },
		func() error { return os.Chmod(path, mode) })
}

// chtimes sets when a file was last used and modified.
func (ns *namespace) chtimes(path string, t time.Time) error {
	return ns.do(path,
		func(root *os.Root, rel string) error { return root.Chtimes(rel, t, t) },
		func() error { return os.Chtimes(path, t, t) })
}

// modTime returns the modification time of a directory below the namespace, zero when there is none.
func (ns *namespace) modTime(dir string) (modified time.Time, err error) {
	h, rel, err := ns.at(dir)
	if err == nil {
		modified, err = h.modTime(rel, dir)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return time.Time{}, nil
	}
	return modified, err
}

// readFile reads a file whole, which must be small.
func (ns *namespace) readFile(path string) (b []byte, err error) {
	err = ns.do(path,
		func(root *os.Root, rel string) error { b, err = root.ReadFile(rel); return err },
		func() error { b, err = os.ReadFile(path); return err })
	return b, err
}

// rename gives a file another name in the same directory.
func (ns *namespace) rename(from, to string) error {
	return ns.do(from,
		func(root *os.Root, rel string) error { return root.Rename(rel, besides(rel, to)) },
		func() error { return os.Rename(from, to) })
}

// link gives a file a second name in the same directory.
func (ns *namespace) link(from, to string) error {
	return ns.do(from,
		func(root *os.Root, rel string) error { return root.Link(rel, besides(rel, to)) },
		func() error { return os.Link(from, to) })
}

// besides returns the relative path of a file in the same directory as another.
func besides(rel, path string) string { return filepath.Join(filepath.Dir(rel), filepath.Base(path)) }

// readDir returns the names in a directory, sorted.
func (ns *namespace) readDir(path string) (names []string, err error) {
	d, err := ns.open(path)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	names, err = d.Readdirnames(-1)
	slices.Sort(names)
	return names, err
}

// eachName calls fn for each name in a directory; for none when it does not exist, or is no directory.
func (ns *namespace) eachName(dir string, fn func(name string) error) error {
	names, err := ns.readDir(dir)
	if errors.Is(err, fs.ErrNotExist) || isNotDirectory(err) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := fn(name); err != nil {
			return err
		}
	}
	return nil
}

// packNames returns the names of the packs in dir, oldest first; none when there is no such directory.
func (ns *namespace) packNames(dir string) ([]string, error) {
	all, err := ns.readDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return slices.DeleteFunc(all, func(name string) bool { return !isPackName(name) }), nil
}

// syncDir makes the names in a directory durable.
func (ns *namespace) syncDir(path string) error {
	if !dirsSync {
		return nil
	}
	d, err := ns.open(path)
	if err != nil {
		return err
	}
	return errors.Join(syncNames(d), d.Close())
}

// createTemp makes a new file in a directory, with a name that no other has.
func (ns *namespace) createTemp(dir string) (*os.File, error) {
	for {
		path := filepath.Join(dir, tempPrefix+strconv.FormatUint(rand.Uint64(), 10))
		f, err := ns.openFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL)
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
}
