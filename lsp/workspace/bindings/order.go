package bindings

import (
	"sync/atomic"

	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/symbols"
)

// Files are looked at by scans, because of events and for answers, all at once, and the
// results come in in any order. Each look takes a version before it asks the disk, and of
// two looks at one path the one with the greater version counts. Four numbers are all that
// is remembered:
//
//	change.version  of the look that a change comes from
//	change.listed   of the last look by which a walk comes to the file
//	Tree.floor      looks up to this version are too old to be put in order
//	scan.since      the floor when the scan began
//
// A change is forgotten when an index file has it. So the floor rises to the version at
// which that file was begun. It also rises when a scan begins, since of a file that is in
// the index file and did not change a scan notes no version, only that it has seen it. A
// look that is not above the floor is stale: it is dropped, and its file looked at again.
//
//	looks, by version           what happens                     the floor
//	 1 an answer reads a.go                                       0
//	 2 an event: read b.go
//	   .                        a scan begins                     2
//	 3 the scan reads c.go
//	 4 an event: read c.go      Bind(2): stale, 2 <= floor
//	   .                        Bind(4): bound
//	   .                        Bind(3): superseded, 3 < 4
//	 5 the scan reads d.go
//	 6 an answer reads e.go     Bind(6): bound, but not listed
//	   .                        an index file is begun, with c.go and e.go
//	 7 an event: d.go is gone
//	   .                        the index file is written         6
//	 8 an event: read c.go      Bind(8): bound, 8 > floor
//	   .                        Bind(5): stale: it might be older than a binding in that file
//	   .                        Unbind(7): d.go is removed
//	   .                        the scan ends: e.go was not listed after 2, and is removed
//
// A file may be gone, or ignored, between the look that listed it and the end of the scan.
// Then an event tells of it, or the next scan.

// Version orders the looks at files. Versions are positive.
type Version uint64

// Clock gives versions. All trees that one look may concern share a clock. It is safe for
// concurrent use.
type Clock struct{ last atomic.Uint64 }

// Next returns the version of a look that begins now.
func (c *Clock) Next() Version { return Version(c.last.Add(1)) }

// now returns the version of the last look that has begun.
func (c *Clock) now() Version { return Version(c.last.Load()) }

// Reading is what a look at a file has found.
type Reading struct {
	Path    string // canonical
	Version Version
	Binding index.Binding
	// Summary is nil where the file is no source, or its symbols are known, see Holds.
	Summary *symbols.Summary
	// Listed reports that a walk of the root comes to the file. Otherwise nobody has asked:
	// an answer has read a file that was known.
	Listed bool
}

// change is what differs from the index file.
type change struct {
	index.Change
	version Version
	listed  Version
	defines int // macros in the overlay
}

// inOverlay reports whether the symbols of the file are in the overlay.
func (c *change) inOverlay() bool { return c != nil && !c.Kept && !c.Removed }

// rows is how many rows of the overlay a change in it takes.
func (c *change) rows() int { return c.Binding.Symbols + c.defines }

// Known returns what a file held when it was last read. A binding that this program does
// not use counts as none.
func (t *Tree) Known(path string) (b index.Binding, ok bool) {
	for {
		t.mu.Lock()
		c, file := t.changes[path], t.file
		t.mu.Unlock()
		if b, ok = t.binding(c, file, path); ok || c != nil || t.reads(file) {
			return b, ok
		}
	}
}

// binding returns what a path is bound to, given its change and the index file.
func (t *Tree) binding(c *change, file *index.File, path string) (b index.Binding, ok bool) {
	if c != nil {
		return c.Binding, !c.Removed
	}
	_, b, ok = lookup(file, path)
	return b, ok && t.usable(b)
}

// usable reports whether this program can use what a binding says.
func (t *Tree) usable(b index.Binding) bool {
	return b.Class != index.ClassSource || t.options.Uses(b.Language)
}

// lookup finds a path in an index file, which may be nil or damaged.
func lookup(file *index.File, path string) (i int, b index.Binding, ok bool) {
	if file == nil {
		return 0, b, false
	}
	i, b, ok, err := file.Lookup(path)
	return i, b, ok && err == nil
}

