// Package tsx describes TypeScript with JSX, whose grammar is one of its own:
// "<T>x" is a type assertion in one and an element in the other.
package tsx

import (
	"github.com/symcache/symcache/lsp/symbols/javascript"
	"github.com/symcache/symcache/lsp/symbols/language"
	"github.com/symcache/symcache/lsp/symbols/typescript"
)

// Language returns the description of TSX. The outline is that of tsserver, as
// typescript-language-server presents it.
func Language() *language.Language {
	return &language.Language{
		ID:            "tsx",
		LanguageIDs:   []string{"typescriptreact", "typescript.tsx", "tsx"},
		Extensions:    []string{".tsx"},
		Query:         typescript.Query(),
		Nested:        javascript.Nested(),
		Options:       javascript.TypedOptions(),
		Lexis:         javascript.Lexis(),
		Syntax:        javascript.Syntax(),
		Selection:     javascript.Selection(),
		Names:         typescript.Names(javascript.Elements()),
		Grammar:       grammar,
		GrammarModule: "github.com/tree-sitter/tree-sitter-typescript",
	}
}
