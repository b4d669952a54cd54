//go:build cgo

package treesitter

/*
#cgo CFLAGS: -std=c11 -O2
#include <stdlib.h>
#include "memory.h"
#include "run.h"
*/
import "C"

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"unsafe"

	// Only for the C library that it compiles: its Go functions cost a call into
	// C per node and property.
	_ "github.com/tree-sitter/go-tree-sitter"

	"github.com/symcache/symcache/lsp/symbols/syntax"
)

// The module's own init routes every allocation of the C library through Go,
// which halves its speed; this init runs after it.
func init() { C.sc_set_allocator() }

var errOutOfMemory = errors.New("out of memory")

// Parser parses one text at a time. It keeps the memory of its tree between texts, 1.3 MiB
// at most.
type Parser struct{ runner *C.sc_runner }

// NewParser returns a Parser for any grammar.
func NewParser() (*Parser, error) {
	runner := C.sc_runner_new()
	if runner == nil {
		return nil, errOutOfMemory
	}
	p := &Parser{runner: runner}
	runtime.AddCleanup(p, func(runner *C.sc_runner) { C.sc_runner_delete(runner) }, runner)
	return p, nil
}

// Parse parses text and calls use with its tree. The nodes are C memory, valid until use
// returns; use may not change them. A context that ends during the run is the only error to
// expect.
func (p *Parser) Parse(ctx context.Context, g *Grammar, text []byte, limits Limits, use func(*Result)) error {
	defer runtime.KeepAlive(p)
	defer runtime.KeepAlive(g)

	cancelled := (*uint32)(unsafe.Pointer(&p.runner.cancelled))
	atomic.StoreUint32(cancelled, 0)
	defer whenEnded(ctx, func() { atomic.StoreUint32(cancelled, 1) })()
	if len(text) == 0 {
		text = []byte{0}[:0:1] // C wants an address
	}
	flags := C.sc_run(p.runner, g.grammar,
		(*C.char)(unsafe.Pointer(unsafe.SliceData(text))), C.uint32_t(len(text)),
		(*C.sc_limits)(unsafe.Pointer(&limits)))
	return result(ctx, g, p.runner, flags, use)
}

// whenEnded has a function called once ctx has ended. After stop it is not running
// and will not be called.
func whenEnded(ctx context.Context, f func()) (stop func()) {
	if ctx.Done() == nil {
		return func() {}
	}
	called := make(chan struct{})
	unregister := context.AfterFunc(ctx, func() {
		defer close(called)
		f()
	})
	return func() {
		if !unregister() {
			<-called
		}
	}
}

// result hands what a run has found to use.
func result(ctx context.Context, g *Grammar, runner *C.sc_runner, flags C.uint32_t, use func(*Result)) error {
	if flags&C.SC_CANCELLED != 0 {
		return context.Cause(ctx)
	}
	if flags&C.SC_FAILED != 0 {
		return errors.New("parse: the grammar does not fit the library, or memory ran out")
	}
	use(&Result{
		Tree: syntax.Tree{
			Grammar: g.names,
			Nodes:   unsafe.Slice((*syntax.Node)(unsafe.Pointer(runner.tree.nodes)), int(runner.tree.count)),
		},
		Truncated: flags&C.SC_TRUNCATED != 0,
		Work: Work{
			ParseBytes: uint64(runner.parse_bytes), LexBytes: uint64(runner.lex_bytes),
			ParseTicks: uint32(runner.parse_ticks),
		},
	})
	return nil
}

// The two declarations of a node are one.
var _ [syntax.NodeSize - C.sizeof_sc_node]struct{} = [C.sizeof_sc_node - syntax.NodeSize]struct{}{}

// Fingerprint describes the grammar in so many bytes that two versions with
// different node kinds, fields or tables hardly ever share it.
func Fingerprint(grammar unsafe.Pointer) ([]byte, error) {
	if grammar == nil {
		return nil, errors.New("no grammar")
	}
	var n C.size_t
	text := C.sc_fingerprint((*C.TSLanguage)(grammar), &n)
	defer C.free(unsafe.Pointer(text))
	return C.GoBytes(unsafe.Pointer(text), C.int(n)), nil
}
