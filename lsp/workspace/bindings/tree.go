package bindings

import (
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/workspace/files/paths"
)

// Options are what a Tree works with.
type Options struct {
	// Store has the index files. Nil: there is none, and all is kept in memory.
	Store *cachestore.Store
	// Uses reports whether this program uses the symbols that a revision of a language has
	// extracted.
	Uses func(index.Language) bool
	// Clock gives the versions of all looks at files of this tree.
	Clock *Clock
	// ReadOnly leaves index files as they are, damaged ones too.
	ReadOnly bool
	// MaxPending is how many symbols and macros are kept in memory before they are to be written, see
	// Full. 0: 524,288.
	MaxPending int
}

// Tree is one root with its bindings. It is safe for concurrent use.
type Tree struct {
	root    string
	id      cachestore.WorkspaceID
	stored  *cachestore.WorkspaceFiles // nil: there are no index files
	options Options
	rules   string // detectionRules of this program

	publishing sync.Mutex // held while an index file is written, and by Close
	locked     bool       // this process holds the workspace's lock; guarded by publishing

	mu         sync.Mutex // guards what follows; nothing waits for the disk with it
	file       *index.File
	generation uint64 // of file
	passedOver uint64 // generation of a newer file that is not taken
	overlay    *index.Memory
	changes    map[string]*change
	pending    int // symbols and macros in the overlay
	totals     Totals
	scan       *seen   // nil between scans
	floor      Version // see order.go
	merging    bool    // the changes are being written to a new index file

	complete  bool   // all files have been looked at since there is a file, or the file says so
	detection string // the detection rules by which all files of the tree were looked at
	rewrite   bool   // the file was written by other rules or revisions than this program's
	closed    bool   // there is no file and there will be none

	pause       time.Duration // after writing has failed, the last time
	pausedUntil time.Time
}

// Totals count the sources of a tree and their symbols. Sources whose symbols this program
// does not use are left out.
type Totals struct{ Files, Symbols int }

// count adds a binding n times to the totals, if it is that of a usable source. The caller
// holds mu.
func (t *Tree) count(b index.Binding, n int) {
	if b.Class == index.ClassSource && t.usable(b) {
		t.totals.Files += n
		t.totals.Symbols += n * b.Symbols
	}
}

// Open returns the tree of a canonical root, with the newest index file under its id. The
// error is that of the store; the tree then has no index file.
func Open(root string, id cachestore.WorkspaceID, options Options) (*Tree, error) {
	if options.MaxPending == 0 {
		options.MaxPending = flushSymbols
	}
	t := &Tree{root: root, id: id, options: options, overlay: index.NewMemory(), changes: make(map[string]*change)}
	if options.Store != nil {
		t.stored = options.Store.Workspace(id)
	}
	t.rules = detectionRules()
	t.detection = t.rules
	_, err := t.Load()
	return t, err
}

// Root is the canonical path of the root.
func (t *Tree) Root() string { return t.root }

// ID names the tree in the store.
func (t *Tree) ID() cachestore.WorkspaceID { return t.id }

// Touch records in the store that the index file is in use, at most once a day.
func (t *Tree) Touch() error {
	if t.stored == nil {
		return nil
	}
	return t.stored.Touch()
}

// Close ends the use of the index file, once none is being written. The tree then knows
// what differed from that file, and writes no other one.
func (t *Tree) Close() {
	t.publishing.Lock()
	defer t.publishing.Unlock()
	t.mu.Lock()
	file := t.file
	t.file, t.closed = nil, true
	t.mu.Unlock()
	closeIndex(file)
}

// Layers returns what to search, as of one moment.
func (t *Tree) Layers() []index.Layer {
	t.mu.Lock()
	defer t.mu.Unlock()
	layers := []index.Layer{t.overlay.View()}
	if t.file != nil {
		layers = append(layers, t.file)
	}
	return layers
}

// Totals counts the sources and their symbols.
func (t *Tree) Totals() Totals {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.totals
}

// TotalsBelow counts the sources below a path and their symbols. It goes through all of them.
func (t *Tree) TotalsBelow(path string) (sum Totals) {
	for _, b := range t.Files(path) {
		if b.Class == index.ClassSource && t.usable(b) {
			sum.Files++
			sum.Symbols += b.Symbols
		}
	}
	return sum
}

// Complete reports whether every file has been looked at, by this process or an earlier
// one.
func (t *Tree) Complete() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.complete
}

// Files returns the files that are known below a path, as of one moment. A damaged index
// file ends it early.
func (t *Tree) Files(below string) map[string]index.Binding {
	for {
		known := make(map[string]index.Binding)
		file := t.each(below, func(path string, b index.Binding) bool {
			known[path] = b
			return true
		})
		if t.reads(file) {
			return known
		}
	}
}

// HasBelow reports whether files are known below a path.
func (t *Tree) HasBelow(path string) (has bool) {
	for {
		file := t.each(path, func(string, index.Binding) bool {
			has = true
			return false
		})
		if has || t.reads(file) {
			return has
		}
	}
}

// each calls yield for each file that is known below a path, until yield returns false. It
// returns the index file, which ends early where reads no longer holds of it.
func (t *Tree) each(below string, yield func(string, index.Binding) bool) *index.File {
	t.mu.Lock()
	file, changed := t.file, make(map[string]change)
	for path, c := range t.changes {
		if path != below && paths.Within(below, path) {
			changed[path] = *c
		}
	}
	t.mu.Unlock()
	for path, c := range changed {
		if !c.Removed && !yield(path, c.Binding) {
			return file
		}
	}
	if file == nil {
		return file
	}
	from, to, err := file.Below(below)
	for i := from; i < to && err == nil; i++ {
		var path string
		var b index.Binding
		if path, b, err = file.At(i); err != nil {
			return file // the next search finds the damage
		}
		if _, ok := changed[path]; !ok && !yield(path, b) {
			return file
		}
	}
	return file
}

