package bindings

import (
	"path/filepath"
	"slices"

	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/workspace/files/paths"
)

// seen is what a scan has come to of the files in the index file that have no change. It
// takes a bit for each, where a version would take 8 bytes.
type seen struct {
	since Version  // the floor when the scan began
	bits  []uint64 // by number in the index file
	// spoiled: files were seen, and are not known any more. Then nothing is removed for not
	// having been seen.
	spoiled bool
}

func newSeen(since Version, file *index.File) *seen {
	s := &seen{since: since}
	if file != nil {
		s.bits = make([]uint64, (file.Len()+63)/64)
	}
	return s
}

func (s *seen) add(i int)      { s.bits[i/64] |= 1 << (i % 64) }
func (s *seen) has(i int) bool { return s.bits[i/64]&(1<<(i%64)) != 0 }

// BeginScan is called before a scan lists the first directory. Looks that have begun before
// are stale from now on. There is one scan at a time.
func (t *Tree) BeginScan() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.floor = t.options.Clock.now()
	t.scan = newSeen(t.floor, t.file)
}

// EndScan is called after a scan of directories. If the scan was whole, and is sure that it
// could read all, files below the directories that it did not come to are removed. A whole
// scan of the root makes the tree complete.
func (t *Tree) EndScan(whole, sure bool, dirs []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	scan := t.scan
	if whole && sure && !scan.spoiled {
		t.removeUnseen(scan, dirs)
		if slices.Contains(dirs, t.root) {
			t.complete, t.detection = true, t.rules
		}
	}
	t.scan = nil
	t.sweep()
}

func (t *Tree) removeUnseen(scan *seen, dirs []string) {
	scanned := make(map[string]bool, len(dirs))
	for _, dir := range dirs {
		scanned[dir] = true
	}
	for path, c := range t.changes {
		// A file where a directory was scanned is for whoever touches it.
		if c.listed > scan.since || c.Removed || !paths.WithinAny(scanned, filepath.Dir(path)) {
			continue
		}
		if i, _, ok := lookup(t.file, path); !ok || !scan.has(i) {
			t.drop(path, c.version)
		}
	}
	for _, dir := range dirs {
		if t.file != nil {
			t.removeUnseenInFile(scan, dir)
		}
	}
}

// removeUnseenInFile removes what the index file has below a directory. Files of a
// language that this program does not have stay: a walk does not come to them, and the
// program that knows them looks at them again.
func (t *Tree) removeUnseenInFile(scan *seen, dir string) {
	from, to, err := t.file.Below(dir)
	for i := from; i < to && err == nil; i++ {
		if scan.has(i) {
			continue
		}
		path, b, err := t.file.At(i)
		if err != nil {
			return // the next search finds the damage
		}
		if b.Class == index.ClassSource && !knowsLanguage(b.Language.ID) {
			continue
		}
		if c := t.changes[path]; c == nil || c.listed <= scan.since && !c.Removed {
			t.drop(path, scan.since)
		}
	}
}

// carryOver translates what a scan has seen to the numbers of a new index file, into which
// some changes were merged. The caller holds mu.
func (t *Tree) carryOver(before *seen, old *index.File, merged map[string]*change) *seen {
	after := newSeen(before.since, t.file)
	after.spoiled = before.spoiled
	number := 0
	_ = t.file.Each(func(path string, _ index.Binding) bool { // ignore error: the next search finds the damage
		c := merged[path]
		i, _, ok := lookup(old, path)
		if c != nil && c.listed > before.since || ok && before.has(i) {
			after.add(number)
		}
		number++
		return true
	})
	return after
}
