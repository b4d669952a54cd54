package answers

import (
	"cmp"
	"context"
	"path/filepath"
	"slices"

	"go.lsp.dev/protocol"

	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/resolve"
	"github.com/symcache/symcache/lsp/symbols"
)

const (
	// maxNamed bounds the symbols of one name among which the nearest are chosen. Each file
	// of theirs costs a stat, a microsecond or two; in Linux and Kubernetes few names have
	// more symbols.
	maxNamed = 4096

	// MaxDefinitions bounds the places in an answer. Nobody reads beyond some screens of
	// them.
	MaxDefinitions = 100
)

// Definitions are the places that a name may mean.
type Definitions struct {
	Name   protocol.Range // in the document that was asked about
	Places []Place        // the best first; none: there is no name, or nothing has it
}

// Place is where a symbol is declared.
type Place struct {
	URI       string
	Range     protocol.Range // of the declaration
	Selection protocol.Range // of the name in it
}

// Definition returns what the name at a position may mean. On a symbol's own name it is that
// symbol alone, and of a local name what binds it in the document. Else it is the symbols of
// that name that the language sees from there, the nearest first, or macros where no symbol
// has the name. Comments, strings and keywords mean nothing. Where there is no syntax tree,
// all symbols of the name count.
func (s *Session) Definition(ctx context.Context, docs Snapshot, uri string, at protocol.Position) (Definitions, error) {
	found, err := s.define(ctx, docs, uri, at)
	if err != nil {
		return Definitions{}, err
	}
	if b := found.binding; b != nil {
		return Definitions{Name: found.name, Places: []Place{s.placeOf(found.src, b)}}, nil
	}
	places := make([]Place, len(found.matches))
	for i := range found.matches {
		m := &found.matches[i]
		places[i] = Place{
			URI: s.uriOfMatch(&found, m), Range: Range(m.Range, s.options.Encoding), Selection: Range(m.Selection, s.options.Encoding),
		}
	}
	return Definitions{Name: found.name, Places: places}, nil
}

// placeOf returns the place of a binding in a document.
func (s *Session) placeOf(src *source, b *resolve.Binding) Place {
	place := Place{URI: src.uri, Selection: rangeOf(src.text, int(b.Name.Start), int(b.Name.End), s.options.Encoding)}
	place.Range = place.Selection
	if b.Declaration.Start < b.Declaration.End {
		place.Range = rangeOf(src.text, int(b.Declaration.Start), int(b.Declaration.End), s.options.Encoding)
	}
	return place
}

// Declaration is Definition: the two are not told apart.
func (s *Session) Declaration(ctx context.Context, docs Snapshot, uri string, at protocol.Position) (Definitions, error) {
	return s.Definition(ctx, docs, uri, at)
}

// uriOfMatch returns the URI of a match: of one in the document that was asked about, the
// URI that the client asked with.
func (s *Session) uriOfMatch(found *definitions, m *index.Match) string {
	if m.Path == found.path {
		return found.src.uri
	}
	return s.URI(m.Path)
}

// definitions are what a name may mean: a binding in the document itself, or symbols, or macros.
type definitions struct {
	src     *source
	path    string           // of src when it was asked for
	name    protocol.Range   // in src
	binding *resolve.Binding // nil: none; else there are no matches
	matches []index.Match    // the best first
}

// define finds what the name at a position may mean.
func (s *Session) define(ctx context.Context, docs Snapshot, uri string, at protocol.Position) (found definitions, err error) {
	src, err := s.takeSource(ctx, docs, uri)
	if err != nil || src == nil {
		return found, err
	}
	start, end := identifierAt(src.text, offset(src.text, at, s.options.Encoding))
	if start == end {
		return found, nil
	}
	name, want, known, err := s.meaning(ctx, src, resolve.Span{Start: uint32(start), End: uint32(end)})
	if err != nil {
		return found, err
	}
	if name.Kind != resolve.None {
		start, end = int(name.Start), int(name.End)
	}
	found = definitions{src: src, path: src.path(), name: rangeOf(src.text, start, end, s.options.Encoding)}
	text := string(src.text[start:end])
	own, macros := src.named(text, found.path), src.defines(text, found.path)
	for _, m := range slices.Concat(own, macros) {
		if Range(m.Selection, s.options.Encoding) == found.name {
			found.matches = []index.Match{m}
			return found, nil
		}
	}
	if !known {
		want = wanted{top: true, members: true, own: true, others: true}
	}
	if name.Kind == resolve.Local || name.Itself {
		found.binding = &name.Bindings[0]
		return found, nil
	}
	if want.own {
		found.matches = slices.DeleteFunc(own, func(m index.Match) bool { return !want.is(&m, src.lang) })
	}
	if want.others {
		others, err := s.othersOf(ctx, docs, &found, want, text)
		if err != nil {
			return found, err
		}
		found.matches = append(found.matches, others...)
	}
	switch {
	case slices.ContainsFunc(found.matches, isSymbol):
		found.matches = slices.DeleteFunc(found.matches, func(m index.Match) bool { return !isSymbol(m) })
	case want.own && want.top:
		found.matches = slices.Concat(macros, found.matches)
	}
	if len(found.matches) == 0 && name.Kind == resolve.Top {
		found.binding = &name.Bindings[0]
	}
	found.matches = found.matches[:min(len(found.matches), MaxDefinitions)]
	return found, nil
}

// isSymbol reports whether a match is no macro.
func isSymbol(m index.Match) bool { return m.Flags&symbols.Macro == 0 }

// othersOf returns the symbols of other files that a name may mean, the nearest first. If
// there are none in the document itself, it may wait for a scan.
func (s *Session) othersOf(ctx context.Context, docs Snapshot, found *definitions, want wanted, name string) ([]index.Match, error) {
	query := index.Query{Text: name, Exact: true, Limit: maxNamed}
	if want.dir != "" {
		query.Below = []string{want.dir}
	}
	find := s.find
	if len(found.matches) > 0 {
		s.awaitFolders(ctx)
		find = s.search
	}
	others, err := find(ctx, docs, query)
	if err != nil {
		return nil, err
	}
	others = slices.DeleteFunc(others, func(m index.Match) bool {
		return found.path != "" && m.Path == found.path || !want.is(&m, found.src.lang)
	})
	sortByNearness(others, filepath.Dir(found.path), found.src.lang.ID)
	return others, nil
}

// sortByNearness puts the symbols in a directory first, then those in a language. Among
// equals it keeps the order of the search: sources before generated files, types before
// functions, exported symbols before others.
func sortByNearness(matches []index.Match, dir, lang string) {
	distance := func(m *index.Match) (d int) {
		if filepath.Dir(m.Path) != dir {
			d += 2
		}
		if m.Language != lang {
			d++
		}
		return d
	}
	slices.SortStableFunc(matches, func(a, b index.Match) int { return cmp.Compare(distance(&a), distance(&b)) })
}
