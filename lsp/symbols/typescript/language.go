// Package typescript describes TypeScript without JSX.
package typescript

import (
	_ "embed"

	"github.com/symcache/symcache/lsp/symbols/javascript"
	"github.com/symcache/symcache/lsp/symbols/language"
)

//go:embed symbols.scm
var typed string

//go:embed assigned.scm
var assigned string

// Query returns the query of both TypeScript grammars.
func Query() string { return Typed() + assigned }

// Typed returns the part of the query that all dialects with types share.
func Typed() string { return javascript.Common() + typed }

// Language returns the description of TypeScript. The outline is that of
// tsserver, as typescript-language-server presents it.
func Language() *language.Language {
	return &language.Language{
		ID:            "typescript",
		LanguageIDs:   []string{"typescript"},
		Extensions:    []string{".ts", ".mts", ".cts"},
		Interpreters:  []string{"deno", "bun", "ts-node", "tsx"},
		Query:         Query(),
		Nested:        javascript.Nested(),
		Options:       javascript.TypedOptions(),
		Lexis:         javascript.Lexis(),
		Syntax:        javascript.Syntax(),
		Selection:     javascript.Selection(),
		Names:         Names(""),
		Grammar:       grammar,
		GrammarModule: "github.com/tree-sitter/tree-sitter-typescript",
	}
}
