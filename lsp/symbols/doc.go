// Package symbols turns the text of a source file into its symbols: tree-sitter
// parses it, a query per language finds the declarations, and what it captures
// becomes a Summary. A summary is a pure function of the text, the language and
// the extractor's revision; every bound that shapes it counts work, not time.
//
// A language is a folder below this one: its grammar, its query (symbols.scm),
// its options and its golden cases. Nothing else knows languages by name.
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
package symbols
