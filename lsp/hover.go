package lsp

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"go.lsp.dev/protocol"

	"github.com/symcache/symcache/lsp/index"
	"github.com/symcache/symcache/lsp/symbols"
)

// maxHoverTries bounds the files that are read for a hover when one after the other
// turns out to have changed.
const maxHoverTries = 3

// Hover answers textDocument/hover: signature, kind, container and doc comment of
// the nearest symbol that has the name under the cursor. Both are read from the text
// as it is now.
func (s *Server) Hover(ctx context.Context, docs snapshot, rawURI string,
	params *protocol.HoverParams) (*protocol.Hover, error) {
	found, err := s.define(ctx, docs, rawURI, params.Position)
	if err != nil {
		return nil, err
	}
	end, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	for i := range found.matches[:min(len(found.matches), maxHoverTries)] {
		m := &found.matches[i]
		src := found.src
		if m.Path != src.path {
			if src, err = s.sourceOf(ctx, docs, m.Path); err != nil {
				return nil, err
			}
		}
		if src == nil {
			continue
		}
		if sym := src.symbol(m); sym != nil {
			h := hover{src: src, sym: sym, container: m.Container, others: len(found.matches) - 1}
			if src != found.src {
				h.place = fmt.Sprintf("%s:%d", filepath.Base(m.Path), sym.Selection.Start.Line+1)
			}
			return &protocol.Hover{Contents: h.contents(s.features.markdown), Range: &found.name}, nil
		}
	}
	return nil, nil
}

// sourceOf returns the source of a canonical path: a document if one is open, else
// the file.
func (s *Server) sourceOf(ctx context.Context, docs snapshot, path string) (*source, error) {
	if uri, ok := s.overlay.uri(path); ok && docs.byURI[uri] != nil {
		return s.source(ctx, docs, uri)
	}
	return s.fileSource(ctx, path, string(s.uriOf(path)))
}

// symbol returns the one that a match is, or nil when the source has changed since.
func (src *source) symbol(m *index.Match) *symbols.Symbol {
	for i := range src.summary.Symbols {
		if sym := &src.summary.Symbols[i]; sym.Name == m.Name && sym.Selection == m.Selection {
			return sym
		}
	}
	return nil
}

// hover is what there is to say of a symbol.
type hover struct {
	src       *source
	sym       *symbols.Symbol
	container string
	place     string // empty: in the document
	others    int    // symbols of the same name
}

// contents returns
//
//	```go
//	func (s *Server) Serve(ctx context.Context) (exitCode int)
//	```
//	method of `Server`, server.go:70, 2 more of this name
//
//	Serve answers the client ...
func (h *hover) contents(markdown bool) *protocol.MarkupContent {
	signature := h.sym.Signature
	if signature == "" {
		signature = h.sym.DisplayName()
	}
	container := h.container
	if markdown {
		fence := "```"
		for strings.Contains(signature, fence) {
			fence += "`"
		}
		signature = fmt.Sprintf("%s%s\n%s\n%s", fence, h.src.lang.ID, signature, fence)
		container = "`" + strings.ReplaceAll(container, "`", "") + "`"
	}
	facts := []string{h.sym.Kind.String()}
	if h.container != "" {
		facts[0] += " of " + container
	}
	if h.place != "" {
		facts = append(facts, h.place)
	}
	switch {
	case h.others >= maxDefinitions-1:
		facts = append(facts, "many more of this name")
	case h.others > 0:
		facts = append(facts, fmt.Sprintf("%d more of this name", h.others))
	}
	text := signature + "\n" + strings.Join(facts, ", ")
	if doc := docComment(h.src.text, h.src.lang, h.sym); doc != "" {
		text += "\n\n" + doc
	}
	kind := protocol.MarkupKindPlainText
	if markdown {
		kind = protocol.MarkupKindMarkdown
	}
	return &protocol.MarkupContent{Kind: kind, Value: text}
}
