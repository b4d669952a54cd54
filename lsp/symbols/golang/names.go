package golang

import (
	_ "embed"

	"github.com/symcache/symcache/lsp/symbols/language"
)

//go:embed locals.scm
var locals string

//go:embed names.scm
var namesQuery string

func names() language.Names {
	return language.Names{
		Locals: locals, Names: namesQuery, Shared: language.SharedDirectory,
		Prelude: []string{
			"_", "any", "bool", "byte", "comparable", "complex64", "complex128", "error", "float32", "float64",
			"int", "int8", "int16", "int32", "int64", "rune", "string", "uint", "uint8", "uint16", "uint32", "uint64", "uintptr",
			"true", "false", "iota", "nil",
			"append", "cap", "clear", "close", "complex", "copy", "delete", "imag", "len", "make", "max", "min",
			"new", "panic", "print", "println", "real", "recover",
		},
	}
}
