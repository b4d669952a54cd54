package workspace

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/symcache/symcache/cachestore"
	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/workspace/files"
)

// Files are read by scans, because of changes, and for answers, all at once, and what
// each finds is put in order by tickets: one is taken before a file is read, and
// what was read with a later one counts. A scan notes the ticket at its beginning. What
// it does not come across is gone, unless it was found to belong to the tree with a
// later ticket; and whatever was read or found with an earlier one and comes in after
// its end is outdated, and looked at again. An index file has no tickets: what was read
// before it was written counts only where the disk has that still.

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

// change is what differs from the index file, as of a reading.
type change struct {
	index.Change
	ticket   uint64 // of the reading
	included uint64 // of the last one by which a walk would find the file
}

// seen notes which files a scan has come across.
type seen struct {
	since uint64   // ticket at its beginning
	bits  []uint64 // a bit per file of the index file
	// spoiled tells that files were counted as seen that are not known any more.
	spoiled bool
}

func (s *seen) add(i int)      { s.bits[i/64] |= 1 << (i % 64) }
func (s *seen) has(i int) bool { return s.bits[i/64]&(1<<(i%64)) != 0 }

func newSeen(since uint64, file *index.File) *seen {
	s := &seen{since: since}
	if file != nil {
		s.bits = make([]uint64, (file.Len()+63)/64)
	}
	return s
}

// known returns what a file held when it was last read.
func (t *tree) known(path string) (b index.Binding, ok bool) {
	t.mu.Lock()
	c, file := t.changes[path], t.file
	t.mu.Unlock()
	return t.now(c, file, path)
}

// now returns what a path is bound to, given its change and the index file. A binding
// that this program does not use is none.
func (t *tree) now(c *change, file *index.File, path string) (b index.Binding, ok bool) {
	if c != nil {
		return c.Binding, !c.Removed
	}
	_, b, ok = lookup(file, path)
	return b, ok && t.usable(b)
}

// lookup finds a path in an index file that may be nil or damaged.
func lookup(file *index.File, path string) (i int, b index.Binding, ok bool) {
	if file == nil {
		return 0, b, false
	}
	i, b, ok, err := file.Lookup(path)
	return i, b, ok && err == nil
}

// confirm is known for a scan that has come across a file with this stat data. If that
// is still so, it counts as seen. Otherwise the scan reads the file: also where another
// version of the program has bound it, whose symbols this one does not use, or which
// might have taken it for another language.
func (t *tree) confirm(path string, stat index.Stat) (b index.Binding, ok bool) {
	ticket := t.tickets.Add(1)
	t.mu.Lock()
	c, file, sameRules := t.changes[path], t.file, t.detection == t.rules
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
	i, b, ok := lookup(file, path)
	if !ok || b.Racy || b.Stat != stat || !t.usable(b) || !sameRules && !detects(path, b) {
		return b, false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.file != file {
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
	standing := t.lockStanding(b.ticket, b.Path, func() bool { return !b.Binding.Racy && hasStat(b.Path, b.Binding.Stat) })
	defer t.mu.Unlock()
	if t.outdates(b.ticket, b.Path) || t.mayBeOvertaken(standing, b.Path) {
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
	i, _, inBase := lookup(t.file, path)
	return inBase && t.scan.has(i) || ticket <= t.finished
}

// mayBeOvertaken tells whether there may have been a later reading that is in the index
// file now.
func (t *tree) mayBeOvertaken(ticket uint64, path string) bool {
	return ticket <= t.published && t.changes[path] == nil
}

// lockStanding locks mu and returns a ticket for an observation that was made with another ticket. If an index
// file was written since then, holds asks the disk, with mu unlocked. An observation that still holds gets a
// ticket newer than that file. If yet another file is written meanwhile, the disk is asked again.
func (t *tree) lockStanding(ticket uint64, path string, holds func() bool) uint64 {
	t.mu.Lock()
	for t.mayBeOvertaken(ticket, path) {
		published := t.published
		t.mu.Unlock()
		ok := holds()
		t.mu.Lock()
		if t.published != published {
			continue
		}
		if ok {
			return published + 1
		}
		break
	}
	return ticket
}

// note is bind with mu held.
func (t *tree) note(b reading) (index.Binding, bool) {
	old := t.changes[b.Path]
	i, inBase, ok := lookup(t.file, b.Path)
	if ok && t.scan != nil && b.Included && b.ticket > t.scan.since {
		t.scan.add(i)
	}
	if old != nil && old.ticket > b.ticket {
		// The later reading, of an answer perhaps, need not know that it is included.
		if b.Included && !old.Removed {
			old.included = max(old.included, b.ticket)
		}
		return old.Binding, true
	}
	before, known := t.now(old, t.file, b.Path)
	if !known && !b.Included {
		return index.Binding{}, !b.Same
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
		t.forget(b.Path) // the index file shows again
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
				Summary: b.Summary, Language: b.Key.Language, Importance: importanceOf(strings.TrimPrefix(b.Path, t.root)), Hash: b.Binding.Hash,
			})
		}
		t.pending += b.Binding.Symbols
	}
	if known {
		t.count(before, -1)
	}
	t.count(c.Binding, 1)
	t.changes[b.Path] = c
	if c.Kept && c.Binding == inBase && t.scan == nil {
		delete(t.changes, b.Path)
	}
	return c.Binding, true
}

