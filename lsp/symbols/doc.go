// Package symbols turns the text of a source file into its symbols: tree-sitter
// parses it, a query per language finds the declarations, and what it captures
// becomes a Summary. A summary is a pure function of the text, the language and
// its revision; every bound that shapes it counts work, not time.
//
// Open documents have a syntax tree as well (Extractor.Tree): of the whole text, in the same
// words and mended by the same pieces. Nothing that is made of it is a part of a summary.
//
// The text is that which an editor holds (Text, UnixLines), so that one file has one text
// on all systems. A revision (Extractor.Revision) is a hash of the grammar, the parser
// library, our own code's versions, the query, the options and the limits. It differs by
// part, the kind of value that is made of a text: a change for one part leaves the
// others valid, and so does a new option until a language sets it.
//
// Four steps lead to the symbols:
//
//	words     what the grammar does not know is written in other words of equal length:
//	          macros, the newest of a language, types of another one; defines are found on
//	          the way
//	skeleton  the lexer finds function bodies, which hold no symbols and are not parsed, nor
//	          are defines
//	parse     tree-sitter parses the rest; its tree is copied into an array (package syntax)
//	query     the declarations are found in the tree (package query)
//	pieces    only if there are syntax errors: the lexer cuts the text into its top-level
//	          declarations, and those that the damage reaches are parsed again, each alone
//
// A language is a folder below this one: its grammar, its query (symbols.scm), how it is
// written (language.Lexis), its options and its golden cases. A dialect has a grammar, a query
// and options of its own. Nothing else knows languages by name.
//
// # Queries
//
// The captures of a pattern say what a match means:
//
//	@def.KIND      the declaration; KIND is a kind of LSP in lower camel case
//	@name          its identifier: the name, and what is selected in an editor
//	@declarator    in its place: a declarator of C, whose innermost identifier is the name
//	@as.KIND       what the declaration is instead of what @def says
//	@signature     where the signature is, if not in the declaration
//	@body          the signature ends where this begins
//	@receiver      fills {receiver} of a label; the container if there is no @container
//	@container     what the symbol belongs to, where nesting does not tell
//	@flag.FLAG     a property: static, async, deprecated; see Flags for all
//	@visibility.V  public, protected or private
//	@comment       a comment; those directly above a declaration may deprecate it
//	@opaque        nothing inside this node is a symbol (in a pattern of its own)
//	@transparent   this node is not opaque, whatever other patterns say
//	@_anything     for predicates only
//
// Symbols nest as their declarations do. The first pattern of the file that
// matches a name node decides what it is; a pattern with @name and without @def
// adds its flags, visibility and @as to whatever that is. Predicates are #eq?,
// #match?, #any-of? and their not- forms (regular expressions are Go's), and
// #set! with "name" (for what has no identifier), "label" (a format with {name}
// and {receiver}), "prefix" (in front of the signature), "level" and "merge".
// Anything else in a query is an error.
//
// "level outer" is for members that a function declares for the class around it:
// self.x in a Python method, a parameter property of a TypeScript constructor.
// "level leaf" is for declarations that enclose no others even if their ranges do.
// "merge" is for languages in which binding a name again makes no second symbol:
// of the siblings with one name, the last with "merge last" is shown, else the
// first with "merge first".
//
// # Encoding
//
// The encoding of a summary decides how much disk a cache takes, so it says each thing
// once and leaves out what can be expected: the parent and column of the symbol before, a
// name that stands in the signature where the one before did, a selection that is the
// name, an end that follows from the signature.
//
//	version      1 byte
//	symbols      count << 1 | 1 if there are sections
//	numbers      length in bytes
//	text         length in bytes, before compression
//	sections     only if there are: length in bytes
//	per section, in ascending order of tags:
//	  tag, length in bytes, content
//	per symbol:
//	  head       1 byte: kind | visibility << 5 | more << 7
//	  flags      only if more: hasLabel | hasContainer << 1 | wide << 2 | flags << 3
//	  shape      1 byte: what of the rest is given and what left out
//	  place      if shapePlace: own index - parent, or 0; column
//	  line       difference to the symbol before
//	  signature  length
//	  name       if shapeName: place in the signature + 1, or 0: in the text; length
//	  container  if there is one: the same two numbers
//	  label      if there is one: length; in the text
//	  selection  what startAt says
//	  end        of the range: what endAt says
//	  columns in UTF-16, only if wide: difference to that in bytes, four times
//	text         compressed: per symbol signature, name, container, label as far as
//	             they are in the text
//
// All numbers are varints; differences that can be negative are zigzag varints.
//
// The encoding grows by sections, for what most summaries do not have. A decoder skips a
// section whose tag it does not know, and what follows the part of a section's content
// that it knows. It keeps flags and reasons that it does not know.
//
//	tag  content
//	1    Truncated
//	2    SyntaxErrors
//	3    reserved: regions of embedded languages, per region its range and its language
//	4    Defines, see defines_encode.go
package symbols
