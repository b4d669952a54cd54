package answers

import (
	"bytes"
	"cmp"
	"slices"
	"sort"

	"github.com/symcache/symcache/lsp/symbols/syntax"
)

// syntaxFolds is what a syntax tree says of the lines of its text.
type syntaxFolds struct {
	blocks  []block // to fold; of those that begin on one line, the longest comes first
	strings []block // the lines of tokens that are no comments and have several lines
	tokens  []block // the lines of all tokens that have several, in order
}

// foldsOf returns the folds that follow from the shape of a tree. No language is known by name:
//
//	f(           a bracket and its partner, of any construct: up to the line before the
//	    a,       partner if that line begins with a bracket that closes something, so that
//	)            both lines are seen
//	case x:      a ":" and what follows on later lines, as far as it has one field:
//	    y()      the body of a case or of a Python block, and not the "else" behind it
//	`            a token of several lines, as strings have, with the construct that it is
//	text         a part of: the quotes, an element with text
//	`
func foldsOf(text []byte, lines [][]byte, tree *syntax.Tree) (f syntaxFolds) {
	p := newPlaces(text, "")
	s := shapes{tree: tree, places: p, lines: lines}
	for node := range uint32(len(tree.Nodes)) {
		n := &tree.Nodes[node]
		if n.Next > node+1 {
			s.children(node)
			continue
		}
		if n.Parent == syntax.NoNode || !bytes.ContainsAny(text[n.Start:n.End], "\r\n") {
			continue
		}
		first, last := s.linesOf(n)
		if n.Next < tree.Nodes[n.Parent].Next {
			last = p.line(int(n.End)) // the quotes behind it may begin a line
		}
		if first == last {
			continue
		}
		f.tokens = append(f.tokens, block{first, last})
		if n.Flags&syntax.Extra == 0 {
			f.strings = append(f.strings, block{first, last})
			s.around(n.Parent)
		}
	}
	f.blocks = s.blocks()
	return f
}

// shapes finds the folds of a tree.
type shapes struct {
	tree   *syntax.Tree
	places *places
	lines  [][]byte
	found  []shape
	open   []opened // memory kept between nodes
	last   uint32   // the construct around a token that was found last
}

// shape is a fold before it is known which others begin on its last line.
type shape struct {
	block
	closed bool // the last line begins with what closes it, and is seen
}

// opened is a bracket whose partner is looked for among its siblings.
type opened struct {
	closing string
	line    int
}

// linesOf returns the first and the last line of a node. A line end at its end does not count.
func (s *shapes) linesOf(n *syntax.Node) (first, last int) {
	end := n.End
	for end > n.Start && (s.places.text[end-1] == '\n' || s.places.text[end-1] == '\r') {
		end--
	}
	return s.places.line(int(n.Start)), s.places.line(int(end))
}

// beginsLine reports whether only blanks stand before an offset on its line.
func (s *shapes) beginsLine(offset uint32) bool {
	start := s.places.starts[s.places.line(int(offset))]
	return len(bytes.TrimLeft(s.places.text[start:offset], " \t")) == 0
}

func (s *shapes) add(first, last int, closed bool) {
	if last > first {
		s.found = append(s.found, shape{block{first, last}, closed})
	}
}

// children finds the folds between the children of a node.
func (s *shapes) children(node uint32) {
	s.open = s.open[:0]
	nodes := s.tree.Nodes
	end := nodes[node].Next
	for child := node + 1; child < end; child = nodes[child].Next {
		n := &nodes[child]
		if n.Flags&syntax.Named != 0 || n.Start == n.End {
			continue
		}
		token := s.tree.Grammar.TypeName(n.Type)
		switch {
		case token == ":":
			s.behind(n, end)
		case token != "<" && closingOf(token) != "":
			s.open = append(s.open, opened{closingOf(token), s.places.line(int(n.Start))})
		case len(s.open) > 0 && s.open[len(s.open)-1].closing == token:
			line := s.places.line(int(n.Start))
			s.add(s.open[len(s.open)-1].line, line, closes(s.lines[line]))
			s.open = s.open[:len(s.open)-1]
		}
	}
}

// behind adds what follows a colon on later lines, up to the end of the construct.
func (s *shapes) behind(colon *syntax.Node, end uint32) {
	nodes := s.tree.Nodes
	line, last := s.places.line(int(colon.Start)), -1
	var field syntax.Field
	for i := colon.Next; i < end; i = nodes[i].Next {
		n := &nodes[i]
		first, lastLine := s.linesOf(n)
		switch {
		case n.Flags&syntax.Extra != 0 && first == line:
			continue // a comment behind the colon
		case last < 0 && first == line:
			return
		case last < 0:
			field = n.Field
		case n.Field != field:
			s.add(line, last, false)
			return
		}
		last = lastLine
	}
	s.add(line, last, false)
}

// around adds a construct that has a token of several lines.
func (s *shapes) around(node uint32) {
	n := &s.tree.Nodes[node]
	if n.Parent == syntax.NoNode || s.last == node {
		return
	}
	s.last = node
	first, last := s.linesOf(n)
	closed := false
	for child := range s.tree.Children(node) {
		c := &s.tree.Nodes[child]
		closed = c.Next == n.Next && s.beginsLine(c.Start)
	}
	s.add(first, last, closed)
}

// blocks returns the folds: without the last line where something that closes them, or
// another fold, begins there.
func (s *shapes) blocks() []block {
	begins := make(map[int]bool, len(s.found))
	for _, f := range s.found {
		begins[f.first] = true
	}
	blocks := make([]block, 0, len(s.found))
	for _, f := range s.found {
		if f.closed || begins[f.last] {
			f.last--
		}
		if f.last > f.first {
			blocks = append(blocks, f.block)
		}
	}
	slices.SortFunc(blocks, func(a, b block) int {
		return cmp.Or(cmp.Compare(a.first, b.first), cmp.Compare(b.last, a.last))
	})
	return blocks
}

// inside reports whether a line begins inside of one of some blocks, which are in order.
func inside(blocks []block, line int) bool {
	i := sort.Search(len(blocks), func(i int) bool { return blocks[i].last >= line })
	return i < len(blocks) && blocks[i].first < line
}
