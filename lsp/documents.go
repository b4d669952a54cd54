package lsp

import (
	"context"
	"errors"
	"maps"
	"path/filepath"
	"strings"
	"sync"

	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/symbols/language"
	"github.com/symcache/symcache/lsp/workspace"
)

// errTooLarge is the outline of a document above the size limit.
var errTooLarge = errors.New("document is larger than the size limit")

// document is one version of an open document. It never changes; an edit makes
// a new one.
type document struct {
	uri     string // as the client spells it
	path    string // as the client spells it, clean; empty where the URI names no file
	lang    *language.Language
	version int32
	text    []byte
	outline *outline
}

// documents is the buffer overlay of a connection by URI. The map is replaced
// by each change, so a snapshot of it is free.
type documents struct {
	mu    sync.Mutex
	byURI snapshot
}

// snapshot is the open documents by URI at one moment. It is never changed.
type snapshot map[string]*document

// snapshot returns the documents as they are now.
func (d *documents) snapshot() snapshot {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.byURI
}

// set opens or changes a document.
func (d *documents) set(doc document) {
	doc.outline = &outline{ready: make(chan struct{})}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.byURI = maps.Clone(d.byURI)
	if d.byURI == nil {
		d.byURI = make(snapshot)
	}
	d.byURI[doc.uri] = &doc
}

func (d *documents) remove(uri string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.byURI = maps.Clone(d.byURI)
	delete(d.byURI, uri)
}

// outline is the summary of a document's text, worked out when first asked for.
type outline struct {
	once    sync.Once
	ready   chan struct{} // closed when summary and err are there
	summary *symbols.Summary
	err     error
}

// summary returns the symbols of the text: nil without an error when its
// language is unknown. Who asks first starts the work, which goes on for the
// others when it gives up.
func (d *document) summary(ctx context.Context, engine *workspace.Engine) (*symbols.Summary, error) {
	if d.lang == nil {
		return nil, nil
	}
	o := d.outline
	o.once.Do(func() {
		background := context.WithoutCancel(ctx)
		go func() {
			defer close(o.ready)
			if int64(len(d.text)) > engine.MaxFileSize() {
				o.err = errTooLarge
				return
			}
			o.summary, o.err = engine.Summarize(background, d.lang, d.text)
		}()
	})
	select {
	case <-o.ready:
		return o.summary, o.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// detect returns the language of a document: what the client says it is, else
// what its name and first line say.
func detect(languageID, path string, text []byte) *language.Language {
	if lang := symbols.ByID(languageID); lang != nil {
		return lang
	}
	if path == "" {
		return nil
	}
	return symbols.Detect(filepath.Base(path), text)
}

// roots translates between the paths of a client and the canonical ones of the
// workspace, which differ where a root is reached through a link.
type roots []root

type root struct{ client, canonical string }

// canonical returns the workspace's path for a client's.
func (r roots) canonical(path string) string {
	for _, root := range r {
		if rest, ok := below(root.client, path); ok {
			return root.canonical + rest
		}
	}
	return path
}

// client returns the client's path for the workspace's.
func (r roots) client(path string) string {
	for _, root := range r {
		if rest, ok := below(root.canonical, path); ok {
			return root.client + rest
		}
	}
	return path
}

// below returns what follows dir in path, beginning with a separator.
func below(dir, path string) (rest string, ok bool) {
	rest, ok = strings.CutPrefix(path, dir)
	return rest, ok && (rest == "" || rest[0] == filepath.Separator)
}
