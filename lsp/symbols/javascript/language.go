// Package javascript describes JavaScript, JSX included.
package javascript

import (
	_ "embed"
	"slices"

	"github.com/symcache/symcache/lsp/symbols/language"
)

//go:embed common.scm
var common string

//go:embed commonjs.scm
var commonJS string

//go:embed symbols.scm
var query string

//go:embed nested.scm
var nested string

// Nested returns the query of all dialects for what is declared inside of functions.
func Nested() string { return nested }

// Common returns the part of the query that TypeScript's grammar, which extends
// that of JavaScript, shares.
func Common() string { return common }

// CommonJS returns the part of the query that only scripts and CommonJS modules need.
func CommonJS() string { return commonJS }

// Options returns the options of all dialects.
func Options() language.Options {
	return language.Options{
		// What a module exports is marked by the query, a class's members are
		// public unless they say otherwise.
		Visibility:     []language.NameRule{{Match: `^#`, Visibility: "private"}},
		Deprecated:     `@deprecated\b`,
		DeprecatedWord: "@deprecated",
		// Not "default": a default export without a name is called so.
		Keywords: []string{
			"break", "case", "catch", "class", "const", "continue", "debugger", "delete", "do",
			"else", "enum", "export", "extends", "false", "finally", "for", "function", "if", "import",
			"in", "instanceof", "new", "null", "return", "super", "switch", "this", "throw", "true", "try",
			"typeof", "var", "void", "while", "with",
		},
		KeywordMembers: []string{"method", "property", "field", "enumMember", "constructor"},
		SignatureTrim:  "={ ;",
		Gaps:           &language.Gaps{Words: gapWords(""), Attributes: []string{"with", "assert"}, Lists: []string{"export", "import"}, LineEnds: "."},
	}
}

// TypedOptions returns the options of the dialects with types.
func TypedOptions() language.Options {
	o := Options()
	o.Gaps.Words = slices.Concat(gapWords("readonly"), []language.GapWord{
		{Words: []string{"in", "out"}, After: []string{"<", ",", "in"}, BeforeName: true, NotBefore: []string{"as", "extends"}}, // of a type parameter
		{Words: []string{"type"}, After: []string{"export"}, Before: []string{"*"}},
		{Words: []string{"abstract", "using"}, Before: []string{":", "?", ",", "(", ")", "=", ";", "}", "."}, Write: "_"}, // names
		{Words: []string{"readonly"}, After: []string{"keyof"}},
		// Names of the elements of a tuple.
		{
			Words: []string{"any", "boolean", "never", "number", "object", "string", "symbol", "unknown"},
			After: []string{"[", ",", "."}, Before: []string{":", "?"}, Write: "_",
		},
		{Words: []string{"global"}, After: []string{"{", "}", ";"}, Before: []string{"{"}}, // in a module
	})
	o.Gaps.TypeImport = "import"
	o.Gaps.Signatures = []string{
		"abstract", "as", "async", "await", "case", "delete", "do", "else", "export", "extends", "get", "in", "infer", "instanceof", "is",
		"keyof", "new", "of", "readonly", "return", "satisfies", "set", "static", "throw", "typeof", "unique", "yield",
	}
	o.Gaps.Escapes = '`'
	return o
}

// gapWords are those of all dialects. A field with accessors is written as another field.
func gapWords(field string) []language.GapWord {
	operators := []string{"as", "in", "instanceof", "is", "of", "satisfies"}
	return []language.GapWord{
		{
			Words: []string{"accessor"}, BeforeName: true, NotBefore: operators, Write: field, First: true,
			After: []string{"{", "}", ";", "abstract", "declare", "override", "private", "protected", "public", "static"},
		},
		{
			Words: []string{"using"}, BeforeName: true, NotBefore: operators, Write: "const", With: "await", First: true,
			After: []string{"{", "}", ";", "(", "await"},
		},
	}
}

// Lexis returns how all dialects are written.
func Lexis() language.Lexis {
	return language.Lexis{
		LineComments: []string{"//"},
		BlockComment: [2]string{"/*", "*/"},
		Strings: []language.StringLiteral{
			{Delimiter: `"`, Escape: '\\'},
			{Delimiter: "'", Escape: '\\'},
			{Delimiter: "`", Escape: '\\', Multiline: true, Interpolation: "${"},
		},
		WordBytes: "$#",
		Regexps:   true,
		RegexpAfter: []string{
			"return", "typeof", "case", "in", "of", "delete", "void", "throw", "new", "else", "do", "instanceof", "await", "yield",
		},
		Declarations: language.Declarations{
			Words: []string{
				"@", "function", "class", "const", "let", "var", "export", "import", "async", "abstract", "declare", "interface", "type",
				"enum", "namespace", "module", "exports",
			},
			Bytes:         "([!;+'\"",
			Continuations: []string{"else", "catch", "finally", "while"},
			Ends:          ";}",
			Joins:         "=,+-*/%&|^<?:.",
			Lists:         []string{"var", "let", "const"},
			Blocks:        []string{"if", "for", "while", "switch", "catch", "with", "await"},
		},
	}
}

// Syntax returns the syntax of all dialects.
func Syntax() language.Syntax {
	return language.Syntax{
		Decorators:  []string{"@"},
		ImportWords: []string{"import"},
	}
}

// Selection returns how tsserver goes outwards, in all dialects.
func Selection() language.Selection {
	return language.Selection{
		Tokens: true, Inside: true, Doc: "/**",
		Skip: []string{
			"arguments", "formal_parameters", "type_arguments", "type_parameters", "type_annotation", "class_body", "interface_body",
			"enum_body", "export_statement.declaration", "if_statement.condition", "while_statement.condition", "switch_statement.value",
			"if_statement.consequence", "else_clause", "else_clause/statement_block", "for_statement.body", "for_in_statement.body",
			"while_statement.body", "do_statement.body", "try_statement.body", "catch_clause.body", "finally_clause", "finally_clause.body",
			"union_type/union_type", "intersection_type/intersection_type", `string/'`, `string/"`, "template_string/`",
		},
		SkipShort: []string{"statement_block"},
		Runs:      []string{"import_statement"},
		SkipLone:  []string{"variable_declarator"},
	}
}

// Language returns the description of JavaScript, with a dialect for what is written with
// types. The outline is that of tsserver, as typescript-language-server presents it.
func Language(typed *language.Dialect) *language.Language {
	return &language.Language{
		ID:            "javascript",
		LanguageIDs:   []string{"javascript", "javascriptreact", "javascript.jsx"},
		Filenames:     []string{"Jakefile"},
		Extensions:    []string{".js", ".jsx", ".mjs", ".cjs", ".es6"},
		Interpreters:  []string{"node", "nodejs", "js"},
		Query:         common + query + commonJS,
		Nested:        nested,
		Options:       Options(),
		Lexis:         Lexis(),
		Syntax:        Syntax(),
		Names:         Names(locals, elements),
		Dialect:       typed,
		Selection:     Selection(),
		Grammar:       grammar,
		GrammarModule: "github.com/tree-sitter/tree-sitter-javascript",
	}
}
