package workspace

import (
	"context"
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/symcache/symcache/lsp/workspace/files"
)

// refreshWait is how long one touched file may hold up the others. A disk that has
// to start spinning takes less.
const refreshWait = 10 * time.Second

// hangsAfter is how long a call may take before its directory counts as one that does
// not answer: longer than a read from a busy disk, and than what a machine without a
// free processor takes to notice the end of one.
const hangsAfter = 500 * time.Millisecond

// maxHangs bounds how many calls wait for a disk that does not answer. Each keeps a
// thread of the system.
const maxHangs = 64

// errHangs is the error of a path about which the system does not answer: the server
// of a network disk is away.
var errHangs = errors.New("the file system does not answer")

// hangs knows the directories about which the system was asked and has not answered.
// No call to a file system can be cancelled, so a call that takes too long is left
// to itself, and its directory is not asked about again until it returns.
type hangs struct {
	mu   sync.Mutex
	left map[*call]bool // calls that were left to themselves and have not returned
}

// call is one question to the system.
type call struct {
	dir   string
	since time.Time
}

func newHangs() *hangs { return &hangs{left: make(map[*call]bool)} }

// do runs f, which asks the system about a path, and waits for it until ctx ends. After
// an error f may still run, or has never run; what it finds is lost then.
func (h *hangs) do(ctx context.Context, path string, f func()) error {
	if h.has(path) {
		return errHangs
	}
	return h.each(ctx, []string{path}, func(string) { f() })
}

// each is do for many paths, one after the other, but for those that do not answer.
func (h *hangs) each(ctx context.Context, paths []string, f func(path string)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c := &call{since: time.Now()}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for _, path := range paths {
			if ctx.Err() == nil && !h.has(path) {
				h.mu.Lock()
				c.dir, c.since = filepath.Dir(path), time.Now()
				h.mu.Unlock()
				f(path)
			}
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		c.since = time.Time{} // it has returned
		delete(h.left, c)
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
	}
	return ctx.Err()
}

// has reports whether a path lies below a directory that does not answer, or too many do
// not.
func (h *hangs) has(path string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.left) >= maxHangs {
		return true
	}
	for c := range h.left {
		if files.Within(c.dir, path) && time.Since(c.since) > hangsAfter {
			return true
		}
	}
	return false
}

// list returns the directories that do not answer.
func (h *hangs) list() []string {
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

// Hanging returns the directories about which the system was asked and does not
// answer, sorted. Nothing below them is in an answer.
func (w *Workspace) Hanging() []string { return w.hangs.list() }
