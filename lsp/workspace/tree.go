package workspace

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

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
	// also in the middle of a scan: some 50 MB.
	flushSymbols = 1 << 19
)

// reading is what the reading of a file has found.
type reading struct {
	Path string
	// Key is that of the content, the zero Key of a file that is no source.
	Key     cachestore.Key
	Binding index.Binding
	// Summary is nil where the file is no source, and where Same.
	Summary *symbols.Summary
	// Same tells that the content is what it was known to be.
	Same bool
	// Included tells that a walk of the root would find the file. Otherwise nobody
	// has asked since it was last found.
	Included bool

	ticket uint64
}

// tree is one root with its index: a base on disk, and what differs from it, in
// memory. It is safe for concurrent use.
type tree struct {
	root    string
	id      cachestore.WorkspaceID
	store   *cachestore.Store // nil: there is no base
	tickets *atomic.Uint64    // see Workspace.ticket

	maxPending int // symbols in the overlay from which on it is written

	publishing sync.Mutex // held while a base is written
	locked     bool       // this process holds the workspace's lock; under publishing

	mu         sync.Mutex
	base       *index.Base // nil: none
	generation uint64      // of base
	overlay    *index.Index
	changes    map[string]*change
	pending    int // symbols in the overlay
	totals     totals
	scan       *seen  // nil between scans
	finished   uint64 // ticket at the beginning of the last scan that ended
	complete   bool   // all files have been looked at since there is a base, or it says so
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

// change is what differs from the base, as of a reading.
type change struct {
	index.Change
	ticket   uint64 // of the reading
	included uint64 // of the last one by which a walk would find the file
}

// seen notes which files a scan has come across.
type seen struct {
	since uint64   // ticket at its beginning
	base  []uint64 // a bit per file of the base
	// spoiled tells that files were counted as seen that are not known any more.
	spoiled bool
}

func (s *seen) add(i int)      { s.base[i/64] |= 1 << (i % 64) }
func (s *seen) has(i int) bool { return s.base[i/64]&(1<<(i%64)) != 0 }

func newSeen(since uint64, base *index.Base) *seen {
	s := &seen{since: since}
	if base != nil {
		s.base = make([]uint64, (base.Stats().Files+63)/64)
	}
	return s
}

// meta is what is noted in a base.
type meta struct {
	Root     string `json:"root"`
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
		err = json.Unmarshal(encoded, &m)
	}
	if err != nil {
		_ = base.Close() // ignore error: it was only read
		return nil, meta{}, err
	}
	return base, m, nil
}

// outdated tells whether there is a newer base than the one at hand.
func (t *tree) outdated() bool {
	if t.store == nil {
		return false
	}
	newest, err := t.store.NewestIndex(t.id)
	t.mu.Lock()
	defer t.mu.Unlock()
	return err == nil && newest != 0 && newest != t.generation
}

// lock takes the workspace's lock, or waits for it until it seems that its holder
// does nothing any more.
func (t *tree) lock(ctx context.Context) (unlock func(), err error) {
	if t.store == nil {
		return func() {}, nil
	}
	release, held, err := t.store.LockWorkspace(ctx, t.id)
	if err != nil {
		return nil, err
	}
	t.setLocked(held)
	return func() {
		t.setLocked(false)
		release()
	}, nil
}

func (t *tree) setLocked(locked bool) {
	t.publishing.Lock()
	defer t.publishing.Unlock()
	t.locked = locked
}

