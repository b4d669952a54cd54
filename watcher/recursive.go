package watcher

import (
	"errors"
	"io"
	"sync"

	"github.com/fsnotify/fsnotify"
)

// recursive makes a backend of what a system has that watches a directory with all that is below it: a watch of a
// directory covers those of the ones below, so that a root costs one. What is below and is skipped has events, too;
// the tree, which does not know it, drops them.
type recursive struct {
	open   func(dir string, to *recursive) (treeWatch, error)
	events chan fsnotify.Event
	errors chan error
	closed chan struct{}

	running sync.WaitGroup // those who end by themselves

	mu   sync.Mutex
	tops map[string]treeWatch
}

// treeWatch is the watch of a directory with all that is below it.
type treeWatch interface {
	io.Closer // ends it, and returns when it sends no events any more
	// Replaced tells whether another directory is at the path now.
	Replaced() bool
}

// errReplaced is reported when the directory of a watch was another one than the tree knows.
var errReplaced = errors.New("the directory was replaced, events are lost")

func newRecursive(open func(dir string, to *recursive) (treeWatch, error)) *recursive {
	return &recursive{
		open:   open,
		events: make(chan fsnotify.Event), errors: make(chan error), closed: make(chan struct{}),
		tops: make(map[string]treeWatch),
	}
}

func (r *recursive) Events() <-chan fsnotify.Event { return r.events }
func (r *recursive) Errors() <-chan error          { return r.errors }

// Add watches a directory, unless that is done already.
func (r *recursive) Add(dir string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch top := r.tops[dir]; {
	case top == nil && r.covers(dir):
		return nil
	case top != nil && !top.Replaced():
		return nil
	case top != nil:
		delete(r.tops, dir)
		_ = top.Close() // ignore error: nothing is read from it any more
		defer r.fail(errReplaced)
	}
	top, err := r.open(dir, r)
	if err == nil {
		r.tops[dir] = top
	}
	return err
}

// covers tells whether a directory above is watched. The caller holds mu.
func (r *recursive) covers(dir string) bool {
	for top := range r.tops {
		if within(top, dir) {
			return true
		}
	}
	return false
}

// Remove ends the watch of a directory for which there is one of its own.
func (r *recursive) Remove(dir string) error {
	r.mu.Lock()
	top := r.tops[dir]
	delete(r.tops, dir)
	r.mu.Unlock()
	if top == nil {
		return nil
	}
	return top.Close()
}

// gone forgets a watch that has ended by itself, and reports that its directory is gone. It does not wait.
func (r *recursive) gone(dir string, top treeWatch) {
	r.running.Go(func() {
		r.mu.Lock()
		if r.tops[dir] == top {
			delete(r.tops, dir)
		}
		r.mu.Unlock()
		_ = top.Close() // ignore error: nothing is read from it any more
		r.send(dir, fsnotify.Remove)
	})
}

// send hands an event on, until the backend is closed.
func (r *recursive) send(path string, op fsnotify.Op) {
	select {
	case r.events <- fsnotify.Event{Name: path, Op: op}:
	case <-r.closed:
	}
}

// fail reports that events are lost, until the backend is closed.
func (r *recursive) fail(err error) {
	select {
	case r.errors <- err:
	case <-r.closed:
	}
}

func (r *recursive) Close() error {
	close(r.closed)
	r.mu.Lock()
	tops := r.tops
	r.tops = make(map[string]treeWatch)
	r.mu.Unlock()
	var errs []error
	for _, top := range tops {
		errs = append(errs, top.Close())
	}
	r.running.Wait()
	close(r.events)
	close(r.errors)
	return errors.Join(errs...)
}
