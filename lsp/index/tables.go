package index

import (
	"strings"
	"sync"
	"sync/atomic"

	"github.com/symcache/symcache/lsp/symbols"
)

// maxContainer bounds the container kept of a symbol, in bytes. Nested names
// add up: without a bound, declarations nested n deep would cost n² bytes. The
// end is kept, as it names what is nearest.
const maxContainer = 512

// tables hold one generation of an index: rows of symbols, grouped by file and
// chained by name.
//
//	names   0 "Run"  1 "Kubelet"  ...      each distinct name once, with its traits
//	         |            |
//	heads    0            2                first row of each name
//	rows    [0 a.go]->[1 b.go]->[5 c.go]   then by next, in ascending order
//	files   a.go, b.go, c.go               each owns a run of rows
//
// They grow only by append; what a reader can reach never changes, except for
// two words that are read atomically: the next of the last row in a chain, and the
// version at which a file died. So a View, the lengths at one version, is
// a consistent snapshot that needs no lock and no copy: a chain ends for it at
// the first row that it does not know.
type tables struct {
	names      *interner
	containers *interner

	nameTraits []traits
	heads      []uint32 // by name: its first row
	tails      []uint32 // by name: its last row; for the writer only

	rows []row
	// details are the symbols' details (see detail.go), one after the other.
	details []byte
	files   []*file
	macros  macroTable

	pathsMu sync.RWMutex
	paths   map[string]*file // the newest of each path, alive or dead

	deadRows, deadFiles int // of rows, those of macros among them
}

// row is a symbol, 24 bytes. Places in tables take 32 bits: rows for 4 GiB of
// them would fill 100 GB of memory.
type row struct {
	name       uint32
	file       uint32
	next       uint32 // next row of the same name, atomic; 0: the last
	container  uint32
	detail     uint32 // where it starts in details
	kind       symbols.Kind
	importance Importance
	rank       uint8
}

// file is one version of a path's symbols.
type file struct {
	path       string
	language   string
	importance Importance
	hash       [HashSize]byte
	first      uint32 // its rows are [first, first+count)
	count      uint32
	firstMacro uint32 // its macros are [firstMacro, firstMacro+macros)
	macros     uint32
	born       uint64        // the version that it came with
	died       atomic.Uint64 // the version that replaced or deleted it; 0: none
	prev       *file         // what it replaced, for views from before it was born
}

// View is a Memory as of one version.
type View struct {
	tables  *tables // for paths alone: all else is below, in the lengths of then
	version uint64

	names, containers texts
	nameTraits        []traits

	heads   []uint32
	rows    []row
	details []byte
	files   []*file
	macros  macroView
}

func newTables() *tables {
	return &tables{
		names: newInterner(), containers: newInterner(),
		macros: macroTable{names: newInterner()},
		paths:  make(map[string]*file),
	}
}

func (t *tables) snapshot(version uint64) *View {
	return &View{
		tables: t, version: version,
		names: t.names.texts, containers: t.containers.texts,
		nameTraits: t.nameTraits, heads: t.heads,
		rows: t.rows, details: t.details, files: t.files, macros: t.macros.snapshot(),
	}
}

// live reports whether the view sees the file.
func (v *View) live(f *file) bool {
	died := f.died.Load()
	return died == 0 || died > v.version
}

// has reports whether the view has symbols of path, or knows that it has none.
func (v *View) has(path string) bool { return v.file(path) != nil }

// Has is has.
func (v *View) Has(path string) bool { return v.has(path) }

// file returns what the view has of path, or nil.
func (v *View) file(path string) *file {
	v.tables.pathsMu.RLock()
	f := v.tables.paths[path]
	v.tables.pathsMu.RUnlock()
	for f != nil && f.born > v.version {
		f = f.prev
	}
	if f == nil || !v.live(f) {
		return nil
	}
	return f
}

// next returns the row after this one among those of the same name.
func (v *View) next(at uint32) (next uint32, ok bool) {
	next = atomic.LoadUint32(&v.rows[at].next)
	return next, next != 0 && int(next) < len(v.rows)
}

