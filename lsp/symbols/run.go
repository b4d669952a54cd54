package symbols

import (
	"context"
	"iter"
	"strings"

	"github.com/symcache/symcache/lsp/symbols/internal/treesitter"
	"github.com/symcache/symcache/lsp/symbols/query"
	"github.com/symcache/symcache/lsp/symbols/syntax"
)

// capture is one captured node. The captures of one match are adjacent.
type capture struct {
	Match      uint32 // number of the match in this run
	Start, End uint32 // byte offsets, half open
	Pattern    uint16 // index of the pattern in the query
	Capture    uint16 // index of the capture's name in Query.CaptureNames
}

// status says how complete the captures of a run are.
type status struct {
	Truncated bool // a limit was reached; the captures are those found until then
	// Errors counts the syntax errors of the tree: ERROR nodes, and tokens that the
	// parser has invented to go on. After a truncated run it counts those of the part
	// that was parsed.
	Errors int
	// Nodes are those at the top of the tree, if it has errors.
	Nodes []topNode
	Work  treesitter.Work
	Match query.Work
}

// topNode is a node at the top of a tree.
type topNode struct {
	Start, End uint32
	State      nodeState
}

// nodeState is a set of properties of a node.
type nodeState uint8

// The properties.
const (
	nodeNamed  nodeState = 1 << iota // a declaration, not a mere token
	nodeBroken                       // it has an error inside
	nodeError                        // it is an error
)

// parser is a treesitter.Parser, on the caller's thread, or a treesitter.IdlePool.
type parser interface {
	Parse(ctx context.Context, g *treesitter.Grammar, text []byte, limits treesitter.Limits, use func(*treesitter.Result)) error
}

// runner parses a text and runs a query over its tree. One goroutine at a time.
type runner struct {
	parser
	matcher  query.Matcher
	captures []capture // memory kept between runs
}

// newRunner returns a runner that parses on the caller's thread.
func newRunner() (*runner, error) {
	p, err := treesitter.NewParser()
	if err != nil {
		return nil, err
	}
	return &runner{parser: p}, nil
}

// keepCaptures is how many captures outlive a run: 1 MiB, enough for all but a few files in
// a thousand.
const keepCaptures = 1 << 16

// run calls use with the captures of the query of o in text, in the order of the matches
// (query.Matcher.Match). The slices are valid until use returns; use may write to them. A
// context that ends during the run is the only error to expect.
func (r *runner) run(ctx context.Context, o *outliner, text []byte, limits workLimits, use func(captures []capture, status status)) error {
	return r.Parse(ctx, o.grammar, text, limits.Limits, func(parsed *treesitter.Result) {
		s := status{Truncated: parsed.Truncated, Work: parsed.Work}
		s.Match = r.match(o, &parsed.Tree, limits.Match)
		s.Truncated = s.Truncated || s.Match.Truncated
		s.Errors, s.Nodes = errorsOf(&parsed.Tree)
		use(r.captures, s)
	})
}

// match leaves the captures of the query of o in a tree in r.captures.
func (r *runner) match(o *outliner, tree *syntax.Tree, limits query.Limits) query.Work {
	if cap(r.captures) > keepCaptures {
		r.captures = nil
	}
	captures, match := r.captures[:0], uint32(0)
	work := r.matcher.Match(o.query, tree, limits, func(pattern int, found []query.Capture) {
		for _, c := range found {
			if int(c.Name) == o.declarator {
				c.Node = innermost(tree, c.Node, o.declaratorField)
			}
			n := &tree.Nodes[c.Node]
			captures = append(captures, capture{match, n.Start, n.End, uint16(pattern), c.Name})
		}
		match++
	})
	r.captures = captures
	return work
}

// declaratorCapture is the name of a capture that stands for a node deep inside
// of the captured one: the innermost along the fields "declarator", which is how
// the grammars of C and its kin say that x is the name in "int *(*x)[2]". No
// query can, since it takes any number of steps.
const declaratorCapture = "declarator"

// maxDeclarator is how many nodes a declarator may be deep. People write five;
// deeper ones keep their whole text as a name.
const maxDeclarator = 64

// innermost goes from a declarator to the identifier in it: along the field, or
// to the first child where a node without the field only wraps another one.
func innermost(tree *syntax.Tree, node uint32, field syntax.Field) uint32 {
	inner := node
	for range maxDeclarator {
		next, ok := tree.Child(inner, field)
		if field == 0 {
			ok = false
		}
		if !ok {
			for child := range tree.Children(inner) {
				if flags := tree.Nodes[child].Flags; flags&syntax.Named != 0 && flags&syntax.Extra == 0 {
					next, ok = child, true
					break
				}
			}
		}
		if !ok {
			return inner
		}
		inner = next
	}
	return node
}

// errorsOf counts the syntax errors of a tree, and returns the nodes at its top if there are
// some.
func errorsOf(tree *syntax.Tree) (errors int, top []topNode) {
	if len(tree.Nodes) == 0 || tree.Nodes[0].Flags&syntax.Broken == 0 {
		return 0, nil
	}
	for i := range tree.Nodes {
		if isError(&tree.Nodes[i]) {
			errors++
		}
	}
	for i := range topNodes(tree) {
		if n := &tree.Nodes[i]; n.Flags&syntax.Extra == 0 {
			top = append(top, topNode{n.Start, n.End, stateOf(n)})
		}
	}
	return errors, top
}

// topNodes yields the nodes at the top of a tree: the children of the root, or the root itself
// if it is an error. The children of a conditional of the preprocessor with errors count as
// those of what is around it, since it may be all of a file.
func topNodes(tree *syntax.Tree) iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		i := uint32(1)
		if tree.Nodes[0].Type == syntax.Error {
			i = 0
		}
		for int(i) < len(tree.Nodes) {
			n := &tree.Nodes[i]
			if n.Flags&syntax.Broken != 0 && strings.HasPrefix(tree.Grammar.TypeName(n.Type), "preproc_") {
				i++
				continue
			}
			if !yield(i) {
				return
			}
			i = n.Next
		}
	}
}

func isError(n *syntax.Node) bool { return n.Type == syntax.Error || n.Flags&syntax.Missing != 0 }

func stateOf(n *syntax.Node) (state nodeState) {
	if n.Flags&syntax.Named != 0 {
		state |= nodeNamed
	}
	if n.Flags&syntax.Broken != 0 {
		state |= nodeBroken
	}
	if isError(n) {
		state |= nodeError
	}
	return state
}
