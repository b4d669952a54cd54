// Package index searches the symbols of a workspace by name.
//
// An Index holds, per path, one row for each symbol of the file and nothing
// else of its summary. Search runs a fuzzy query over a stack of them: what an
// earlier one has of a path hides what later ones have, as unsaved buffers hide
// the files on disk.
//
// A search works on the state at one moment. It takes no lock that a writer
// holds while it works, and writers never wait for searches. The order of the
// results depends on the symbols alone: not on the order in which they
// came, nor on the number of processors.
//
// An Index lives in memory and is as large as what is put into it, some 70
// bytes a symbol; whoever fills it decides how much that is. A File never changes
// and is searched where it lies, some 30 bytes a symbol; it also holds the bindings
// of the workspace. Write makes a new one of the File before and of what an Index has
// instead.
package index

import (
	"sync"
	"sync/atomic"

	"github.com/symcache/symcache/lsp/symbols"
)

// Tier is how much a file's symbols matter to someone searching.
type Tier uint8

// The tiers.
const (
	// Source is what people of the workspace write.
	Source Tier = iota
	// Secondary is what they rarely look for: generated and vendored code, test
	// data. It ranks after Source where the names match about as well.
	Secondary
)

// Document is what an Index takes of a file.
type Document struct {
	Summary  *symbols.Summary // nil: no symbols. Not kept
	Language string
	Tier     Tier
	Hash     [HashSize]byte // of the content, for those who find symbols in it
}

// Index is a set of documents by path, made by New. It may be used by many
// goroutines at once.
type Index struct {
	mu      sync.Mutex // writers, one at a time
	tables  *tables
	version uint64 // counts changes

	current atomic.Pointer[View] // what searches see
}

// New returns an empty index.
func New() *Index {
	ix := &Index{tables: newTables()}
	ix.publish()
	return ix
}

// Set puts doc in the place of what path had before. A document without symbols
// counts too: it hides the path in later layers.
func (ix *Index) Set(path string, doc Document) {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	ix.version++
	ix.tables.bury(path, ix.version)
	ix.tables.open(path, &doc, ix.version)
	if doc.Summary != nil {
		ix.tables.addSummary(doc.Summary)
	}
	ix.publish()
}

// Delete removes path; without it, nothing happens.
func (ix *Index) Delete(path string) {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	ix.version++
	if ix.tables.bury(path, ix.version) {
		ix.publish()
	}
}

// View returns the index as it is now.
func (ix *Index) View() *View { return ix.current.Load() }

func (ix *Index) now() layer { return ix.View() }

// Has tells whether path has been Set and not deleted since.
func (ix *Index) Has(path string) bool { return ix.current.Load().has(path) }

// minGarbage is how many dead rows and files are not worth a compaction: some
// 200 KB, a few keystrokes in a large open buffer.
const minGarbage = 4096

// publish lets searches see the tables as they are now. When more than half of
// the tables is dead they are first copied without it: each row is so copied
// once for every row that died, whatever the size, and a server that runs for
// weeks stays near twice the memory that a new one needs. It takes half a
// microsecond a row. Searches meanwhile go on in the old tables, which the
// garbage collector frees after the last.
func (ix *Index) publish() {
	dead := ix.tables.deadRows + ix.tables.deadFiles
	if dead > minGarbage && 2*dead > len(ix.tables.rows)+len(ix.tables.files) {
		ix.tables = ix.tables.compacted(ix.version)
	}
	ix.current.Store(ix.tables.snapshot(ix.version))
}