// Confirm records that a scan has come to a file with this stat data, and returns its
// binding. It is false, and the scan has to read the file, where the binding has another
// stat or is racy. It is also false where another version of the program has bound the
// file, and this one does not use its symbols or may take it for another language.
func (t *Tree) Confirm(path string, stat index.Stat) (b index.Binding, ok bool) {
	holds := func(b index.Binding) bool { return !b.Racy && b.Stat == stat }
	t.mu.Lock()
	if c := t.changes[path]; c != nil {
		defer t.mu.Unlock()
		if c.Removed || !holds(c.Binding) {
			return c.Binding, false
		}
		c.listed = t.options.Clock.Next()
		return c.Binding, true
	}
	file, sameRules := t.file, t.detection == t.rules
	t.mu.Unlock()
	i, b, ok := lookup(file, path) // in parallel: a scan asks about all files
	if !ok || !holds(b) || !t.usable(b) || !sameRules && !detects(path, b) {
		return b, false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.file != file {
		return b, false // the number is that of another file
	}
	if t.scan != nil {
		t.scan.add(i)
	}
	return b, true
}

// Holds reports whether Bind needs no summary of a source: the tree has the symbols of this
// content for the path, or a later reading. It returns that binding.
func (t *Tree) Holds(r Reading) (known index.Binding, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.changes[r.Path]
	if c != nil && c.version > r.Version {
		return c.Binding, true
	}
	if _, inFile, ok := lookup(t.file, r.Path); ok && sameContent(inFile, r.Binding) {
		return inFile, true
	}
	if c.inOverlay() && sameContent(c.Binding, r.Binding) {
		return c.Binding, true
	}
	return index.Binding{}, false
}

// Bind records a reading, unless a later one is recorded. It reports whether the reading is
// stale: then the file is to be read again. So it is also where a source comes without a
// summary and the tree has its symbols no more.
func (t *Tree) Bind(r Reading) (stale bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if r.Version <= t.floor {
		return true
	}
	old := t.changes[r.Path]
	if old != nil && old.version > r.Version {
		if r.Listed && !old.Removed { // the later reading may be an answer's
			old.listed = max(old.listed, r.Version)
		}
		return false
	}
	if _, known := t.binding(old, t.file, r.Path); !known && !r.Listed {
		return false // a walk may not come to it any more
	}
	next := &change{Change: index.Change{Binding: r.Binding}, version: r.Version}
	switch {
	case r.Listed:
		next.listed = r.Version
	case old != nil:
		next.listed = old.listed
	}
	_, inFile, ok := lookup(t.file, r.Path)
	switch {
	case ok && sameContent(inFile, r.Binding):
		next.Kept = true
		next.Binding.Symbols = inFile.Symbols
	case old.inOverlay() && sameContent(old.Binding, r.Binding):
		next.Binding.Symbols, next.defines = old.Binding.Symbols, old.defines
	case r.Summary == nil && r.Binding.Class == index.ClassSource:
		return true
	case r.Summary != nil:
		next.Binding.Symbols, next.defines = len(r.Summary.Symbols), len(r.Summary.Defines)
	}
	t.set(r.Path, next, r.Summary)
	return false
}

// Unbind records that a walk does not come to a file any more: it is gone, ignored or
// unreadable. It does nothing if a later reading is recorded. It reports whether the look
// was stale, as Bind does.
func (t *Tree) Unbind(path string, version Version) (stale bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if version <= t.floor {
		return true
	}
	if old := t.changes[path]; old == nil || old.version <= version {
		t.drop(path, version)
	}
	return false
}

// drop removes a file. The caller holds mu.
func (t *Tree) drop(path string, version Version) {
	t.set(path, &change{Change: index.Change{Removed: true}, version: version}, nil)
}

// set records what differs of a path from the index file. It keeps changes, overlay and
// counts in step. A summary is that of a file whose symbols come into the overlay; nil
// leaves the symbols there that it has. The caller holds mu.
func (t *Tree) set(path string, c *change, summary *symbols.Summary) {
	old := t.changes[path]
	_, inFile, ok := lookup(t.file, path)
	if before, known := t.binding(old, t.file, path); known {
		t.count(before, -1)
	}
	if !c.Removed {
		t.count(c.Binding, 1)
	}
	if old.inOverlay() {
		t.pending -= old.rows()
	}
	if c.inOverlay() {
		t.pending += c.rows()
	}
	switch {
	case summary != nil && c.inOverlay():
		t.overlay.Set(path, t.document(path, c.Binding, summary))
	case c.inOverlay() && old.inOverlay() && sameContent(old.Binding, c.Binding):
	case !c.Kept && ok: // nothing takes the place of what the index file has
		t.overlay.Set(path, index.Document{})
	default:
		t.overlay.Delete(path)
	}
	t.changes[path] = c
	if t.scan == nil && !t.merging && saysNothing(c, inFile, ok) {
		delete(t.changes, path)
	}
}

// saysNothing reports whether a change says what the index file says of its path. While a
// scan or a merge is under way such a change stays, for its versions.
func saysNothing(c *change, inFile index.Binding, ok bool) bool {
	return c.Removed && !ok || c.Kept && ok && c.Binding == inFile
}

// sweep forgets the changes that were kept for their versions. The caller holds mu.
func (t *Tree) sweep() {
	if t.scan != nil || t.merging {
		return
	}
	for path, c := range t.changes {
		if _, inFile, ok := lookup(t.file, path); saysNothing(c, inFile, ok) {
			t.overlay.Delete(path)
			delete(t.changes, path)
		}
	}
}

// sameContent reports whether two bindings have the same symbols.
func sameContent(a, b index.Binding) bool {
	return a.Class == b.Class && a.Hash == b.Hash && a.Language == b.Language
}
