package answers

import (
	"context"
	"errors"
	"fmt"
	"strings"

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

// defines returns the macros of a source that have a name. Path is that of the source.
func (src *source) defines(name, path string) (matches []index.Match) {
	for i := range src.summary.Defines {
		if d := &src.summary.Defines[i]; d.Name == name {
			sym := d.Symbol()
			matches = append(matches, index.Match{
				Path: path, Name: name, Kind: sym.Kind, Flags: sym.Flags, Language: src.lang.ID, Range: sym.Range, Selection: sym.Selection,
			})
		}
	}
	return matches
}

// symbol returns the symbol or macro that a match stands for, or nil when the source has
// changed since. The signature of a macro is its directive.
func (src *source) symbol(m *index.Match) *symbols.Symbol {
	if !isSymbol(*m) {
		for i := range src.summary.Defines {
			if d := &src.summary.Defines[i]; d.Name == m.Name && d.Selection == m.Selection {
				sym := d.Symbol()
				sym.Signature = directive(src.text[placeOf(src.text, d.Range.Start):placeOf(src.text, d.Range.End)])
				return &sym
			}
		}
		return nil
	}
	for i := range src.summary.Symbols {
		if sym := &src.summary.Symbols[i]; sym.Name == m.Name && sym.Selection == m.Selection {
			return sym
		}
	}
	return nil
}

// maxDirective bounds what is shown of a directive, in lines and in bytes: a screen of a
// hover. Macros that are longer are parts of programs.
const (
	maxDirectiveLines = 24
	maxDirective      = 4 << 10
)

// directive returns the text of a directive as it is shown: with "\n" at the ends of lines,
// and with "…" in the place of what is too long.
func directive(text []byte) string {
	shown := text[:min(len(text), maxDirective)]
	lines := strings.SplitAfterN(strings.ToValidUTF8(strings.ReplaceAll(string(shown), "\r\n", "\n"), "\ufffd"), "\n", maxDirectiveLines+1)
	if len(lines) <= maxDirectiveLines && len(shown) == len(text) {
		return strings.Join(lines, "")
	}
	return strings.Join(lines[:min(len(lines), maxDirectiveLines)], "") + "…"
}
