package watcher

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// maxDirty bounds the paths of a batch, some 4 MB with paths of 80 bytes. A
// checkout of a large tree changes fewer files in MaxWait; beyond it, walking the
// root costs the consumer about as much as looking at the paths.
const maxDirty = 1 << 15

// changes gathers a batch and knows when it is due: when nothing was added for
// the quiet time, and at the latest a maximum wait after the first addition.
type changes struct {
	quiet, maxWait time.Duration

	dirty       map[string]bool // path -> everything below it too
	rescan      map[string]bool // roots
	first, last time.Time       // additions
}

func newChanges(quiet, maxWait time.Duration) *changes {
	c := &changes{quiet: quiet, maxWait: maxWait}
	c.reset()
	return c
}

func (c *changes) reset() {
	c.dirty, c.rescan = make(map[string]bool), make(map[string]bool)
	c.first, c.last = time.Time{}, time.Time{}
}

// add notes a path below a root, with all that is below it if tree is set.
func (c *changes) add(root, path string, tree bool) {
	c.touch()
	if c.rescan[root] {
		return
	}
	if _, ok := c.dirty[path]; !ok && len(c.dirty) >= maxDirty {
		c.addRoot(root)
		return
	}
	c.dirty[path] = c.dirty[path] || tree
}

// addRoot notes that anything below a root may have changed.
func (c *changes) addRoot(root string) {
	c.touch()
	if c.rescan[root] {
		return
	}
	c.rescan[root] = true
	maps.DeleteFunc(c.dirty, func(path string, _ bool) bool { return within(root, path) })
}

func (c *changes) touch() {
	c.last = time.Now()
	if c.first.IsZero() {
		c.first = c.last
	}
}

// deadline is when the batch is due; ok is false while there is none.
func (c *changes) deadline() (at time.Time, ok bool) {
	if c.first.IsZero() {
		return time.Time{}, false
	}
	at = c.last.Add(c.quiet)
	if latest := c.first.Add(c.maxWait); latest.Before(at) {
		at = latest
	}
	return at, true
}

func (c *changes) due(now time.Time) bool {
	at, ok := c.deadline()
	return ok && !now.Before(at)
}

// take returns the batch and begins the next.
func (c *changes) take() Batch {
	covers := func(dir string) bool { return c.rescan[dir] || c.dirty[dir] }
	var b Batch
	for root := range c.rescan {
		if !belowAny(root, covers) {
			b.Rescan = append(b.Rescan, root)
		}
	}
	for path := range c.dirty {
		if !c.rescan[path] && !belowAny(path, covers) {
			b.Dirty = append(b.Dirty, path)
		}
	}
	slices.Sort(b.Rescan)
	slices.Sort(b.Dirty)
	c.reset()
	return b
}

// belowAny tells whether a directory above path is covered.
func belowAny(path string, covered func(dir string) bool) bool {
	for {
		dir := filepath.Dir(path)
		if dir == path {
			return false
		}
		if covered(dir) {
			return true
		}
		path = dir
	}
}

// within tells whether path is dir or below it.
func within(dir, path string) bool {
	rest, ok := strings.CutPrefix(path, dir)
	return ok && (rest == "" || rest[0] == filepath.Separator || strings.HasSuffix(dir, string(filepath.Separator)))
}
