package workspace

import (
	"context"
	"sync"

	"github.com/symcache/symcache/cachestore"
)

const (
	// maxRecords and maxRecordBytes bound the summaries that wait for a slow disk. A summary
	// takes some KB. A scan stores those that do not fit, within retryScanEvery.
	maxRecords     = 1024
	maxRecordBytes = 16 << 20
)

// records are summaries on their way to the store, so that a request does not wait for the
// disk. It is safe for concurrent use.
type records struct {
	mu      sync.Mutex
	waiting []cachestore.Record
	bytes   int           // of their values
	lost    bool          // some did not fit since takeLost was called last
	added   chan struct{} // has a token when some may wait
}

func newRecords() records { return records{added: make(chan struct{}, 1)} }

// add has a record stored soon. It reports whether there was room for it. There is always
// room for one.
func (r *records) add(record cachestore.Record) (ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.waiting) == maxRecords || r.bytes+len(record.Value) > maxRecordBytes && len(r.waiting) > 0 {
		r.lost = true
		return false
	}
	r.waiting = append(r.waiting, record)
	r.bytes += len(record.Value)
	select {
	case r.added <- struct{}{}:
	default: // the token of an earlier one is still there
	}
	return true
}

// take waits for records and takes all. It returns none when ctx ends first.
func (r *records) take(ctx context.Context) []cachestore.Record {
	select {
	case <-r.added:
	case <-ctx.Done():
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	taken := r.waiting
	r.waiting, r.bytes = nil, 0
	return taken
}

// takeLost reports whether some did not fit since it was called last.
func (r *records) takeLost() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	defer func() { r.lost = false }()
	return r.lost
}
