package answers

import (
	"context"
	"errors"
	"fmt"

	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/symbols/language"
	"github.com/symcache/symcache/lsp/symbols/syntax"
	"github.com/symcache/symcache/lsp/timing"
	"github.com/symcache/symcache/lsp/workspace/contents"
)

// source is a document with its text and symbols, both of one moment.
type source struct {
	uri       string        // as the client spells it
	canonical func() string // the workspace's path, see document; nil where the URI names no file

	lang    *language.Language
	text    []byte
	summary *symbols.Summary

	open *document // nil: it is not open
}

// tree returns the syntax tree of an open document, nil where there is none.
func (s *Session) tree(ctx context.Context, src *source) *syntax.Tree {
	if src.open == nil {
		return nil
	}
	defer timing.In(ctx, timing.Parse)()
	return s.documents.trees.of(ctx, src.open)
}

// takeSource is source for a caller that has no turn.
func (s *Session) takeSource(ctx context.Context, docs Snapshot, uri string) (*source, error) {
	done, err := s.turn(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	return s.source(ctx, docs, uri)
}

// source returns an open document as it is in memory, else the file as it is on disk; nil
// where there are no symbols to have.
func (s *Session) source(ctx context.Context, docs Snapshot, uri string) (*source, error) {
	if doc, ok := docs.byURI[uri]; ok {
		parsed := timing.In(ctx, timing.Parse)
		summary, err := doc.summary(ctx, s.engine)
		parsed()
		if errors.Is(err, errTooLarge) || err == nil && summary == nil {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		return &source{uri: uri, canonical: doc.canonical, lang: doc.lang, text: doc.text, summary: summary, open: doc}, nil
	}
	if uri == "" {
		return nil, ErrNoURI
	}
	path, ok := FilePath(uri)
	if !ok {
		return nil, fmt.Errorf("document %q is not open and not a file", uri)
	}
	return s.fileSource(ctx, s.canonicalInTime(ctx, path), uri)
}

// sourceOf returns the source of a canonical path: a document if one is open, else the
// file.
func (s *Session) sourceOf(ctx context.Context, docs Snapshot, path string) (*source, error) {
	if uri, ok := s.buffers.uri(path); ok && docs.byURI[uri] != nil {
		return s.source(ctx, docs, uri)
	}
	return s.fileSource(ctx, path, s.URI(path))
}

// fileSource reads a file; nil where it is no source, or gone.
func (s *Session) fileSource(ctx context.Context, path, uri string) (*source, error) {
	defer timing.In(ctx, timing.Read)()
	file, err := s.engine.Source(ctx, path)
	if errors.Is(err, contents.ErrSkipped) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	canonical := func() string { return path }
	return &source{uri: uri, canonical: canonical, lang: file.Language, text: file.Text, summary: file.Summary}, nil
}

// path returns the canonical path, empty where there is none. Of an open document it may wait
// for the disk, once and for a short time, and may change once when the disk answers late.
func (src *source) path() string {
	if src.canonical == nil {
		return ""
	}
	return src.canonical()
}

// named returns the symbols of a source that have a name. Path is that of the source.
func (src *source) named(name, path string) (matches []index.Match) {
	for i := range src.summary.Symbols {
		if sym := &src.summary.Symbols[i]; sym.Name == name {
			matches = append(matches, index.Match{
				Path: path, Name: name, Container: src.summary.ContainerOf(i),
				Kind: sym.Kind, Flags: sym.Flags, Language: src.lang.ID, Range: sym.Range, Selection: sym.Selection,
			})
		}
	}
	return matches
}

// symbol returns the symbol that a match stands for, or nil when the source has changed
// since.
func (src *source) symbol(m *index.Match) *symbols.Symbol {
	for i := range src.summary.Symbols {
		if sym := &src.summary.Symbols[i]; sym.Name == m.Name && sym.Selection == m.Selection {
			return sym
		}
	}
	return nil
}
