package answers

import (
	"bytes"
	"context"

	"go.lsp.dev/protocol"

	"github.com/symcache/symcache/lsp/resolve"
)

// maxHighlights bounds the places in an answer, some 100 bytes each. An editor shows those
// on the screen.
const maxHighlights = 10_000

// DocumentHighlights returns where in the document stands what the name at a position means.
// Where it is declared or bound it is written. Comments, strings and keywords mean nothing;
// where there is no syntax tree, all places of the same word count, those in comments and
// strings included.
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
	word := resolve.Span{Start: uint32(from), End: uint32(to)}
	names, err := s.names(ctx, src)
	if err != nil {
		return nil, err
	}
	var uses []resolve.Use
	if names != nil {
		name := names.At(word)
		uses = names.Uses(name, maxHighlights)
		word = name.Span
	} else {
		uses = wordsOf(src.text, src.text[from:to], maxHighlights)
	}
	declared := make(map[protocol.Position]bool)
	for i := range src.summary.Symbols {
		if sym := &src.summary.Symbols[i]; sym.Name == string(src.text[word.Start:word.End]) {
			declared[Position(sym.Selection.Start, enc)] = true
		}
	}
	list := make([]protocol.DocumentHighlight, 0, len(uses))
	c := columns{text: src.text, enc: enc}
	for _, use := range uses {
		h := protocol.DocumentHighlight{Kind: protocol.DocumentHighlightKindText}
		h.Range.Start, h.Range.End = c.to(int(use.Start)), c.to(int(use.End))
		if use.Binds || declared[h.Range.Start] {
			h.Kind = protocol.DocumentHighlightKindWrite
		}
		list = append(list, h)
	}
	return list, ctx.Err()
}

// wordsOf returns the places of a word in a text.
func wordsOf(text, word []byte, limit int) (uses []resolve.Use) {
	for next := 0; len(uses) < limit; {
		i := bytes.Index(text[next:], word)
		if i < 0 {
			break
		}
		start := next + i
		next = start + len(word)
		if wordStart, wordEnd := wordAt(text, start); wordStart != start || wordEnd != next {
			next = wordEnd
			continue
		}
		uses = append(uses, resolve.Use{Span: resolve.Span{Start: uint32(start), End: uint32(next)}})
	}
	return uses
}
