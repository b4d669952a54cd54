// Package flow describes JavaScript with the types of Flow.
package flow

import (
	"slices"

	"github.com/symcache/symcache/lsp/symbols/javascript"
	"github.com/symcache/symcache/lsp/symbols/language"
	"github.com/symcache/symcache/lsp/symbols/tsx"
	"github.com/symcache/symcache/lsp/symbols/typescript"
)

// Dialect returns JavaScript as files with the types of Flow have it. They are parsed by the
// grammar of TSX, without most of their types.
func Dialect() *language.Dialect {
	typed := tsx.Language()
	options := typed.Options
	options.Gaps.Words = slices.Concat([]language.GapWord{
		{Words: []string{"typeof"}, After: []string{"import"}, Write: "type"},
	}, options.Gaps.Words)
	options.Gaps.ListWords = []string{"typeof"}
	options.Types = &language.Types{
		Alias:     "type",
		Hidden:    "opaque",
		Declare:   "declare",
		Export:    "export",
		Default:   "default",
		Exports:   []string{"module", ".", "exports"},
		Variables: []string{"const", "let", "var"},
		Functions: []string{"function"},
		Members:   []string{"class", "interface"},
		Mixins:    "mixins",
		Case:      "case",
		Cast:      "as",
		Operators: []string{"async"},
		Prefixes:  []string{"typeof", "keyof", "interface", "component"},
		Infixes:   []string{"is", "renders"},
		Condition: "extends",
	}
	return &language.Dialect{
		Marks:         []string{"@flow", "@noflow"},
		Query:         javascript.CommonJS() + typescript.Typed(),
		Nested:        typed.Nested,
		Names:         typed.Names,
		Options:       options,
		Grammar:       typed.Grammar,
		GrammarModule: typed.GrammarModule,
	}
}
