package symbols

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/symcache/symcache/lsp/symbols/internal/treesitter"
	"github.com/symcache/symcache/lsp/symbols/language"
	"github.com/symcache/symcache/lsp/symbols/syntax"
)

// ErrNoTree is matched by the error of Tree for a text that takes more than a tree may take.
var ErrNoTree = errors.New("the text is too large or too odd for a syntax tree")

// Tree returns the syntax tree of an open document: of the whole text, bodies of functions
// included. Its offsets are those of text, whatever its line ends are. The text is at most
// MaxTreeText long and its tree at most MaxTree large, else the error is ErrNoTree. A context
// that ends first gives its cause.
//
// The tree is a pure function of the text. It is of the words that the symbols are of, too:
// what the grammar does not know is blanked or written in other words of equal length. So no
// node begins or ends in a macro that was blanked: it lies between two nodes, in that around
// both, and a declaration that begins with one begins behind it:
//
//	API struct s *get(int id) HIDDEN;
//	    └───────────────────────────┘ the declaration
//
// Where the text has errors, each top-level declaration that they reach is parsed alone, so
// that the others have the nodes that they would have without. Then the lines of the
// preprocessor at the top of the file, and conditionals with errors inside, have no nodes.
func (e *Extractor) Tree(ctx context.Context, lang *language.Language, text []byte) (tree *syntax.Tree, err error) {
	if len(text) > MaxTreeText {
		return nil, fmt.Errorf("tree of %s: %d bytes: %w", lang.ID, len(text), ErrNoTree)
	}
	outliner, err := e.prepare(lang).outliner()
	if err != nil {
		return nil, fmt.Errorf("tree of %s: %w", lang.ID, err)
	}
	slotErr := inSlot(ctx, e.requests, func(r *runner) { tree, err = outliner.tree(ctx, r, text) })
	if err = errors.Join(slotErr, err); err != nil {
		return nil, fmt.Errorf("tree of %s: %w", lang.ID, err)
	}
	return tree, nil
}

// Names returns what the names in a tree of a language mean: in the dialect in which its text
// is.
func (e *Extractor) Names(lang *language.Language, tree *syntax.Tree) *language.Names {
	if o, err := e.prepare(lang).outliner(); err == nil && o.dialect != nil && o.dialect.grammar.Names() == tree.Grammar {
		return &lang.Dialect.Names
	}
	return &lang.Names
}

func (o *outliner) tree(ctx context.Context, r *runner, text []byte) (tree *syntax.Tree, err error) {
	defer func() {
		// One odd file must not end a server that holds unsaved work of others.
		if p := recover(); p != nil {
			tree, err = nil, fmt.Errorf("panic: %v", p)
		}
	}()
	o, tree, plain, err := o.likelyTree(ctx, r, UnixLines(text))
	if err != nil {
		return nil, err
	}
	if tree, err = o.mendTree(ctx, r, plain, tree); err != nil {
		return nil, err
	}
	if len(plain) < len(text) {
		restoreLineEnds(tree, text)
	}
	return tree, nil
}

// likelyTree parses a content as one text, in the dialect in which it is. It returns that,
// too, and what was parsed.
func (o *outliner) likelyTree(ctx context.Context, r *runner, content []byte) (*outliner, *syntax.Tree, []byte, error) {
	other := o.dialect
	if other != nil && o.isMarked(content) {
		o, other = other, o
	}
	tree, plain, err := o.wholeTree(ctx, r, content)
	if err != nil || other == nil {
		return o, tree, plain, err
	}
	before, _ := errorsOf(tree)
	if before == 0 {
		return o, tree, plain, nil
	}
	second, otherPlain, err := other.wholeTree(ctx, r, content)
	switch {
	case errors.Is(err, ErrNoTree):
	case err != nil:
		return nil, nil, nil, err
	default:
		if count, _ := errorsOf(second); isRather(count, before) {
			return other, second, otherPlain, nil
		}
	}
	return o, tree, plain, nil
}

// wholeTree parses a content as one text. plain is what it has parsed.
func (o *outliner) wholeTree(ctx context.Context, r *runner, content []byte) (tree *syntax.Tree, plain []byte, err error) {
	plain = o.plain(content, true).text
	err = r.Parse(ctx, o.grammar, plain, runLimits.Limits, func(parsed *treesitter.Result) {
		if !parsed.Truncated && parsed.Tree.Bytes() <= MaxTree {
			tree = parsed.Tree.Clone()
		}
	})
	if err == nil && (tree == nil || len(tree.Nodes) == 0) {
		err = ErrNoTree
	}
	return tree, plain, err
}

// treeMender puts a tree together from that of a text and those of some of its pieces.
type treeMender struct {
	*pieceParser
	whole  *syntax.Tree
	top    []uint32 // nodes at the top of whole that are to come
	mended *syntax.Tree
	last   uint32      // the last child of mended's root, 0: there is none
	root   syntax.Type // of mended
}