// adopt takes a base that another process has written. What differs from it is for
// the next scan to find.
func (t *tree) adopt(base *index.Base, generation uint64, m meta) {
	t.mu.Lock()
	old := t.base
	t.base, t.generation = base, generation
	t.overlay, t.changes, t.pending = index.New(), make(map[string]*change), 0
	t.complete = t.complete || m.Complete
	t.totals = m.Totals
	if t.scan != nil {
		t.scan = newSeen(t.scan.since, base)
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

// close ends the use of the base.
func (t *tree) close() {
	t.mu.Lock()
	base := t.base
	t.base = nil
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

// known returns what a file held when it was last read.
func (t *tree) known(path string) (b index.Binding, ok bool) {
	t.mu.Lock()
	c, base := t.changes[path], t.base
	t.mu.Unlock()
	return current(c, base, path)
}

func current(c *change, base *index.Base, path string) (b index.Binding, ok bool) {
	if c != nil {
		return c.Binding, !c.Removed
	}
	_, b, ok = lookup(base, path)
	return b, ok
}

// lookup finds a path in a base that may be nil or damaged.
func lookup(base *index.Base, path string) (i int, b index.Binding, ok bool) {
	if base == nil {
		return 0, b, false
	}
	i, b, ok, err := base.Lookup(path)
	return i, b, ok && err == nil
}

// confirm is known for a scan that has come across a file with this stat data. If
// that is still so, it counts as seen.
func (t *tree) confirm(path string, stat index.Stat) (b index.Binding, ok bool) {
	ticket := t.tickets.Add(1)
	t.mu.Lock()
	c, base := t.changes[path], t.base
	t.mu.Unlock()
	if c != nil {
		if c.Removed || c.Binding.Racy || c.Binding.Stat != stat {
			return c.Binding, false
		}
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.changes[path] != c {
			return c.Binding, false
		}
		c.ticket, c.included = ticket, ticket
		return c.Binding, true
	}
	i, b, ok := lookup(base, path)
	if !ok || b.Racy || b.Stat != stat {
		return b, false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.base != base {
		return b, false // read it, as someone else has
	}
	if t.scan != nil {
		t.scan.add(i)
	}
	return b, true
}

// bind notes what a file holds, unless a later reading is known, and returns what
// is known then. It is false for what claims to be the same and is not. What was read
// before a scan that has ended is outdated: by what the scan has seen, it may be gone
// or ignored.
func (t *tree) bind(b reading) (known index.Binding, ok, outdated bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.outdates(b.ticket, b.Path) {
		return b.Binding, true, true
	}
	known, ok = t.note(b)
	return known, ok, false
}

// outdates tells whether a scan has come, or might have come, across a file after a
// ticket was taken.
func (t *tree) outdates(ticket uint64, path string) bool {
	if t.scan == nil || ticket > t.scan.since {
		return ticket <= t.finished
	}
	i, _, inBase := lookup(t.base, path)
	return inBase && t.scan.has(i) || ticket <= t.finished
}

// note is bind with mu held.
func (t *tree) note(b reading) (index.Binding, bool) {
	old := t.changes[b.Path]
	if old != nil && old.ticket > b.ticket {
		return old.Binding, true
	}
	before, known := current(old, t.base, b.Path)
	if !known && !b.Included {
		return index.Binding{}, !b.Same
	}
	i, inBase, ok := lookup(t.base, b.Path)
	if ok && t.scan != nil && b.Included && b.ticket > t.scan.since {
		t.scan.add(i)
	}
	same := func(known index.Binding) bool { return sameContent(known, b.Binding) }
	c := &change{Change: index.Change{Binding: b.Binding}, ticket: b.ticket}
	switch {
	case b.Included:
		c.included = b.ticket
	case old != nil:
		c.included = old.included
	}
	switch {
	case ok && same(inBase):
		t.forget(b.Path) // the base shows again
		c.Kept = true
		c.Binding.Symbols = inBase.Symbols
	case old != nil && !old.Removed && !old.Kept && same(old.Binding):
		c.Binding.Symbols = old.Binding.Symbols // and the overlay has them
	case b.Same:
		return index.Binding{}, false
	default:
		t.forget(b.Path)
		if b.Summary != nil || ok {
			t.overlay.Set(b.Path, index.Document{
				Summary: b.Summary, Language: b.Key.Language, Tier: tierOf(strings.TrimPrefix(b.Path, t.root)),
			})
		}
		t.pending += b.Binding.Symbols
	}
	if known {
		t.totals.add(before, -1)
	}
	t.totals.add(c.Binding, 1)
	t.changes[b.Path] = c
	if c.Kept && c.Binding == inBase && t.scan == nil {
		delete(t.changes, b.Path)
	}
	return c.Binding, true
}

// unbind notes that a file is gone or does not belong to the tree any more, unless
// a later reading is known. It may be outdated, as in bind.
func (t *tree) unbind(path string, ticket uint64) (outdated bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.outdates(ticket, path) {
		return true
	}
	if old := t.changes[path]; old == nil || old.ticket <= ticket {
		t.drop(path, ticket)
	}
	return false
}

// drop takes a file out, with mu held.
func (t *tree) drop(path string, ticket uint64) {
	_, _, inBase := lookup(t.base, path)
	if before, known := current(t.changes[path], t.base, path); known {
		t.totals.add(before, -1)
	}
	t.forget(path)
	if !inBase && t.scan == nil {
		delete(t.changes, path)
		return
	}
	t.changes[path] = &change{Change: index.Change{Removed: true}, ticket: ticket}
	if inBase {
		t.overlay.Set(path, index.Document{})
	}
}

// forget takes a path out of the overlay.
func (t *tree) forget(path string) {
	if c := t.changes[path]; c != nil && !c.Kept && !c.Removed {
		t.pending -= c.Binding.Symbols
	}
	t.overlay.Delete(path)
}

// beginScan has files be noted that a scan comes across.
func (t *tree) beginScan() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.scan = newSeen(t.tickets.Load(), t.base)
}

// endScan forgets, after a whole scan of directories, the files below them that it
// did not come across.
func (t *tree) endScan(whole bool, dirs []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	scan := t.scan
	if whole && !scan.spoiled {
		for _, dir := range dirs {
			t.removeUnseen(scan, dir)
			t.complete = t.complete || dir == t.root
		}
	}
	t.scan, t.finished = nil, scan.since
	// What was noted only because a scan was under way.
	for path, c := range t.changes {
		_, b, inBase := lookup(t.base, path)
		if c.Removed && !inBase || c.Kept && inBase && c.Binding == b {
			t.forget(path)
			delete(t.changes, path)
		}
	}
}

func (t *tree) removeUnseen(scan *seen, dir string) {
	for path, c := range t.changes {
		if i, _, inBase := lookup(t.base, path); inBase && scan.has(i) {
			continue
		}
		if c.included <= scan.since && !c.Removed && within(dir, path) {
			t.drop(path, c.ticket)
		}
	}
	if t.base == nil {
		return
	}
	from, to, err := t.base.Below(dir)
	for i := from; i < to && err == nil; i++ {
		if scan.has(i) {
			continue
		}
		var path string
		if path, err = t.base.Path(i); err != nil {
			return // whoever searches it finds out
		}
		if c := t.changes[path]; c == nil || c.included <= scan.since && !c.Removed {
			t.drop(path, scan.since)
		}
	}
}

// hasBelow tells whether files are known below a path.
func (t *tree) hasBelow(path string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for changed, c := range t.changes {
		if !c.Removed && changed != path && within(path, changed) {
			return true
		}
	}
	if t.base == nil {
		return false
	}
	from, to, err := t.base.Below(path)
	return err == nil && from < to
}

// full tells whether the overlay should be written to save memory.
func (t *tree) full() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.pending > t.maxPending
}

// due tells whether so much differs from the base that a new one is worth it.
func (t *tree) due() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.base == nil {
		return len(t.changes) > 0
	}
	return len(t.changes) > rewriteFiles+t.base.Stats().Files/rewriteShare
}

// publish writes a new base and takes it. When another process is about to do so,
// it does nothing. On an error all stays as it was. It returns files that are to be
// read again.
func (t *tree) publish() (lost []string, err error) {
	if t.store == nil {
		return nil, nil
	}
	if !t.publishing.TryLock() {
		return nil, nil
	}
	defer t.publishing.Unlock()
	if !t.locked {
		unlock, ok, err := t.store.TryLockWorkspace(t.id)
		if err != nil || !ok {
			return nil, err
		}
		defer unlock()
	}

	t.mu.Lock()
	m := index.Merge{Base: t.base, View: t.overlay.View(), Changes: make(map[string]index.Change, len(t.changes))}
	taken := maps.Clone(t.changes)
	note := meta{Root: t.root, Complete: t.complete && t.scan == nil, Totals: t.totals}
	t.mu.Unlock()
	for path, c := range taken {
		m.Changes[path] = c.Change
	}
	if m.Meta, err = json.Marshal(note); err != nil {
		return nil, err
	}
	generation, err := t.store.PublishIndex(t.id, func(f *os.File) error { return index.WriteBase(f, m) })
	if err != nil {
		return nil, err
	}
	file, generation, err := t.store.OpenIndex(t.id, generation+1)
	if err != nil {
		return nil, err
	}
	base, _, err := openBase(file)
	if err != nil {
		return nil, err
	}
	return t.replace(base, generation, taken), nil
}

// replace takes a base that has what was taken of the changes. It returns the files
// that are to be read again, as their symbols were only in the base before.
func (t *tree) replace(base *index.Base, generation uint64, taken map[string]*change) (lost []string) {
	t.mu.Lock()
	old, oldSeen := t.base, t.scan
	t.base, t.generation = base, generation
	for path, c := range taken {
		switch now := t.changes[path]; {
		case now == c:
			t.forget(path)
			delete(t.changes, path)
		case now == nil && !t.revert(path, old):
			lost = append(lost, path)
		}
	}
	for path, c := range t.changes {
		if taken[path] != c && !t.rebase(path, c) {
			lost = append(lost, path)
		}
	}
	if len(t.changes) == 0 {
		t.overlay = index.New() // and gives all memory back
	}
	if oldSeen != nil {
		t.scan = t.carryOver(oldSeen, old, taken)
	}
	t.mu.Unlock()
	closeBase(old)
	return lost
}

// revert makes a file what it was in an old base, now that a new one has something
// else. It is false, and the file is gone, when its symbols were only in the old one.
func (t *tree) revert(path string, old *index.Base) bool {
	_, was, known := lookup(old, path)
	_, is, inBase := lookup(t.base, path)
	c := &change{ticket: t.tickets.Add(1)}
	c.included = c.ticket
	switch {
	case known && inBase && sameContent(is, was):
		c.Kept, c.Binding = true, was
	case inBase:
		c.Removed = true
		t.overlay.Set(path, index.Document{})
	}
	if known && !c.Kept {
		t.totals.add(was, -1)
	}
	if inBase {
		t.changes[path] = c
	}
	return !known || c.Kept
}

// sameContent tells whether two bindings have the same symbols.
func sameContent(a, b index.Binding) bool {
	return a.Class == b.Class && a.Hash == b.Hash && a.Language == b.Language
}

// rebase makes a change one of the new base. It is false, and forgets the change,
// when that was possible only with the one before.
func (t *tree) rebase(path string, c *change) bool {
	_, inBase, ok := lookup(t.base, path)
	if c.Kept {
		if ok && sameContent(inBase, c.Binding) {
			return true
		}
		t.totals.add(c.Binding, -1)
		if ok {
			t.totals.add(inBase, 1)
		}
		delete(t.changes, path)
		return false
	}
	if ok && !t.overlay.Has(path) {
		t.overlay.Set(path, index.Document{}) // nothing was there to be hidden
	}
	return true
}

// carryOver translates what a scan has seen to a new base.
func (t *tree) carryOver(before *seen, old *index.Base, taken map[string]*change) *seen {
	after := newSeen(before.since, t.base)
	after.spoiled = before.spoiled
	number := 0
	_ = t.base.Each(func(path string, _ index.Binding) bool { // ignore error: whoever searches it finds out
		if c := taken[path]; c != nil {
			if c.included > before.since {
				after.add(number)
			}
		} else if i, _, ok := lookup(old, path); ok && before.has(i) {
			after.add(number)
		}
		number++
		return true
	})
	return after
}

// workspaceID names a root and all that decides which files below it are sources
// and what symbols they have.
func (e *Engine) workspaceID(root string, within []string) (cachestore.WorkspaceID, error) {
	h := struct {
		Version     int
		Root        string
		Within      []string // roots of their own below it
		MaxFileSize int64
		Exclude     []string
		NoIgnore    bool
		Defaults    []string
		Revisions   []string
	}{
		Version: walkVersion, Root: root, Within: slices.Sorted(slices.Values(within)),
		MaxFileSize: e.config.MaxFileSize, Exclude: e.config.Exclude, NoIgnore: e.config.NoIgnore, Defaults: defaultExcludes(),
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
