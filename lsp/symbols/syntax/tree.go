// Package syntax is the syntax tree of a text as one array of nodes, and the names that a
// grammar has for them. A tree is made by one call to the parser, is never changed, and
// refers to nothing of the parser: to keep it is to keep its array.
//
// The nodes lie in the order in which they begin in the text, each before its children:
//
//	f(a)      0 call        parent -  next 6
//	          1   name      parent 0  next 2
//	          2   arguments parent 0  next 6
//	          3     "("     parent 2  next 4
//	          4     name    parent 2  next 5
//	          5     ")"     parent 2  next 6
//
// So the children of a node begin behind it, each sibling where the one before says
// (Next), and all descendants of a node are the nodes up to its own Next. No function of
// this package recurses: trees are as deep as texts have brackets.
package syntax

import "iter"

// NodeSize is the size of a Node in bytes. A source of people has one node for 4 to 8 bytes
// of text, so its tree is 3 to 5 times as long as the text.
const NodeSize = 20

// NoNode is the parent of the root.
const NoNode = ^uint32(0)

// Node is one node of a tree: a construct, or a token of one. The parser's C code writes
// structs of this layout.
type Node struct {
	Start, End uint32 // byte offsets in the text, half open; equal for what the parser invents
	Parent     uint32 // index, or NoNode
	Next       uint32 // index behind the last descendant: where the next sibling is, if there is one
	Type       Type
	Field      Field // what the node is to its parent
	Flags      Flags
}

// Flags are properties of a node.
type Flags uint8

// The flags.
const (
	Named   Flags = 1 << iota // a construct, not a mere token
	Missing                   // the parser has invented it to go on
	Extra                     // it may stand anywhere, as a comment does
	Broken                    // it is, or has inside, an error or a missing node
)

// Tree is the tree of a text. The root is the node 0; only a tree of a text that could not
// be parsed has no nodes.
type Tree struct {
	Grammar *Grammar
	Nodes   []Node
}

// Clone returns a tree of its own. The nodes of a tree that a parser lends are valid no
// longer than the parser says.
func (t *Tree) Clone() *Tree {
	return &Tree{Grammar: t.Grammar, Nodes: append([]Node(nil), t.Nodes...)}
}

// Bytes returns how much memory the tree takes.
func (t *Tree) Bytes() int { return cap(t.Nodes) * NodeSize }

// Children yields the children of a node in order, tokens among them.
func (t *Tree) Children(node uint32) iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		end := t.Nodes[node].Next
		for child := node + 1; child < end; child = t.Nodes[child].Next {
			if !yield(child) {
				return
			}
		}
	}
}

// Child returns the first child of a node with a field. It is not ok when there is none.
func (t *Tree) Child(node uint32, field Field) (child uint32, ok bool) {
	end := t.Nodes[node].Next
	for child := node + 1; child < end; child = t.Nodes[child].Next {
		if t.Nodes[child].Field == field {
			return child, true
		}
	}
	return 0, false
}

// Around returns the innermost node that reaches from start to end, in bytes of the text, or
// farther. Its parents are those around it. Outside of the root it is not ok. Where two
// nodes touch at an empty range, it is the one that begins there.
func (t *Tree) Around(start, end uint32) (node uint32, ok bool) {
	if len(t.Nodes) == 0 || start < t.Nodes[0].Start || end > t.Nodes[0].End || start > end {
		return 0, false
	}
	for found := true; found; {
		found = false
		last := t.Nodes[node].Next
		for child := node + 1; child < last; child = t.Nodes[child].Next {
			c := &t.Nodes[child]
			if c.Start > start {
				break
			}
			if end <= c.End && c.Start < c.End && (start < c.End || start == end) {
				node, found = child, true
				if start < c.End {
					break
				}
			}
		}
	}
	return node, true
}
