// Package treesitter runs a query over the syntax tree of a text: one call into
// C per text, which parses, matches and hands back the captured nodes as byte
// ranges in one flat slice. No tree and no node is ever seen from Go.
//
// Every run is bounded by counted work, so the same text always has the same
// captures. Without cgo the package compiles, and Compile returns ErrNoCgo.
package treesitter

import "errors"

// ErrNoCgo is returned where the C library would be needed and is not there.
var ErrNoCgo = errors.New("built without cgo: rebuild with CGO_ENABLED=1 and a C compiler")

// ErrNoThread is returned by an IdlePool for which the system has no thread or no memory.
var ErrNoThread = errors.New("no thread for work in the background")

// DeclaratorCapture is the name of a capture that stands for a node deep inside
// of the captured one: the innermost along the fields "declarator", which is how
// the grammars of C and its kin say that x is the name in "int *(*x)[2]". No
// query can, since it takes any number of steps.
const DeclaratorCapture = "declarator"

// Capture is one captured node. The captures of one match are adjacent.
type Capture struct {
	Match      uint32 // number of the match in this run
	Start, End uint32 // byte offsets, half open
	Pattern    uint16 // index of the pattern in the query
	Capture    uint16 // index of the capture's name in Query.CaptureNames
}

// Limits bounds one run. The struct has the layout of sc_limits in run.h.
type Limits struct {
	MemoryBytes uint64 // bytes that parser, tree and query cursor have at one time
	ParseBytes  uint64 // bytes that the parser allocates in all, most of it freed at once
	LexBytes    uint64 // bytes of text that the parser is handed, again each time that it goes back
	ParseTicks  uint32 // units of 100 operations of the parser
	ErrorTicks  uint32 // what recovering from one syntax error counts for, in ParseTicks
	QueryTicks  uint32 // units of 100 steps of the query cursor
	Captures    uint32 // captured nodes
	OpenMatches uint32 // matches begun and not finished at any one place
	// SiblingSteps bounds the work on the children of one node with a syntax
	// error, of which there may be as many as the text has tokens: steps from
	// siblings to siblings.
	SiblingSteps uint32
	Depth        uint32 // levels of the tree below which no match begins
}

// Status says how complete the captures of a run are.
type Status struct {
	Truncated bool // a limit was reached; the captures are those found until then
	// Errors counts the syntax errors of the tree: ERROR nodes, and tokens that the
	// parser has invented to go on. After a truncated run it counts those of the part
	// that was looked at, which may be 0.
	Errors int
	// Nodes are the children of the root, if the tree has errors, in order and without
	// comments. It is C memory, as the captures are.
	Nodes []Node
	Work  Work
}

// Node is a node at the top of a tree. The struct has the layout of sc_node in run.h.
type Node struct {
	Start, End uint32
	State      NodeState
}

// NodeState is a set of properties of a node.
type NodeState uint32

// The properties.
const (
	NodeNamed  NodeState = 1 << iota // a declaration, not a mere token
	NodeBroken                       // it has an error inside
	NodeError                        // it is an error
)

// Work is what a run has taken, in the units of Limits. It is not complete for a
// truncated run.
type Work struct {
	ParseBytes, LexBytes   uint64
	ParseTicks, QueryTicks uint32
}

// Predicate is one #predicate of a pattern, with its leading "#" taken off.
type Predicate struct {
	Name string
	Args []Arg
}

// Arg is an argument of a predicate: a capture, or a text.
type Arg struct {
	Capture int // index into Query.CaptureNames, or -1: Text counts
	Text    string
}
