package contents

import (
	"errors"
	"sync"
	"time"

	"github.com/symcache/symcache/cachestore"
)

// warnEvery is how long a cause that was warned of is then logged at debug level only. A
// full disk fails many writes a second. A person who reads the log after an hour sees that
// it still does.
const warnEvery = time.Hour

// Cause is what the cache could not do.
type Cause string

// The causes.
const (
	CauseRead  Cause = "read"  // a summary
	CauseWrite Cause = "write" // summaries
	CauseLock  Cause = "lock"  // a shard or a workspace
	CauseIndex Cause = "index" // read or write an index file
	CauseGC    Cause = "gc"    // remove what is not used any more
)

// warnings remembers when each cause was warned of. It is safe for concurrent use.
type warnings struct {
	mu   sync.Mutex
	last map[Cause]time.Time
}

// due reports whether a cause is to be warned of now, and records that it was.
func (w *warnings) due(c Cause, now time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	last, known := w.last[c]
	// A clock that was set back must not silence a cause for longer than an hour.
	if since := now.Sub(last); known && since >= 0 && since < warnEvery {
		return false
	}
	if w.last == nil {
		w.last = make(map[Cause]time.Time)
	}
	w.last[c] = now
	return true
}

// Complain logs that the cache does not work: as a warning once per cause and hour, else
// at debug level. The caller goes on without the cache. Doing completes "cannot ... the
// cache".
func (e *Engine) Complain(c Cause, doing string, err error) {
	if errors.Is(err, cachestore.ErrNoPlace) {
		return // it was logged when the store was opened
	}
	if e.warned.due(c, e.config.Now()) {
		e.Log().Warn("cannot "+doing+" the cache; going on without it", "cause", string(c), "err", err)
		return
	}
	e.Log().Debug("cannot "+doing+" the cache", "cause", string(c), "err", err)
}
