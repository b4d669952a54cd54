package workspace

import (
	"errors"
	"sync"
	"time"

	"github.com/symcache/symcache/cachestore"
)

// warnEvery is how long a cause that was warned of is then told at debug level only. A
// full disk fails each write, many a second; a person who reads the log sees after an hour
// that it still does.
const warnEvery = time.Hour

// cause is what the cache could not do.
type cause string

const (
	causeRead  cause = "read"  // a summary
	causeWrite cause = "write" // summaries
	causeLock  cause = "lock"  // a shard or a workspace
	causeIndex cause = "index" // read or write an index file
	causeGC    cause = "gc"    // remove what is not used any more
)

// warnings remembers which causes were warned of. It is safe for concurrent use.
type warnings struct {
	mu   sync.Mutex
	last map[cause]time.Time
}

// due reports whether a cause is to be warned of at a time, and notes that it was.
func (w *warnings) due(c cause, now time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	last, known := w.last[c]
	// A clock that was set back must not silence a cause for longer than an hour.
	if since := now.Sub(last); known && since >= 0 && since < warnEvery {
		return false
	}
	if w.last == nil {
		w.last = make(map[cause]time.Time)
	}
	w.last[c] = now
	return true
}

// complain logs that the cache does not work: as a warning once per cause and hour, at
// debug level otherwise. The work goes on without the cache.
func (e *Engine) complain(c cause, doing string, err error) {
	if errors.Is(err, cachestore.ErrNoPlace) {
		return // whoever opened the store knows
	}
	if e.warned.due(c, e.config.Now()) {
		e.log.Warn("cannot "+doing+" the cache; going on without it", "cause", string(c), "err", err)
		return
	}
	e.log.Debug("cannot "+doing+" the cache", "cause", string(c), "err", err)
}
