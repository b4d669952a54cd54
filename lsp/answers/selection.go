package answers

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"

	"go.lsp.dev/protocol"

	"github.com/symcache/symcache/lsp/symbols/syntax"
)

// MaxSelections bounds the positions in a question. Each has a chain of ranges as its
// answer, some 2 KB.
const MaxSelections = 1000

// maxChain bounds the ranges of a chain, beside the whole document. People write chains of 30;
// an editor goes outwards one by one, and each is one more level of JSON.
const maxChain = 200

// SelectionRanges returns, for each position, the ranges around it from the inside out: the
// identifier, the constructs that it is in, the document. Without a syntax tree these are the
// line, and the blocks and symbols around it. More than MaxSelections positions are an
// InvalidError.
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
	sel := newSelector(src, s.tree(ctx, src), s.options.Encoding)
	list := make([]protocol.SelectionRange, 0, len(positions))
	for _, at := range positions {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		list = append(list, sel.at(at))
	}
	return list, nil
}

// selector finds the chains of ranges of one text.
type selector struct {
	src    *source
	tree   *syntax.Tree // nil: there is none
	places *places

	// Only without a tree.
	lines  [][]byte
	blocks []block
}

func newSelector(src *source, tree *syntax.Tree, enc Encoding) *selector {
	s := &selector{src: src, tree: tree, places: newPlaces(src.text, enc)}
	if tree == nil {
		s.lines = textLines(src.text)
		s.blocks = indentedBlocks(s.lines, nil)
	}
	return s
}

// at returns the chain of ranges around a position.
func (s *selector) at(at protocol.Position) protocol.SelectionRange {
	cursor := s.places.offset(at)
	start, end := identifierAt(s.src.text, cursor)
	inner := part{start, end}
	var around []part
	if s.tree != nil {
		around = s.nodes(inner)
	} else {
		around = append([]part{inner}, s.lineParts(inner)...)
	}
	around = nested(around)
	chain := &protocol.SelectionRange{Range: s.places.rangeOf(0, len(s.src.text))}
	for _, p := range slices.Backward(around[:min(len(around), maxChain)]) {
		if r := s.places.rangeOf(p.start, p.end); r != chain.Range {
			chain = &protocol.SelectionRange{Range: r, Parent: chain}
		}
	}
	return *chain
}

// lineParts returns the line, the blocks and the symbols around a part, from the inside out.
func (s *selector) lineParts(inner part) (around []part) {
	add := func(p part) {
		if p.holds(inner) {
			around = append(around, p)
		}
	}
	line := s.places.line(inner.start)
	add(part{s.lineBegin(line), s.lineEnd(line)})
	for _, b := range s.blocks {
		if b.first > line || b.last+1 < line {
			continue
		}
		add(part{s.lineBegin(b.first), s.lineEnd(b.last)})
		if b.last+1 < len(s.lines) && closes(s.lines[b.last+1]) {
			add(part{s.lineBegin(b.first), s.lineEnd(b.last + 1)})
		}
	}
	for i := range s.src.summary.Symbols {
		r := s.src.summary.Symbols[i].Range
		if int(r.Start.Line) <= line && line <= int(r.End.Line) && int(r.End.Line) < len(s.lines) {
			add(part{s.places.starts[r.Start.Line] + int(r.Start.Byte), s.places.starts[r.End.Line] + int(r.End.Byte)})
		}
	}
	slices.SortStableFunc(around, func(a, b part) int { return cmp.Compare(a.end-a.start, b.end-b.start) })
	return around
}

// lineBegin returns where the text of a line begins, behind its indentation.
func (s *selector) lineBegin(line int) int {
	return s.lineEnd(line) - len(bytes.TrimLeft(s.lines[line], " \t"))
}

// lineEnd returns where a line ends, in front of its line end.
func (s *selector) lineEnd(line int) int { return s.places.starts[line] + len(s.lines[line]) }
