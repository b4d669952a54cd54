// Package c describes the C language.
package c

import (
	_ "embed"

	"github.com/symcache/symcache/lsp/symbols/language"
)

//go:embed symbols.scm
var query string

// Language returns the description of C. The outline is that of clangd. A ".h"
// may be C++ as well; what of it is C is seen.
func Language() *language.Language {
	types := []string{
		"struct", "union", "enum", "inline", "const", "void", "char", "short", "int", "long", "unsigned", "signed", "float",
		"double", "bool", "_Bool", "size_t",
	}
	return &language.Language{
		ID:          "c",
		LanguageIDs: []string{"c"},
		Extensions:  []string{".c", ".h"},
		Shared:      map[string]string{".h": "cpp"}, // VS Code and Neovim do
		Query:       query,
		Options: language.Options{
			DefaultVisibility: "public", // external linkage, members; static is in the query
			Deprecated:        `[@\\]deprecated\b`,
			DeprecatedWord:    "deprecated",
			// Those of C23 alone, bool for one, are names in older sources.
			Keywords: []string{
				"auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else",
				"enum", "extern", "float", "for", "goto", "if", "inline", "int", "long", "register",
				"restrict", "return", "short", "signed", "sizeof", "static", "struct", "switch", "typedef",
				"union", "unsigned", "void", "volatile", "while", "_Alignas", "_Alignof", "_Atomic",
				"_BitInt", "_Bool", "_Complex", "_Generic", "_Imaginary", "_Noreturn", "_Static_assert",
				"_Thread_local", "__attribute__", "__attribute", "__declspec", "__extension__", "__inline",
				"__inline__", "__const", "__const__", "__volatile__", "__restrict", "__restrict__",
				"__signed__", "__asm__", "__asm", "__typeof__", "__typeof", "__thread", "__cdecl",
				"__stdcall",
			},
			SignatureTrim: ";,=",
			Macros:        macros(),
			Skeleton: &language.Skeleton{
				// Functions end in ")", initialisers of tables begin with "=".
				BodyAfter: ")=",
				NoBodyAfter: []string{
					"__attribute__", "__attribute", "__declspec", "__aligned", "_Alignas", "alignas", "__packed",
				},
			},
		},
		Lexis: language.Lexis{
			LineComments: []string{"//"},
			BlockComment: [2]string{"/*", "*/"},
			Strings: []language.StringLiteral{
				{Delimiter: `"`, Escape: '\\'},
				{Delimiter: "'", Escape: '\\'},
			},
			WordBytes: "$",
			Directive: "#",
			Declarations: language.Declarations{
				Words:    append([]string{"static", "extern", "typedef"}, types...),
				Seconds:  types,
				Labels:   true,
				Ends:     ";}",
				EndsOnly: true,
			},
		},
		Detail: detail,
		Syntax: language.Syntax{
			ImportWords: []string{"#include", "using"}, // "using" in headers of C++
		},
		Selection: language.Selection{ // as the syntax trees of Clang have it
			Skip: []string{
				"argument_list", "parameter_list", "function_declarator", "pointer_declarator", "array_declarator", "string_content",
				"escape_sequence", "expression_statement", "if_statement.condition", "while_statement.condition", "switch_statement.condition",
				"do_statement.condition", "field_declaration_list", "enumerator_list", "else_clause",
			},
			Heads:    []string{"function_definition"},
			HeadFrom: "type",
			Pointer:  "pointer_declarator",
			Semicolons: []string{
				"declaration", "expression_statement", "return_statement", "break_statement", "continue_statement", "goto_statement",
				"field_declaration", "type_definition", "do_statement", "if_statement", "for_statement", "while_statement", "case_statement", "labeled_statement",
			},
			SemicolonsToo: []string{"compound_statement/declaration"},
		},
		Names:         names(),
		Grammar:       grammar,
		GrammarModule: "github.com/tree-sitter/tree-sitter-c",
	}
}
