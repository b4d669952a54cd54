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
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"
	"unsafe"

	// Only for the C library that it compiles: its Go functions cost a call into
	// C per node and property.
	_ "github.com/tree-sitter/go-tree-sitter"
)

// The module's own init routes every allocation of the C library through Go,
// which halves its speed; this init runs after it.
func init() { C.sc_set_allocator() }

var errOutOfMemory = errors.New("out of memory")

// Query is a compiled query. It is immutable and safe for concurrent use.
type Query struct{ query *C.sc_query }

// Compile compiles the text of a query file. The error tells the line of a
// mistake.
func Compile(grammar unsafe.Pointer, source string) (*Query, error) {
	if grammar == nil {
		return nil, errors.New("no grammar")
	}
	text := C.CString(source)
	defer C.free(unsafe.Pointer(text))
	var offset C.uint32_t
	var kind C.TSQueryError
	query := C.ts_query_new((*C.TSLanguage)(grammar), text, C.uint32_t(len(source)), &offset, &kind)
	if query == nil {
		line := 1
		for i := 0; i < int(offset) && i < len(source); i++ {
			if source[i] == '\n' {
				line++
			}
		}
		return nil, fmt.Errorf("query: line %d: unknown %s", line, queryErrorKind(kind))
	}
	q := &Query{query: C.sc_query_new((*C.TSLanguage)(grammar), query)}
	if q.query == nil {
		return nil, errOutOfMemory
	}
	runtime.AddCleanup(q, func(query *C.sc_query) { C.sc_query_release(query) }, q.query)
	if i := slices.Index(q.CaptureNames(), DeclaratorCapture); i >= 0 {
		name := C.CString(DeclaratorCapture)
		defer C.free(unsafe.Pointer(name))
		q.query.declarator_capture = C.uint32_t(i)
		q.query.declarator_field = C.ts_language_field_id_for_name(q.query.language, name,
			C.uint32_t(len(DeclaratorCapture)))
	}
	return q, nil
}

func queryErrorKind(kind C.TSQueryError) string {
	switch kind {
	case C.TSQueryErrorSyntax:
		return "syntax"
	case C.TSQueryErrorNodeType:
		return "node type"
	case C.TSQueryErrorField:
		return "field"
	case C.TSQueryErrorCapture:
		return "capture in a predicate"
	case C.TSQueryErrorStructure:
		return "structure: the pattern can never match"
	default:
		return "language version"
	}
}

// CaptureNames returns the names of all captures, without "@".
func (q *Query) CaptureNames() []string {
	names := make([]string, C.ts_query_capture_count(q.query.query))
	for i := range names {
		var n C.uint32_t
		text := C.ts_query_capture_name_for_id(q.query.query, C.uint32_t(i), &n)
		names[i] = C.GoStringN(text, C.int(n))
	}
	runtime.KeepAlive(q)
	return names
}

// Patterns returns the predicates of each pattern, in the order of the file.
func (q *Query) Patterns() [][]Predicate {
	patterns := make([][]Predicate, C.ts_query_pattern_count(q.query.query))
	for i := range patterns {
		var n C.uint32_t
		first := C.ts_query_predicates_for_pattern(q.query.query, C.uint32_t(i), &n)
		var args []Arg
		for _, step := range unsafe.Slice(first, int(n)) {
			switch step._type {
			case C.TSQueryPredicateStepTypeCapture:
				args = append(args, Arg{Capture: int(step.value_id)})
			case C.TSQueryPredicateStepTypeString:
				var size C.uint32_t
				text := C.ts_query_string_value_for_id(q.query.query, step.value_id, &size)
				args = append(args, Arg{Capture: -1, Text: C.GoStringN(text, C.int(size))})
			case C.TSQueryPredicateStepTypeDone:
				patterns[i] = append(patterns[i], Predicate{Name: args[0].Text, Args: args[1:]})
				args = nil
			}
		}
	}
	runtime.KeepAlive(q)
	return patterns
}

// PatternStarts returns where each pattern begins in the source of the query, in bytes.
func (q *Query) PatternStarts() []uint32 {
	starts := make([]uint32, C.ts_query_pattern_count(q.query.query))
	for i := range starts {
		starts[i] = uint32(C.ts_query_start_byte_for_pattern(q.query.query, C.uint32_t(i)))
	}
	runtime.KeepAlive(q)
	return starts
}

// Parser parses one text at a time. It keeps the memory of its captures between
// texts, 1 MiB at most.
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

// Run parses text, runs q over its tree and calls use with the captures, in the
// order in which the matches end. The slice is C memory, valid until use
// returns; use may write to it. A context that ends during the run is the only
// error to expect.
func (p *Parser) Run(ctx context.Context, q *Query, text []byte, limits Limits,
	use func(captures []Capture, status Status)) error {
	defer runtime.KeepAlive(p)
	defer runtime.KeepAlive(q)

	cancelled := (*uint32)(unsafe.Pointer(&p.runner.cancelled))
	atomic.StoreUint32(cancelled, 0)
	defer whenEnded(ctx, func() { atomic.StoreUint32(cancelled, 1) })()
	if len(text) == 0 {
		text = []byte{0}[:0:1] // C wants an address
	}
	flags := C.sc_run(p.runner, q.query,
		(*C.char)(unsafe.Pointer(unsafe.SliceData(text))), C.uint32_t(len(text)),
		(*C.sc_limits)(unsafe.Pointer(&limits)))
	return result(ctx, p.runner, flags, use)
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
func result(ctx context.Context, runner *C.sc_runner, flags C.uint32_t, use func([]Capture, Status)) error {
	if flags&C.SC_CANCELLED != 0 {
		return context.Cause(ctx)
	}
	if flags&C.SC_FAILED != 0 {
		return errors.New("parse: the grammar does not fit the library, or memory ran out")
	}
	captures := unsafe.Slice((*Capture)(unsafe.Pointer(runner.captures)), int(runner.count))
	use(captures, Status{
		Truncated: flags&C.SC_TRUNCATED != 0,
		Errors:    int(runner.errors),
		Nodes:     unsafe.Slice((*Node)(unsafe.Pointer(runner.nodes)), int(runner.node_count)),
		Work: Work{
			ParseBytes: uint64(runner.parse_bytes), LexBytes: uint64(runner.lex_bytes),
			ParseTicks: uint32(runner.parse_ticks), QueryTicks: uint32(runner.query_ticks),
		},
	})
	return nil
}

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
