package answers

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"go.lsp.dev/protocol"

	"github.com/symcache/symcache/lsp/symbols"
)

// maxHoverTries bounds the files that are read for a hover when one after the other turns
// out to have changed.
const maxHoverTries = 3

// Hover describes a symbol, a macro, or a name that is bound in the document.
type Hover struct {
	Name      protocol.Range // of the name in the document that was asked about
	Language  string         // ID
	Signature string         // or the symbol's name, where the text has no more
	Kind      symbols.Kind   // 0: it is no symbol, but bound in the document that was asked about
	Macro     bool           // it is a macro, and the signature its definition
	Container string         // name of the symbol around it; empty: none
	Place     string         // such as server.go:70; empty: in the document that was asked about
	Others    int            // of the same name, less than MaxDefinitions
	Doc       string         // text of the comment that documents it; empty: none
}

// Hover describes the first of what Definition returns. It is read from the text as it is
// now. Nil: there is nothing.
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
	if b := found.binding; b != nil {
		return hoverOfBinding(&found), nil
	}
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

// hoverOfBinding describes what a name is bound by in the document itself: the declaration,
// up to the end of its line.
func hoverOfBinding(found *definitions) *Hover {
	text, b := found.src.text, found.binding
	start, end := b.Declaration.Start, b.Declaration.End
	if start == end { // the line
		start = uint32(bytes.LastIndexAny(text[:b.Name.Start], "\r\n") + 1)
		end = uint32(len(text))
	}
	line := text[start:end]
	if i := bytes.IndexAny(line, "\r\n"); i >= 0 && start+uint32(i) >= b.Name.End {
		line = line[:i]
	}
	signature := strings.Join(strings.Fields(string(line)), " ")
	if len(signature) > symbols.MaxSignature {
		signature = strings.ToValidUTF8(signature[:symbols.MaxSignature], "") + "…"
	}
	return &Hover{Name: found.name, Language: found.src.lang.ID, Signature: signature}
}
