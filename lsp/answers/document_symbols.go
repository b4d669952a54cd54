package answers

import (
	"context"

	"go.lsp.dev/protocol"

	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/symbols"
	"github.com/symcache/symcache/lsp/symbols/language"
)

// DocumentOutline is the symbols of a document.
type DocumentOutline struct {
	*symbols.Summary
	Language *language.Language
}

// DocumentSymbols returns the outline of a document: of an open one from its text, else of
// the file. It is nil where the document has no known language. With Settings.OutlineNested
// that of an open document has what is declared inside of functions, too.
func (s *Session) DocumentSymbols(ctx context.Context, docs Snapshot, uri string) (*DocumentOutline, error) {
	done, err := s.turn(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	src, err := s.source(ctx, docs, uri)
	if err != nil || src == nil {
		return nil, err
	}
	outline := &DocumentOutline{Summary: src.summary, Language: src.lang}
	settings := s.services.now()
	if settings.OutlineNested {
		if tree := s.tree(ctx, src); tree != nil {
			nested, err := s.engine.Nested(src.lang, src.text, tree)
			if err != nil {
				return nil, err
			}
			outline.Summary = outline.With(nested)
		}
	}
	if settings.OutlineMacros {
		outline.Summary = outline.WithDefines()
	}
	return outline, nil
}

// Relocate returns where a symbol or macro that was found some time ago is now: of those in the
// document with its name and one of the kinds, the one nearest to the line. It reports
// whether there is one.
func (s *Session) Relocate(ctx context.Context, docs Snapshot, uri, name string, kinds index.KindSet, line uint32) (
	place protocol.Range, found bool, err error) {
	src, err := s.takeSource(ctx, docs, uri)
	if err != nil || src == nil {
		return place, false, err
	}
	var nearest *symbols.Symbol
	distance := func(sym *symbols.Symbol) uint32 {
		return max(sym.Selection.Start.Line, line) - min(sym.Selection.Start.Line, line)
	}
	all := src.summary.WithDefines()
	for i := range all.Symbols {
		sym := &all.Symbols[i]
		if sym.Name == name && kinds.Has(sym.Kind) && (nearest == nil || distance(sym) < distance(nearest)) {
			nearest = sym
		}
	}
	if nearest == nil {
		return place, false, nil
	}
	return Range(nearest.Selection, s.options.Encoding), true, nil
}
