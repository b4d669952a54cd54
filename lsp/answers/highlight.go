package answers

import (
	"bytes"
	"context"

	"go.lsp.dev/protocol"
)

// maxHighlights bounds the places in an answer, some 100 bytes each. An editor shows those
// on the screen.
const maxHighlights = 10_000

// DocumentHighlights returns where the identifier at a position stands in the document,
// comments and strings included. Where it is declared it is written, elsewhere it is text.
func (s *Session) DocumentHighlights(ctx context.Context, docs Snapshot, uri string, at protocol.Position) (
	[]protocol.DocumentHighlight, error) {
	done, err := s.turn(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	src, err := s.source(ctx, docs, uri)
	if err != nil || src == nil {
		return nil, err
	}
	enc := s.options.Encoding
	from, to := identifierAt(src.text, offset(src.text, at, enc))
	if from == to {
		return nil, nil
	}
	name := src.text[from:to]
	declared := make(map[protocol.Position]bool)
	for i := range src.summary.Symbols {
		if sym := &src.summary.Symbols[i]; sym.Name == string(name) {
			declared[Position(sym.Selection.Start, enc)] = true
		}
	}
	var list []protocol.DocumentHighlight
	c := columns{text: src.text, enc: enc}
	for next := 0; len(list) < maxHighlights && ctx.Err() == nil; {
		i := bytes.Index(src.text[next:], name)
		if i < 0 {
			break
		}
		start := next + i
		next = start + len(name)
		if wordStart, wordEnd := wordAt(src.text, start); wordStart != start || wordEnd != next {
			next = wordEnd
			continue
		}
		h := protocol.DocumentHighlight{Kind: protocol.DocumentHighlightKindText}
		h.Range.Start, h.Range.End = c.to(start), c.to(next)
		if declared[h.Range.Start] {
			h.Kind = protocol.DocumentHighlightKindWrite
		}
		list = append(list, h)
	}
	return list, ctx.Err()
}
