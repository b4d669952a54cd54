package workspace

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/symbols"
)

// Classes of files, as bindings have them: a source, or why a file is none.
const (
	classSource index.Class = iota
	classTooLarge
	classBinary
	classNoLanguage
)

const (
	// An index is written anew when rewriteFiles and one file in rewriteShare of it
	// have changed. Up to then the next start hashes these files again, which costs
	// less than the writing.
	rewriteFiles = 16
	rewriteShare = 64

	// flushSymbols is how many symbols are held in memory before they are written,
	// also in the middle of a scan: some 50 MB. As that writes the whole index anew,
	// it is one symbol in flushShare of the index if that is more.
	flushSymbols = 1 << 19
	flushShare   = 8
)

// tree is one root with its index: a base on disk, and what differs from it, in
// memory. It is safe for concurrent use.
type tree struct {
	root    string
	id      cachestore.WorkspaceID
	store   *cachestore.Store // nil: there is no base
	tickets *atomic.Uint64    // see Workspace.ticket

	maxPending  int           // symbols in the overlay from which on it is written
	paused      time.Duration // after writing has failed, the last time
	pausedUntil time.Time

	publishing sync.Mutex // held while a base is written, and by close
	locked     bool       // this process holds the workspace's lock; under publishing

	mu         sync.Mutex
	base       *index.Base // nil: none
	generation uint64      // of base
	passedOver uint64      // generation of a newer one that is not taken
	overlay    *index.Index
	changes    map[string]*change
	pending    int // symbols in the overlay
	totals     totals
	scan       *seen  // nil between scans
	finished   uint64 // ticket at the beginning of the last scan that ended
	published  uint64 // ticket as of which the base was written
	complete   bool   // all files have been looked at since there is a base, or it says so
	closed     bool   // there is no base and will be none
}

// totals count the sources of a tree and their symbols.
type totals struct{ Files, Symbols int }

// add counts a binding n times.
func (t *totals) add(b index.Binding, n int) {
	if b.Class == classSource {
		t.Files += n
		t.Symbols += n * b.Symbols
	}
}

// meta is what is noted in a base.
type meta struct {
	Complete bool   `json:"complete"`
	Totals   totals `json:"totals"`
}

// load takes the newest base that is in order, unless it is the one at hand. It
// tells whether there is a new one.
func (t *tree) load() (fresh bool, err error) {
	if t.store == nil {
		return false, nil
	}
	var before uint64
	for {
		file, generation, err := t.store.OpenIndex(t.id, before)
		if errors.Is(err, cachestore.ErrMiss) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		t.mu.Lock()
		known := t.base != nil && t.generation == generation
		t.mu.Unlock()
		if known {
			return false, file.Close()
		}
		base, m, err := openBase(file)
		switch {
		case err == nil:
			t.adopt(base, generation, m)
			return true, nil
		case errors.Is(err, index.ErrDamaged):
			_ = t.store.RemoveIndex(t.id, generation) // ignore error: another one takes its place
		case !errors.Is(err, index.ErrForeign):
			return false, err
		}
		before = generation
	}
}

func openBase(file *os.File) (*index.Base, meta, error) {
	base, err := index.OpenBase(file)
	if err != nil {
		return nil, meta{}, err
	}
	var m meta
	encoded, err := base.Meta()
	if err == nil {
		if err = json.Unmarshal(encoded, &m); err != nil {
			err = fmt.Errorf("%w: %w", index.ErrDamaged, err)
		}
	}
	if err != nil {
		_ = base.Close() // ignore error: it was only read
		return nil, meta{}, err
	}
	return base, m, nil
}

// outdated tells whether there is a newer base than the one at hand, which was not
// passed over before.
func (t *tree) outdated() bool {
	if t.store == nil {
		return false
	}
	newest, err := t.store.NewestIndex(t.id)
	t.mu.Lock()
	defer t.mu.Unlock()
	return err == nil && newest != 0 && newest != t.generation && newest != t.passedOver
}

