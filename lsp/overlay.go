package lsp

import (
	"context"
	"sync"

	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/workspace"
)

// overlay is the search index of the open documents that are files. It is
// brought up to date when a search wants it, not with each keystroke.
type overlay struct {
	index *index.Memory

	mu sync.Mutex
	// shown are the documents in the index, by canonical path.
	shown map[string]*document
	// change is that of the newest snapshot shown.
	change uint64
	// stale tells that the files rank otherwise than shown, as the roots have changed.
	stale bool
}

func newOverlay() *overlay {
	return &overlay{index: index.NewMemory(), shown: make(map[string]*document)}
}

// reset has each document ranked anew by the next search.
func (o *overlay) reset() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.stale = true
}

// update makes the index that of the documents in docs. It leaves the index as it is
// when that shows a later state: two searches that run at once must not undo each other's
// work. Parsing happens outside the lock; a search waits for another one only where both
// want the symbols of the same text, see document.summary.
func (o *overlay) update(ctx context.Context, docs snapshot, ws *workspace.Workspace) error {
	if o.shows(docs) {
		return nil
	}
	open := make(map[string]*document, len(docs.byURI))
	for _, doc := range docs.byURI {
		if doc.path == "" || doc.lang == nil {
			continue
		}
		// Two URIs may name one file: what was typed last counts.
		path := doc.canonical()
		if other := open[path]; other == nil || other.change < doc.change {
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
			summary = nil // too large, say: better nothing than what is on disk
		}
		summaries[path] = summary
	}

	o.mu.Lock()
	defer o.mu.Unlock()
	if o.change > docs.change || o.change == docs.change && !o.stale {
		return nil
	}
	o.change = docs.change
	for path, doc := range open {
		if o.shown[path] != doc || o.stale {
			o.index.Set(path, index.Document{Summary: summaries[path], Language: doc.lang.ID, Importance: ws.Importance(path)})
			o.shown[path] = doc
		}
	}
	for path := range o.shown {
		if open[path] == nil {
			delete(o.shown, path)
			o.index.Delete(path)
		}
	}
	o.stale = false
	return nil
}

// shows reports whether the index is that of docs or of a later state.
func (o *overlay) shows(docs snapshot) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.change >= docs.change && !o.stale
}

// uri returns the client's spelling of the URI of an open document.
func (o *overlay) uri(path string) (uri string, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	doc, ok := o.shown[path]
	if !ok {
		return "", false
	}
	return doc.uri, true
}
