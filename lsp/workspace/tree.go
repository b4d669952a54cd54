package workspace

import (
	"encoding/hex"
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
	"github.com/symcache/symcache/lsp/symbols/language"
	"github.com/symcache/symcache/lsp/workspace/files"
)

// walkVersion is part of the name of a workspace's index. It is increased when the
// walk finds other files than before, or a file has another importance.
const walkVersion = 2

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

// tree is one root with its index: a file on disk, and what differs from it, in
// memory. It is safe for concurrent use.
type tree struct {
	root    string
	id      cachestore.WorkspaceID
	stored  *cachestore.WorkspaceFiles // nil: there is no file
	current func(index.Language) bool  // see contents.Engine.Uses
	rules   string                     // detectionRules of this program
	tickets *atomic.Uint64             // see Workspace.ticket

	maxPending  int           // symbols in the overlay from which on it is written
	paused      time.Duration // after writing has failed, the last time
	pausedUntil time.Time

	publishing sync.Mutex // held while an index file is written, and by close
	locked     bool       // this process holds the workspace's lock; under publishing

	mu         sync.Mutex
	file       *index.File // nil: none
	generation uint64      // of file
	passedOver uint64      // generation of a newer one that is not taken
	overlay    *index.Memory
	changes    map[string]*change
	pending    int // symbols in the overlay
	totals     totals
	scan       *seen  // nil between scans
	finished   uint64 // ticket at the beginning of the last scan that ended
	published  uint64 // ticket as of which the file was written
	complete   bool   // all files have been looked at since there is a file, or it says so
	detection  string // the detection rules by which all files of the tree were looked at
	rewrite    bool   // the file was written by other rules or revisions than this program's
	closed     bool   // there is no file and will be none
}

// totals count the sources of a tree and their symbols, but for those whose symbols
// this program does not use.
type totals struct{ Files, Symbols int }

// usable tells whether a binding says what this program needs to know of a file.
func (t *tree) usable(b index.Binding) bool {
	return b.Class != index.ClassSource || t.current(b.Language)
}

// count adds a binding n times to the totals.
func (t *tree) count(b index.Binding, n int) {
	if b.Class == index.ClassSource && t.usable(b) {
		t.totals.Files += n
		t.totals.Symbols += n * b.Symbols
	}
}

// totalsOf counts the sources of an index file.
func totalsOf(file *index.File) (sum totals) {
	for _, row := range file.Languages() {
		if !row.Masked && row.ID != "" {
			sum.Files += row.Files
			sum.Symbols += row.Symbols
		}
	}
	return sum
}

// meta is what is noted in an index file.
type meta struct {
	// Kind is the kind of root: "workspace". Others are for later programs.
	Kind string `json:"kind"`
	// Complete tells that all files were looked at.
	Complete bool `json:"complete"`
	// Detection is detectionRules of the program by which all files were looked at.
	Detection string `json:"detection"`
}

const kindWorkspace = "workspace"

// load takes the newest index file that is in order, unless it is the one at hand. It
// reports whether there is a new one.
//
// It passes over a file that has less for this program than the one at hand: another
// version of the program has written it. So two versions that run on one tree read each
// other's languages once, at their start, and do not go on replacing each other's work.
func (t *tree) load() (fresh bool, err error) {
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
		file, m, err := openIndex(opened, t.current)
		switch {
		case err == nil:
			t.adopt(file, generation, m)
			return true, nil
		case errors.Is(err, index.ErrDamaged):
			_ = t.stored.Remove(generation) // ignore error: another one takes its place
		case !errors.Is(err, index.ErrForeign):
			return false, err
		}
		before = generation
	}
}

// openIndex opens an index file and reads what is noted in it. Current is as for
// index.Open.
func openIndex(opened *os.File, current func(index.Language) bool) (*index.File, meta, error) {
	file, err := index.Open(opened, current)
	if err != nil {
		return nil, meta{}, err
	}
	var m meta
	encoded, err := file.Meta()
	if err == nil {
		if err = json.Unmarshal(encoded, &m); err != nil {
			err = fmt.Errorf("%w: %w", index.ErrDamaged, err)
		}
	}
	if err != nil {
		closeIndex(file)
		return nil, meta{}, err
	}
	return file, m, nil
}

// outdated tells whether there is a newer index file than the one at hand, which was not
// passed over before.
func (t *tree) outdated() bool {
	if t.stored == nil {
		return false
	}
	newest, err := t.stored.Newest()
	t.mu.Lock()
	defer t.mu.Unlock()
	return err == nil && newest != 0 && newest != t.generation && newest != t.passedOver
}

