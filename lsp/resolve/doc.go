// Package resolve tells what a name in a text means, as far as its syntax tree tells: a
// variable or parameter that is bound around it, something of the top level, something
// imported, a member of something, or no name at all.
//
// It knows no language. How scopes and names look is said by two queries of a language's
// folder, which run over the tree of an open document:
//
//	(block) @scope
//	(short_var_declaration left: (expression_list (identifier) @def)) @extent
//	(selector_expression field: (field_identifier) @member)
//
// They are part of no revision: nothing that follows from them is stored.
//
// # Captures of locals.scm
//
//	@scope             the names bound in the node are seen in the node
//	@scope.function    the same; what is bound with .function goes no farther out
//	@scope.class       the same, but functions in it do not see them
//	@shared            opens no scope although another pattern says so
//	@outer             part of a scope whose names are sought around that scope
//	@def               the name is bound in the scope in which it stands
//	@extent            the name is seen only behind this node; it is also its declaration
//	@from              the name is seen only from the begin of this node on
//	@declaration       what a hover shows of the name
//	@wildcard          an import that binds names without naming them
//	@global            in its scope the name is that of the top level
//	@nonlocal          in its scope the name is that of the function around it
//
// @def has any of these behind it:
//
//	.outer             bound around the scope in which it stands: the name of a function
//	.function          bound in the nearest function, or at the top level
//	.last              of several in a scope the last one before the place counts, else the first
//	.import            what is bound lies in another file
//	.itself            with .import: the import is all that the name means
//	.package           with .import: what is imported is a package or module, of which the members
//	                   are at the top of files
//	.path              the node is a path, of which the last element is bound
//	.type .value       names of types and of values are apart; without either it is both
//	.tag .label        these are apart from all others
//
// # Captures of names.scm
//
//	@words             a text that is not parsed: its words are names
//	@name              a name that may be bound; where no other capture says what it is
//	@type @tag @label  the same, of that kind
//	@bound             a name that counts only if the document binds it
//	@imported          a name of another file, from which it is imported
//	@member            a member of what stands before it
//	@key               a key: a member of something that is not named here
//	@none              no name at all
//
// Of several patterns that capture a node as @def, the one counts whose match begins first.
//
// What no pattern captures is no name: comments, strings, keywords, numbers. Of several
// captures of one node the later in this list counts.
package resolve
