// Package query finds the places of a syntax tree that look as a pattern says. Patterns are
// written in the language of tree-sitter's queries:
//
//	(function_declaration name: (identifier) @name body: (block)? @body) @def.function
//
// What is understood: named nodes, tokens ("async"), the wildcards (_) and _, ERROR and
// MISSING, fields, negated fields (!name), anchors (.), alternatives ([...]), groups and
// sequences of siblings, the quantifiers ?, * and +, captures, and predicates (#eq? ...),
// which are handed on: a query sees types and fields, and no text. Anything else, such as a
// supertype, is an error when the query is compiled.
//
// The matches are those of tree-sitter's own matcher; a test compares the two. Compiling
// takes a fraction of a millisecond, since a pattern that the grammar can never produce is
// no error here.
package query

import (
	"math"

	"github.com/symcache/symcache/lsp/symbols/syntax"
)

// Query is a compiled query. It is immutable and safe for concurrent use.
type Query struct {
	steps    []step
	captures []string
	patterns []pattern
	starts   [][]start // by type, by pattern and place in the query; the last one is of errors
	families int       // patterns that are begun at a node's children; see start.family
}

// pattern is what is known of a pattern besides its steps.
type pattern struct {
	begins     int // in the source, in bytes
	predicates []Predicate
}

// Predicate is one #predicate of a pattern, without its "#".
type Predicate struct {
	Name string
	Args []Arg
}

// Arg is an argument of a predicate: a capture, or a text.
type Arg struct {
	Capture int // index into Query.CaptureNames, or -1: Text counts
	Text    string
}

// CaptureNames returns the names of all captures, without "@".
func (q *Query) CaptureNames() []string { return q.captures }

// Patterns returns how many patterns there are. They are numbered in the order of the source.
func (q *Query) Patterns() int { return len(q.patterns) }

// Predicates returns the predicates of a pattern.
func (q *Query) Predicates(pattern int) []Predicate { return q.patterns[pattern].predicates }

// PatternStart returns where a pattern begins in the source, in bytes.
func (q *Query) PatternStart(pattern int) int { return q.patterns[pattern].begins }

// A query is a list of steps. Each wants one node, at a depth below that with which its
// pattern begins:
//
//	(a (b)? @x c: (d (e)))      0  a depth 0 -> 1, 2
//	                            1  b depth 1 -> 2       @x
//	                            2  d depth 1 -> 3       field c
//	                            3  e depth 2 -> done
//
// A node that fits a step leads to the steps behind the arrow: to one that is deeper among
// the node's children, to others among its later siblings, or those of a node around it.
type step struct {
	wildcard bool // any node, or any named one
	named    bool // with wildcard
	missing  bool // only what the parser has invented
	typ      syntax.Type
	field    syntax.Field   // 0: any
	negated  []syntax.Field // that the node must not have
	captures []uint16
	depth    int

	immediate bool // no named node stands between the node before and this one
	last      bool // no named node stands behind it
	captured  bool // it or a step below it captures something
	parent    bool // there are steps below it

	next []successor

	// Only while compiling.
	alternative     int  // another step in this one's place, or -1
	deadEnd         bool // a mere jump to the alternative
	passThrough     bool // the alternative, and the step after this one
	alternativeNear bool // the alternative is immediate
}

// done is the depth of the step at the end of a pattern.
const done = math.MaxInt

// successor is where a step leads to.
type successor struct {
	step int
	// up is how many nodes around the one that fitted are left: the next one is sought
	// among the later siblings of the outermost of them, or, at -1, among the node's children.
	up        int
	immediate bool // the next node must be the very next one
	done      bool // the pattern is at its end
}

// start is a step with which a pattern begins.
type start struct {
	step    int
	pattern int
	// family is the number of a pattern that is begun among the children of a node, which
	// may be begun by several of them, else -1: it wants several siblings, or the node around
	// them is a wildcard.
	family int
	rooted bool // it may begin in an error: all of it is in the node with which it begins
	root   int  // the step of that wildcard, -1: there is none
	// plain is set if no match of this pattern can be part of another: nothing of it may be
	// left out, and its matches differ in what they capture.
	plain bool
}
