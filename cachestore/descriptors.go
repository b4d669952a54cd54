package cachestore

import (
	"os"
	"sync"
)

// descriptors keeps a bounded number of files open and mapped for reading, and opens the others again on
// demand: a cache may have more packs than a process may have descriptors.
//
// A file in use is never closed, so more than limit are open while more than limit are in use. The mutex is
// held for bookkeeping only, never during I/O, and no other lock is taken under it.
type descriptors struct {
	at    *namespace
	limit int

	mu     sync.Mutex
	open   map[string]*descriptor // by path
	clock  uint64                 // counts uses; larger is more recent
	closed bool
}

type descriptor struct {
	file    *os.File
	mapping mappedFile
	users   int
	used    uint64
	dropped bool // no longer in open; the last user closes it
}

func newDescriptors(at *namespace, limit int) *descriptors {
	return &descriptors{at: at, limit: limit, open: map[string]*descriptor{}}
}

// acquire opens a file, for its caller to release. Errors of opening are returned as they are.
func (d *descriptors) acquire(path string) (*descriptor, error) {
	if h := d.known(path); h != nil {
		return h, nil
	}
	f, err := d.at.open(path)
	if err != nil {
		return nil, err
	}
	return d.add(path, f), nil
}

// ReadAt implements io.ReaderAt.
func (h *descriptor) ReadAt(b []byte, offset int64) (int, error) {
	got, err := h.mapping.append(h.file, b[:0], offset, len(b))
	return len(got), err
}

// known returns the descriptor of path if it is open.
func (d *descriptors) known(path string) *descriptor {
	d.mu.Lock()
	defer d.mu.Unlock()
	h := d.open[path]
	if h != nil {
		d.use(h)
	}
	return h
}

// add keeps a file that was just opened. Of two that were opened at once for one path, the first is kept and
// the other serves its opener only, as it does when the store is closed.
func (d *descriptors) add(path string, f *os.File) *descriptor {
	h := &descriptor{file: f, mapping: mapFile(f)}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.use(h)
	if d.closed || d.open[path] != nil {
		h.dropped = true
		return h
	}
	d.open[path] = h
	d.shrink()
	return h
}

func (d *descriptors) use(h *descriptor) {
	d.clock++
	h.used = d.clock
	h.users++
}

// shrink drops the least recently used files that nobody uses.
func (d *descriptors) shrink() {
	for len(d.open) > d.limit {
		var oldest string
		for path, h := range d.open {
			if h.users == 0 && (oldest == "" || h.used < d.open[oldest].used) {
				oldest = path
			}
		}
		if oldest == "" {
			return
		}
		d.dropLocked(oldest)
	}
}

func (d *descriptors) release(h *descriptor) {
	d.mu.Lock()
	defer d.mu.Unlock()
	h.users--
	if h.dropped {
		h.closeIdle()
		return
	}
	d.shrink()
}

// drop closes a file as soon as nobody uses it.
func (d *descriptors) drop(path string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.dropLocked(path)
}

func (d *descriptors) dropLocked(path string) {
	if h := d.open[path]; h != nil {
		delete(d.open, path)
		h.dropped = true
		h.closeIdle()
	}
}

// close drops all files; those in use are closed by their last user.
func (d *descriptors) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	for path := range d.open {
		d.dropLocked(path)
	}
}

func (h *descriptor) closeIdle() {
	if h.users == 0 {
		h.mapping.unmap()
		_ = h.file.Close() // ignore error: it was only read
	}
}
