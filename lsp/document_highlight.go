package lsp

import (
	"bytes"
	"context"

	"go.lsp.dev/protocol"
)

// maxHighlights bounds the places in an answer, some 100 bytes each. An editor
// shows those on the screen.
const maxHighlights = 10_000

// DocumentHighlight answers textDocument/documentHighlight: where the identifier
// under the cursor stands in the document, comments and strings included. Where it
// is declared it is written, all else is text.
func (s *Server) DocumentHighlight(ctx context.Context, docs snapshot, rawURI string,
	params *protocol.DocumentHighlightParams) ([]protocol.DocumentHighlight, error) {
	end, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	src, err := s.source(ctx, docs, rawURI)
	if err != nil || src == nil {
		return nil, err
	}
	from, to := identifierAt(src.text, offset(src.text, params.Position, s.encoding))
	if from == to {
		return nil, nil
	}
	name := src.text[from:to]
	declared := make(map[protocol.Position]bool)
	for i := range src.summary.Symbols {
		if sym := &src.summary.Symbols[i]; sym.Name == string(name) {
			declared[position(sym.Selection.Start, s.encoding)] = true
		}
	}
	var list []protocol.DocumentHighlight
	w := walker{text: src.text, enc: s.encoding}
	for at := 0; len(list) < maxHighlights && ctx.Err() == nil; {
		i := bytes.Index(src.text[at:], name)
		if i < 0 {
			break
		}
		start := at + i
		at = start + len(name)
		if wordStart, wordEnd := wordAt(src.text, start); wordStart != start || wordEnd != at {
			at = wordEnd
			continue
		}
		h := protocol.DocumentHighlight{Kind: protocol.DocumentHighlightKindText}
		h.Range.Start, h.Range.End = w.to(start), w.to(at)
		if declared[h.Range.Start] {
			h.Kind = protocol.DocumentHighlightKindWrite
		}
		list = append(list, h)
	}
	return list, ctx.Err()
}
