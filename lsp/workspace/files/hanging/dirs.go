// Package hanging knows the directories of file systems that do not answer, so that nobody
// waits for them: network disks that are away, above all. It makes the calls of scans and
// requests, and leaves those that take too long to themselves.
package hanging

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/symcache/symcache/lsp/workspace/files/paths"
)

const (
	// hangsAfter is how long a call may take before its directory counts as one that does
	// not answer: longer than a read from a busy disk, and longer than a machine without a
	// free processor takes to notice the end of a call. Half a second was too short for a
	// server that got a thirtieth of a processor: it refused outlines of files on a disk
	// that did answer.
	hangsAfter = 2 * time.Second

	// maxHangs bounds how many calls wait for disks that do not answer. Each keeps a thread
	// of the system.
	maxHangs = 64
)

// ErrHangs is matched by the error of a path about which the system was asked and has not
// answered: the server of a network disk is away.
var ErrHangs = errors.New("the file system does not answer")

// Dirs knows the directories about which the system was asked and has not answered.
// No call to a file system can be cancelled. A call that takes too long is left to
// itself, and its directory is not asked about again until the call returns.
//
// Requests use Do and Each, which end with a context. The workers of a scan are run by
// Run, which waits longer and costs less. Dirs is safe for concurrent use.
type Dirs struct {
	mu    sync.Mutex
	left  map[*call]bool // calls that were left to themselves and have not returned
	count atomic.Int32   // len(left), for those who only ask whether there are any
}

// call is one question to the system.
type call struct {
	dir   string
	since time.Time // zero: it has returned
}

// New returns a Dirs that knows of no directory.
func New() *Dirs { return &Dirs{left: make(map[*call]bool)} }

// Do runs f, which asks the system about a path, and waits for it until ctx ends. After
// an error f may still run, or has never run; what it finds is lost then. The error is
// ErrHangs or that of ctx.
func (d *Dirs) Do(ctx context.Context, path string, f func()) error {
	if d.Has(path) {
		return ErrHangs
	}
	ran := false
	err := d.Each(ctx, []string{path}, func(string) {
		ran = true
		f()
	})
	if err == nil && !ran { // ctx ended, or the directory began to hang, before its turn came
		err = cmp.Or(ctx.Err(), ErrHangs)
	}
	return err
}

// Each is Do for many paths, one after the other. It leaves out those that do not answer.
func (d *Dirs) Each(ctx context.Context, paths []string, f func(path string)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c := &call{since: time.Now()}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for _, path := range paths {
			if ctx.Err() == nil && !d.Has(path) {
				d.mu.Lock()
				c.dir, c.since = filepath.Dir(path), time.Now()
				d.mu.Unlock()
				f(path)
			}
		}
		d.remove(c)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if !c.since.IsZero() {
		d.left[c] = true
		d.count.Store(int32(len(d.left)))
	}
	return ctx.Err()
}

// add notes a call that is left to itself.
func (d *Dirs) add(c *call) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.left[c] = true
	d.count.Store(int32(len(d.left)))
}

// remove notes that a call has returned.
func (d *Dirs) remove(c *call) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c.since = time.Time{}
	delete(d.left, c)
	d.count.Store(int32(len(d.left)))
}

// Has reports whether a path lies below a directory that does not answer. When too many
// do not, all that lies below the directory around them counts as one that does not.
func (d *Dirs) Has(path string) bool {
	if d.count.Load() == 0 {
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	around := ""
	for c := range d.left {
		if paths.Within(c.dir, path) && time.Since(c.since) > hangsAfter {
			return true
		}
		if around == "" {
			around = c.dir
		}
		for !paths.Within(around, c.dir) && around != filepath.Dir(around) {
			around = filepath.Dir(around)
		}
	}
	return len(d.left) >= maxHangs && paths.Within(around, path)
}

// List returns the directories that do not answer, sorted.
func (d *Dirs) List() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	dirs := make(map[string]bool)
	for c := range d.left {
		if time.Since(c.since) > hangsAfter {
			dirs[c.dir] = true
		}
	}
	return slices.Sorted(maps.Keys(dirs))
}
