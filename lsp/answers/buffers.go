package answers

import (
	"context"
	"sync"

	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/workspace"
)

// buffers is the search index of the open documents that are files. It is brought up to
// date when a search wants it, not with each keystroke.
type buffers struct {
	index *index.Memory

	mu sync.Mutex
	// shown are the documents in the index, by canonical path.
	shown map[string]*document
	// version is that of the newest snapshot shown.
	version uint64
	// stale is set when the files rank differently from what is shown, because the folders
	// have changed.
	stale bool
}

func newBuffers() *buffers {
	return &buffers{index: index.NewMemory(), shown: make(map[string]*document)}
}

// reset has each document ranked anew by the next search.
func (b *buffers) reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stale = true
}

// update makes the index that of the documents in docs. It leaves an index that shows a
// later state as it is: two searches that run at once must not undo each other's work.
// Parsing happens outside the lock; a search waits for another one only where both want the
// symbols of the same text, see document.summary.
func (b *buffers) update(ctx context.Context, docs Snapshot, ws *workspace.Workspace) error {
	if b.shows(docs) {
		return nil
	}
	open := make(map[string]*document, len(docs.byURI))
	for _, doc := range docs.byURI {
		if doc.path == "" || doc.lang == nil {
			continue
		}
		// Two URIs may name one file: the text that was changed last counts.
		path := doc.canonical()
		if other := open[path]; other == nil || other.version < doc.version {
			open[path] = doc
		}
	}
	summaries := make(map[string]*symbols.Summary, len(open))
	for path, doc := range open {
		summary, err := doc.summary(ctx, ws.Engine())
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			summary = nil // too large, say; the symbols on disk would be wrong
		}
		summaries[path] = summary
	}

	b.mu.Lock()
	defer b.mu.Unlock()
	if b.version > docs.version || b.version == docs.version && !b.stale {
		return nil
	}
	b.version = docs.version
	for path, doc := range open {
		if b.shown[path] != doc || b.stale {
			b.index.Set(path, index.Document{Summary: summaries[path], Language: doc.lang.ID, Importance: ws.Importance(path)})
			b.shown[path] = doc
		}
	}
	for path := range b.shown {
		if open[path] == nil {
			delete(b.shown, path)
			b.index.Delete(path)
		}
	}
	b.stale = false
	return nil
}

// shows reports whether the index is that of docs or of a later state.
func (b *buffers) shows(docs Snapshot) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.version >= docs.version && !b.stale
}

// uri returns the client's spelling of the URI of an open document.
func (b *buffers) uri(path string) (uri string, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	doc, ok := b.shown[path]
	if !ok {
		return "", false
	}
	return doc.uri, true
}
