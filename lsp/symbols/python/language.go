// Package python describes the Python language.
package python

import (
	_ "embed"

	"github.com/symcache/symcache/lsp/symbols/language"
)

//go:embed symbols.scm
var query string

//go:embed nested.scm
var nested string

// Language returns the description of Python. The outline is that of pyright.
func Language() *language.Language {
	return &language.Language{
		ID:          "python",
		LanguageIDs: []string{"python"},
		// The build files of SCons and waf are Python and have no extension.
		Filenames:    []string{"SConstruct", "Sconstruct", "sconstruct", "SConscript", "wscript"},
		Extensions:   []string{".py", ".pyi", ".pyw"},
		Interpreters: []string{"python", "pypy", "uv"}, // "uv run --script"
		Query:        query,
		Nested:       nested,
		Options: language.Options{
			Visibility: []language.NameRule{
				{Match: `^__.+__$`, Visibility: "public"},
				{Match: `^__`, Visibility: "private"},
				{Match: `^_`, Visibility: "protected"},
			},
			DefaultVisibility: "public",
			Members:           map[string]string{"function": "method"},
			Keywords: []string{
				"False", "None", "True", "and", "as", "assert", "async", "await", "break", "class",
				"continue", "def", "del", "elif", "else", "except", "finally", "for", "from", "global",
				"if", "import", "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return",
				"try", "while", "with", "yield",
			},
			SignatureTrim: ":= ",
			Gaps:          &language.Gaps{LineEnds: ".="},
		},
		Lexis: language.Lexis{
			LineComments: []string{"#"},
			Strings: []language.StringLiteral{
				{Delimiter: `"""`, Escape: '\\', Multiline: true},
				{Delimiter: "'''", Escape: '\\', Multiline: true},
				{Delimiter: `"`, Escape: '\\'},
				{Delimiter: "'", Escape: '\\'},
			},
			Declarations: language.Declarations{
				Words:         []string{"@", "def", "class", "async", "import", "from", "if", "for", "while", "with", "try"},
				Bytes:         "([{'\"*",
				Value:         "=",
				Joins:         `\`,
				Continuations: []string{"else", "elif", "except", "finally"},
			},
		},
		Syntax: language.Syntax{
			SpacedComments:    true,
			Decorators:        []string{"@"},
			DocStrings:        []string{`"""`, "'''"},
			DocStringPrefixes: "rRuU",
			ImportWords:       []string{"import", "from"},
		},
		Names:         names(),
		Grammar:       grammar,
		GrammarModule: "github.com/tree-sitter/tree-sitter-python",
	}
}
