package javascript

import (
	_ "embed"

	"github.com/symcache/symcache/lsp/symbols/language"
)

//go:embed locals_common.scm
var localsCommon string

//go:embed locals.scm
var locals string

//go:embed names_common.scm
var namesCommon string

//go:embed names_elements.scm
var elements string

// Elements returns what the names of elements in JSX mean.
func Elements() string { return elements }

// Names returns what the names of a dialect mean, with what it has besides those that all
// share.
func Names(moreLocals, moreNames string) language.Names {
	return language.Names{
		Locals: localsCommon + moreLocals, Names: namesCommon + moreNames, Family: "javascript",
		Prelude: []string{
			"Array", "ArrayBuffer", "Boolean", "DataView", "Date", "Error", "EvalError", "Function", "Infinity", "Intl", "JSON", "Map", "Math",
			"NaN", "Number", "Object", "Promise", "Proxy", "RangeError", "ReferenceError", "Reflect", "RegExp", "Set", "String", "Symbol",
			"SyntaxError", "TypeError", "URIError", "Uint8Array", "WeakMap", "WeakRef", "WeakSet", "arguments", "console", "decodeURI",
			"decodeURIComponent", "document", "encodeURI", "encodeURIComponent", "eval", "exports", "globalThis", "isFinite", "isNaN", "module",
			"parseFloat", "parseInt", "process", "require", "undefined", "window",
			"Record", "Partial", "Readonly", "Pick", "Omit", "Exclude", "Extract", "NonNullable", "Parameters", "ReturnType", "Awaited",
			"Required", "InstanceType", "PromiseLike", "ArrayLike", "Iterable", "Iterator", "AsyncIterable", "IterableIterator", "ReadonlyArray",
			"ReadonlyMap", "ReadonlySet",
		},
	}
}
