package index

import (
	"sync"
	"sync/atomic"

	"github.com/symcache/symcache/lsp/symbols"
)

// Importance is how much a file's symbols matter to someone searching.
type Importance uint8

// The importances.
const (
	// Source is what people of the workspace write.
	Source Importance = iota
	// Secondary is what they rarely look for: generated and vendored code, test data, tables of registers. It ranks after
	// Source where the names match about as well.
	Secondary
)

// Document is what a Memory takes of a file.
type Document struct {
	Summary    *symbols.Summary // nil: no symbols. Not kept
	Language   string
	Importance Importance     // of a table of registers it is Secondary in any case
	Hash       [HashSize]byte // of the content in which the symbols were found
}

// Memory is a set of documents by path, made by NewMemory. It may be used by many goroutines at once.
//
// It is as large as what is put into it; its owner decides how much that is.
type Memory struct {
	mu      sync.Mutex // writers, one at a time
	tables  *tables
	version uint64 // counts changes

	current atomic.Pointer[View] // what searches see
}

// NewMemory returns an empty Memory.
func NewMemory() *Memory {
	m := &Memory{tables: newTables()}
	m.publish()
	return m
}

// Set puts a document in the place of what the path had before. A document without symbols counts too: it hides the
// path in later layers.
func (m *Memory) Set(path string, doc Document) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.version++
	m.tables.bury(path, m.version)
	m.tables.open(path, &doc, m.version)
	if doc.Summary != nil {
		m.tables.addSummary(doc.Summary)
	}
	m.publish()
}

// Delete removes a path. Nothing happens when it is not there.
func (m *Memory) Delete(path string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.version++
	if m.tables.bury(path, m.version) {
		m.publish()
	}
}

// View returns the documents as they are now.
func (m *Memory) View() *View { return m.current.Load() }

func (m *Memory) now() layer { return m.View() }

// Has reports whether the path was set and not deleted since.
func (m *Memory) Has(path string) bool { return m.current.Load().has(path) }

// minGarbage is the number of dead rows and files from which a compaction is worth its time: some 200 KB, a few
// keystrokes in a large open document.
const minGarbage = 4096

// publish lets searches see the tables as they are now.
//
// When more than half of the tables is dead, they are first copied without it, which takes half a microsecond a row.
// So each row is copied once for every row that died, whatever the size, and a server that runs for weeks stays near
// twice the memory that a new one needs. Searches go on in the old tables meanwhile; the garbage collector frees those
// after the last search.
func (m *Memory) publish() {
	dead := m.tables.deadRows + m.tables.deadFiles
	if dead > minGarbage && 2*dead > len(m.tables.rows)+len(m.tables.macros.rows)+len(m.tables.files) {
		m.tables = m.tables.compacted(m.version)
	}
	m.current.Store(m.tables.snapshot(m.version))
}
