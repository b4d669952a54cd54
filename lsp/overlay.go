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
	index *index.Index

	mu sync.Mutex
	// shown are the documents in the index, by canonical path.
	shown map[string]*document
}

func newOverlay() *overlay {
	return &overlay{index: index.New(), shown: make(map[string]*document)}
}

// update makes the index that of the documents in docs.
func (o *overlay) update(ctx context.Context, docs snapshot, roots roots, engine *workspace.Engine) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	open := make(map[string]bool, len(docs))
	for _, doc := range docs {
		if doc.path == "" || doc.lang == nil {
			continue
		}
		path := roots.canonical(doc.path)
		open[path] = true
		if o.shown[path] == doc {
			continue
		}
		summary, err := doc.summary(ctx, engine)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			summary = new(symbols.Summary) // too large, say: better nothing than what is on disk
		}
		o.index.Set(path, index.Document{Summary: summary, Language: doc.lang.ID})
		o.shown[path] = doc
	}
	for path := range o.shown {
		if !open[path] {
			delete(o.shown, path)
			o.index.Delete(path)
		}
	}
	return nil
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
