package c

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
		Locals: locals, Names: namesQuery, Shared: language.SharedLinked,
		Prelude: []string{"char", "double", "float", "int", "long", "short", "signed", "unsigned", "void"},
	}
}
