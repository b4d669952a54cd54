package answers

import (
	"context"
	"fmt"
	"path/filepath"

	"go.lsp.dev/protocol"

	"github.com/symcache/symcache/lsp/symbols"
)

// maxHoverTries bounds the files that are read for a hover when one after the other turns
// out to have changed.
const maxHoverTries = 3

// Hover describes a symbol or a macro.
type Hover struct {
	Name      protocol.Range // of the name in the document that was asked about
	Language  string         // ID
	Signature string         // or the symbol's name, where the text has no more
	Kind      symbols.Kind
	Macro     bool   // it is a macro, and the signature its definition
	Container string // name of the symbol around it; empty: none
	Place     string // such as server.go:70; empty: in the document that was asked about
	Others    int    // of the same name, less than MaxDefinitions
	Doc       string // text of the comment that documents it; empty: none
}

// Hover describes the nearest symbol that has the name at a position. It is read from the
// text as it is now. Nil: there is none.
func (s *Session) Hover(ctx context.Context, docs Snapshot, uri string, at protocol.Position) (*Hover, error) {
	found, err := s.define(ctx, docs, uri, at)
	if err != nil {
		return nil, err
	}
	done, err := s.turn(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	for i := range found.matches[:min(len(found.matches), maxHoverTries)] {
		m := &found.matches[i]
		src := found.src
		if m.Path != found.path {
			if src, err = s.sourceOf(ctx, docs, m.Path); err != nil {
				return nil, err
			}
		}
		if src == nil {
			continue
		}
		sym := src.symbol(m)
		if sym == nil {
			continue
		}
		h := &Hover{
			Name: found.name, Language: src.lang.ID, Signature: sym.Signature, Kind: sym.Kind, Macro: !isSymbol(*m), Container: m.Container,
			Others: len(found.matches) - 1, Doc: docComment(src.text, src.lang, sym),
		}
		if h.Signature == "" {
			h.Signature = sym.DisplayName()
		}
		if src != found.src {
			h.Place = fmt.Sprintf("%s:%d", filepath.Base(m.Path), sym.Selection.Start.Line+1)
		}
		return h, nil
	}
	return nil, nil
}
