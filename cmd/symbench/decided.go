package main

import (
	"regexp"

	"github.com/symcache/symcache/cmd/symbench/internal/outline"
	"github.com/symcache/symcache/cmd/symbench/internal/tree"
)

// Kinds of LSP that classes name.
const (
	kindClass    = 5
	kindProperty = 7
	kindField    = 8
	kindFunction = 12
	kindVariable = 13
	kindConstant = 14
)

// decidedDifferences are those that the folder of a language below lsp/symbols explains in its README.md: at most eight
// for a language, see internal/outline. What stands in functions is compared with no server.
func decidedDifferences() map[tree.Language][]outline.Class {
	script := []outline.Class{
		{Name: regexp.MustCompile(` callback$|^<function>|\.<function>|<unknown>`), Why: "callbacks and spreads declare nothing"},
		{Extra: true, Name: regexp.MustCompile(`^module\.exports`), Why: "it has the name that it has in the source"},
		{Kinds: []int{kindClass}, Why: "a function with a prototype stays a function"},
		{Extra: true, Kinds: []int{kindFunction}, Why: "the same, and functions of modules that are called on the spot"},
		{Kinds: []int{kindConstant, kindVariable, kindProperty}, Name: regexp.MustCompile(`^exports\.|\.exports\.`), Why: "it names nothing new"},
	}
	return map[tree.Language][]outline.Class{
		tree.Go: {
			{Kinds: []int{kindField}, Name: regexp.MustCompile(`\.`), Why: "fields stand below the last of several names with one type"},
			{Name: regexp.MustCompile(`[|\[]`), Why: "a union is named as gofmt would write it"},
			{Extra: true, Name: regexp.MustCompile(`[|\[]`), Why: "a union is named as it is written"},
		},
		tree.Python: {
			{Extra: true, Kinds: []int{kindVariable, kindConstant}, Why: "what is unreachable on this machine, or imported as well, is declared"},
			{Extra: true, Kinds: []int{kindFunction, kindClass}, Why: "both sides of a condition declare"},
			{Extra: true, Name: regexp.MustCompile(`\.__\w+__$`), Why: "what exists implicitly is shown where it is assigned"},
		},
		tree.JavaScript: script,
		tree.TypeScript: script,
		tree.C: {
			{Extra: true, Kinds: []int{kindFunction, kindVariable, kindClass}, Why: "both sides of a condition declare"},
			{Name: regexp.MustCompile(`\(anonymous`), Why: "unnamed bit fields, and structs of parameters"},
			{Kinds: []int{kindFunction}, Name: regexp.MustCompile(`^[A-Z_0-9]+$`), Why: "a call of an unknown macro is no function"},
		},
	}
}
