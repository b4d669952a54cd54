package watcher

import (
	"errors"
	"syscall"

	"github.com/fsnotify/fsnotify"
)

// backend is what a system tells of changes: the part of fsnotify that is used, or
// one watch for all of a root (see recursive). The watches are of directories
// only: a watch of a file dies with its inode at the first atomic save.
//
// Add may be repeated, and renews a watch whose directory has been replaced. Where
// the watch of a directory above covers it, nothing happens.
type backend interface {
	Add(dir string) error
	Remove(dir string) error
	Events() <-chan fsnotify.Event
	Errors() <-chan error
	Close() error
}

type fsnotifyBackend struct{ *fsnotify.Watcher }

func openFsnotify() (backend, error) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, err
	}
	return fsnotifyBackend{w}, nil
}

func (b fsnotifyBackend) Events() <-chan fsnotify.Event { return b.Watcher.Events }
func (b fsnotifyBackend) Errors() <-chan error          { return b.Watcher.Errors }

// Why a directory is polled although it can be read.
var (
	errMaxWatches  = errors.New("as many watches as allowed are in use")
	errNoBackend   = errors.New("the system's notifications are not available")
	errSwitchedOff = errors.New("watching is switched off")
	errTwice       = errors.New("the directory is watched under another name")
)

// isExhaustion tells errors that pass when others need less.
func isExhaustion(err error) bool {
	for _, e := range []error{errMaxWatches, errNoBackend, errSwitchedOff, syscall.ENOSPC, syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// isGone tells errors that mean that there is no such file, or that it or a
// directory above it is something else now.
func isGone(err error) bool {
	return errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, errNotDir)
}

var errNotDir = errors.New("not a directory")
