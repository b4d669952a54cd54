package lsp

import (
	"cmp"
	"context"
	"path/filepath"
	"slices"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/symcache/symcache/lsp/index"
)

const (
	// maxNamed bounds the symbols of one name that are looked through for the
	// nearest. Each file among them costs a stat, a microsecond or two; in Linux and
	// Kubernetes, few names have more.
	maxNamed = 4096

	// maxDefinitions bounds the places in an answer. Nobody reads beyond some
	// screens of them.
	maxDefinitions = 100
)

// Definition answers textDocument/definition: the symbols that have the name under
// the cursor, the nearest first. On a symbol's own name it is that symbol alone.
func (s *Server) Definition(ctx context.Context, docs snapshot, rawURI string,
	params *protocol.DefinitionParams) (protocol.DefinitionResult, error) {
	found, err := s.define(ctx, docs, rawURI, params.Position)
	if err != nil || len(found.matches) == 0 {
		return nil, err
	}
	if s.features.definitionLinks {
		return protocol.DefinitionLinkSlice(links[protocol.DefinitionLink](s, found)), nil
	}
	return s.locations(found), nil
}

// definitions are the symbols that a name may mean.
type definitions struct {
	src     *source
	name    protocol.Range // in src
	matches []index.Match  // best first
}

// define finds the symbols that the name at a position may mean.
func (s *Server) define(ctx context.Context, docs snapshot, rawURI string,
	at protocol.Position) (found definitions, err error) {
	src, err := s.takeSource(ctx, docs, rawURI)
	if err != nil || src == nil {
		return found, err
	}
	start, end := identifierAt(src.text, offset(src.text, at, s.encoding))
	if start == end {
		return found, nil
	}
	found = definitions{src: src, name: rangeOf(src.text, start, end, s.encoding)}
	name := string(src.text[start:end])

	own := src.named(name)
	for _, m := range own {
		if textRange(m.Selection, s.encoding) == found.name {
			found.matches = []index.Match{m}
			return found, nil
		}
	}
	query := index.Query{Text: name, Exact: true, Limit: maxNamed}
	var others []index.Match
	if len(own) > 0 {
		s.awaitRoots(ctx)
		others, err = s.search(ctx, docs, query)
	} else {
		others, err = s.find(ctx, docs, query)
	}
	if err != nil {
		return found, err
	}
	if src.path != "" {
		others = slices.DeleteFunc(others, func(m index.Match) bool { return m.Path == src.path })
	}
	src.sortByNearness(others)
	found.matches = append(own, others...)
	found.matches = found.matches[:min(len(found.matches), maxDefinitions)]
	return found, nil
}

// named returns the symbols of a source that have a name.
func (src *source) named(name string) (matches []index.Match) {
	for i := range src.summary.Symbols {
		if sym := &src.summary.Symbols[i]; sym.Name == name {
			matches = append(matches, index.Match{
				Path: src.path, Name: name, Container: src.summary.ContainerOf(i),
				Kind: sym.Kind, Flags: sym.Flags, Language: src.lang.ID, Range: sym.Range, Selection: sym.Selection,
			})
		}
	}
	return matches
}

// sortByNearness puts symbols in the same directory first, then those in the same
// language. Among equals it keeps the order of the search: sources before what is
// generated, types before functions, what is exported before what is not.
func (src *source) sortByNearness(matches []index.Match) {
	dir := filepath.Dir(src.path)
	distance := func(m *index.Match) (d int) {
		if filepath.Dir(m.Path) != dir {
			d += 2
		}
		if m.Language != src.lang.ID {
			d++
		}
		return d
	}
	slices.SortStableFunc(matches, func(a, b index.Match) int { return cmp.Compare(distance(&a), distance(&b)) })
}

// uriOf returns the URI of a match.
func (d *definitions) uriOf(s *Server, m *index.Match) uri.URI {
	if m.Path == d.src.path {
		return uri.URI(d.src.uri)
	}
	return s.uriOf(m.Path)
}

func (s *Server) locations(found definitions) protocol.LocationSlice {
	list := make(protocol.LocationSlice, len(found.matches))
	for i := range found.matches {
		m := &found.matches[i]
		list[i] = protocol.Location{URI: found.uriOf(s, m), Range: textRange(m.Selection, s.encoding)}
	}
	return list
}

// links returns definitions as links, which have two names in the protocol.
func links[Link protocol.DefinitionLink | protocol.DeclarationLink](s *Server, found definitions) []Link {
	list := make([]Link, len(found.matches))
	for i := range found.matches {
		m := &found.matches[i]
		list[i] = Link(protocol.LocationLink{
			OriginSelectionRange: &found.name,
			TargetURI:            found.uriOf(s, m),
			TargetRange:          textRange(m.Range, s.encoding),
			TargetSelectionRange: textRange(m.Selection, s.encoding),
		})
	}
	return list
}

// takeSource is source as work that takes a turn.
func (s *Server) takeSource(ctx context.Context, docs snapshot, rawURI string) (*source, error) {
	end, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	return s.source(ctx, docs, rawURI)
}
