//go:build cgo

package treesitter

/*
#include "language.h"
#include "run.h"
*/
import "C"

import (
	"errors"
	"runtime"
	"unsafe"

	"github.com/symcache/symcache/lsp/symbols/syntax"
)

// Grammar is a grammar made ready. It is immutable and safe for concurrent use.
type Grammar struct {
	grammar *C.sc_grammar
	names   *syntax.Grammar
}

// NewGrammar makes a grammar ready, in some 50 us. It returns an error for nil, for a grammar
// of a version that the library does not know, and for one with too many fields.
func NewGrammar(grammar unsafe.Pointer) (*Grammar, error) {
	if grammar == nil {
		return nil, errors.New("no grammar")
	}
	language := (*C.TSLanguage)(grammar)
	if language.abi_version > C.LANGUAGE_VERSION_LAST {
		return nil, errors.New("the grammar is of a version that the parser library does not know")
	}
	names, err := namesOf(language)
	if err != nil {
		return nil, err
	}
	g := &Grammar{grammar: C.sc_grammar_new(language), names: names}
	if g.grammar == nil {
		return nil, errOutOfMemory
	}
	runtime.AddCleanup(g, func(grammar *C.sc_grammar) { C.sc_grammar_release(grammar) }, g.grammar)
	return g, nil
}

// Names returns the names of the types and fields.
func (g *Grammar) Names() *syntax.Grammar { return g.names }

// namesOf reads the names where the grammar has them: constants of the program.
func namesOf(language *C.TSLanguage) (*syntax.Grammar, error) {
	n := int(language.symbol_count) + int(language.alias_count)
	texts := unsafe.Slice(language.symbol_names, n)
	metadata := unsafe.Slice(language.symbol_metadata, n)
	public := unsafe.Slice(language.public_symbol_map, n)
	symbols := make([]syntax.Symbol, n)
	for i := range symbols {
		symbols[i] = syntax.Symbol{
			Name:  constant(texts[i]),
			Named: bool(metadata[i].named), Visible: bool(metadata[i].visible), Supertype: bool(metadata[i].supertype),
			Type: syntax.Type(public[i]),
		}
	}
	fields := make([]string, language.field_count+1)
	for i, text := range unsafe.Slice(language.field_names, len(fields)) {
		if i > 0 {
			fields[i] = constant(text)
		}
	}
	return syntax.NewGrammar(symbols, fields)
}

// constant returns a C string that is never freed.
func constant(text *C.char) string {
	if text == nil {
		return ""
	}
	n := 0
	for *(*byte)(unsafe.Add(unsafe.Pointer(text), n)) != 0 {
		n++
	}
	return unsafe.String((*byte)(unsafe.Pointer(text)), n)
}