// bury ends the life of path's newest file; it reports whether it was alive.
func (t *tables) bury(path string, version uint64) bool {
	f := t.paths[path]
	if f == nil || f.died.Load() != 0 {
		return false
	}
	f.died.Store(version)
	t.deadRows += int(f.count + f.macros)
	t.deadFiles++
	return true
}

// open starts a file; the rows added next are its own.
func (t *tables) open(path string, doc *Document, version uint64) {
	f := &file{
		path: path, language: doc.Language, importance: doc.Importance, hash: doc.Hash,
		first: uint32(len(t.rows)), firstMacro: uint32(len(t.macros.rows)), born: version, prev: t.paths[path],
	}
	if hasRegisters(doc.Summary) {
		f.importance = Secondary
	}
	t.files = append(t.files, f)
	t.pathsMu.Lock()
	t.paths[path] = f
	t.pathsMu.Unlock()
}

// add appends a symbol to the file opened last.
func (t *tables) add(r row, name, container string, d *detail) {
	f := t.files[len(t.files)-1]
	at := uint32(len(t.rows))

	id, fresh := t.names.intern(name)
	if fresh {
		t.nameTraits = append(t.nameTraits, traitsOf(t.names.at(id)))
		t.heads = append(t.heads, at)
		t.tails = append(t.tails, at)
	} else {
		atomic.StoreUint32(&t.rows[t.tails[id]].next, at)
		t.tails[id] = at
	}

	r.name, r.file, r.next, r.importance = id, uint32(len(t.files)-1), 0, f.importance
	r.container, _ = t.containers.intern(container)
	r.detail = uint32(len(t.details))
	t.rows = append(t.rows, r)
	t.details = appendDetail(t.details, d, len(name))
	f.count++
}

// addSummary adds the symbols and macros of s. Those without a name cannot be searched
// and are left out.
func (t *tables) addSummary(s *symbols.Summary) {
	containers := make([]string, len(s.Symbols))
	for i := range s.Symbols {
		sym := &s.Symbols[i]
		containers[i] = containerOf(s, i, containers)
		if sym.Name == "" {
			continue
		}
		r := row{kind: sym.Kind, rank: rankOf(sym.Kind, sym.Visibility)}
		t.add(r, sym.Name, containers[i], &detail{rng: sym.Range, selection: sym.Selection, flags: sym.Flags})
	}
	for i := range s.Defines {
		at := s.Defines[i].Selection.Start
		t.addMacro(s.Defines[i].Name, macroPlace{at.Line, at.Byte, at.UTF16})
	}
}

// containerOf returns the container of symbol i: the one it states, else that
// of its parent and the parent's name. Those of all before it are given.
func containerOf(s *symbols.Summary, i int, before []string) string {
	sym := &s.Symbols[i]
	container := sym.Container
	if container == "" && sym.Parent >= 0 && sym.Parent < i {
		container = before[sym.Parent]
		switch name := s.Symbols[sym.Parent].Name; {
		case container == "":
			container = name
		case name != "":
			container += "." + name
		}
	}
	if len(container) > maxContainer {
		container = strings.ToValidUTF8(container[len(container)-maxContainer:], "")
	}
	return container
}

// compacted copies what is alive into new tables, as of a version.
func (t *tables) compacted(version uint64) *tables {
	into := newTables()
	for _, f := range t.files {
		if f.died.Load() != 0 {
			continue
		}
		into.open(f.path, &Document{Language: f.language, Importance: f.importance, Hash: f.hash}, version)
		for i := f.first; i < f.first+f.count; i++ {
			r := &t.rows[i]
			name := string(t.names.at(r.name))
			d := readDetail(t.details[r.detail:], len(name))
			into.add(row{kind: r.kind, rank: r.rank}, name, string(t.containers.at(r.container)), &d)
		}
		for _, r := range t.macros.rows[f.firstMacro : f.firstMacro+f.macros] {
			into.addMacro(string(t.macros.names.at(r.name)), r.macroPlace)
		}
	}
	return into
}
