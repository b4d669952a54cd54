package files

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// hangsAfter is how long a call may take before its directory counts as one that does
	// not answer: longer than a read from a busy disk, and longer than a machine without a
	// free processor takes to notice the end of a call.
	hangsAfter = 500 * time.Millisecond

	// maxHangs bounds how many calls wait for disks that do not answer. Each keeps a thread
	// of the system.
	maxHangs = 64
)

// Hangs knows the directories about which the system was asked and has not answered.
// No call to a file system can be cancelled. A call that takes too long is left to
// itself, and its directory is not asked about again until the call returns.
//
// Requests use Do and Each, which end with a context. The workers of a scan are run by
// Run, which waits longer and costs less. Hangs is safe for concurrent use.
type Hangs struct {
	mu    sync.Mutex
	left  map[*call]bool // calls that were left to themselves and have not returned
	count atomic.Int32   // len(left), for those who only ask whether there are any
}

// call is one question to the system.
type call struct {
	dir   string
	since time.Time // zero: it has returned
}

// NewHangs returns a Hangs that knows of no directory.
func NewHangs() *Hangs { return &Hangs{left: make(map[*call]bool)} }

// Do runs f, which asks the system about a path, and waits for it until ctx ends. After
// an error f may still run, or has never run; what it finds is lost then. The error is
// ErrHangs or that of ctx.
func (h *Hangs) Do(ctx context.Context, path string, f func()) error {
	if h.Has(path) {
		return ErrHangs
	}
	return h.Each(ctx, []string{path}, func(string) { f() })
}

// Each is Do for many paths, one after the other. It leaves out those that do not answer.
func (h *Hangs) Each(ctx context.Context, paths []string, f func(path string)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c := &call{since: time.Now()}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for _, path := range paths {
			if ctx.Err() == nil && !h.Has(path) {
				h.mu.Lock()
				c.dir, c.since = filepath.Dir(path), time.Now()
				h.mu.Unlock()
				f(path)
			}
		}
		h.remove(c)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if !c.since.IsZero() {
		h.left[c] = true
		h.count.Store(int32(len(h.left)))
	}
	return ctx.Err()
}

// add notes a call that is left to itself.
func (h *Hangs) add(c *call) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.left[c] = true
	h.count.Store(int32(len(h.left)))
}

// remove notes that a call has returned.
func (h *Hangs) remove(c *call) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c.since = time.Time{}
	delete(h.left, c)
	h.count.Store(int32(len(h.left)))
}

// Has reports whether a path lies below a directory that does not answer. When too many
// do not, all that lies below the directory around them counts as one that does not.
func (h *Hangs) Has(path string) bool {
	if h.count.Load() == 0 {
		return false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	around := ""
	for c := range h.left {
		if Within(c.dir, path) && time.Since(c.since) > hangsAfter {
			return true
		}
		if around == "" {
			around = c.dir
		}
		for !Within(around, c.dir) && around != filepath.Dir(around) {
			around = filepath.Dir(around)
		}
	}
	return len(h.left) >= maxHangs && Within(around, path)
}

// List returns the directories that do not answer, sorted.
func (h *Hangs) List() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	dirs := make(map[string]bool)
	for c := range h.left {
		if time.Since(c.since) > hangsAfter {
			dirs[c.dir] = true
		}
	}
	return slices.Sorted(maps.Keys(dirs))
}