// passOver leaves the newest index file to others.
func (t *tree) passOver() {
	newest, err := t.stored.Newest()
	if err != nil {
		return // the next look finds it again
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.passedOver = newest
}

// adopt takes an index file that another process has written. What differs from it is
// for the next scan to find.
func (t *tree) adopt(file *index.File, generation uint64, m meta) {
	t.mu.Lock()
	switch {
	case t.closed:
		t.mu.Unlock()
		closeIndex(file)
		return
	case t.file != nil && (outdatedFiles(file) > outdatedFiles(t.file) || m.Detection != t.rules && t.detection == t.rules):
		t.passedOver = generation
		t.mu.Unlock()
		closeIndex(file)
		return
	}
	old, oldGeneration := t.file, t.generation
	t.file, t.generation, t.published = file, generation, t.tickets.Load()
	t.overlay, t.changes, t.pending = index.NewMemory(), make(map[string]*change), 0
	t.detection = m.Detection
	t.rewrite = t.detection != t.rules || outdatedFiles(file) > 0
	t.complete = (t.complete || m.Complete) && !t.rewrite
	t.totals = totalsOf(file)
	if t.scan != nil {
		t.scan = newSeen(t.scan.since, file)
		t.scan.spoiled = true
	}
	t.mu.Unlock()
	t.discard(old, oldGeneration)
}

// outdatedFiles counts the files of an index that are to be looked at again, since they
// are of a language that this program knows in another revision.
func outdatedFiles(file *index.File) (n int) {
	for _, row := range file.Languages() {
		if row.Masked && knowsLanguage(row.ID) {
			n += row.Files
		}
	}
	return n
}

// knowsLanguage tells whether this program has a language, whatever its revision.
func knowsLanguage(id string) bool {
	return slices.ContainsFunc(symbols.Languages(), func(l *language.Language) bool { return l.ID == id })
}

// closeIndex waits for those who read it.
func closeIndex(file *index.File) {
	if file != nil {
		_ = file.Close() // ignore error: it was only read
	}
}

// discard closes an index file that another one has replaced, or that is damaged, and
// removes it. Whoever has written the other one has tried that before, but on Windows a
// file that is mapped cannot be removed. What another process still reads stays for that
// process, for the next index file or for gc.
func (t *tree) discard(file *index.File, generation uint64) {
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

// dropDamaged forgets the index file if it was found damaged; it reports whether it was.
func (t *tree) dropDamaged() bool {
	t.mu.Lock()
	file, generation := t.file, t.generation
	if file == nil || !file.Damaged() {
		t.mu.Unlock()
		return false
	}
	t.file, t.generation, t.complete = nil, 0, false
	t.detection, t.rewrite = t.rules, false
	t.totals = totals{}
	for path, c := range t.changes {
		switch {
		case c.Kept: // its symbols are gone with the file
			delete(t.changes, path)
		case !c.Removed:
			t.count(c.Binding, 1)
		}
	}
	if t.scan != nil {
		t.scan = newSeen(t.scan.since, nil)
		t.scan.spoiled = true
	}
	t.mu.Unlock()
	t.discard(file, generation)
	return true
}

// close ends the use of the index file, once none is being written. What is known then
// is only what differed from it, which makes no index.
func (t *tree) close() {
	t.publishing.Lock()
	defer t.publishing.Unlock()
	t.mu.Lock()
	file := t.file
	t.file, t.closed = nil, true
	t.mu.Unlock()
	closeIndex(file)
}

// layers returns what to search, as of one moment.
func (t *tree) layers() []index.Layer {
	t.mu.Lock()
	defer t.mu.Unlock()
	layers := []index.Layer{t.overlay.View()}
	if t.file != nil {
		layers = append(layers, t.file)
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

// workspaceID names a root, all that decides which files below it are looked at, and the format of the index file.
// What a program makes of a file is not part of it, so that one release finds the index
// of another: see index.Language and detectionRules. The error is that of a program that
// can extract nothing, since it was built without cgo.
func (w *Workspace) workspaceID(root string, within []string) (cachestore.WorkspaceID, error) {
	if err := w.engine.Check(); err != nil {
		return cachestore.WorkspaceID{}, err
	}
	return w.workspaceIDOf(index.FormatVersion, root, within)
}

func (w *Workspace) workspaceIDOf(format int, root string, within []string) (cachestore.WorkspaceID, error) {
	h := struct { // a list that is empty and one that is missing say the same
		Version     int
		Format      int
		Root        []byte   // names need not be UTF-8
		Within      [][]byte `json:",omitempty"` // roots of their own below it
		MaxFileSize int64
		Exclude     []string `json:",omitempty"`
		NoIgnore    bool
		Defaults    []string
	}{
		Version: walkVersion, Format: format, Root: []byte(root),
		MaxFileSize: w.engine.MaxFileSize(), Exclude: w.config.Exclude, NoIgnore: w.config.NoIgnore, Defaults: files.DefaultExcludes(),
	}
	for _, inner := range slices.Sorted(slices.Values(within)) {
		h.Within = append(h.Within, []byte(inner))
	}
	encoded, err := json.Marshal(h)
	if err != nil {
		return cachestore.WorkspaceID{}, err
	}
	sum := cachestore.Sum(encoded)
	return cachestore.WorkspaceID(sum[:len(cachestore.WorkspaceID{})]), nil
}

// detectionRules returns a hash of the rules by which this program tells the languages
// of files. Where an index was made by other ones, a file may be of another language
// now, or of one at last.
func detectionRules() string {
	type rules struct {
		ID                                  string
		Filenames, Extensions, Interpreters []string
	}
	var all []rules
	for _, l := range symbols.Languages() {
		all = append(all, rules{l.ID, l.Filenames, l.Extensions, l.Interpreters})
	}
	encoded, err := json.Marshal(all)
	if err != nil {
		panic(err) // never: strings alone
	}
	sum := cachestore.Sum(encoded)
	return hex.EncodeToString(sum[:8])
}

// detects tells whether this program takes a file for what it was found to be by a
// program with other rules. Where that depends on the content it says no.
func detects(path string, b index.Binding) bool {
	lang := symbols.Detect(path, nil)
	switch {
	case lang == nil || b.Class == index.ClassNoLanguage:
		return false
	case b.Class == index.ClassSource:
		return lang.ID == b.Language.ID
	default: // too large or binary, whatever the language
		return true
	}
}
