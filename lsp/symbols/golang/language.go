// Package golang describes the Go language.
package golang

import (
	_ "embed"

	"github.com/symcache/symcache/lsp/symbols/language"
)

//go:embed symbols.scm
var query string

//go:embed nested.scm
var nested string

// Language returns the description of Go. The outline is that of gopls.
func Language() *language.Language {
	return &language.Language{
		ID:          "go",
		LanguageIDs: []string{"go"},
		Extensions:  []string{".go"},
		Query:       query,
		Nested:      nested,
		Options: language.Options{
			Visibility:        []language.NameRule{{Match: `^\p{Lu}`, Visibility: "public"}},
			DefaultVisibility: "private",
			Deprecated:        `(?m)^[/*\s]*Deprecated:`,
			DeprecatedWord:    "Deprecated:",
			Keywords: []string{
				"break", "case", "chan", "const", "continue", "default", "defer", "else", "fallthrough",
				"for", "func", "go", "goto", "if", "import", "interface", "map", "package", "range",
				"return", "select", "struct", "switch", "type", "var",
			},
			Skeleton: &language.Skeleton{
				FunctionWord: "func",
				NoBodyAfter:  []string{"struct", "interface"},
			},
		},
		Lexis: language.Lexis{
			LineComments: []string{"//"},
			BlockComment: [2]string{"/*", "*/"},
			Strings: []language.StringLiteral{
				{Delimiter: `"`, Escape: '\\'},
				{Delimiter: "'", Escape: '\\'},
				{Delimiter: "`", Multiline: true},
			},
			Declarations: language.Declarations{
				Words:      []string{"func", "type", "var", "const", "import", "package"},
				WordsAlone: true,
				Ends:       ";}",
				Labels:     true,
				Groups:     []string{"type", "var", "const"},
			},
		},
		Detail: detail,
		Syntax: language.Syntax{ImportWords: []string{"import"}},
		Selection: language.Selection{ // as go/ast has it
			Skip: []string{
				"argument_list", "composite_literal.body", "literal_element", "expression_list", "import_spec_list", "statement_list",
				"for_clause", "range_clause", "interpreted_string_literal_content", "raw_string_literal_content", "escape_sequence",
			},
			Braces:     []string{"expression_switch_statement", "type_switch_statement", "select_statement", "interface_type"},
			Heads:      []string{"function_declaration", "method_declaration", "func_literal"},
			HeadFields: []string{"type_parameters", "parameters", "result"},
		},
		Names:         names(),
		Grammar:       grammar,
		GrammarModule: "github.com/tree-sitter/tree-sitter-go",
	}
}