// reads reports whether file is the index file. One that another has replaced is closed, and
// has nothing any more: a caller that read it without holding mu looks again.
func (t *Tree) reads(file *index.File) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.file == file
}

// document returns what the overlay is to have of a source.
func (t *Tree) document(path string, b index.Binding, summary *symbols.Summary) index.Document {
	return index.Document{Summary: summary, Language: b.Language.ID, Importance: ImportanceOf(strings.TrimPrefix(path, t.root)), Hash: b.Hash}
}

// Load takes the newest index file that is in order, unless the tree has it. It reports
// whether it has taken one.
//
// It passes over a file that has less for this program than the one at hand: another
// version of the program has written it. So two versions that run on one tree read each
// other's languages once, at their start, and do not go on replacing each other's work.
func (t *Tree) Load() (fresh bool, err error) {
	if t.stored == nil {
		return false, nil
	}
	var before uint64
	for {
		opened, generation, err := t.stored.Open(before)
		if errors.Is(err, cachestore.ErrMiss) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		t.mu.Lock()
		known := t.file != nil && t.generation == generation
		t.mu.Unlock()
		if known {
			return false, opened.Close()
		}
		file, note, err := openIndex(opened, t.options.Uses)
		switch {
		case err == nil:
			t.adopt(file, generation, note)
			return true, nil
		case errors.Is(err, index.ErrDamaged) && !t.options.ReadOnly:
			_ = t.stored.Remove(generation) // ignore error: another one takes its place
		case !errors.Is(err, index.ErrDamaged) && !errors.Is(err, index.ErrForeign):
			return false, err
		}
		before = generation
	}
}

// HasNewer reports whether there is a newer index file than the one at hand, which was not
// passed over before.
func (t *Tree) HasNewer() bool {
	if t.stored == nil {
		return false
	}
	newest, err := t.stored.Newest()
	t.mu.Lock()
	defer t.mu.Unlock()
	return err == nil && newest != 0 && newest != t.generation && newest != t.passedOver
}

// PassOver leaves the newest index file to other processes.
func (t *Tree) PassOver() {
	newest, err := t.stored.Newest()
	if err != nil {
		return // the next look finds it again
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.passedOver = newest
}

// adopt takes an index file that another process has written. The next scan finds what
// differs from it.
func (t *Tree) adopt(file *index.File, generation uint64, note meta) {
	t.mu.Lock()
	switch {
	case t.closed:
		t.mu.Unlock()
		closeIndex(file)
		return
	case t.file != nil && (staleFiles(file) > staleFiles(t.file) || note.Detection != t.rules && t.detection == t.rules):
		t.passedOver = generation
		t.mu.Unlock()
		closeIndex(file)
		return
	}
	old, oldGeneration := t.file, t.generation
	t.use(file, generation)
	t.floor = t.options.Clock.now()
	t.overlay, t.changes = index.NewMemory(), make(map[string]*change)
	t.detection = note.Detection
	t.rewrite = t.detection != t.rules || staleFiles(file) > 0
	t.complete = (t.complete || note.Complete) && !t.rewrite
	t.recount()
	t.mu.Unlock()
	t.discard(old, oldGeneration)
}

// DropDamaged forgets the index file if it was found damaged. It reports whether it was.
func (t *Tree) DropDamaged() bool {
	t.mu.Lock()
	file, generation := t.file, t.generation
	if file == nil || !file.Damaged() {
		t.mu.Unlock()
		return false
	}
	t.use(nil, 0)
	t.complete, t.detection, t.rewrite = false, t.rules, false
	for path, c := range t.changes {
		if c.Kept { // its symbols are gone with the file
			delete(t.changes, path)
		}
	}
	t.recount()
	t.mu.Unlock()
	t.discard(file, generation)
	return true
}

// use makes a file the index file, nil: none. A scan under way has seen nothing of it. The
// caller holds mu, and recounts.
func (t *Tree) use(file *index.File, generation uint64) {
	t.file, t.generation = file, generation
	if t.scan != nil {
		t.scan = newSeen(t.scan.since, file)
		t.scan.spoiled = true
	}
}

// recount counts sources and symbols anew, after the index file has changed. The caller
// holds mu.
func (t *Tree) recount() {
	t.totals, t.pending = Totals{}, 0
	if t.file != nil {
		for _, row := range t.file.Languages() {
			if !row.Masked && row.ID != "" {
				t.totals.Files += row.Files
				t.totals.Symbols += row.Symbols
			}
		}
	}
	for path, c := range t.changes {
		if _, inFile, ok := lookup(t.file, path); ok {
			t.count(inFile, -1)
		}
		if !c.Removed {
			t.count(c.Binding, 1)
		}
		if c.inOverlay() {
			t.pending += c.rows()
		}
	}
}

// discard closes an index file that another one has replaced, or that is damaged, and
// removes it. On Windows a mapped file cannot be removed: there the process that wrote the
// other one has failed to. A file that another process still reads stays until the next
// index file, or for gc.
func (t *Tree) discard(file *index.File, generation uint64) {
	if file == nil {
		return
	}
	closeIndex(file)
	t.mu.Lock()
	reused := t.generation == generation // a clock may be set back
	t.mu.Unlock()
	if reused {
		return
	}
	_ = t.stored.Remove(generation) // ignore error: see above
}

// closeIndex waits for those who read the file.
func closeIndex(file *index.File) {
	if file != nil {
		_ = file.Close() // ignore error: it was only read
	}
}
