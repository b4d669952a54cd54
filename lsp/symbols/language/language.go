// Package language describes a programming language as data: how its files are
// recognised, the tree-sitter query that finds its symbols, the options that turn
// matches into symbols, and how it is written. It holds no code of any language and
// needs no cgo.
package language

import "unsafe"

// Language is one language. Values are shared and never changed.
type Language struct {
	// ID names the language in keys and directory names: lower-case ASCII
	// letters and digits.
	ID string
	// LanguageIDs are the identifiers that LSP clients use for it.
	LanguageIDs []string
	// Filenames are whole file names, Extensions have their dot; both are
	// compared as they are.
	Filenames, Extensions []string
	// Shared are those Extensions whose files LSP clients may take for another
	// language, with the identifier that they use for that.
	Shared map[string]string
	// Interpreters are the programs of a "#!" line, without directory and
	// without a version suffix.
	Interpreters []string

	// Query is the text of symbols.scm; its captures are described in the
	// documentation of the package symbols.
	Query   string
	Options Options

	// Nested is the text of nested.scm, a query for what is declared inside of functions.
	// Its @opaque marks their bodies: only what is in one counts, instead of what is in
	// none. It runs on trees of open documents, and is in no revision. Empty: there is
	// nothing to find.
	Nested string

	// Lexis is how the language is written. Summaries depend on it.
	Lexis Lexis

	// Syntax is what only hovers and folds need to know of a text. No summary depends on
	// it, so it is part of no revision.
	Syntax Syntax
	// Selection is how the language's own server goes outwards from a place. No summary
	// depends on it.
	Selection Selection

	// Detail writes what an outline shows beside the name of a symbol, as the language's
	// own server does. It takes any text. Nil: that server shows nothing. No summary
	// depends on it.
	Detail func(Declaration) string

	// Names is what package resolve needs to know of names. No summary depends on it.
	Names Names

	// Dialect is how other files of the language are written. Nil: all are written alike.
	Dialect *Dialect

	// Grammar returns the tree-sitter grammar, nil when built without cgo.
	Grammar func() unsafe.Pointer
	// GrammarModule is the path of the Go module that the grammar comes from.
	GrammarModule string
}

// Dialect is another way to write files of a language. It has the language's Lexis.
type Dialect struct {
	// Marks: a text is written so if a comment before all else has one of these. Any other is
	// if it has syntax errors as the language has it, and none as the dialect has.
	Marks []string

	Query, Nested string
	Names         Names
	Options       Options
	Grammar       func() unsafe.Pointer
	GrammarModule string
}

// Names says what the names in a text mean. Without queries it is not known.
type Names struct {
	// Locals and Names are the texts of locals.scm and names.scm; their captures are
	// described in the documentation of the package resolve.
	Locals, Names string
	// Prelude are the names that the language itself binds around every text.
	Prelude []string
	// Family names the languages whose names are seen from this one. Empty: only itself.
	Family string
	// Shared says of which other texts the top level is seen without an import.
	Shared Shared
}

// Shared says which texts see each other's top level.
type Shared uint8

// The ways.
const (
	SharedNot       Shared = iota // none: a name that nothing in a text binds is not known
	SharedDirectory               // those of the directory, as in Go
	SharedLinked                  // all, as in C; what one declares may be declared in others
)

// Declaration is a symbol as its text declares it.
type Declaration struct {
	Name, Signature string
	Members         bool // there are symbols inside of it
}

// Options hold what a query cannot say. All of it is data and part of the language's
// revisions, so every field must survive a JSON encoding. A new field changes no
// revision as long as it has its zero value, which must mean what was so without it.
type Options struct {
	// Visibility rules are tried in order on a symbol's name, unless the query
	// captured a visibility; DefaultVisibility is for names that none matches.
	// "public", "protected", "private", or "" for unknown.
	Visibility        []NameRule
	DefaultVisibility string

	// Members are the kinds that declarations of a kind have directly inside a
	// class: {"function": "method"}.
	Members map[string]string

	// Deprecated is a regular expression that finds the mark of a deprecated
	// symbol in the comments directly above it. Empty: there is no such mark.
	Deprecated string
	// DeprecatedWord is a literal that every match of Deprecated contains, so
	// that texts without it are not searched at all.
	DeprecatedWord string

	// Keywords are the words that no declaration can have as its name. A parser that
	// recovers from an error may take one for a name; such a symbol is left out.
	Keywords []string
	// KeywordMembers are the kinds whose names may be Keywords nevertheless.
	KeywordMembers []string

	// SignatureTrim are the characters to take off the end of a signature.
	SignatureTrim string

	// Skeleton tells how to find the insides of function bodies without parsing
	// them. Nil: the whole text is parsed.
	Skeleton *Skeleton

	// Macros tells how to find the uses of macros that the grammar cannot understand.
	// Nil: the text is parsed as it is.
	Macros *Macros

	// Gaps are what the language has and its grammar does not know. Nil: there is nothing.
	Gaps *Gaps

	// Types tells how to find types that the grammar does not know. Nil: it knows them.
	Types *Types
}

// Types are the words around types in a language in which they follow a ":". In front of
// the text's grammar, which knows others, they are written as the number 0.
type Types struct {
	Alias     string   // before a name for a type, "=" and the type
	Hidden    string   // before Alias: the type need not be given
	Declare   string   // before what is declared without a value
	Export    string   // behind Declare, which is blanked then
	Default   string   // behind Export: a type may follow
	Exports   []string // the tokens behind Declare that a ":" and the type of a module follow
	Variables []string // before names with types
	Functions []string // before a name and parameters
	Members   []string // before a name and braces with members
	Mixins    string   // behind such a name: more classes follow
	Case      string   // before an expression and a ":" behind which no type is
	Cast      string   // between an expression and its type, in parentheses
	Operators []string // before the parameters of a function, beside RegexpAfter
	Prefixes  []string // before a type, in a type
	Infixes   []string // between types, in a type
	Condition string   // the same, if "?" and ":" follow
}

