package answers

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"

	"go.lsp.dev/protocol"
)

// MaxSelections bounds the positions in a question. Each has a chain of ranges as its
// answer, some 2 KB.
const MaxSelections = 1000

// SelectionRanges returns, for each position, the ranges around it from the inside out: the
// identifier, the line, the blocks and symbols that it is in, the document. More than
// MaxSelections positions are an InvalidError.
func (s *Session) SelectionRanges(ctx context.Context, docs Snapshot, uri string, positions []protocol.Position) (
	[]protocol.SelectionRange, error) {
	if len(positions) > MaxSelections {
		return nil, InvalidError(fmt.Sprintf("%d positions: more than %d", len(positions), MaxSelections))
	}
	done, err := s.turn(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	src, err := s.source(ctx, docs, uri)
	if err != nil || src == nil {
		return nil, err
	}
	lines := textLines(src.text)
	blocks := indentedBlocks(lines)
	list := make([]protocol.SelectionRange, 0, len(positions))
	for _, at := range positions {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		list = append(list, src.selections(at, lines, blocks, s.options.Encoding))
	}
	return list, nil
}

// selections returns the chain of ranges around a position.
func (src *source) selections(at protocol.Position, lines [][]byte, blocks []block, enc Encoding) protocol.SelectionRange {
	cursor := offset(src.text, at, enc)
	at = rangeOf(src.text, cursor, cursor, enc).Start
	whole := protocol.Range{End: lineEnd(lines, len(lines)-1, enc)}
	var around []protocol.Range
	add := func(r protocol.Range) {
		if !isBefore(at, r.Start) && !isBefore(r.End, at) {
			around = append(around, r)
		}
	}
	if start, end := identifierAt(src.text, cursor); end > start {
		add(rangeOf(src.text, start, end, enc))
	}
	add(protocol.Range{Start: lineBegin(lines, int(at.Line)), End: lineEnd(lines, int(at.Line), enc)})
	for _, b := range blocks {
		if b.first > int(at.Line) || b.last+1 < int(at.Line) {
			continue
		}
		add(protocol.Range{Start: lineBegin(lines, b.first), End: lineEnd(lines, b.last, enc)})
		if b.last+1 < len(lines) && closes(lines[b.last+1]) {
			add(protocol.Range{Start: lineBegin(lines, b.first), End: lineEnd(lines, b.last+1, enc)})
		}
	}
	for i := range src.summary.Symbols {
		add(Range(src.summary.Symbols[i].Range, enc))
	}
	// From the outside in; what crosses another one is left out.
	slices.SortFunc(around, func(a, b protocol.Range) int {
		return cmp.Or(comparePositions(a.Start, b.Start), comparePositions(b.End, a.End))
	})
	chain := protocol.SelectionRange{Range: whole}
	for _, r := range around {
		if r != chain.Range && !isBefore(r.Start, chain.Range.Start) && !isBefore(chain.Range.End, r.End) {
			outer := chain
			chain = protocol.SelectionRange{Range: r, Parent: &outer}
		}
	}
	return chain
}

// lineBegin returns where the text of a line begins.
func lineBegin(lines [][]byte, line int) protocol.Position {
	indent := len(lines[line]) - len(bytes.TrimLeft(lines[line], " \t"))
	return protocol.Position{Line: uint32(line), Character: uint32(indent)}
}

// lineEnd returns where a line ends.
func lineEnd(lines [][]byte, line int, enc Encoding) protocol.Position {
	r := rangeOf(lines[line], 0, len(lines[line]), enc)
	return protocol.Position{Line: uint32(line), Character: r.End.Character}
}

func comparePositions(a, b protocol.Position) int {
	return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Character, b.Character))
}

func isBefore(a, b protocol.Position) bool { return comparePositions(a, b) < 0 }