// passOver leaves the newest base to others.
func (t *tree) passOver() {
	newest, err := t.store.NewestIndex(t.id)
	if err != nil {
		return // the next look finds it again
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.passedOver = newest
}

// adopt takes a base that another process has written. What differs from it is for
// the next scan to find.
func (t *tree) adopt(base *index.Base, generation uint64, m meta) {
	t.mu.Lock()
	if t.closed {
		t.mu.Unlock()
		closeBase(base)
		return
	}
	old := t.base
	t.base, t.generation, t.published = base, generation, t.tickets.Load()
	t.overlay, t.changes, t.pending = index.New(), make(map[string]*change), 0
	t.complete = t.complete || m.Complete
	t.totals = m.Totals
	if t.scan != nil {
		t.scan = newSeen(t.scan.since, base)
		t.scan.spoiled = true
	}
	t.mu.Unlock()
	closeBase(old)
}

// closeBase waits for those who read it.
func closeBase(base *index.Base) {
	if base != nil {
		_ = base.Close() // ignore error: it was only read
	}
}

// dropDamaged forgets the base if it was found damaged; it tells whether it was.
func (t *tree) dropDamaged() bool {
	t.mu.Lock()
	base, generation := t.base, t.generation
	if base == nil || !base.Damaged() {
		t.mu.Unlock()
		return false
	}
	t.base, t.generation, t.complete = nil, 0, false
	t.totals = totals{}
	for path, c := range t.changes {
		switch {
		case c.Kept: // its symbols are gone with the base
			delete(t.changes, path)
		case !c.Removed:
			t.totals.add(c.Binding, 1)
		}
	}
	if t.scan != nil {
		t.scan = newSeen(t.scan.since, nil)
		t.scan.spoiled = true
	}
	t.mu.Unlock()
	_ = t.store.RemoveIndex(t.id, generation) // ignore error: a newer one comes
	closeBase(base)
	return true
}

// close ends the use of the base, once none is being written. What is known then is only
// what differed from it, which makes no index.
func (t *tree) close() {
	t.publishing.Lock()
	defer t.publishing.Unlock()
	t.mu.Lock()
	base := t.base
	t.base, t.closed = nil, true
	t.mu.Unlock()
	closeBase(base)
}

// layers returns what to search, as of one moment.
func (t *tree) layers() []index.Layer {
	t.mu.Lock()
	defer t.mu.Unlock()
	layers := []index.Layer{t.overlay.View()}
	if t.base != nil {
		layers = append(layers, t.base)
	}
	return layers
}

// stats counts the sources and their symbols.
func (t *tree) stats() totals {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.totals
}

// isComplete tells whether every file has been looked at.
func (t *tree) isComplete() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.complete
}

// workspaceID names a root and all that decides which files below it are sources
// and what symbols they have.
func (e *Engine) workspaceID(root string, within []string) (cachestore.WorkspaceID, error) {
	h := struct { // a list that is empty and one that is missing say the same
		Version     int
		Root        []byte   // names need not be UTF-8
		Within      [][]byte `json:",omitempty"` // roots of their own below it
		MaxFileSize int64
		Exclude     []string `json:",omitempty"`
		NoIgnore    bool
		Defaults    []string
		Revisions   []string
	}{
		Version: walkVersion, Root: []byte(root),
		MaxFileSize: e.config.MaxFileSize, Exclude: e.config.Exclude, NoIgnore: e.config.NoIgnore, Defaults: defaultExcludes(),
	}
	for _, inner := range slices.Sorted(slices.Values(within)) {
		h.Within = append(h.Within, []byte(inner))
	}
	for _, lang := range symbols.Languages() {
		key, err := e.key(lang, cachestore.Hash{})
		if err != nil {
			return cachestore.WorkspaceID{}, err
		}
		h.Revisions = append(h.Revisions, lang.ID+"-"+key.Revision.String())
	}
	encoded, err := json.Marshal(h)
	if err != nil {
		return cachestore.WorkspaceID{}, err
	}
	sum := cachestore.Sum(encoded)
	return cachestore.WorkspaceID(sum[:len(cachestore.WorkspaceID{})]), nil
}