// Gaps are what a language has and its grammar does not know, and half-written lines that it
// takes for something else. They are written in another way, of the same length, before the
// text is parsed.
type Gaps struct {
	Words []GapWord
	// Attributes are words that begin an object behind the name of a module.
	Attributes []string
	// Lists are words before lists of names in braces, where keywords are names.
	Lists []string
	// ListWords may stand before a name in such a list.
	ListWords []string
	// TypeImport begins the import of a module inside of a type; "" for none.
	TypeImport string
	// Signatures: a member of a type that begins with a bracket, on a line of its own, needs
	// no separator before it, unless one of these words precedes it. Nil: it needs one.
	Signatures []string
	// LineEnds are bytes with which no line ends outside of brackets, if the next one begins
	// with a word at column 0. Somebody writes such a line, and the grammar would join it with
	// the next.
	LineEnds string
	// Escapes begins the strings whose escapes are unknown where they are types; 0 for none.
	Escapes byte
}

// GapWord is a use of some words, which the tokens around it tell.
type GapWord struct {
	Words []string
	// After are the tokens that may stand before it; empty: any. First: it may also be
	// the first token of its line, whatever stands before.
	After []string
	First bool
	// Before are the tokens that may follow; empty: any. BeforeName: a word that is none of
	// NotBefore has to follow on the same line instead.
	Before     []string
	BeforeName bool
	NotBefore  []string
	// Write is written in its place, and blanks behind it. A single byte replaces the
	// first byte alone. With is a word that goes where it stands before.
	Write string
	With  string
}

// Macros are the words of C declarations. Whatever else stands in one, besides one type
// and one name, is a macro.
type Macros struct {
	Specifiers []string // may stand before a type, and the grammar knows them
	Ignored    []string // the same, and the grammar does not
	Types      []string
	TypesOf    []string // types with parentheses behind them
	Tags       []string // begin a type with a name
	Attributes []string // the grammar knows where they may stand
	Statements []string // begin what is no declaration
	Foreign    []string // begin declarations of another language, which are left out

	// Define is the directive that defines a macro. Empty: those are not noted.
	Define string

	// Definitions are shapes of macro calls that define something: a function where a
	// body follows, else a variable. The argument that is called "name" says what:
	//
	//	TEST(_, name)
	//	SYSCALL_DEFINE*(name)
	//
	// A "*" stands for any part of the macro's name, and arguments behind "name" need not
	// be given. An exact name counts before one with a "*", and earlier shapes before later
	// ones.
	Definitions []string
}

// Syntax says how documentation and imports are written.
type Syntax struct {
	// SpacedComments: a line comment without a blank behind its mark is no prose, but
	// code that is commented out.
	SpacedComments bool
	// Decorators begin a line between a declaration and its comment.
	Decorators []string
	// DocStrings are the quotes of a string that documents a declaration: the first
	// statement of its body. DocStringPrefixes are the letters that may precede one.
	DocStrings        []string
	DocStringPrefixes string
	// ImportWords begin a line that says what else a text uses. A blank follows.
	ImportWords []string
}

// Selection says which parts of a text are selected, one around the other, beside the
// constructs of the syntax tree. Types and fields are those of the grammar. Without it, they
// are all constructs.
type Selection struct {
	// Tokens: keywords, operators and brackets are selected, too.
	Tokens bool
	// Inside: what stands between two brackets is selected, too: all of it where they stand
	// on different lines, else without the blanks at its ends, as between "<" and ">".
	Inside bool
	// Braces are types of constructs of which the last brackets are selected with what is
	// between them.
	Braces []string
	// Skip are types of constructs that are not selected: "type", or "type.field" for what
	// is that field of one, or "type/type" for what stands directly in one. SkipShort are
	// types of those that are selected only if they have several lines, SkipLone of those
	// with siblings of their type.
	Skip, SkipShort, SkipLone []string
	// Doc begins a comment that is selected together with the construct directly behind it;
	// "" for none.
	Doc string
	// Pointer is the type of a declarator whose first token is selected together with the
	// type in front of it, as the "*" of "int *a"; "" for none. It may be in another one.
	Pointer string
	// Runs are types of constructs of which several in a row are selected together.
	Runs []string
	// Heads are types of constructs whose text before their body is selected around what is
	// in it; HeadFields are the fields of the parts around which it is, all if there are
	// none. HeadFrom is the field with which it begins, "" for the first part.
	Heads, HeadFields []string
	HeadFrom          string
	// Semicolons are types of constructs that are selected without the ";" at their end.
	// Those of SemicolonsToo, written as in Skip, are selected with it as well.
	Semicolons, SemicolonsToo []string
}

// NameRule gives the names that match a regular expression a visibility.
type NameRule struct {
	Match      string
	Visibility string
}

// Skeleton says, of a language with braces, which of them are the bodies of top-level
// functions. Beside this, that follows from the Lexis.
type Skeleton struct {
	// FunctionWord begins, at the start of a line, every declaration that has a
	// body. Empty: any "{" outside of all brackets may begin one.
	FunctionWord string
	// BodyAfter are the bytes that may precede the "{" of a body, blanks and
	// comments aside. Empty: all.
	BodyAfter string
	// NoBodyAfter are the words that make a "{" behind them, or behind a
	// parenthesis that follows them, something else than a body.
	NoBodyAfter []string
}
