package workspace

import (
	"context"
	"sync"

	"github.com/symcache/symcache/cachestore"
)

// maxRecords bounds the summaries that wait to be stored: what a slow disk cannot
// take is parsed again by the next one who needs it.
const maxRecords = 1024

// records are summaries on their way to the store: who parses does not wait for the
// disk.
type records struct {
	mu      sync.Mutex
	waiting []cachestore.Record
	added   chan struct{} // has a token when some may wait
}

func newRecords() records { return records{added: make(chan struct{}, 1)} }

func (r *records) add(record cachestore.Record) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.waiting) < maxRecords {
		r.waiting = append(r.waiting, record)
	}
	select {
	case r.added <- struct{}{}:
	default: // the token of an earlier one is still there
	}
}

// take waits for records and takes them all; there are none when ctx ended first.
func (r *records) take(ctx context.Context) []cachestore.Record {
	select {
	case <-r.added:
	case <-ctx.Done():
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	taken := r.waiting
	r.waiting = nil
	return taken
}
