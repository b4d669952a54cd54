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
	"math"
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
	q := &Query{query: (*C.sc_query)(C.calloc(1, C.sizeof_sc_query))}
	*q.query = C.sc_query{language: (*C.TSLanguage)(grammar), query: query, declarator_capture: math.MaxUint32}
	if i := slices.Index(q.CaptureNames(), DeclaratorCapture); i >= 0 {
		name := C.CString(DeclaratorCapture)
		defer C.free(unsafe.Pointer(name))
		q.query.declarator_capture = C.uint32_t(i)
		q.query.declarator_field = C.ts_language_field_id_for_name(q.query.language, name,
			C.uint32_t(len(DeclaratorCapture)))
	}
	runtime.AddCleanup(q, func(query *C.sc_query) {
		C.ts_query_delete(query.query)
		C.free(unsafe.Pointer(query))
	}, q.query)
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

// Parser parses one text at a time. It keeps the memory of its captures between
// texts, 1 MiB at most.
type Parser struct{ runner *C.sc_runner }

// NewParser returns a Parser for any grammar.
func NewParser() (*Parser, error) {
	runner := C.sc_runner_new()
	if runner == nil {
		return nil, errors.New("out of memory")
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
	if ctx.Done() != nil {
		set := make(chan struct{})
		stop := context.AfterFunc(ctx, func() {
			atomic.StoreUint32(cancelled, 1)
			close(set)
		})
		defer func() {
			if !stop() {
				<-set // or it would cancel the next run
			}
		}()
	}
	if len(text) == 0 {
		text = []byte{0}[:0:1] // C wants an address
	}
	flags := C.sc_run(p.runner, q.query,
		(*C.char)(unsafe.Pointer(unsafe.SliceData(text))), C.uint32_t(len(text)),
		(*C.sc_limits)(unsafe.Pointer(&limits)))
	if flags&C.SC_CANCELLED != 0 {
		return context.Cause(ctx)
	}
	if flags&C.SC_FAILED != 0 {
		return errors.New("parse: the grammar does not fit the library, or memory ran out")
	}
	captures := unsafe.Slice((*Capture)(unsafe.Pointer(p.runner.captures)), int(p.runner.count))
	use(captures, Status{Truncated: flags&C.SC_TRUNCATED != 0, Errors: int(p.runner.errors)})
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