// mendTree returns the tree of a text in which no damage reaches beyond a declaration; see
// mend. It is the tree itself if there are no errors in it, or if the pieces take too much
// work.
func (o *outliner) mendTree(ctx context.Context, r *runner, text []byte, whole *syntax.Tree) (*syntax.Tree, error) {
	count, top := errorsOf(whole)
	if count == 0 {
		return whole, nil
	}
	m := &treeMender{
		pieceParser: newPieceParser(ctx, r, o, text),
		whole:       whole, top: slices.Collect(topNodes(whole)),
		mended: &syntax.Tree{Grammar: whole.Grammar, Nodes: make([]syntax.Node, 1, len(whole.Nodes))},
		root:   whole.Nodes[0].Type,
	}
	d := &damage{nodes: top, errors: count}
	pieces, matched := o.lexer.Pieces(text, false)
	for i, piece := range pieces {
		at := span{uint32(piece.Start), uint32(piece.End)}
		reach := d.reaches(pieces[i:])
		if reach == reachNone || reach == reachInside && !m.divides(at, matched) {
			m.keep(at)
			continue
		}
		if ok, err := m.parse(at, matched); err != nil {
			return nil, err
		} else if !ok {
			return whole, nil
		}
	}
	nodes := m.mended.Nodes
	if len(nodes)*syntax.NodeSize > MaxTree {
		return whole, nil
	}
	nodes[0] = syntax.Node{
		Start: whole.Nodes[0].Start, End: uint32(len(text)), Parent: syntax.NoNode, Next: uint32(len(nodes)),
		Type: m.root, Flags: syntax.Named | syntax.Broken,
	}
	if len(nodes) > 1 {
		nodes[0].Start = min(nodes[0].Start, nodes[1].Start)
	}
	return m.mended, nil
}

// keep takes the nodes of a piece from the tree of the whole text.
func (m *treeMender) keep(at span) {
	for len(m.top) > 0 && m.whole.Nodes[m.top[0]].Start < at.end {
		if m.whole.Nodes[m.top[0]].Start >= at.start {
			m.add(m.whole, m.top[0], 0)
		}
		m.top = m.top[1:]
	}
}

// parse takes the nodes of a piece that is parsed alone. If it has errors itself, and can be
// cut further, it takes those of its parts. It is not ok when the work reaches a limit.
func (m *treeMender) parse(at span, cut bool) (ok bool, err error) {
	text := m.text[at.start:at.end]
	if m.isDirective(text) {
		return true, nil
	}
	var parts []span
	err = m.runner.Parse(m.ctx, m.grammar, text, m.left.Limits, func(parsed *treesitter.Result) {
		m.took(parsed.Work)
		if ok = !parsed.Truncated && len(parsed.Tree.Nodes) > 0; !ok {
			return
		}
		root := &parsed.Tree.Nodes[0]
		if cut && root.Flags&syntax.Broken != 0 {
			if pieces, _ := m.lexer.Pieces(text, true); len(pieces) > 1 {
				for _, p := range pieces {
					parts = append(parts, span{at.start + uint32(p.Start), at.start + uint32(p.End)})
				}
				return
			}
		}
		m.addRoot(&parsed.Tree, at.start)
	})
	for _, part := range parts {
		if ok, err = m.parse(part, false); !ok || err != nil {
			break
		}
	}
	return ok && err == nil, err
}

// addRoot adds what is below the root of a piece's tree, or the root if it is an error.
func (m *treeMender) addRoot(tree *syntax.Tree, shift uint32) {
	if tree.Nodes[0].Type == syntax.Error {
		m.add(tree, 0, shift)
		return
	}
	if m.root == syntax.Error {
		m.root = tree.Nodes[0].Type
	}
	for child := range tree.Children(0) {
		m.add(tree, child, shift)
	}
}

// add adds a node and all below it to the children of the root. A node that begins before the
// last child ends is left out: two trees may differ in where a declaration ends.
func (m *treeMender) add(tree *syntax.Tree, node, shift uint32) {
	nodes := m.mended.Nodes
	if m.last > 0 && tree.Nodes[node].Start+shift < nodes[m.last].End {
		return
	}
	m.last = uint32(len(nodes))
	for _, n := range tree.Nodes[node:tree.Nodes[node].Next] {
		n.Start, n.End = n.Start+shift, n.End+shift
		n.Parent, n.Next = n.Parent-node+m.last, n.Next-node+m.last
		nodes = append(nodes, n)
	}
	nodes[m.last].Parent, nodes[m.last].Field = 0, 0
	m.mended.Nodes = nodes
}

// restoreLineEnds moves the nodes of a tree to where they are in a text with "\r\n" where the
// parsed one has "\n". The end of a line is before both.
func restoreLineEnds(tree *syntax.Tree, text []byte) {
	var ends []uint32 // of lines, in the parsed text
	for at := 0; ; at++ {
		i := bytes.IndexByte(text[at:], '\r')
		if i < 0 {
			break
		}
		at += i
		ends = append(ends, uint32(at-len(ends)))
	}
	before := 0 // line ends before the start of the node
	for i := range tree.Nodes {
		n := &tree.Nodes[i]
		for before < len(ends) && ends[before] < n.Start {
			before++
		}
		inside, _ := slices.BinarySearch(ends[before:], n.End)
		n.Start += uint32(before)
		n.End += uint32(before + inside)
	}
}
