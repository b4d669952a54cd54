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
	if start < end {
		around = append(around, inner)
	}
	if s.tree != nil {
		around = append(around, s.nodes(inner)...)
	} else {
		around = append(around, s.lineParts(inner)...)
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

// nodes returns the constructs of the tree around a part, from the inside out, as the
// language's server has them.
func (s *selector) nodes(inner part) (around []part) {
	rules := &s.src.lang.Selection
	add := func(p part) {
		if p.holds(inner) {
			around = append(around, p)
		}
	}
	node, ok := s.tree.Around(uint32(inner.start), uint32(inner.end))
	for child := syntax.NoNode; ok && node != syntax.NoNode; child, node = node, s.tree.Nodes[node].Parent {
		n := &s.tree.Nodes[node]
		if n.Flags&syntax.Named == 0 && !(rules.Tokens && n.Next == node+1) {
			continue
		}
		if rules.Inside && child != syntax.NoNode {
			if inside, ok := s.insideBrackets(node, child); ok {
				add(inside)
			}
		}
		name := s.tree.Grammar.TypeName(n.Type)
		if slices.Contains(rules.Heads, name) {
			if head, ok := s.head(node, child); ok {
				add(head)
			}
		}
		whole := part{int(n.Start), int(n.End)}
		if slices.Contains(rules.Semicolons, name) && whole.end > whole.start && s.src.text[whole.end-1] == ';' {
			last := bytes.TrimRight(s.src.text[whole.start:whole.end-1], " \t\r\n")
			add(part{whole.start, whole.start + len(last)})
			if !slices.Contains(rules.SemicolonsToo, name) {
				continue
			}
		}
		if !s.skips(node, name) {
			add(whole)
		}
	}
	return around
}

// skips reports whether a construct is not selected.
func (s *selector) skips(node uint32, name string) bool {
	rules, n := &s.src.lang.Selection, &s.tree.Nodes[node]
	switch {
	case slices.Contains(rules.Skip, name):
		return true
	case slices.Contains(rules.SkipShort, name):
		return s.places.line(int(n.Start)) == s.places.line(int(n.End))
	case slices.Contains(rules.SkipLone, name) && n.Parent != syntax.NoNode:
		alike := 0
		for sibling := range s.tree.Children(n.Parent) {
			if s.tree.Nodes[sibling].Type == n.Type {
				alike++
			}
		}
		return alike == 1
	}
	return false
}

// head returns the part of a construct before its body, if the child is a construct in it.
func (s *selector) head(node, child uint32) (head part, ok bool) {
	body, known := s.tree.Grammar.Field("body")
	if !known || child == syntax.NoNode || s.tree.Nodes[child].Flags&syntax.Named == 0 {
		return head, false
	}
	fields := s.src.lang.Selection.HeadFields
	if len(fields) > 0 && !slices.Contains(fields, s.tree.Grammar.FieldName(s.tree.Nodes[child].Field)) {
		return head, false
	}
	head = part{int(s.tree.Nodes[node].Start), 0}
	for sibling := range s.tree.Children(node) {
		n := &s.tree.Nodes[sibling]
		if n.Field == body {
			return head, child < sibling && head.end > 0
		}
		head.end = int(n.End)
	}
	return head, false
}

// insideBrackets returns what stands between the brackets of a construct that are around one
// of its children.
func (s *selector) insideBrackets(node, child uint32) (inside part, ok bool) {
	var open *syntax.Node
	var first, last *syntax.Node // between the brackets
	closing := ""
	for sibling := range s.tree.Children(node) {
		n := &s.tree.Nodes[sibling]
		token := ""
		if n.Flags&syntax.Named == 0 {
			token = s.tree.Grammar.TypeName(n.Type)
		}
		switch partner := closingOf(token); {
		case sibling == child && (partner != "" || token == closing && token != ""):
			return inside, false // it is a bracket
		case partner != "" && sibling < child:
			open, closing, first, last = n, partner, nil, nil
		case open != nil && token == closing:
			if sibling > child {
				if s.places.line(int(open.Start)) != s.places.line(int(n.Start)) {
					return part{int(open.End), int(n.Start)}, true
				}
				return part{int(first.Start), int(last.End)}, true
			}
			open = nil
		case open != nil:
			if last = n; first == nil {
				first = n
			}
		}
	}
	return inside, false
}

// closingOf returns the bracket that closes what one opens, "" for any other token.
func closingOf(token string) string {
	switch token {
	case "(":
		return ")"
	case "[":
		return "]"
	case "{", "${":
		return "}"
	case "<":
		return ">"
	}
	return ""
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