// unbind notes that a file is gone or does not belong to the tree any more, unless
// a later reading is known. It may be outdated, as in bind.
func (t *tree) unbind(path string, ticket uint64) (outdated bool) {
	standing := t.lockStanding(ticket, path, func() bool { return files.IsMissing(path) })
	defer t.mu.Unlock()
	if t.outdates(ticket, path) || t.mayBeOvertaken(standing, path) {
		return true
	}
	if old := t.changes[path]; old == nil || old.ticket <= ticket {
		t.drop(path, ticket)
	}
	return false
}

// drop takes a file out, with mu held.
func (t *tree) drop(path string, ticket uint64) {
	_, _, inBase := lookup(t.file, path)
	if before, known := t.now(t.changes[path], t.file, path); known {
		t.count(before, -1)
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
	t.scan = newSeen(t.tickets.Load(), t.file)
}

// endScan forgets, after a whole scan of directories, the files below them that it
// did not come across, if it could not have missed some.
func (t *tree) endScan(whole, sure bool, dirs []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	scan := t.scan
	if whole && sure && !scan.spoiled {
		t.removeUnseen(scan, dirs)
		if slices.Contains(dirs, t.root) {
			t.complete, t.detection = true, t.rules
		}
	}
	t.scan, t.finished = nil, scan.since
	// What was noted only because a scan was under way.
	for path, c := range t.changes {
		_, b, inBase := lookup(t.file, path)
		if c.Removed && !inBase || c.Kept && inBase && c.Binding == b {
			t.forget(path)
			delete(t.changes, path)
		}
	}
}

func (t *tree) removeUnseen(scan *seen, dirs []string) {
	scanned := make(map[string]bool, len(dirs))
	for _, dir := range dirs {
		scanned[dir] = true
	}
	for path, c := range t.changes {
		// A file where a directory was scanned is for whoever touches it.
		if c.included > scan.since || c.Removed || !files.WithinAny(scanned, filepath.Dir(path)) {
			continue
		}
		if i, _, inBase := lookup(t.file, path); !inBase || !scan.has(i) {
			t.drop(path, c.ticket)
		}
	}
	for _, dir := range dirs {
		if t.file != nil {
			t.removeUnseenInFile(scan, dir)
		}
	}
}

// removeUnseenInFile removes what the index file has below a directory. Files of a
// language that this program does not have stay: a walk does not come across them, and
// the program that knows them looks at them again.
func (t *tree) removeUnseenInFile(scan *seen, dir string) {
	from, to, err := t.file.Below(dir)
	for i := from; i < to && err == nil; i++ {
		if scan.has(i) {
			continue
		}
		path, b, err := t.file.At(i)
		if err != nil {
			return // whoever searches it finds out
		}
		if b.Class == index.ClassSource && !knowsLanguage(b.Language.ID) {
			continue
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
		if !c.Removed && changed != path && files.Within(path, changed) {
			return true
		}
	}
	if t.file == nil {
		return false
	}
	from, to, err := t.file.Below(path)
	return err == nil && from < to
}

// sameContent tells whether two bindings have the same symbols.
func sameContent(a, b index.Binding) bool {
	return a.Class == b.Class && a.Hash == b.Hash && a.Language == b.Language
}
