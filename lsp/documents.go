package lsp

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/symbols/language"
	"github.com/symcache/symcache/lsp/workspace/contents"
)

// errTooLarge is the outline of a document above the size limit.
var errTooLarge = errors.New("document is larger than the size limit")

// document is one version of an open document. It never changes; an edit makes
// a new one.
type document struct {
	uri  string // as the client spells it
	path string // as the client spells it, clean; empty where the URI names no file
	// canonical returns the workspace's name of the file. It looks at the disk for it,
	// once; while the disk does not answer, it is the name that follows from the roots.
	// Nil where path is empty.
	canonical func() string

	lang *language.Language
	text []byte
	lost error // why the text is not what the client has; nil: it is

	change     uint64 // the one that made this version, see snapshot
	outline    *outline
	truncation *truncation // of all versions; nil: nobody is told
}

// documents is the buffer overlay of a connection. The map is replaced by each
// change, so a snapshot of it is free.
type documents struct {
	mu  sync.Mutex
	now snapshot
}

// snapshot is the open documents at one moment. It is never changed.
type snapshot struct {
	byURI  map[string]*document
	change uint64 // counts what has been opened, changed and closed until then
}

// snapshot returns the documents as they are now.
func (d *documents) snapshot() snapshot {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now
}

// set opens or changes a document.
func (d *documents) set(doc document) {
	d.update(func(byURI map[string]*document, change uint64) {
		doc.change, doc.outline = change, newOutline()
		byURI[doc.uri] = &doc
	})
}

// remove closes a document; without it, nothing happens.
func (d *documents) remove(uri string) {
	d.update(func(byURI map[string]*document, _ uint64) { delete(byURI, uri) })
}

func (d *documents) update(f func(byURI map[string]*document, change uint64)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	next := snapshot{byURI: maps.Clone(d.now.byURI), change: d.now.change + 1}
	if next.byURI == nil {
		next.byURI = make(map[string]*document)
	}
	f(next.byURI, next.change)
	d.now = next
}

// outline is the summary of a document's text, worked out when asked for.
type outline struct {
	turn    chan struct{} // has a token while someone works on it or looks at it
	done    bool
	summary *symbols.Summary
	err     error
}

func newOutline() *outline { return &outline{turn: make(chan struct{}, 1)} }

// summary returns the symbols of the text, nil without an error when its language is
// unknown. The first caller does the work, others wait for its result. If the first
// caller's ctx ends, the next one begins anew: nobody works on a version that nobody
// wants any more, and each keystroke leaves one behind.
//
// The text is hashed and parsed with the line ends of a file's content, so that a
// buffer finds the summary of its file. Lines and columns are the same in d.text.
func (d *document) summary(ctx context.Context, engine *contents.Engine) (*symbols.Summary, error) {
	switch {
	case d.lost != nil:
		return nil, d.lost
	case d.lang == nil:
		return nil, nil
	case int64(len(d.text)) > engine.MaxFileSize():
		return nil, errTooLarge
	}
	o := d.outline
	select {
	case o.turn <- struct{}{}:
		defer func() { <-o.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if !o.done {
		summary, err := engine.Summarize(ctx, d.lang, symbols.UnixLines(d.text))
		if err != nil && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		o.summary, o.err, o.done = summary, err, true
		if summary != nil {
			d.truncation.note(summary.Truncated)
		}
	}
	return o.summary, o.err
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

// languageOf returns the ID of a document's language, empty where it has none of ours.
func languageOf(docs snapshot, uri string) string {
	var lang *language.Language
	if doc, ok := docs.byURI[uri]; ok {
		lang = doc.lang
	} else if path, ok := filePath(uri); ok {
		lang = symbols.Detect(filepath.Base(path), nil)
	}
	if lang == nil {
		return ""
	}
	return lang.ID
}

// roots translates between the paths of a client and the canonical ones of the
// workspace, which differ where a root is reached through a link.
type roots []root

type root struct{ client, canonical string }

// canonical returns the workspace's path for a client's.
func (r roots) canonical(path string) string {
	return rebase(path, r, func(root root) (from, to string) { return root.client, root.canonical })
}

// client returns the client's path for the workspace's.
func (r roots) client(path string) string {
	return rebase(path, r, func(root root) (from, to string) { return root.canonical, root.client })
}

// rebase moves a path from one spelling of the deepest root above it to the
// other. A path below none of them stays as it is.
func rebase(path string, roots roots, spellings func(root) (from, to string)) string {
	moved, deepest := path, ""
	for _, r := range roots {
		from, to := spellings(r)
		rest, ok := strings.CutPrefix(path, from)
		if ok && (rest == "" || os.IsPathSeparator(rest[0])) && len(from) > len(deepest) {
			moved, deepest = to+rest, from
		}
	}
	return moved
}
