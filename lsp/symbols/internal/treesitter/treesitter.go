// Package treesitter parses texts: one call into C per text, which parses and hands back the
// tree as one flat array. Nothing of the parser's own tree is ever seen from Go.
//
// Every run is bounded by counted work, so the same text always has the same tree. Without
// cgo the package compiles, and NewGrammar returns ErrNoCgo.
package treesitter

import (
	"errors"

	"github.com/symcache/symcache/lsp/symbols/syntax"
)

// ErrNoCgo is returned where the C library would be needed and is not there.
var ErrNoCgo = errors.New("built without cgo: rebuild with CGO_ENABLED=1 and a C compiler")

// ErrNoThread is returned by an IdlePool for which the system has no thread or no memory.
var ErrNoThread = errors.New("no thread for work in the background")

// Limits bounds one run. The struct has the layout of sc_limits in run.h.
type Limits struct {
	// MemoryBytes bounds the bytes that parser and tree have at one time, and then the tree
	// and its flat copy: of a tree that takes most of it, the copy has the first nodes.
	MemoryBytes uint64
	ParseBytes  uint64 // bytes that the parser allocates in all, most of it freed at once
	LexBytes    uint64 // bytes of text that the parser is handed, again each time that it goes back
	ParseTicks  uint32 // units of 100 operations of the parser
	ErrorTicks  uint32 // what recovering from one syntax error counts for, in ParseTicks
}

// Result is what a run has found.
type Result struct {
	// Tree is C memory. It has no nodes if a limit was reached before there was a tree.
	Tree      syntax.Tree
	Truncated bool // a limit was reached; the tree is that of the text until then
	Work      Work
}

// Work is what a run has taken, in the units of Limits. It is not complete for a
// truncated run.
type Work struct {
	ParseBytes, LexBytes uint64
	ParseTicks           uint32
}
