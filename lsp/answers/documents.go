package answers

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"sync"

	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/symbols/language"
	"github.com/symcache/symcache/lsp/workspace/files/door"
)

// document is one version of an open document. It never changes; an edit makes a new one.
type document struct {
	uri  string // as the client spells it
	path string // as the client spells it, clean; empty where the URI names no file
	// canonical returns the workspace's path of the file. It looks at the disk for it,
	// once; while the disk does not answer, it is the path that follows from the folders.
	// Nil where path is empty.
	canonical func() string

	lang *language.Language
	text []byte
	lost error // why the text is not what the client has; nil: it is

	version    uint64 // of the first snapshot that has this document
	outline    *outline
	tree       *docTree
	truncation *truncation // of all versions; nil: causes are not noted
}

// documents are the open documents. The map is replaced by each change, so that a snapshot
// costs nothing.
type documents struct {
	trees *trees // nil: there are none

	mu  sync.Mutex
	now Snapshot
}

// Snapshot is the open documents of a session at one moment. It never changes.
type Snapshot struct {
	byURI   map[string]*document
	version uint64 // counts what has been opened, changed and closed until then
}

// snapshot returns the documents as they are now.
func (d *documents) snapshot() Snapshot {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now
}

// set opens or changes a document.
func (d *documents) set(doc document) {
	d.update(func(byURI map[string]*document, version uint64) {
		doc.version, doc.outline, doc.tree = version, newOutline(), new(docTree)
		d.trees.replace(byURI[doc.uri], &doc)
		byURI[doc.uri] = &doc
	})
}

// remove closes a document, if it is open.
func (d *documents) remove(uri string) {
	d.update(func(byURI map[string]*document, _ uint64) {
		d.trees.replace(byURI[uri], nil)
		delete(byURI, uri)
	})
}

func (d *documents) update(f func(byURI map[string]*document, version uint64)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	next := Snapshot{byURI: maps.Clone(d.now.byURI), version: d.now.version + 1}
	if next.byURI == nil {
		next.byURI = make(map[string]*document)
	}
	f(next.byURI, next.version)
	d.now = next
}

// Snapshot returns the open documents as they are now.
func (s *Session) Snapshot() Snapshot { return s.documents.snapshot() }

// ErrNoURI is the mistake of naming no document.
const ErrNoURI = InvalidError("textDocument.uri is missing")

// OpenDocument puts a document over the file on disk. One of OpenDocument, EditDocument,
// LoseDocument and CloseDocument is called at a time. They look at no disk and parse
// nothing.
func (s *Session) OpenDocument(uri, languageID string, text []byte) error {
	if uri == "" {
		return ErrNoURI
	}
	doc := document{uri: uri, text: text, truncation: &truncation{log: s.log, uri: uri}}
	if path, ok := FilePath(uri); ok {
		doc.path = path
		doc.canonical = inTime(func() string { return s.canonical(path) }, s.options.Waits.Settle,
			func() string { return s.folders.now().toCanonical(path) })
	}
	doc.lang = detect(languageID, doc.path, text)
	s.documents.set(doc)
	return nil
}

// EditDocument applies changes to an open document, one after the other. When that fails, the text
// that the client has is not known: the document has no symbols until a change of the whole
// text.
func (s *Session) EditDocument(uri string, changes []Change) error {
	doc, err := s.openDocument(uri)
	if err != nil {
		return err
	}
	text, err := applyChanges(doc.text, changes, s.options.Encoding)
	if err != nil {
		return s.LoseDocument(uri, err)
	}
	next := *doc
	next.text = text
	if slices.ContainsFunc(changes, Change.isWhole) {
		next.lost = nil
	}
	s.documents.set(next)
	return next.lost
}

// LoseDocument is called in place of EditDocument when the changes cannot be understood. It
// returns the error that questions about the document have from then on.
func (s *Session) LoseDocument(uri string, cause error) error {
	doc, err := s.openDocument(uri)
	if err != nil {
		return err
	}
	next := *doc
	next.lost = fmt.Errorf("text of %q is not known since a change failed: %w", uri, cause)
	s.documents.set(next)
	return next.lost
}

// openDocument returns the newest version of a document.
func (s *Session) openDocument(uri string) (*document, error) {
	doc, ok := s.documents.snapshot().byURI[uri]
	if !ok {
		return nil, fmt.Errorf("document %q is not open", uri)
	}
	return doc, nil
}

// CloseDocument has the file on disk count again. It may have changed while the document
// was open.
func (s *Session) CloseDocument(uri string) {
	s.documents.remove(uri)
	s.Saved(uri)
}

// Saved has the file of a document read again and stored.
func (s *Session) Saved(uri string) {
	if path, ok := FilePath(uri); ok {
		s.workspace.Touch(s.folders.now().toCanonical(path))
	}
}

// canonical returns the workspace's path of a file that the client names, links resolved.
func (s *Session) canonical(path string) string {
	if file, err := door.CanonicalPath(path); err == nil {
		return file
	}
	return s.folders.now().toCanonical(path) // it is not saved yet, or gone
}

// canonicalInTime is canonical, but waits no longer than Waits.Settle for the disk. Then it
// is the path that follows from the folders.
func (s *Session) canonicalInTime(ctx context.Context, path string) string {
	waiting, cancel := context.WithTimeout(ctx, s.options.Waits.Settle)
	defer cancel()
	found := make(chan string, 1)
	if err := s.engine.Hangs().Do(waiting, path, func() { found <- s.canonical(path) }); err != nil {
		return s.folders.now().toCanonical(path)
	}
	return <-found
}

// detect returns the language of a document: what the client says it is, else what its name
// and first line say.
func detect(languageID, path string, text []byte) *language.Language {
	if lang := symbols.ByID(languageID); lang != nil {
		return lang
	}
	if path == "" {
		return nil
	}
	return symbols.Detect(filepath.Base(path), text)
}

// languageOf returns the ID of a document's language, empty where we do not know it.
func (s Snapshot) languageOf(uri string) string {
	var lang *language.Language
	if doc, ok := s.byURI[uri]; ok {
		lang = doc.lang
	} else if path, ok := FilePath(uri); ok {
		lang = symbols.Detect(filepath.Base(path), nil)
	}
	if lang == nil {
		return ""
	}
	return lang.ID
}
